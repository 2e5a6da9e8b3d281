"""iCalendar as hosts write it, for tests that need an invitation and not its syntax."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta


def invitation(
    *,
    organizer: str = "ada@clinic.example",
    name: str = "Ada Berg",
    guests: Sequence[str] = ("ben@home.example",),
    summary: str = "Team lunch",
    description: str = "",
    method: str = "REQUEST",
    uid: str = "lunch-1@calendar.example",
    sequence: int = 0,
    start: datetime | None = None,
    extra: str = "",
) -> bytes:
    """One event; `start` is in two days by default."""
    begins = start or datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Test//EN",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"SEQUENCE:{sequence}",
        f"DTSTAMP:{datetime.now(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{begins:%Y%m%dT%H%M%SZ}",
        f"DTEND:{begins + timedelta(hours=1):%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{summary}",
        *([f"DESCRIPTION:{description}"] if description else []),
        f'ORGANIZER;CN="{name}":mailto:{organizer}',
        *(f"ATTENDEE;RSVP=TRUE:mailto:{guest}" for guest in guests),
        *([extra] if extra else []),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines).encode()


LURE = "Your PayPal account was charged 499.99 USD. If you did not authorise this call +1 (805) 302-8040 to cancel"
