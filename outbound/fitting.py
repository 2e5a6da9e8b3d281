"""Fits what a sender chose (UIDs, scopes, numbers) into columns without letting two values become one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

CHUNK = 500
LARGEST = 2**31 - 1


def fit(value: str, size: int) -> str:
    """`value`, or its beginning and a digest of the whole where it is too long or PostgreSQL refuses its characters."""
    storable = _storable(value)
    if storable == value and len(value) <= size:
        return value
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{storable[: size - 33]}#{digest}"


def shorten(text: str, size: int) -> str:
    """A reason or error as far as the column takes it; nothing is looked up by it."""
    return _storable(text)[:size]


def clamp(value: int) -> int:
    """SEQUENCE as a column can hold it: a sender may write any number of digits."""
    return max(-LARGEST, min(LARGEST, value))


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Lists of at most `size`, so that no statement and no transaction grows with the number of guests."""
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def _storable(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
