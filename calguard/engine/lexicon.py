"""Finds phrases in folded text: whole words, or parts that stand near each other, in one pass."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from ahocorasick_rs import AhoCorasick

from calguard.content.normalise import fold

WINDOW = 80  # characters between the parts of one phrase
CLOSE_WINDOW = 40  # where a word takes a character or two
MAX_PLACES = 60  # of one word that are looked at: more of the same say nothing new
MAX_TEXT = 40_000  # characters read of one text; beyond, its head, middle and tail (R49)

_CLOSE_WRITTEN = re.compile(
    "[\u0e00-\u0eff\u1780-\u17ff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """One phrase found."""

    role: str
    concept: str  # the phrase as the list gives it
    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrase:
    role: str
    written: str
    parts: tuple[frozenset[int], ...]  # per part, the alternatives' numbers
    window: int


@lru_cache(maxsize=4096)
def _joins_words(char: str) -> bool:
    """Whether a neighbour of this kind would make the match part of a longer word."""
    if not char or _CLOSE_WRITTEN.match(char):
        return False
    return char.isalnum() or unicodedata.category(char) in ("Mn", "Mc")


class _Machine:
    """Some of the words, looked for all at once."""

    def __init__(self, spelt: list[str], atoms: list[int]) -> None:
        self._atoms = atoms
        self._machine = AhoCorasick([spelt[atom] for atom in atoms])

    def find(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Each word with its place, also inside others."""
        atoms = self._atoms
        for index, start, end in self._machine.find_matches_as_indexes(text, overlapping=True):
            yield atoms[index], start, end


class Lexicon:
    """Phrases by role. "a|b ~ c" is a or b with c within a window of characters, in any order."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self._atoms: dict[str, int] = {}
        self._spelt: list[str] = []
        self._phrases = [self._phrase(role, written) for role, written in phrases]
        self._users: dict[int, list[int]] = {}
        for index, phrase in enumerate(self._phrases):
            for atom in phrase.parts[0]:
                self._users.setdefault(atom, []).append(index)
        self._edges = [(_joins_words(word[0]), _joins_words(word[-1])) for word in self._spelt]
        # Most texts hold no rare word, and need no look at the common ones.
        self._first = _Machine(self._spelt, sorted(self._users))
        rest = {atom for phrase in self._phrases for part in phrase.parts[1:] for atom in part}
        self._rest = _Machine(self._spelt, sorted(rest - self._users.keys()))

    def _phrase(self, role: str, written: str) -> Phrase:
        parts = []
        for part in written.split("~"):
            words = {folded for word in part.split("|") if (folded := fold(word.strip()).text)}
            if not words:
                raise ValueError(f"{role}: empty part in {written!r}")
            parts.append(frozenset(self._number(word) for word in sorted(words)))
        parts.sort(key=lambda part: -min(len(self._spelt[atom]) for atom in part))  # the rarest first, roughly
        window = CLOSE_WINDOW if _CLOSE_WRITTEN.search(written.partition("~")[0]) else WINDOW
        return Phrase(role=role, written=written, parts=tuple(parts), window=window)

    def _number(self, word: str) -> int:
        if word not in self._atoms:
            self._atoms[word] = len(self._spelt)
            self._spelt.append(word)
        return self._atoms[word]

    def find(self, text: str) -> list[Hit]:
        """Every phrase that stands in the text, once each, where its first part stands first."""
        places = self._places(self._first, text)
        if not places:
            return []
        wanted = {index for atom in places for index in self._users.get(atom, ())}
        if any(len(self._phrases[index].parts) > 1 for index in wanted):
            places |= self._places(self._rest, text)
        found = []
        for index in sorted(wanted):
            phrase = self._phrases[index]
            span = _stands(phrase, places)
            if span:
                found.append(Hit(role=phrase.role, concept=phrase.written, start=span[0], end=span[1]))
        return found

    def each(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Every word of the list in the text, with its place; for lists of single words."""
        for atom, spans in self._places(self._first, text).items():
            for start, end in spans:
                yield self._spelt[atom], start, end

    def _places(self, machine: _Machine, text: str) -> dict[int, list[tuple[int, int]]]:
        places: dict[int, list[tuple[int, int]]] = {}
        length = len(text)
        for atom, start, end in machine.find(text):
            spans = places.get(atom)
            if spans is not None and len(spans) >= MAX_PLACES:
                continue
            before, after = self._edges[atom]
            if before and start and _joins_words(text[start - 1]):
                continue
            if after and end < length and _joins_words(text[end]):
                continue
            if spans is None:
                places[atom] = [(start, end)]
            else:
                spans.append((start, end))
        return places


def _stands(phrase: Phrase, places: dict[int, list[tuple[int, int]]]) -> tuple[int, int] | None:
    """Where all parts stand near the first one."""
    parts, window = phrase.parts, phrase.window
    if not all(any(atom in places for atom in part) for part in parts[1:]):
        return None
    first = sorted(span for atom in parts[0] for span in places.get(atom, ()))
    if len(parts) == 1:
        return first[0]
    others = [sorted(span for atom in part for span in places.get(atom, ())) for part in parts[1:]]
    for start, end in first[:MAX_PLACES]:
        low, high = start, end
        for spans in others:
            near = next((span for span in spans if _near(span, start, end, window)), None)
            if near is None:
                break
            low, high = min(low, near[0]), max(high, near[1])
        else:
            return low, high
    return None


def _near(span: tuple[int, int], start: int, end: int, window: int) -> bool:
    """Whether a part stands beside the first one; within it, it says nothing more."""
    return end <= span[0] < end + window or start - window < span[1] <= start


def bounded(text: str) -> str:
    """The text, or the head, middle and tail of one too long to read whole."""
    if len(text) <= MAX_TEXT:
        return text
    third, middle = MAX_TEXT // 3, len(text) // 2
    return f"{text[:third]} {text[middle - third // 2 : middle + third // 2]} {text[-third:]}"
