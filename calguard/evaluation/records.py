"""Labelled events, one JSON object a line: read as a stream, and each made into the invitation a host would pass."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any, cast

HAM = "ham"
ABUSE = frozenset({"spam", "phish"})
LONGEST_LINE = 64 * 1024 * 1024
MOST_GUESTS = 5_000  # written into one object; more change no verdict, and cost memory
GUEST_DOMAINS = 7
EXCERPT = 120
UNREADABLE = (OSError, EOFError, zlib.error)
_GZIP = b"\x1f\x8b"


class MalformedError(Exception):
    """A line is no record; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """What the report groups by. None of it reaches the judge."""

    id: str
    label: str
    kind: str
    language: str
    source: str
    licence: str
    cluster: str
    year: int | None
    conference_link: bool
    attendees: int
    excerpt: str


class Source:
    """A file of records, compressed or not, told by its content; a pipe will do."""

    def __init__(self, path: Path) -> None:
        self._raw = path.open("rb")
        self._size = path.stat().st_size

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self._raw.close()

    @property
    def read(self) -> float | None:
        """How much of the file was read, 0 to 1; None where its size is not known."""
        return self._raw.tell() / self._size if self._size else None

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Number, from 1, and octets of every line that is not blank; of one that is too long, its beginning.

        Raises one of UNREADABLE where the file cannot be read to its end.
        """
        packed = self._raw.peek(2)[:2] == _GZIP
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=self._raw)) if packed else self._raw
        number = 0
        while line := stream.readline(LONGEST_LINE + 1):
            number += 1
            rest = line
            while len(rest) > LONGEST_LINE and not rest.endswith(b"\n"):
                rest = stream.readline(LONGEST_LINE + 1)
            if line.strip():
                yield number, line


def parse(line: bytes, number: int) -> dict[str, Any]:
    """The JSON object of a line, with its number as `id` where it has none."""
    if len(line) > LONGEST_LINE:
        raise MalformedError(f"longer than {LONGEST_LINE >> 20} MB")
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise MalformedError(f"not JSON: {str(error)[:100]}") from error
    if not isinstance(found, dict):
        raise MalformedError("not a JSON object")
    return {**found, "id": _text(found.get("id")) or f"line {number}"}


def record(fields: dict[str, Any]) -> Record:
    """The labels of a parsed line; what is missing or odd counts as not known."""
    year = fields.get("year")
    said = " / ".join(filter(None, (_text(fields.get(name)) for name in ("summary", "description", "location"))))
    return Record(
        id=fields["id"],
        label=_name(fields.get("label")),
        kind=_name(fields.get("kind")),
        language=_name(fields.get("language")),
        source=_name(fields.get("source")),
        licence=_name(fields.get("license_use")),
        cluster=_text(fields.get("cluster")),
        year=year if isinstance(year, int) and not isinstance(year, bool) else None,
        conference_link=fields.get("has_conference_link") is True,
        attendees=_count(fields.get("attendees_count")),
        excerpt=" ".join(said[: 4 * EXCERPT].split())[:EXCERPT],
    )


def calendar(fields: dict[str, Any]) -> bytes:
    """The record as an iCalendar object: a REQUEST with an organiser, at a time soon, and one guest where the record
    knows of none. Only summary, description, location, rule and number of guests are taken from it."""
    guests = max(1, min(MOST_GUESTS, _count(fields.get("attendees_count"))))
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Host//Calendar//EN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{blake2b(fields['id'].encode('utf-8', 'replace'), digest_size=12).hexdigest()}@calendar.example",
        "DTSTAMP:20261122T120000Z",
        "DTSTART:20261201T150000Z",
        "DTEND:20261201T160000Z",
        "ORGANIZER:mailto:somebody@calendar.example",
    ]
    lines += [
        f"{name.upper()}:{_escaped(text)}"
        for name in ("summary", "description", "location")
        if (text := _text(fields.get(name)))
    ]
    if rule := _text(fields.get("rrule")):
        lines.append(f"RRULE:{_line(rule)}")
    lines += [f"ATTENDEE:mailto:guest.{i}@elsewhere{i % GUEST_DOMAINS}.example" for i in range(guests)]
    return "\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""]).encode("utf-8", "replace")


def _escaped(text: str) -> str:
    """RFC 5545, 3.3.11."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\r\n", "\\n").replace("\r", "\\n").replace("\n", "\\n")


def _line(text: str) -> str:
    return " ".join(text.split("\n")).replace("\r", "")


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None or isinstance(value, bool) else json.dumps(value, ensure_ascii=False)


def _name(value: object) -> str:
    """A short word to group by."""
    return " ".join(_text(value).split())[:60] or "(none)"


def _count(value: object) -> int:
    try:
        return max(0, int(cast("Any", value))) if value is not None else 0
    except (TypeError, ValueError, OverflowError):
        return 0
