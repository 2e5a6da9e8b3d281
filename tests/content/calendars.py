"""Small calendars for the tests of the content package."""

from __future__ import annotations


def event(*lines: str, method: str = "REQUEST", head: tuple[str, ...] = ()) -> bytes:
    """One VEVENT with a UID and a start, and these lines."""
    top = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", f"METHOD:{method}", *head)
    body = ("BEGIN:VEVENT", "UID:1@example.com", "DTSTAMP:20260101T000000Z", "DTSTART:20260301T100000Z", *lines)
    return "\r\n".join((*top, *body, "END:VEVENT", "END:VCALENDAR", "")).encode()


def folded(data: bytes, width: int) -> bytes:
    """The same object with every line folded at `width` octets, also inside UTF-8 sequences."""
    lines = data.split(b"\r\n")
    return b"\r\n".join(b"\r\n ".join(_chunks(line, width)) for line in lines)


def _chunks(line: bytes, width: int) -> list[bytes]:
    return [line[at : at + width] for at in range(0, len(line), width)] or [b""]
