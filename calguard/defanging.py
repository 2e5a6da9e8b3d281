"""Breaks what a program would make a link of, and shows what a reader would not see, in pages and in plain mail."""

from __future__ import annotations

import re
import unicodedata

_HTTP = re.compile(r"\bh(?:tt|xx)p(s?)(?=:)", re.IGNORECASE)
_SCHEME = re.compile(r"\b(javascript|vbscript|data|file|ftp|wss?|webcals?|tel|sms|mailto|blob):", re.IGNORECASE)
_DOT = re.compile(r"(?<=[^\s.\[])\.(?=\w)")  # as between the labels of a host
_OTHER_DOT = re.compile(r"(?<=[A-Za-z0-9])([。．｡])(?=[A-Za-z0-9])")  # which browsers take for a dot
_NUMBER = re.compile(r"(?<![\w./@])\d[\d,]*\.\d+(?![\w/:]|\.\w)")
_CALLED = re.compile(r"(?<!\w)\+?\d(?:[\s().\u2010-\u2015/-]*\d){6,}")  # which telephones offer to call
# Shown as they are by their category, and yet nothing to see: fillers, braille blank, combining grapheme joiner,
# Mongolian and other variation selectors.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f")
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


def breaks(value: str) -> dict[int, str]:
    """What stands in place of single characters, by their place, so that no program opens a link:
    hxxps://evil[.]example. Decimal numbers keep their point."""
    numbers = {place for found in _NUMBER.finditer(value) for place in range(*found.span())}
    broken = {dot.start(): "[.]" for dot in _DOT.finditer(value) if dot.start() not in numbers}
    broken |= {dot.start(): f"[{dot[0]}]" for dot in _OTHER_DOT.finditer(value)}
    broken |= {scheme.end() - 1: "[:]" for scheme in _SCHEME.finditer(value)}
    for scheme in _HTTP.finditer(value):
        broken |= dict(enumerate("hxxp", scheme.start()))
    return broken


def invisible(character: str) -> bool:
    """Whether a reader sees nothing, or something else, where this character stands."""
    if character in "\n\t ":
        return False
    category = unicodedata.category(character)
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return category in _UNSEEN or category == "Zs" or selector or character in _BLANK


def line(value: str, *, longest: int) -> str:
    """One line of plain text that says what was written and leads nowhere: no link, no number to call, no hidden or
    turning character."""
    short = " ".join(value.split())
    short = _CALLED.sub(lambda found: f"{found[0][:3]}…", short)
    short = short[:longest] + ("…" if len(short) > longest else "")
    broken = breaks(short)
    return "".join(broken.get(place, "" if invisible(sign) else sign) for place, sign in enumerate(short))
