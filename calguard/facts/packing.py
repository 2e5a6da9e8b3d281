"""Small values as octets and back: what is kept for a million accounts must be short, and never executes anything."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from accounts_risk.ledger import Answers, Habits, Known, Restricted

__all__ = ["KINDS", "Damaged", "microseconds", "moment", "pack", "schema", "unpack"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000  # microseconds; moments are kept to the second, rounded up
MICROSECOND = timedelta(microseconds=1)
KINDS: tuple[type, ...] = (Known, Restricted, Answers, Habits)  # dataclasses that are kept, by their place here


class Damaged(ValueError):  # noqa: N818  what was read is no error of ours
    """Octets that were not made here, or by another version."""


def microseconds(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def moment(number: int) -> datetime:
    return EPOCH + timedelta(microseconds=number)


def pack(value: object) -> bytes:
    """None, booleans, numbers, text, moments, octets, tuples, mappings, and dataclasses of KINDS; else TypeError."""
    out = bytearray()
    _put(value, out)
    return bytes(out)


def unpack(octets: bytes) -> Any:
    """What `pack` was given. Raises Damaged for what it did not make."""
    try:
        value, end = _take(octets, 0)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, RecursionError, struct.error) as error:
        raise Damaged(type(error).__name__) from error
    if end != len(octets):
        raise Damaged("too long")
    return value


def schema() -> str:
    """Differs where the fields of a kept dataclass do, so that two versions do not read one another's."""
    return ";".join(f"{kind.__name__}({','.join(field.name for field in fields(kind))})" for kind in KINDS)


def _put(value: object, out: bytearray) -> None:
    if value is None or isinstance(value, bool):
        out += {None: b"N", True: b"T", False: b"F"}[value]
    elif isinstance(value, int):
        out += b"I" + _LONG.pack(value) if not 0 <= value < 256 else b"i" + bytes((value,))
    elif isinstance(value, float):
        out += b"D" + _DOUBLE.pack(value)
    elif isinstance(value, bytes):
        _put_length(b"B", len(value), out)
        out += value
    elif isinstance(value, str):
        _put_text(value, out)
    elif isinstance(value, datetime):
        out += b"M" + _MOMENT.pack(-(-microseconds(value) // SECOND))
    elif type(value) in KINDS:
        _put_fields(value, out)
    else:
        _put_many(value, out)


def _put_length(tag: bytes, length: int, out: bytearray) -> None:
    """In one octet where it fits, which the small letter says; in two else."""
    if length < 256:
        out += tag.lower() + bytes((length,))
    else:
        out += tag + _SHORT.pack(length)


def _put_text(value: str, out: bytearray) -> None:
    if _HEX.fullmatch(value):  # keyed hashes are
        out += b"X" + bytes((len(value) // 2,)) + bytes.fromhex(value)
    else:
        said = value.encode("utf-8", "surrogatepass")
        _put_length(b"S", len(said), out)
        out += said


def _put_many(value: object, out: bytearray) -> None:
    if value == frozenset():
        out += b"E"
    elif isinstance(value, frozenset):
        out += b"U"
        _put(tuple(sorted(value)), out)
    elif isinstance(value, Mapping):
        out += b"P"
        _put(tuple(one for pair in value.items() for one in pair), out)
    elif not isinstance(value, tuple):
        raise TypeError(f"{type(value).__name__} is not kept")
    elif value and len(value) < 256 and all(type(one) is int and 0 <= one < 256 for one in value):
        told = [(place, one) for place, one in enumerate(value) if one]  # mostly zeros, as hours of a day are
        out += b"Z" + bytes((len(value), len(told), *(part for pair in told for part in pair)))
    elif 1 < len(value) < 256 and _alike(value):
        out += b"H" + bytes((len(value), len(value[0]) // 2)) + bytes.fromhex("".join(value))
    else:
        _put_length(b"L", len(value), out)
        for one in value:
            _put(one, out)


def _alike(value: tuple[object, ...]) -> bool:
    """Keyed hashes of one length."""
    return all(isinstance(one, str) and _HEX.fullmatch(one) for one in value) and len(set(map(len, value))) == 1  # type: ignore[arg-type]


def _put_fields(value: Any, out: bytearray) -> None:
    """Only what differs from its default: most of what is known of most accounts does not."""
    names = _fields(value.__class__)
    told = [(n, one) for n, (name, usual) in enumerate(names) if (one := getattr(value, name)) != usual]
    out += b"C" + bytes((KINDS.index(type(value)), len(told)))
    for n, one in told:
        out.append(n)
        _put(one, out)


@cache
def _fields(kind: Any) -> tuple[tuple[str, object], ...]:
    """Name and default of each field, in order."""
    found = []
    for field in fields(kind):
        made = field.default_factory() if field.default_factory is not MISSING else field.default
        found.append((field.name, made))
    return tuple(found)


def _take(octets: bytes, at: int) -> tuple[Any, int]:
    tag = octets[at]
    at += 1
    if tag in _FIXED:
        return _FIXED[tag], at
    if tag == 0x69:  # i
        return octets[at], at + 1
    if tag == 0x4D:  # M
        return moment(_MOMENT.unpack_from(octets, at)[0] * SECOND), at + 4
    if tag == 0x49:  # I
        return _LONG.unpack_from(octets, at)[0], at + 8
    if tag == 0x44:  # D
        return _DOUBLE.unpack_from(octets, at)[0], at + 8
    if tag in b"SsBbLl":
        return _take_sized(tag, octets, at)
    return _take_many(tag, octets, at)


def _take_sized(tag: int, octets: bytes, at: int) -> tuple[Any, int]:
    """Text, octets or a tuple, behind its length."""
    length, at = (octets[at], at + 1) if tag & 0x20 else (_SHORT.unpack_from(octets, at)[0], at + 2)
    kind = tag & ~0x20
    if kind == 0x4C:  # L
        found = []
        for _ in range(length):
            one, at = _take(octets, at)
            found.append(one)
        return tuple(found), at
    said = octets[at : at + length]
    if len(said) < length:
        raise ValueError("cut short")
    return (said.decode("utf-8", "surrogatepass") if kind == 0x53 else said), at + length


def _take_many(tag: int, octets: bytes, at: int) -> tuple[Any, int]:
    if tag == 0x55:  # U
        inner, at = _take(octets, at)
        return frozenset(inner), at
    if tag == 0x50:  # P
        flat, at = _take(octets, at)
        return dict(zip(flat[::2], flat[1::2], strict=True)), at
    if tag == 0x5A:  # Z
        return _take_counts(octets, at)
    if tag == 0x48:  # H
        count, size = octets[at], octets[at + 1]
        at += 2
        return tuple(octets[n : n + size].hex() for n in range(at, at + count * size, size)), at + count * size
    if tag == 0x58:  # X
        end = at + 1 + octets[at]
        return octets[at + 1 : end].hex(), end
    if tag != 0x43:  # C
        raise ValueError(f"tag {tag}")
    kind, count = KINDS[octets[at]], octets[at + 1]
    names, at, told = _fields(kind), at + 2, {}
    for _ in range(count):
        name = names[octets[at]][0]
        told[name], at = _take(octets, at + 1)
    return kind(**told), at


def _take_counts(octets: bytes, at: int) -> tuple[tuple[int, ...], int]:
    end = at + 2 + 2 * octets[at + 1]
    found = [0] * octets[at]
    for place, value in zip(octets[at + 2 : end : 2], octets[at + 3 : end : 2], strict=True):
        found[place] = value
    return tuple(found), end


_HEX = re.compile("(?:[0-9a-f]{2}){2,200}")
_FIXED: dict[int, object] = {0x4E: None, 0x54: True, 0x46: False, 0x45: frozenset()}  # N, T, F, E
_LONG, _DOUBLE, _SHORT, _MOMENT = (struct.Struct(f"<{kind}") for kind in "qdHI")
