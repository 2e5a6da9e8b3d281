"""Telephone numbers are found in any spelling; dates, identifiers and amounts are none."""

from __future__ import annotations

import pytest

from calguard.content.normalise import clean, fold
from calguard.content.phones import find
from calguard.content.spoken import find_spoken
from tests.support.growth import growth


def numbers(text: str) -> list[str]:
    return [phone.number for phone in (*find(clean(text)[0], "X"), *find_spoken(fold(text).text, "X"))]


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-31 10:00 to 2026-11-01",
        "20261031T112713Z",
        "31.12.2026 18:00",
        "10.30 - 11.30, 14:00-15:00",
        "2024-2025 and 2026/27",
        "Meeting ID: 123 4567 8901",
        "Webinar ID 987 6543 2109, Passcode: 123456",
        "https://zoom.us/j/93456789012?pwd=12345678901",
        "Order 1234567890, invoice # 98765432",
        "Ticket 555-123-4567-89",
        "IBAN DE89 3704 0044 0532 0130 00",
        "37e8c553-ebad-48d1-89b3-7aa790986a67",
        "1,234,567,890 reasons, 3.14159265358",
        "ISBN 978-3-16-148410-0",
        "1 2 3 4 5 6 7 8 9 10",
        "ill oil lol 0o0o",
        "one or two, three at most, four five six",
        "$1,234,567.00",
        "12345678",
    ],
)
def test_no_number_in_innocent_text(text: str) -> None:
    assert numbers(text) == []


@pytest.mark.requirement("R30")
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("call 1 814-270-9574", "+18142709574"),
        ("(839) 268-8812", "+18392688812"),
        ("779-245-9290", "+17792459290"),
        ("+1 (805) 302-8040.", "+18053028040"),
        ("+49 30 1234567", "+49301234567"),
        ("0044 20 7946 0018", "+442079460018"),
        ("Tel. 030/1234567", "0301234567"),
        ("07 82 12 34 56", "0782123456"),
        ("1-8O0-555-O1O0", "+18005550100"),
        ("l-8OO-555-Ol99", "+18005550199"),
        ("+1 (8O5) 3O2 8O4O", "+18053028040"),
        ("①⑧⓪⓪-555-0199", "+18005550199"),
        ("１-８００-５５５-０１９９", "+18005550199"),
        ("+١ ٨٠٥ ٣٠٢ ٨٠٤٠", "+18053028040"),
        ("1.8.0.0.5.5.5.0.1.9.9 call", "+18005550199"),
        ("call 8053028040 now", "+18053028040"),
        ("1-800-FLOWERS", "+18003569377"),
        ("one eight hundred five five five zero one nine nine", "+18005550199"),
        ("eight-zero-five three zero two eight zero four zero", "+18053028040"),
        ("ocho cero cinco tres cero dos ocho cero cuatro cero", "+18053028040"),
        ("Order 12345 support: +1 805 302 8040", "+18053028040"),
        ("Order: +1 805 302 8040", "+18053028040"),
        ("8\u200b05-302-8040", "+18053028040"),
    ],
)
def test_numbers_in_disguise(text: str, number: str) -> None:
    assert numbers(text) == [number]


def test_a_dial_in_block_gives_the_number_and_not_the_meeting() -> None:
    block = "One tap mobile +13017158592,,93456789012#,,,,*123456# US (Washington DC)\nMeeting ID: 934 5678 9012"
    assert numbers(block) == ["+13017158592"]


@pytest.mark.requirement("R49")
@pytest.mark.parametrize("piece", ["1 ", "1", "1-", "one ", "l o ", "2009, ", "call 1234 5678, "])
def test_costs_little(piece: str) -> None:
    assert growth(lambda count: numbers(piece * count), 8_000 // len(piece), 8) <= 2 * 8
