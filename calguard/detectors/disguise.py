"""Text written so that a reader sees one thing and a program another (R28, R29, R33)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from calguard.content.lookalikes import KNOWN
from calguard.content.normalise import fold, respelt
from calguard.content.spans import disguised, masks
from calguard.content.types import Content, Text
from calguard.engine.brands import mentions
from calguard.engine.fraud import says_nothing
from calguard.engine.lures import readings
from calguard.engine.pointing import at, within
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import QUOTED, Attempt, Signal

TRICKS = {
    "invisible_chars": "has invisible characters inside words",
    "mixed_script": "mixes alphabets inside words",
    "bidi": "turns the direction of writing around",
    "html_hidden": "hides text from the reader",
    "anchor_mismatch": "shows one address and leads to another",
    "styled_letters": "is written in letters made for show",
    "combining_marks": "heaps marks on letters",
    "html_form": "asks the reader to fill in a form",
    "html_script": "brings a program with it",
    "html_refresh": "sends the reader on to another page",
    "html_base": "turns its links to another site",
    "html_flood": "has more markup than any page",
}
WORD = 5  # letters of a word whose spelling tells something by itself
SPELT = "spells words of a lure with signs for letters, gaps or repeats"
FILLED = "is filled with strings of digits and letters that say nothing"
NAMED = 3  # characters named in one reason
_SCRAP = re.compile(r"[0-9][a-f](?=[0-9a-f]{0,18}[\s.+,;-])")
_HEAP = re.compile(r"\b(?:[0-9a-f]{1,20}[\s.+,;-]{1,3}){12,}")
_PUSHED = re.compile(r"(?i)(?:margin|padding|height|top|left|indent)[a-z-]{0,10}\s*:\s*-?\d{4,}(?:px|v[hw]|r?em|pt|%)")
PUSHED = "is moved so far down that no reader scrolls there"
LOOKED_AT = 65_536  # characters of a text whose styles are read
LENGTHS = 4  # sums and serial numbers in a row are of one length; filler is cut at random


@detector(group="text", codes=dict.fromkeys((*TRICKS, "respelt", "hex_filler", "pushed_away"), Reason.HIDDEN_TEXT))
def disguise(attempt: Attempt) -> Iterator[Signal]:
    """The text is disguised: invisible characters inside words, look-alike letters of other alphabets, signs in place
    of letters, text hidden in the markup. What it says without the disguise is judged as if it stood there openly.
    Letters made for show are a disguise only where they say what a lure says: people love them for birthdays. Rows of
    hexadecimal scraps make every copy of a mail another text to a filter."""
    content = attempt.content
    seen: set[str] = set()
    for text in content.texts:
        for trick in sorted((text.tricks & TRICKS.keys()) - seen) if text.tricks else ():
            if trick == "styled_letters" and _says_nothing(text, content):
                continue
            seen.add(trick)
            yield _pointed(trick, text, content)
    if "respelt" not in seen:
        yield from _respelt(content)
    yield from _filled(content)
    yield from _moved(content)


def _says_nothing(text: Text, content: Content) -> bool:
    said = all(says_nothing(reading) for known, reading in readings(content) if known is text)
    return said and not mentions(text.folded)


def _respelt(content: Content) -> Iterator[Signal]:
    """Looked for in texts that say what lures say, and in titles for words that lures live on: elsewhere a misspelt
    word is a misspelt word."""
    for text, reading in readings(content):
        quiet = says_nothing(reading)
        if not quiet or (text.field == "SUMMARY" and text.folded != text.visible.lower()):
            words = respelt(text.visible, text.folded)
            if quiet:
                words = [word for word in words if len(word) >= WORD and word in KNOWN]
            if words:
                signal = Signal(code="respelt", reason=f"the text {SPELT}: {', '.join(words[:5])}", field=text.field)
                yield at(signal, content, words[0])
                return


def _moved(content: Content) -> Iterator[Signal]:
    """Styles that put a page's length between what is shown and what only a program is to read."""
    for text in content.texts:
        head = text.value[:LOOKED_AT]
        found = _PUSHED.search(head) if "{" in head or "style" in head else None
        if found:
            start, end = found.span()
            signal = Signal(code="pushed_away", reason=f"the text {PUSHED}", field=text.field)
            yield replace(signal, quote=found[0][:QUOTED], start=start, end=min(end, start + QUOTED))
            return


def _filled(content: Content) -> Iterator[Signal]:
    for text in content.texts:
        for found in _HEAP.finditer(text.folded) if _SCRAP.search(text.folded) else ():
            scraps = re.findall("[0-9a-f]+", found[0])
            mixed = sum(not scrap.isdigit() and not scrap.isalpha() for scrap in scraps)
            if mixed * 2 >= len(scraps) and len({len(scrap) for scrap in scraps}) >= LENGTHS:
                signal = Signal(code="hex_filler", reason=f"the text {FILLED}", field=text.field)
                yield at(signal, content, scraps[0])
                return


def _pointed(trick: str, text: Text, content: Content) -> Signal:
    signal = Signal(code=trick, reason=f"the text {TRICKS[trick]}", field=text.field)
    if trick == "html_hidden":
        return at(signal, content, text.hidden.partition("\n")[0])
    if trick == "anchor_mismatch":
        link = next((link for link in content.links if trick in link.flags and link.field == text.field), None)
        return at(signal, content, link.raw) if link else signal
    span = disguised(text.value, trick)
    if span is None:
        return signal
    written = text.value[span.start : span.end]
    named = [f"U+{ord(mask.character):04X} {mask.name}".strip() for mask in masks(written)[:NAMED]]
    reason = signal.reason + (f": {', '.join(named)}" if named else "")
    return within(signal, text, span, fold(written).text, reason)
