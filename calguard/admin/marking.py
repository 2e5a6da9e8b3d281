"""Marks in what was written: which stretch each signal saw, and what a guest is asked to call, open or pay."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from calguard.admin.showing import LONGEST, safe
from calguard.content import money, phones, spans
from calguard.content.normalise import clean
from calguard.content.types import Content, Text

NUMBERED = 40  # signals that are marked in the texts; the strongest come first
FACTS = 40
_WORDS = re.compile("“([^”]{1,60})”")  # as the model's reason names them
AROUND = 160  # characters shown on either side of a mark that stands beyond the part shown
WINDOWS = 6

# What the reader of the page is told of each kind of mark, in this order; signals by their group.
FAMILIES: Mapping[str, str] = {
    "text": "what it says",
    "links": "where it leads",
    "identity": "who it claims to be",
    "structure": "how it is built",
    "other": "another signal",
    "model": "words that weigh with the text model",
    "contact": "number, address or sum",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A stretch of one text. `number` is the signal's in the list beside, 0 where no signal saw it."""

    start: int
    end: int
    family: str
    number: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Pointer:
    """What one signal points at, as its row kept it."""

    number: int
    family: str
    field: str
    quote: str
    start: int
    end: int
    read_as: str
    words: tuple[str, ...] = ()  # of a model, in place of a quote


def pointers(signals: Sequence[Mapping[str, Any]]) -> list[Pointer]:
    """Of the signals in the order the page lists them; rows of before they kept a quote point nowhere."""
    return [
        Pointer(
            number=number,
            family=family(signal),
            field=str(signal.get("field", "")),
            quote=str(signal.get("quote", "")),
            start=int(signal.get("start", -1)),
            end=int(signal.get("end", -1)),
            read_as=str(signal.get("read_as", "")),
            words=tuple(_WORDS.findall(str(signal.get("reason", "")))[:12]) if family(signal) == "model" else (),
        )
        for number, signal in enumerate(signals[:NUMBERED], 1)
        if signal.get("quote")
    ]


def family(signal: Mapping[str, Any]) -> str:
    """Which kind of mark a signal leaves."""
    if "model" in str(signal.get("detector", "")):
        return "model"
    group = str(signal.get("group", ""))
    return {"grammar": "links"}.get(group, group if group in FAMILIES else "other")


def in_value(text: Text, found: Iterable[Pointer], content: Content) -> list[Mark]:
    """The marks of a text as written."""
    marks = [mark for pointer in found if _belongs(pointer, text) for mark in _of(pointer, text.value, stored=True)]
    return marks + [
        Mark(start=span.start, end=span.end, family="contact")
        for raw in _facts(text, content)
        if (span := spans.find(text.value, raw))
    ]


def in_reading(text: Text, shown: str, found: Iterable[Pointer], content: Content) -> list[Mark]:
    """The marks of what a browser makes of a text, or of what it hides."""
    marks = [mark for pointer in found if _belongs(pointer, text) for mark in _of(pointer, shown, stored=False)]
    return marks + [
        Mark(start=span.start, end=span.end, family="contact")
        for raw in _facts(text, content)
        if (span := spans.find(shown, raw, markup=False))
    ]


def _belongs(pointer: Pointer, text: Text) -> bool:
    return (
        pointer.field == text.field or pointer.start < 0 or bool(pointer.words)
    )  # spread over several, or the field has another name


def _of(pointer: Pointer, shown: str, *, stored: bool) -> Iterator[Mark]:
    if stored and not pointer.words and pointer.start >= 0 and shown[pointer.start : pointer.end] == pointer.quote:
        places = [spans.Span(pointer.start, pointer.end)]
    else:
        places = [*filter(None, (spans.find(shown, said, markup=False) for said in _said(pointer)))]
    for index, place in enumerate(places):  # the words of a model need its number once
        yield Mark(start=place.start, end=place.end, family=pointer.family, number=0 if index else pointer.number)


def _said(pointer: Pointer) -> list[str]:
    """A model names words, strongest first; every other signal quotes a stretch of text."""
    if pointer.words:
        return list(pointer.words)
    return [pointer.quote if "<" not in pointer.quote else spans.without_tags(pointer.quote)]


def _facts(text: Text, content: Content) -> list[str]:
    """Numbers are looked for anew, as the content lists each only where it stands first."""
    plain = clean(text.visible[:LONGEST])[0]
    numbers = [phone.raw for phone in phones.find(plain, text.field)]
    sums = [amount.raw for amount in money.find(plain, text.field)]
    addresses = [link.raw for link in content.links[:FACTS] if len(link.raw) > 5 and link.raw in text.value]
    return [*numbers[:FACTS], *sums[:FACTS], *addresses]


def render(value: str, marks: Sequence[Mark], *, anchor: str, longest: int = LONGEST) -> SafeString:
    """The text with its marks: what overlaps is one mark of all its signals, the strongest family showing.

    Shown are its first `longest` characters and what surrounds the marks beyond; the rest is counted.
    """
    pieces: list[SafeString] = []
    last = 0
    for start, end in _windows(len(value), marks, longest):
        if start > last:
            pieces.append(_skipped(start - last))
        pieces.extend(_marked(safe(value[start:end]), marks, start, end, anchor))
        last = end
    if last < len(value):
        pieces.append(_skipped(len(value) - last))
    return mark_safe("".join(pieces))  # noqa: S308  every piece is escaped


def _skipped(count: int) -> SafeString:
    return format_html(' <span class="calguard-more">… {} more characters</span> ', count)


def _windows(length: int, marks: Sequence[Mark], longest: int) -> list[tuple[int, int]]:
    windows = [(0, min(longest, length))]
    beyond = sorted({mark.start for mark in marks if mark.end > longest})[:WINDOWS]
    ends = {mark.start: mark.end for mark in marks}
    for start in beyond:
        low, high = max(0, start - AROUND), min(length, ends[start] + AROUND)
        if low <= windows[-1][1]:
            windows[-1] = (windows[-1][0], max(high, windows[-1][1]))
        else:
            windows.append((low, high))  # which may cut a link in two: neither half opens
    return windows


def _marked(letters: list[str], marks: Sequence[Mark], start: int, end: int, anchor: str) -> Iterator[SafeString]:
    """Overlapping marks are told apart by where they begin and end; a signal's number stands where it ends."""
    inside = [mark for mark in marks if mark.start < end and mark.end > start]
    edges = sorted({start, end, *(edge for mark in inside for edge in (mark.start, mark.end) if start < edge < end)})
    order = {family: place for place, family in enumerate(FAMILIES)}
    for low, high in pairwise(edges):
        shown = mark_safe("".join(letters[low - start : high - start]))  # noqa: S308  `safe` escaped each
        over = [mark for mark in inside if mark.start <= low and mark.end >= high]
        if not over:
            yield shown
            continue
        first = min(over, key=lambda mark: (mark.number == 0, mark.number, order[mark.family]))
        also = " calguard-also-contact" if any(mark.family == "contact" for mark in over) else ""
        ending = sorted({mark.number for mark in over if mark.number and mark.end == high})
        refs = format_html_join("", '<a class="calguard-ref" href="#{}-{}">{}</a>', ((anchor, n, n) for n in ending))
        yield format_html('<mark class="calguard-mark-{}{}">{}</mark>{}', first.family, also, shown, refs)
