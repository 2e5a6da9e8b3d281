"""Whatever is read as a text of the event is bound to the verdict, wherever it stands (R02)."""

from __future__ import annotations

import pytest

from calguard.content import reader
from tests.guard.events import invitation

pytestmark = pytest.mark.requirement("R02")

ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:{tzid}\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\n"
    "TZOFFSETTO:+0100\r\nTZNAME:{name}\r\n{more}END:STANDARD\r\n{outer}END:VTIMEZONE\r\n"
)
LURE = "PayPal charged 499.99 USD, call +1 (805) 302-8040"


def event(*, tzid="Europe/Berlin", name="CET", more="", outer="", param="Europe/Berlin"):
    zone = ZONE.format(tzid=tzid, name=name, more=more, outer=outer)
    text = invitation(extra=f'DTEND;TZID="{param}":20300101T100000').decode()
    return text.replace("BEGIN:VEVENT", zone + "BEGIN:VEVENT", 1)


@pytest.mark.parametrize(
    "swap",
    [
        {"tzid": LURE},
        {"name": LURE},
        {"param": LURE},
        {"more": f"COMMENT:{LURE}\r\n"},
        {"more": f"X-NOTE:{LURE}\r\n"},
        {"outer": f"COMMENT:{LURE}\r\n"},
    ],
    ids=str,
)
def test_a_lure_in_the_time_zone_is_another_event(swap):
    honest, swapped = reader.read(event()), reader.read(event(**swap))
    assert any(LURE.split(maxsplit=1)[0].lower() in text.folded for text in swapped.texts)
    assert honest.hash != swapped.hash


@pytest.mark.parametrize(
    "swap",
    [{"name": "MEZ"}, {"outer": "X-LIC-LOCATION:Europe/Berlin\r\n"}, {"tzid": "W. Europe Standard Time"}],
    ids=str,
)
def test_another_writing_of_the_zone_is_the_same_event(swap):
    assert reader.read(event()).hash == reader.read(event(**swap)).hash


def test_a_telling_prodid_is_another_event():
    telling = invitation().replace(b"PRODID:-//Test//EN", b"PRODID:" + LURE.encode())
    assert reader.read(invitation()).hash != reader.read(telling).hash
    other = invitation().replace(b"PRODID:-//Test//EN", b"PRODID:-//Other 2.1//EN")
    assert reader.read(invitation()).hash == reader.read(other).hash
