"""Traces of the programs that write one text to thousands (CC 4.2(2))."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ahocorasick_rs import AhoCorasick, Implementation

from calguard.content.hosts import read_lines
from calguard.content.normalise import fold
from calguard.content.types import Content, Text
from calguard.engine.pointing import at
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import QUOTED, Attempt, Signal

RULER = 100  # signs; the lines in a meeting's own invitation have eighty
NUMBER = 23  # digits; a parcel's number has twenty-two
WORD = 72  # letters and digits that nobody chose
LOOKED_AT = 20_000  # characters of a text
SIGNS = frozenset("~*^=|_")
TAIL = 48  # characters of a title's end
_GAP = re.compile(r"\s*(?:[,:;]\s*[^\W\d_]|-f-p\b)")
_DRESSED = (
    re.compile(r"\s*([~*^=|_])\1*\s*\S.*[~*^=|_][\s,.]*\Z", re.DOTALL),
    re.compile(r"\s*__+(?![a-z]{2,30}__)[^\s_]"),
    re.compile(r"\s*(?:[^\s_.]{1,60}_+){4,}[^\s_.]*\s*\Z"),
)
_LONE = re.compile(r"(?m)^[ \t]*([0-9]{7,22})[ \t]*$")
_SALT = re.compile(
    r"[.!?](\.{0,9}[A-Z]{4,12}|\.{1,9}[A-Z]{6,12} [A-Za-z.]{1,14})\s*\Z"
    r"|\w\s?(\.{2,4}[A-Za-z]{4}\s?[A-Za-z]{0,12}\.\.[A-Za-z]{3,12})\s*\Z"
)
_RULER = re.compile(rf"([^\w\s]|_)\1{{{RULER - 1}}}")
# Fields of a template as mass mailers write them, which were never filled in.
_FIELD = re.compile(
    r"(?i)([\[{%<«])(?<![%$].)\1?\s?"
    r"(?:(?:first|last|full|user|client|customer|company|recipient)?[ _-]?(?:name|e?mail)"
    r"|to|vorname|nombre|pr[eé]nom|rand|random ?token|\d{1,3}_an)"
    r"(?:\]|\s?\}\}?|%%?|>>|»)"
)


# What is said once in a text, with the reason of it.
SAID = {
    "vouched": ("the text says of itself that it can be trusted", "vouching.txt"),
    "any_reader": ("the text addresses nobody in particular", "salutations.txt"),
}
_PHRASES = [(code, fold(line).text) for code, (_, name) in SAID.items() for line in read_lines(name)]
_FIND = AhoCorasick([phrase for _, phrase in _PHRASES], implementation=Implementation.DFA)


@detector(
    group="text",
    codes=dict.fromkeys(("merge_gap", "dressed_title", "filler", *SAID), Reason.CONTENT_LOOKS_LIKE_SCAM),
)
def mass_mail(attempt: Attempt) -> Iterator[Signal]:
    """The text bears traces of a program that writes to thousands: a title that begins with the comma behind a name
    that is missing, or fields of a template that were never filled in; a title dressed in signs and random letters so
    that no two are alike; rulers, numbers and words of a length that no person writes, or a number that stands on line
    after line; an assurance that its sender is trusted; "dear customer". Weak signs, which add up with what the text
    says."""
    for text in attempt.content.texts:
        if text.field == "SUMMARY":
            yield from _of_title(text)
        elif text.field == "DESCRIPTION":
            yield from _unfilled(text)
            yield from _filler(text)
    yield from _sayings(attempt.content)


def _sayings(content: Content) -> Iterator[Signal]:
    found = {_PHRASES[number] for number, _, _ in _FIND.find_matches_as_indexes(content.document[:LOOKED_AT])}
    for code, (reason, _) in SAID.items() if found else ():
        phrase = next((said for kind, said in sorted(found) if kind == code), "")
        field = next((text.field for text in content.texts if phrase in text.folded), "") if phrase else ""
        if field:
            yield at(Signal(code=code, reason=f"{reason}: “{phrase}”", field=field), content, phrase)


def _of_title(text: Text) -> Iterator[Signal]:
    title = text.visible[:500]
    gap = _GAP.match(title)
    if gap:
        reason = "the title begins behind a name that is missing, as a template does that knows none"
        yield _signal("merge_gap", reason, text, gap[0])
    else:
        yield from _unfilled(text)
    for pattern in _DRESSED if not SIGNS.isdisjoint(title) else ():
        if match := pattern.match(title):
            yield _signal("dressed_title", "the title is dressed in signs", text, match[0])
            return
    tail = title[-TAIL:].rstrip()
    stops = "." in tail or "!" in tail or "?" in tail
    if stops and tail[-1].isalpha() and (salt := _SALT.search(tail)):
        letters = salt[1] or salt[2]
        yield _signal("dressed_title", f"the title ends in letters that say nothing: {letters[:40]}", text, letters)


def _unfilled(text: Text) -> Iterator[Signal]:
    if found := _FIELD.search(text.visible[:LOOKED_AT]):
        yield _signal("merge_gap", "a field of a template was never filled in", text, found[0])


def _filler(text: Text) -> Iterator[Signal]:
    if len(text.visible) < NUMBER:
        return
    for word in text.visible[:LOOKED_AT].split():
        if len(word) >= NUMBER and (said := _of_word(word.strip("<>()[].,"))):
            yield _signal("filler", f"the text is filled with {said}", text, word)
            return
    if number := _lone_number(text.visible[:LOOKED_AT]):
        yield _signal("filler", "the text is filled with a number that numbers nothing", text, number)


def _lone_number(text: str) -> str:
    """A number on a line of its own, more than once: it makes no two copies alike, and tells nobody anything."""
    if text.count("\n") < 2:
        return ""
    counted = Counter(_LONE.findall(text))
    return next((number for number, times in counted.items() if times > 1), "")


def _of_word(word: str) -> str:
    """What is odd about a long word; links and addresses are somebody else's matter."""
    if len(word) >= RULER and _RULER.search(word):
        return "a ruler that no page is wide enough for"
    if not word.isalnum() or not word.isascii():
        return ""
    if word.isdigit():
        return "a number that numbers nothing" if len(word) >= NUMBER else ""
    mixed = not word.isupper() and not word.islower() and any(map(str.isdigit, word))
    return "a word that only a program writes" if mixed and len(word) >= WORD else ""


def _signal(code: str, reason: str, text: Text, seen: str) -> Signal:
    quote = seen[:QUOTED]
    start = text.value.find(quote)
    end = start + len(quote) if start >= 0 else -1
    return Signal(code=code, reason=reason, field=text.field, quote=quote, start=start, end=end)
