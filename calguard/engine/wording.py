"""Which words the text model sees: nothing of era or channel, and of links only how they are made."""

from __future__ import annotations

import re

from calguard.content.hosts import CONFERENCE, SHORTENERS, covers, read_lines

Word = str  # folded; one that begins with NUL stands for something that is no word
LONGEST = 24

_URL = re.compile(r"(?:https?|hxxps?)://[^\s<>\"]{1,2000}|(?<![\w.])www\.[^\s<>\"]{1,2000}")
MAILBOX = 64  # characters of an address before its "@"
_MAIL = re.compile(rf"(?<![^\s<>\"])[^\s@<>\"]{{1,{MAILBOX}}}@[a-z0-9.-]{{1,255}}")
_STYLES = re.compile(r"\{[^{}]{0,4000}\}")
_CLOSE_WRITTEN = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_SIGN = "[$€£¥₹₽₿⚠❗‼🚨⛔🔴🔔⏰⏳🎁🎉💰💵🤑🏆🎊👉➡➜➤►▶]"
_MARKS = "\u064b-\u0652\u0900-\u0963\u0970-\u0eff\u1000-\u109f\u1780-\u17ff"  # vowels that are no letters to `re`
_MARKED = re.compile(f"[{_MARKS}]")
_WORD = re.compile(rf"\0[a-z]+|[^\W\d_]+|{_SIGN}")
_MARKED_WORD = re.compile(rf"\0[a-z]+|(?:[^\W\d_]|[{_MARKS}])+|{_SIGN}")
_APART = str.maketrans({char: " " for char in map(chr, range(128)) if not char.isalpha()})
_SIGNS = dict.fromkeys("$€£¥₹₽₿💰💵🤑", "\x00money")
_SIGNS |= dict.fromkeys("⚠❗‼🚨⛔🔴🔔⏰⏳", "\x00alarm")
_SIGNS |= dict.fromkeys("🎁🎉🏆🎊", "\x00gift")
_SIGNS |= dict.fromkeys("👉➡➜➤►▶", "\x00arrow")
_CHEAP = frozenset(line.lstrip("=") for line in read_lines("cheap_endings.txt"))
_PARTS = re.compile(r"[/?&#=._~-]")
RANDOM = 24  # characters of letters and digits mixed, from which nobody chose them


def tokens(folded: str) -> list[Word]:
    """The words of a folded text in their order; characters in twos where words are not written apart."""
    if "://" in folded or "www." in folded:
        folded = _URL.sub(_link, folded)
    if "@" in folded:
        folded = _without_addresses(folded)
    if "{" in folded:
        folded = _STYLES.sub(" ", folded)
    if folded.isascii():
        if "$" in folded or "\0" in folded:
            found = [_SIGNS.get(word, word) for word in _WORD.findall(folded)]
        else:  # most texts, at a third of the cost
            found = folded.translate(_APART).split()
    else:
        apart = _CLOSE_WRITTEN.sub(_in_twos, folded)
        words = _MARKED_WORD if _MARKED.search(apart) else _WORD
        found = [_SIGNS.get(word, word) for word in words.findall(apart)]
    if max(map(len, found), default=0) <= LONGEST:
        return found
    return [word if len(word) <= LONGEST else "\0long" for word in found]


def _without_addresses(folded: str) -> str:
    """The text without mail addresses, looked for only from as far before each "@" as one may begin."""
    pieces: list[str] = []
    done, at = 0, folded.find("@")
    while at >= 0 and (match := _MAIL.search(folded, max(done, at - MAILBOX))):
        pieces += folded[done : match.start()], " "
        done = match.end()
        at = folded.find("@", done)
    return "".join((*pieces, folded[done:]))


def _in_twos(match: re.Match[str]) -> str:
    run = match[0]
    return f" {' '.join(run[i : i + 2] for i in range(max(1, len(run) - 1)))} "


def _link(match: re.Match[str]) -> str:
    """How a link is made; the ones that lead to a meeting say nothing."""
    address = match[0].partition("://")[2] or match[0]
    host, slash, path = address.partition("/")
    host = host.partition(":")[0].partition("?")[0]
    if covers(CONFERENCE, host):
        return " "
    if covers(SHORTENERS, host):
        return " \0linkshort "
    signs = " "
    if host.rpartition(".")[2] in _CHEAP:
        signs += "\0linkcheap "
    if host.replace(".", "").isdigit():
        signs += "\0linkbare "
    if slash and any(len(part) >= RANDOM and part.isalnum() and not part.isalpha() for part in _PARTS.split(path)):
        signs += "\0linkrandom "
    return signs
