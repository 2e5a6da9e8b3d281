"""How hostile text is shown to staff: escaped, links broken, and whatever cannot be seen made visible."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from calguard.content import spans

LONGEST = 4000  # characters of one text; the rest is counted

_HTTP = re.compile(r"\bh(?:tt|xx)p(s?)(?=:)", re.IGNORECASE)
_SCHEME = re.compile(r"\b(javascript|vbscript|data|file|ftp|wss?|webcals?|tel|sms|mailto|blob):", re.IGNORECASE)
_DOT = re.compile(r"(?<=[^\s.\[])\.(?=\w)")  # as between the labels of a host
_OTHER_DOT = re.compile(r"(?<=[A-Za-z0-9])([。．｡])(?=[A-Za-z0-9])")  # which browsers take for a dot
_NUMBER = re.compile(r"(?<![\w./@])\d[\d,]*\.\d+(?![\w/:]|\.\w)")
# Shown as they are by their category, and yet nothing to see: fillers, braille blank, combining grapheme joiner,
# Mongolian and other variation selectors.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f")
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


def text(value: str, *, longest: int = LONGEST) -> SafeString:
    """Text as its writer wrote it, for a page: no tag, no link, no hidden or turning character is left in it."""
    kept, rest = value[:longest], len(value) - longest
    shown = mark_safe("".join(safe(kept)))  # noqa: S308  every part is escaped
    if rest <= 0:
        return shown
    return format_html('{} <span class="calguard-more">… {} more characters</span>', shown, rest)


def safe(value: str) -> list[str]:
    """Each character of a text as the page shows it, so that stretches of it can be marked."""
    broken = _breaks(value)
    shown = [escape(broken[place]) if place in broken else _visible(character) for place, character in enumerate(value)]
    for place in spans.hiding(value) if not value.isascii() else ():
        if not invisible(value[place]):
            shown[place] = format_html(
                '<span class="calguard-alike" title="{}">{}</span>', _named(value[place]), value[place]
            )
    return shown


def name(value: str, *, longest: int = 200) -> SafeString:
    """A name or key of this system: no link to break, but its characters are as little to be trusted."""
    rest = "…" if len(value) > longest else ""
    return mark_safe("".join(map(_visible, value[:longest] + rest)))  # noqa: S308  every part is escaped


def _breaks(value: str) -> dict[int, str]:
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


def mask(address: str) -> str:
    """A mail address that can be told apart and not written to: j***@victim.example."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}" if at else f"{address[:1]}***"


def span(length: timedelta) -> str:
    """A length of time in one unit, as people say it: 40 s, 12 min, 5 h, 3 d."""
    seconds = abs(int(length.total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size * (2 if unit != "min" else 1):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def ahead(moment: datetime | None, now: datetime) -> str:
    """When something starts, seen from now."""
    if moment is None:
        return "–"
    return f"in {span(moment - now)}" if moment >= now else f"{span(now - moment)} ago"


def _visible(character: str) -> str:
    if " " <= character <= "~" or not invisible(character):
        return escape(character)
    return format_html(
        '<span class="calguard-unseen" title="{}">⟨U+{}⟩</span>', _named(character), f"{ord(character):04X}"
    )


def _named(character: str) -> str:
    return unicodedata.name(character, "unnamed or control character").capitalize()
