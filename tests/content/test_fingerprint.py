"""What a guest can see is in the hash, and nothing else is."""

from __future__ import annotations

import pytest

from calguard.content.fingerprint import similarity_key
from calguard.content.reader import read
from tests.content.calendars import event

BASE = ("SUMMARY:Hello", "ORGANIZER;CN=Ann:mailto:ann@example.com", "ATTENDEE;CN=Bob:mailto:bob@example.com")
ALARM = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT10M\r\nDESCRIPTION:{}\r\nEND:VALARM"


@pytest.mark.requirement("R02")
@pytest.mark.parametrize(
    "other",
    [
        event(*reversed(BASE)),
        event(*BASE, "SEQUENCE:7", "CREATED:20250101T000000Z", "LAST-MODIFIED:20250101T000000Z"),
        event(*BASE, method="CANCEL"),
        event(*BASE).replace(b"20260101T000000Z", b"20260202T000000Z"),
        event(*BASE).replace(b"-//Example//EN", b"-//Other//EN"),
        event(*BASE).replace(b"UID:1@", b"UID:2@"),
        event(*BASE).replace(b"ATTENDEE;", b"ATTENDEE;PARTSTAT=ACCEPTED;"),
        event(*BASE, "ATTENDEE:mailto:carl@example.com"),
        event(*BASE).replace(b"20260301T100000Z", b"20260301T100000Z"[:-1] + b"Z"),
        event(*BASE, "DESCRIPTION:", "LOCATION:"),
        event(*BASE).replace(b"ann@example.com", b"ANN@EXAMPLE.com"),
    ],
    ids=["order", "stamps", "method", "DTSTAMP", "PRODID", "UID", "answer", "guest", "same", "empty", "case"],
)
def test_same_for_a_guest(other: bytes) -> None:
    assert read(other).hash == read(event(*BASE)).hash


@pytest.mark.requirement("R02")
@pytest.mark.parametrize(
    "lines",
    [
        ("SUMMARY:Hallo", *BASE[1:]),
        (*BASE, "DESCRIPTION:x"),
        (*BASE, "LOCATION:x"),
        (*BASE, "X-ALT-DESC;FMTTYPE=text/html:<p>x</p>"),
        (*BASE, "URL:https://example.com"),
        (*BASE, "ATTACH:https://example.com"),
        (*BASE, "RRULE:FREQ=DAILY"),
        (*BASE, "RDATE:20260302T100000Z"),
        (*BASE, "STATUS:CANCELLED"),
        (*BASE, "DTEND:20260301T110000Z"),
        (*BASE, "X-NOTE:call me"),
        (*BASE, ALARM.format("x")),
        (*BASE, ALARM.format("y")),
        (BASE[0], "ORGANIZER;CN=Anna:mailto:ann@example.com", BASE[2]),
        (BASE[0], "ORGANIZER;CN=Ann:mailto:anna@example.com", BASE[2]),
        (*BASE, "not a property at all"),
    ],
)
def test_different_for_a_guest(lines: tuple[str, ...]) -> None:
    hashes = {read(event(*BASE)).hash, read(event(*BASE, ALARM.format("z"))).hash}
    assert read(event(*lines)).hash not in hashes


def test_the_same_moment_in_another_zone_is_the_same() -> None:
    zoned = event("SUMMARY:a").replace(b"DTSTART:20260301T100000Z", b"DTSTART;TZID=Europe/Berlin:20260301T110000")
    assert read(zoned).hash == read(event("SUMMARY:a")).hash


def test_text_beyond_the_reading_limit_is_in_the_hash() -> None:
    one, other = (event("DESCRIPTION:" + "x " * 60_000 + middle + "x " * 900_000) for middle in ("a", "b"))
    assert read(one).hash != read(other).hash


def test_guests_have_a_hash_of_their_own() -> None:
    guests = [f"ATTENDEE;CN={name}:mailto:{name}@example.com" for name in ("bob", "carl")]
    assert read(event("SUMMARY:a")).guests_hash == ""
    assert read(event(*guests)).guests_hash == read(event("SUMMARY:b", *reversed(guests))).guests_hash
    assert read(event(*guests)).guests_hash != read(event(guests[0])).guests_hash
    assert (
        read(event(*guests)).guests_hash
        != read(event(guests[0], guests[1].replace("CN=carl", "CN=Support"))).guests_hash
    )


LURE = "SUMMARY:Your order {} of USD {} was charged\\, call +1 805 302 80{} (ref {}), write {}@example.com"


@pytest.mark.requirement("R47")
@pytest.mark.parametrize(
    ("other", "same"),
    [
        (LURE.format("B-77", "12.00", "11", "x9z8", "joe"), True),
        (LURE.format("A-1", "499.99", "40", "q1w2", "ann").upper(), True),
        (LURE.format("A-1", "499.99", "40", "q1w2", "ann").replace("charged", "ch\u200barged"), True),
        ("SUMMARY:Team meeting about your order", False),
        ("SUMMARY:Weekly", False),
    ],
)
def test_an_edited_copy_has_the_same_key(other: str, same: bool) -> None:
    first = similarity_key(read(event(LURE.format("A-1", "499.99", "40", "q1w2", "ann"))))
    assert (similarity_key(read(event(other))) == first) is same


def test_nothing_is_similar_to_nothing() -> None:
    assert similarity_key(read(event())) == ""
