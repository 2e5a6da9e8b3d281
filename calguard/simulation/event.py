"""An event as iCalendar, as a calendar of our time writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

LINE = 74  # octets before a line is folded (RFC 5545 3.1)
_numbers = count(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """What one invitation says."""

    summary: str
    description: str
    location: str
    start: datetime
    guests: Sequence[str]
    organizer: str  # address; "" for an entry of one's own
    name: str = ""
    minutes: int = 60
    rule: str = ""
    uid: str = ""
    sequence: int = 0
    method: str = "REQUEST"  # "" for an entry that is no message


def uid() -> str:
    """A UID that no other event of this run has."""
    return f"{next(_numbers):08d}@almanac.example"


def calendar(event: Event, *, at: datetime) -> bytes:
    """The iCalendar object, METHOD included."""
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//Almanac//Almanac calendar//EN",
        "VERSION:2.0",
        *([f"METHOD:{event.method}"] if event.method else []),
        "BEGIN:VEVENT",
        f"UID:{event.uid or uid()}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTAMP:{_moment(at)}",
        f"DTSTART:{_moment(event.start)}",
        f"DTEND:{_moment(event.start + timedelta(minutes=event.minutes))}",
        f"SUMMARY:{_text(event.summary)}",
        f"STATUS:{'CANCELLED' if event.method == 'CANCEL' else 'CONFIRMED'}",
    ]
    if event.description:
        lines.append(f"DESCRIPTION:{_text(event.description)}")
    if event.location:
        lines.append(f"LOCATION:{_text(event.location)}")
    if event.rule:
        lines.append(f"RRULE:{event.rule}")
    if event.organizer:
        lines.append(f'ORGANIZER;CN="{event.name}":mailto:{event.organizer}')
    lines += [f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{guest}" for guest in event.guests]
    lines += ["END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(folded for line in lines for folded in _folded(line)).encode()


def _moment(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """The line in pieces of at most 74 octets, no character torn."""
    octets = line.encode()
    start = ""
    while len(octets) > LINE:
        end = LINE
        while octets[end] & 0xC0 == 0x80:
            end -= 1
        yield start + octets[:end].decode()
        octets, start = octets[end:], " "
    yield start + octets.decode()
