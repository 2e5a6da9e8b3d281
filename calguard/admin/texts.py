"""The texts of one event as staff read them: as written, as a guest reads them, and what hides in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calguard.admin import marking, showing
from calguard.content import spans
from calguard.content.types import Content, Text
from calguard.detectors.disguise import TRICKS

TEXTS = 60
SHORTEST = 200  # characters of a text that are shown whatever came before it
CHARACTERS = 24_000  # of all texts of one event
MASKS = 8  # kinds of character named for one text


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One text. A page of markup shows first what a guest reads; its source folds away below."""

    name: Any
    inside: Any  # what it was decoded from; "" where it stands in the event itself
    shown: Any
    source: Any  # "" for text that is no markup
    hidden: Any
    seen: list[Any]  # what stretches of it say without disguise
    masks: list[str]
    tricks: list[str]

    @property
    def beside(self) -> bool:
        return bool(self.hidden or self.seen or self.masks or self.tricks)


def gather(content: Content, signals: Sequence[Mapping[str, Any]], *, anchor: str) -> tuple[list[Field], int, set[str]]:
    """The fields to show, how many more there are, and which families of mark stand in them.

    Texts that a signal points at come first among equals, time zones last; what a text may take of the page shrinks
    with what came before it.
    """
    found = marking.pointers(signals)
    named = {pointer.field for pointer in found}
    rank = {"SUMMARY": 0}

    def place(text: Text) -> tuple[bool, int, bool]:
        return text.field.startswith("VTIMEZONE"), rank.get(text.field, 1), text.field not in named

    ordered = sorted(content.texts, key=place)
    left = CHARACTERS
    fields: list[Field] = []
    families: set[str] = set()
    for text in ordered[:TEXTS]:
        longest = max(SHORTEST, min(showing.LONGEST, left))
        left -= min(len(text.value), longest)
        fields.append(_field(text, found, content, anchor, longest, families))
    return fields, max(0, len(ordered) - TEXTS), families


def _field(
    text: Text,
    found: list[marking.Pointer],
    content: Content,
    anchor: str,
    longest: int,
    families: set[str],
) -> Field:
    markup = text.visible.strip() != text.value.strip() and ("<" in text.value or "&" in text.value)
    as_written = marking.in_value(text, found, content)
    shown, marks = text.value, as_written
    if markup:
        shown, marks = text.visible, marking.in_reading(text, text.visible, found, content)
    in_hidden = marking.in_reading(text, text.hidden, found, content) if text.hidden else []
    families |= {mark.family for mark in (*as_written, *marks, *in_hidden)}
    inside, name = _path(text.field)
    return Field(
        name=name,
        inside=inside,
        shown=marking.render(shown, marks, anchor=anchor, longest=longest),
        source=marking.render(text.value, as_written, anchor=anchor, longest=longest) if markup else "",
        hidden=marking.render(text.hidden, in_hidden, anchor=anchor, longest=longest) if text.hidden else "",
        seen=_seen(text, found),
        masks=named(text.value),
        tricks=[TRICKS.get(trick, trick.replace("_", " ")) for trick in sorted(text.tricks)],
    )


def _path(field: str) -> tuple[Any, Any]:
    """ "ATTACH>text/html" is a page decoded from what the attachment carries."""
    outer, arrow, inner = field.rpartition(">")
    return (showing.name(outer.replace(">", " › ")), showing.name(inner)) if arrow else ("", showing.name(field))


def _seen(text: Text, found: list[marking.Pointer]) -> list[Any]:
    """What the text says without disguise; of two readings of which one holds the other, the longer."""
    said = {p.read_as: None for p in found if p.read_as and (p.field == text.field or p.quote in text.value)}
    whole = [one for one in said if not any(one != other and one.lower() in other.lower() for other in said)]
    return [showing.text(one, longest=160) for one in whole]


def named(written: str) -> list[str]:
    """Each character that hides something: "U+0430 CYRILLIC SMALL LETTER A, reads a, 2 times"."""
    found = spans.masks(written)
    lines = [
        f"U+{ord(mask.character):04X} {mask.name or 'no name'}"
        + (f", reads “{mask.reads}”" if mask.reads else ", not seen")
        + (f", {mask.count} times" if mask.count > 1 else "")
        for mask in found[:MASKS]
    ]
    return lines + ([f"and {len(found) - MASKS} more"] if len(found) > MASKS else [])
