"""Whether a host passes for a company's: respelt, one letter off, joined with the words of alarm, or in front of
somebody else's domain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ahocorasick_rs import AhoCorasick, Implementation

from calguard.content.hosts import USER_CONTENT, covers, read_lines, registrable
from calguard.content.lookalikes import TO_LATIN
from calguard.content.normalise import collapse, fold

How = Literal["spells", "joins", "hyphenates", "misspells", "stands before"]

FILLER, LURE, STRONG = 1, 2, 3  # what a word beside a company's name says
LONGEST_LABEL = 63
MIN_NAME = 5  # letters; shorter ones ("dhl", "usps") count only between hyphens, beside words of alarm
SHORTEST = 3
MIN_MISSPELT = 7  # letters of a name that may be one letter short or long; at 6 letters too many words are near
# Names and words one slip away from a company's name.
_NOT_MISSPELT = frozenset(("revolt", "revolte", "finance", "klara", "amazone", "amazona", "barclay", "telecom"))
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_KEYS = {key: (row, place) for row, keys in enumerate(_ROWS) for place, key in enumerate(keys)}
_TWINS = frozenset(map(frozenset, ("il", "ij", "lt", "oc", "oe", "uv", "vw", "nm", "nh", "rn", "pq", "gq", "bd", "ea")))


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """A company's name to protect."""

    written: str
    plain: bool = False  # also an ordinary word or a person's name, so only strong words beside it tell


@dataclass(frozen=True, kw_only=True, slots=True)
class Imitation:
    """A host that passes for a company's; `strength` is 1 where nothing else can be meant."""

    name: str  # as given
    how: How
    seen: str  # the part of the host that does it, as a reader sees it
    strength: float


class Names:
    """The names to look for in hosts. Whether a host is the company's own is for the caller to know."""

    def __init__(self, names: Iterable[Name]) -> None:
        entries: dict[str, Name] = {}
        for name in names:
            shape = collapse(fold(name.written).text)
            if len(shape) >= SHORTEST and shape.isascii():
                known = entries.get(shape)
                entries[shape] = name if known is None or known.plain else known
        self._by_shape = entries
        self._spelt = [
            (_letters(name.written), shape)
            for shape, name in entries.items()
            if len(_letters(name.written)) >= MIN_NAME
        ]
        self._in_spelling = AhoCorasick([spelt for spelt, _ in self._spelt], implementation=Implementation.DFA)
        self._in_shape = AhoCorasick([shape for _, shape in self._spelt], implementation=Implementation.DFA)
        # One slip leaves the first three letters or the last three.
        self._by_start: dict[str, list[tuple[str, Name]]] = {}
        self._by_end: dict[str, list[tuple[str, Name]]] = {}
        for spelt, shape in self._spelt:
            if not entries[shape].plain:
                self._by_start.setdefault(spelt[:3], []).append((spelt, entries[shape]))
                self._by_end.setdefault(spelt[-3:], []).append((spelt, entries[shape]))

    @lru_cache(maxsize=4096)  # noqa: B019  one instance is made at import and lives as long as the process
    def imitated(self, host: str) -> tuple[Imitation, ...]:
        """Every imitation in the host, strongest first."""
        domain = registrable(host) or host
        label = _readable(domain.partition(".")[0])
        found = self._in_label(label, hosted=covers(USER_CONTENT, host), foreign=domain.startswith("xn--"))
        front = host.removesuffix(domain).strip(".")
        if front:
            found += self._in_front(front.split("."), domain)
        return tuple(sorted(found, key=lambda imitation: -imitation.strength))

    def _in_label(self, label: str, *, hosted: bool, foreign: bool) -> list[Imitation]:
        pieces = [piece for piece in label.split("-") if piece][:8]
        shapes = [collapse(fold(piece).text) for piece in pieces]
        whole = "".join(shapes)
        found = self._spelling(label, whole, hosted=hosted, foreign=foreign)
        if found:
            return found
        found = self._hyphenated(label, pieces, shapes)
        return found or self._joined(label, whole) or self._misspelt(label, pieces)

    def _spelling(self, label: str, whole: str, *, hosted: bool, foreign: bool) -> list[Imitation]:
        """The name and nothing else, on another's domain. On hosting sites companies have pages of that name."""
        name = self._by_shape.get(whole)
        if name is None or len(_letters(name.written)) < MIN_NAME:
            return []
        openly = label.replace("-", "").isalpha() and label.isascii() and not foreign
        if name.plain:
            return [] if openly else [_imitation(name, "spells", label, 0.8)]
        plainly = label.replace("-", "") == _letters(name.written)
        return [_imitation(name, "spells", label, 1.0)] if foreign or not hosted or not plainly else []

    def _hyphenated(self, label: str, pieces: list[str], shapes: list[str]) -> list[Imitation]:
        found = []
        for first in range(len(pieces)):
            for last in (first + 1, first + 2):
                name = self._by_shape.get("".join(shapes[first:last])) if last <= len(pieces) else None
                rest = pieces[:first] + pieces[last:]
                if name is None or not rest:
                    continue
                ranks = [_rank(piece) for piece in rest]
                short = len(_letters(name.written)) < MIN_NAME
                strength = _strength(max(ranks), all(ranks), name.plain)
                if short and (strength < 1.0 or _letters(name.written) not in pieces):
                    continue
                if strength or not name.plain:
                    found.append(_imitation(name, "hyphenates", label, strength or 0.4))
        return found

    def _joined(self, label: str, whole: str) -> list[Imitation]:
        plain = label.replace("-", "")
        for text, by_spelling in ((plain, True), (whole, False)):
            search = self._in_spelling if by_spelling else self._in_shape
            for index, start, end in search.find_matches_as_indexes(text, overlapping=True)[:8]:
                name = self._by_shape[self._spelt[index][1]]
                ranks = [_rank_of_words(part, by_spelling) for part in (text[:start], text[end:]) if part]
                strength = _strength(max(ranks), True, name.plain) if ranks and all(ranks) else 0.0
                if strength:
                    return [_imitation(name, "joins", label, 0.9 * strength)]
        return []

    def _misspelt(self, label: str, pieces: list[str]) -> list[Imitation]:
        for piece in pieces:
            if piece in _NOT_MISSPELT or not piece.isascii():
                continue
            for spelt, name in (*self._by_start.get(piece[:3], ()), *self._by_end.get(piece[-3:], ())):
                if abs(len(spelt) - len(piece)) < 2 and _is_slip(spelt, piece):
                    others = [_rank(other) for other in pieces if other != piece]
                    return [_imitation(name, "misspells", label, 0.9 if max(others, default=0) >= LURE else 0.5)]
        return []

    def _in_front(self, labels: list[str], domain: str) -> list[Imitation]:
        """In front of a domain only "paypal.com.evil.example" pretends: "github.acme.example" is acme's own."""
        found = []
        strong = any(_rank(label) == STRONG for label in labels) or _rank(domain.partition(".")[0]) == STRONG
        for label, behind in zip(labels, [*labels[1:], ""], strict=True):
            text = _readable(label)
            name = self._by_shape.get(collapse(fold(text).text))
            if name is None:
                pieces = [piece for piece in text.split("-") if piece][:8]
                shapes = [collapse(fold(piece).text) for piece in pieces]
                found += [it for it in self._hyphenated(text, pieces, shapes) if it.strength > 0.5]
            elif len(_letters(name.written)) < MIN_NAME:
                continue
            elif behind.partition("-")[0] in _ENDINGS:
                found.append(_imitation(name, "stands before", f"{label}.{behind}.", 1.0))
            elif strong and not name.plain:
                found.append(_imitation(name, "stands before", label, 0.6))
        return found


_ENDINGS = frozenset({"com", "net", "org", "co", "io", "gov", "info", "app"})


def _letters(written: str) -> str:
    return "".join(filter(str.isalnum, written.lower()))


def _imitation(name: Name, how: How, seen: str, strength: float) -> Imitation:
    return Imitation(name=name.written, how=how, seen=seen, strength=round(strength, 2))


def _readable(label: str) -> str:
    """A label as a browser may show it; one wholly of letters that pass for Latin as the Latin word it is read as."""
    if label.startswith("xn--"):
        try:
            shown = label[4:].encode("ascii").decode("punycode")
        except (UnicodeError, ValueError, OverflowError):
            return label
        return "".join(TO_LATIN.get(c, c) for c in shown)
    return label[:LONGEST_LABEL]


def _words() -> dict[str, int]:
    ranks = {"=": STRONG, "~": FILLER}
    return {line.lstrip("=~"): ranks.get(line[0], LURE) for line in read_lines("lure_words.txt")}


_WORDS = _words()
_SHAPES = {collapse(word): rank for word, rank in sorted(_WORDS.items(), key=lambda item: item[1])}
_LONGEST_WORD = max(map(len, _WORDS))


def _rank(piece: str) -> int:
    """What a whole piece says: a word of the list, several of them run together, digits; 0 for anything else."""
    return _WORDS.get(piece, 0) or _rank_of_words(piece, True)


def _rank_of_words(text: str, by_spelling: bool) -> int:
    """The strongest of the words a text is made up of without remainder; 0 where it is not. At most 63 letters."""
    words = _WORDS if by_spelling else _SHAPES
    best = [0] * (len(text) + 1)
    best[0] = FILLER
    for end in range(1, len(text) + 1):
        if best[end - 1] and text[end - 1].isdigit():
            best[end] = best[end - 1]
        for start in range(max(0, end - _LONGEST_WORD), end):
            if best[start] and (rank := words.get(text[start:end], 0)):
                best[end] = max(best[end], best[start], rank)
    return best[-1]


def _strength(strongest: int, all_known: bool, plain: bool) -> float:
    if plain:
        return 0.7 if strongest == STRONG and all_known else 0.0
    if strongest < LURE:
        return 0.0
    return 1.0 if all_known else 0.8


def _is_slip(name: str, written: str) -> bool:
    """Whether one slip of the hand, or one letter that looks like another, lies between the two."""
    if name == written or len(name) < MIN_NAME + 1:
        return False
    start = 0
    while start < min(len(name), len(written)) and name[start] == written[start]:
        start += 1
    left, right = name[start:], written[start:]
    if len(left) == len(right):
        if left[2:] == right[2:] and left[:2] == right[1::-1]:
            return True  # two letters swapped
        return left[1:] == right[1:] and (_near(left[0], right[0]) or frozenset((left[0], right[0])) in _TWINS)
    if len(name) < MIN_MISSPELT or name.rstrip("s") == written.rstrip("s"):
        return False
    return left[1:] == right if len(left) > len(right) else left == right[1:] and right[1:] != ""


def _near(one: str, other: str) -> bool:
    """Whether two keys touch on the keyboard."""
    here, there = _KEYS.get(one), _KEYS.get(other)
    if here is None or there is None:
        return False
    return max(abs(here[0] - there[0]), abs(here[1] - there[1])) < 2
