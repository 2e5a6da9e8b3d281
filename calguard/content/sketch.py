"""How near one text is to another, told from a few numbers that neither salt nor order changes (R47)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from zlib import crc32

from calguard.content.hosts import read_lines
from calguard.content.types import Content, Text

SIZE = 64  # numbers kept: where two texts have no more features together, nothing is estimated
FEW = 10  # features, of which a text needs so many to be like another by more than chance
HEAD = 6_000  # characters read of each end of a long text, so that the cost is bounded (R49)
BANDS = 8
_SLOTS = 2 * BANDS
_WORD = re.compile(r"(?<!\w)(?:[^\W\d_]{3,}|[^\W\d_\x00-\x7f]{2})(?!\w)")
_PLAIN = re.compile(r"(?a)\b[A-Za-z]{3,}\b")  # the same in ASCII, in half the time
_LINK = re.compile(r"(?i)(?:https?://|www\.)\S+")
_NOISE = re.compile(r"(?i)(?:https?://|www\.)\S+|(?<!\S)\S+@\S+")  # from the beginning of a run: linear
_LONG = 12  # letters from which a run outside ASCII is read in pieces: scripts that write no spaces
_PIECE = 3
_GREETED = 12  # guests, beyond which nobody is written to by name
_MASK = 0xFFFFFFFF
_ODD = 0x9E3779B1

Sketch = frozenset[int]
NOTHING: Sketch = frozenset()


def sketch(content: Content) -> Sketch:
    """The smallest of the hashes of a content's words and pairs of words: at most SIZE numbers of 32 bits.

    Numbers, identifiers, addresses, signs, pictures, guests' names and what meeting services add are left out first,
    so that copies which differ in these alone have equal sketches. Empty where fewer than FEW features are left.
    """
    names = _names(content)
    found: set[int] = set()
    for text in content.texts:
        if not text.field.startswith("ATTENDEE"):
            found.update(features(_ends(text), names))
    found -= _joining()
    return frozenset(sorted(found)[:SIZE]) if len(found) >= FEW else NOTHING


def features(folded: str, without: frozenset[int] = NOTHING) -> set[int]:
    """Hashes of the words of a folded text, and of each two words that follow each other."""
    words = [crc32(word) for word in map(str.encode, _words(folded))]
    if without:
        words = [word for word in words if word not in without]
    found = {word * _ODD & _MASK for word in words}
    found.update([(before * 31 ^ this) * _ODD & _MASK for before, this in pairwise(words) if before])
    return found


def alike(one: Sketch, other: Sketch, known: Sketch = NOTHING) -> float:
    """Jaccard's measure of two texts, 0 to 1, from their sketches; 0 where too little is left to tell.

    `known` is what harmless texts of the same sender say: a footer that all share makes no two of them alike.
    """
    if not one or not other:
        return 0.0
    told = (one | other) - known
    if len(told) > SIZE:
        told = frozenset(sorted(told)[:SIZE])
    if len(told) < FEW:
        return 0.0
    return len(told & one & other) / len(told)


def bands(of: Sketch) -> tuple[int, ...]:
    """BANDS numbers of 64 bits, of which like texts share some and others none; none for an empty sketch.

    One permutation in 16 slots, empty ones filled from the next, two slots a band: at a likeness of 0.6 two texts share
    at least two bands in six of seven cases, at 0.2 in one of twenty.
    """
    if not of:
        return ()
    slots = [0] * _SLOTS
    for value in sorted(of, reverse=True):
        slots[value % _SLOTS] = value // _SLOTS + 1
    filled = [index for index, value in enumerate(slots) if value]
    for index, value in enumerate(slots):
        if not value:
            source = next((place for place in filled if place > index), filled[0])
            slots[index] = (slots[source] + (index - source)) & _MASK
    return tuple((index << 60) ^ (slots[index] << 32) ^ slots[index + BANDS] for index in range(BANDS))


def pack(of: Sketch) -> bytes:
    """For keeping: four octets a number, at most 256."""
    return struct.pack(f"<{len(of)}I", *sorted(of))


def unpack(kept: bytes) -> Sketch:
    """What `pack` was given; what is no sketch is an empty one."""
    return NOTHING if len(kept) % 4 else frozenset(struct.unpack(f"<{len(kept) // 4}I", kept))


def _words(folded: str) -> Iterable[str]:
    if "@" in folded:
        folded = _NOISE.sub(" ", folded)
    elif "://" in folded or "www." in folded:
        folded = _LINK.sub(" ", folded)
    return _PLAIN.findall(folded) if folded.isascii() else _in_pieces(_WORD.findall(folded))


def _in_pieces(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        if len(word) <= _LONG or word.isascii():
            yield word
        else:
            yield from (word[at : at + _PIECE] for at in range(0, len(word) - _PIECE + 1, _PIECE - 1))


def _ends(text: Text) -> str:
    folded = text.folded
    return folded if len(folded) <= 2 * HEAD else f"{folded[:HEAD]} {folded[-HEAD:]}"


def _names(content: Content) -> frozenset[int]:
    """The words of guests' names and of what stands before their "@", which copies for one guest each are salted with.
    Of a few guests only: who writes to many writes to none of them by name."""
    if len(content.guest_emails) > _GREETED:
        return NOTHING
    said = " ".join(f"{guest.name} {guest.email.partition('@')[0]}" for guest in content.attendees)
    return frozenset(crc32(word.encode()) for word in _words(_apart(said)))


def _apart(said: str) -> str:
    return re.sub(r"[\W\d_]+", " ", said.casefold())


@cache
def _joining() -> frozenset[int]:
    return frozenset(hashed for line in read_lines("joining.txt") for hashed in features(line))


def nearest(one: Sketch, others: Iterable[Sketch], known: Sketch = NOTHING) -> float:
    """How alike the nearest of several is."""
    return max((alike(one, other, known) for other in others), default=0.0)
