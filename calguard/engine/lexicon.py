"""Finds phrases in folded text: whole words, or parts that stand near each other, in one pass."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation

from calguard.content.normalise import clean, fold_clean

WINDOW = 80  # characters between the parts of one phrase
CLOSE_WINDOW = 40  # where a word takes a character or two
MAX_PLACES = 60  # of one word that are looked at: more of the same say nothing new
MAX_TEXT = 70_000  # characters read of one text, which is all of one; of many joined, head, middle and tail (R49)

_CLOSE_WRITTEN = re.compile(
    "[\u0e00-\u0eff\u1780-\u17ff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


class Hit(NamedTuple):
    """One phrase found."""

    number: int  # of the phrase
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
    others: tuple[frozenset[int], ...]  # the parts but the first


@lru_cache(maxsize=4096)
def _joins_words(char: str) -> bool:
    """Whether a neighbour of this kind would make the match part of a longer word."""
    if not char or _CLOSE_WRITTEN.match(char):
        return False
    return char.isalnum() or unicodedata.category(char) in ("Mn", "Mc")


Places = dict[int, list[tuple[int, int]]]  # word: where it stands, at most MAX_PLACES of them
Standing = dict[frozenset[int], list[tuple[int, int]]]  # part of phrases: where any of its words stands

_ASCII = "".join(map(chr, range(128)))
_APART = str.maketrans({char: " " for char in _ASCII if not char.isalnum()})
FEW = 1_000  # words, up to which the fastest kind of automaton takes hardly any memory


@lru_cache(maxsize=8)
def _apart(text: str) -> str:
    """An ASCII text with nothing but spaces between its words; several lists are looked for in one text."""
    return f" {text.translate(_APART)} "


def _automaton(words: list[str]) -> AhoCorasick:
    return AhoCorasick(words, implementation=Implementation.DFA if len(words) <= FEW else None)


# Signs of any script that may stand where a phrase has a space: "was_charged", "was·charged".
_SIGN = (
    r"[\x00-/:-@\[-`{-~\u00a1-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7"
    r"\u2010-\u2027\u2030-\u205e\u2190-\u2bff\u3001-\u303f]"
)
_SIGNS = re.compile(_SIGN)


@lru_cache(maxsize=8)
def _spaced(text: str) -> str:
    """The same of any text, character for character."""
    return _SIGNS.sub(" ", text)


def _signs_in(word: str) -> tuple[tuple[int, str], ...]:
    """The signs that a word is written with, and where: for them nothing else may stand, for its spaces any sign."""
    return tuple((place, char) for place, char in enumerate(word) if char != " " and _SIGNS.match(char))


def _stand(signs: tuple[tuple[int, str], ...], text: str, start: int) -> bool:
    return all(text.startswith(sign, start + place) for place, sign in signs)


class _Machine:
    """Words, looked for all at once, where they are no part of longer ones.

    In ASCII the gaps between words are looked for with them: "arm" is then not even seen in "charming".
    """

    def __init__(self, spelt: list[str]) -> None:
        spaced = [*map(_spaced, spelt)]
        self._worded = [atom for atom, word in enumerate(spaced) if word.strip()]
        self._machine = _automaton([spaced[atom] for atom in self._worded])
        self._written = [_signs_in(word) for word in spelt]
        self._edges = [(_joins_words(word[0]), _joins_words(word[-1])) for word in spelt]
        ascii_only = [atom for atom, word in enumerate(spelt) if word.isascii()]
        plain = [atom for atom in ascii_only if any(map(str.isalnum, spelt[atom]))]
        self._signs = [(atom, word) for atom, word in enumerate(spelt) if not spaced[atom].strip()]
        # Of each word: its number, how far its ends lie from those of what is found, and the signs it is written with.
        self._plain = [
            (atom, 1 - before, 1 + after, self._written[atom])
            for atom, (before, after) in ((atom, self._edges[atom]) for atom in plain)
        ]
        self._apart = _automaton(
            [
                " " * before + spelt[atom].translate(_APART) + " " * after
                for atom, (before, after) in ((atom, self._edges[atom]) for atom in plain)
            ]
        )

    def find(self, text: str) -> Places:
        """Each word that stands in the text by itself, with its places."""
        return self._find_plain(text) if text.isascii() else self._find(text)

    def _find_plain(self, text: str) -> Places:
        places: Places = {}
        plain = self._plain
        for index, start, end in self._apart.find_matches_as_indexes(_apart(text), overlapping=True):
            atom, before, after, written = plain[index]
            start -= before
            if written and not _stand(written, text, start):
                continue
            spans = places.get(atom)
            if spans is None:
                places[atom] = [(start, end - after)]
            elif len(spans) < MAX_PLACES:
                spans.append((start, end - after))
        self._find_signs(text, places)
        return places

    def _find(self, text: str) -> Places:
        places: Places = {}
        length, edges, worded = len(text), self._edges, self._worded
        for index, start, end in self._machine.find_matches_as_indexes(_spaced(text), overlapping=True):
            atom = worded[index]
            spans = places.get(atom)
            if spans is not None and len(spans) >= MAX_PLACES:
                continue
            if (written := self._written[atom]) and not _stand(written, text, start):
                continue
            before, after = edges[atom]
            if before and start and _joins_words(text[start - 1]):
                continue
            if after and end < length and _joins_words(text[end]):
                continue
            if spans is None:
                places[atom] = [(start, end)]
            else:
                spans.append((start, end))
        self._find_signs(text, places)
        return places

    def _find_signs(self, text: str, places: Places) -> None:
        for atom, sign in self._signs:
            if sign in text:
                found = islice(re.finditer(re.escape(sign), text), MAX_PLACES)
                places[atom] = [match.span() for match in found]


class Lexicon:
    """Phrases by role. "a|b ~ c" is a or b with c within a window of characters, in any order."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self._atoms: dict[str, int] = {}
        self._spelt: list[str] = []
        known: dict[str, frozenset[int]] = {}  # parts, of which many phrases share some
        self._phrases = [self._phrase(role, written, known) for role, written in phrases]
        self._users: dict[int, list[int]] = {}
        for index, phrase in enumerate(self._phrases):
            for atom in phrase.parts[0]:
                self._users.setdefault(atom, []).append(index)
        self._machine = _Machine(self._spelt)

    def _phrase(self, role: str, written: str, known: dict[str, frozenset[int]]) -> Phrase:
        parts = []
        for part in written.split("~"):
            if part not in known:
                words = {folded for word in part.split("|") if (folded := fold_clean(clean(word.strip())[0]))}
                if not words:
                    raise ValueError(f"{role}: empty part in {written!r}")
                known[part] = frozenset(self._number(word) for word in sorted(words))
            parts.append(known[part])
        parts.sort(key=lambda part: -min(len(self._spelt[atom]) for atom in part))  # the rarest first, roughly
        window = CLOSE_WINDOW if _CLOSE_WRITTEN.search(written.partition("~")[0]) else WINDOW
        return Phrase(role=role, written=written, parts=tuple(parts), window=window, others=tuple(parts[1:]))

    def _number(self, word: str) -> int:
        if word not in self._atoms:
            self._atoms[word] = len(self._spelt)
            self._spelt.append(word)
        return self._atoms[word]

    def find(self, text: str) -> list[Hit]:
        """Every phrase that stands in the text, once each, where its first part stands first."""
        places = self.places(text)
        return self.among(places) if places else []

    def places(self, text: str) -> Places:
        """Where the words stand that `among` needs; nothing where no phrase can stand for want of its rarest part."""
        places = self._machine.find(text)
        return {} if places.keys().isdisjoint(self._users.keys()) else places

    def places_in(self, texts: Sequence[str]) -> tuple[Places, list[Places]] | None:
        """`places` of all texts joined by spaces, and of each alone, in one pass.

        None where that could be told otherwise than text by text: none of them may need cutting, and the words of a
        script without spaces join to those beside them.
        """
        joined = " ".join(texts)
        if len(joined) > MAX_TEXT or not joined.isascii():
            return None
        whole = self.places(joined)
        each: list[Places] = [{} for _ in texts]
        begins = [0, *accumulate(len(text) + 1 for text in texts)]
        for atom, spans in whole.items():
            if len(spans) >= MAX_PLACES:
                return None
            for start, end in spans:
                index = bisect_right(begins, start) - 1
                begin = begins[index]
                if end < begins[index + 1]:
                    each[index].setdefault(atom, []).append((start - begin, end - begin))
        return whole, each

    def among(self, places: Places, of: Iterable[int] | None = None) -> list[Hit]:
        """Every phrase whose words stand at these places, as `find` gives them; or those of some numbers only."""
        users, atoms = self._users, places.keys()
        wanted = {index for atom in atoms for index in users.get(atom, ())}
        if of is not None:
            wanted.intersection_update(of)
        found = []
        phrases = self._phrases
        standing: Standing = {}
        for index in wanted:
            phrase = phrases[index]
            for part in phrase.others:
                if atoms.isdisjoint(part):
                    break
            else:
                span = _stands(phrase, places, standing)
                if span:
                    found.append(Hit(index, phrase.role, phrase.written, *span))
        found.sort()
        return found

    def each(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Every word of the list in the text, with its place; for lists of single words."""
        for atom, spans in sorted(self._machine.find(text).items(), key=_first_end):
            for start, end in spans:
                yield self._spelt[atom], start, end


def _first_end(found: tuple[int, list[tuple[int, int]]]) -> tuple[int, int]:
    """By where a word first ends, of those that end there the longest first."""
    start, end = found[1][0]
    return end, start


def _stands(phrase: Phrase, places: Places, known: Standing) -> tuple[int, int] | None:
    """Where all parts, each of which stands somewhere, stand near the first one."""
    parts, window = phrase.parts, phrase.window
    first = known.get(parts[0]) or _spans(parts[0], places, known)
    if len(parts) == 1:
        return first[0]
    others = [known.get(part) or _spans(part, places, known) for part in phrase.others]
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


def _spans(part: frozenset[int], places: Places, known: Standing) -> list[tuple[int, int]]:
    """Where any of the words of a part stands, in order; many phrases share some parts."""
    standing = places.keys() & part
    if len(standing) == 1:
        spans = places[standing.pop()]  # in order, as they are all of one length
    else:
        spans = sorted([span for atom in standing for span in places[atom]])
    known[part] = spans
    return spans


def _near(span: tuple[int, int], start: int, end: int, window: int) -> bool:
    """Whether a part stands beside the first one; within it, it says nothing more."""
    return end <= span[0] < end + window or start - window < span[1] <= start


def bounded(text: str) -> str:
    """The text, or the head, middle and tail of one too long to read whole."""
    if len(text) <= MAX_TEXT:
        return text
    third, middle = MAX_TEXT // 3, len(text) // 2
    return f"{text[:third]} {text[middle - third // 2 : middle + third // 2]} {text[-third:]}"
