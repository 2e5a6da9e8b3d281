"""Synthetic invitations as calendars write them: folded, attendees with all parameters, 1,000 characters of notes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

NOTES = (
    "Hello everyone, here is the plan for our quarterly review. We start with the numbers of the last three months, "
    "then each team shows what it has finished and what is late. Please add your slides to "
    "https://docs.clinic.example/reviews/quarter?team=all before Thursday noon, so that Ada can put them in order. "
    "Lunch is at half past twelve in the canteen; tell Ben if you need something without gluten or nuts. "
    "In the afternoon we talk about the new building: parking, the move in March and who sits where. "
    "Guests from outside sign in at the front desk, telephone +49 30 5550 1234, and get a badge. "
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def notes(characters: int = 1_000) -> str:
    """Plain office prose with one link and one phone number a paragraph."""
    return (NOTES * (characters // len(NOTES) + 1))[:characters]


def addresses(count: int) -> list[str]:
    """Guests over a handful of domains, as a customer meeting has them."""
    return [f"guest{n}@partner{n % 7}.example" for n in range(count)]


def invitation(
    guests: int | list[str], *, organizer: str = "ada@clinic.example", summary: str = "", description: str | None = None
) -> bytes:
    """One REQUEST, `guests` of them invited; every call is another event."""
    given = addresses(guests) if isinstance(guests, int) else guests
    uid = uuid4()
    begins = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)
    text = notes() if description is None else description
    escaped = text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Bench Calendar//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{uid}@clinic.example",
        "SEQUENCE:0",
        f"DTSTAMP:{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{begins:%Y%m%dT%H%M%SZ}",
        f"DTEND:{begins + timedelta(hours=1):%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{summary or 'Quarterly review ' + WEEKDAYS[uid.int % 5]}",
        f"LOCATION:Room {uid.int % 40 + 1}\\, second floor",
        f"DESCRIPTION:{escaped}",
        f"ORGANIZER;CN=Ada Berg:mailto:{organizer}",
        *(
            f"ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Guest {n};"
            f"X-NUM-GUESTS=0:mailto:{guest}"
            for n, guest in enumerate(given)
        ),
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(map(folded, lines)).encode()


def folded(line: str) -> str:
    """At most 75 octets a line (RFC 5545 3.1); what is written here is ASCII."""
    pieces = [line[:75], *(f" {line[at : at + 74]}" for at in range(75, len(line), 74))]
    return "\r\n".join(pieces) + "\r\n"
