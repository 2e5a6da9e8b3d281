"""Dates people choose, and dates nobody finds again."""

from __future__ import annotations

import pytest

from calguard.content.reader import read
from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of


def between(start: str, end: str) -> str:
    raw = event().raw.decode()
    return raw.replace("DTSTART:20260620T100000Z", start).replace("DTEND:20260620T110000Z", end)


@pytest.mark.requirement("R48")
@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        ("DTSTART:20260620T100000Z", "DTEND:20260620T110000Z", set()),
        ("DTSTART:20260620T100000Z", "DTEND:20260620T100000Z", set()),  # a reminder has no length
        ("DTSTART;VALUE=DATE:20260620", "DTEND;VALUE=DATE:20260621", set()),
        ("DTSTART;VALUE=DATE:20260620", "DTEND;VALUE=DATE:20260620", set()),
        (
            "DTSTART;TZID=Europe/Berlin:20261025T013000",
            "DTEND;TZID=Europe/Berlin:20261025T023000",
            set(),
        ),  # clocks change
        ("DTSTART:20240101T100000Z", "DTEND:20240101T110000Z", set()),  # minutes of a past meeting
        # On the edge of summer time: an hour that is not there, one that is there twice, and a night between two
        ("DTSTART;TZID=America/New_York:20260308T023000", "DTEND;TZID=America/New_York:20260308T031500", set()),
        ("DTSTART;TZID=America/New_York:20261101T014500", "DTEND;TZID=America/New_York:20261101T011500", set()),
        ("DTSTART;TZID=Europe/Berlin:20260328T230000", "DTEND;TZID=Europe/Berlin:20260329T060000", set()),
        # From zone to zone: a flight that lands before it took off, by the clocks on the wall
        ("DTSTART;TZID=Asia/Tokyo:20260620T170000", "DTEND;TZID=America/Los_Angeles:20260620T103000", set()),
        ("DTSTART;VALUE=DATE:20260620", "DTEND;VALUE=DATE:20260704", set()),
        ("DTSTART:20260620T100000", "DTEND:20260620T110000", set()),  # floating: wherever one is
        ("DTSTART:20260620T100000", "DURATION:PT45M", set()),
        ("DTSTART;VALUE=DATE:19200620", "RRULE:FREQ=YEARLY", set()),  # a grandmother's birthday
        ("DTSTART:20110620T100000Z", "RRULE:FREQ=WEEKLY", set()),  # a choir that has met for years
        ("DTSTART:20310620T100000Z", "DTEND:20310620T110000Z", set()),
        ("DTSTART:20990620T100000Z", "DTEND:20990620T110000Z", {"far_future"}),
        ("DTSTART:20140620T100000Z", "DTEND:20140620T110000Z", {"long_past"}),
        ("DTSTART:00010101T000000Z", "DTEND:00010101T010000Z", {"absurd_year"}),
        ("DTSTART:99991231T000000Z", "DTEND:99991231T010000Z", {"far_future"}),
        ("DTSTART:20260620T100000Z", "DTEND:20260619T110000Z", {"backwards"}),
        ("DTSTART:20260620T100000Z", "DTEND:20260620T100001Z", {"instant"}),
    ],
)
def test_dates(start: str, end: str, found: set[str]) -> None:
    made = read(between(start, end))
    assert codes("dates", attempt(made)) == found
    assert verdict_of(made).verdict <= Verdict.OBSERVE
    assert not codes("dates", attempt(made, audience={"external": 0}))


def zone(offset: str) -> str:
    lines = ("BEGIN:VTIMEZONE", "TZID:Home", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0100")
    block = "\r\n".join((*lines, f"TZOFFSETTO:{offset}", "END:STANDARD", "END:VTIMEZONE", "BEGIN:VEVENT"))
    return event().raw.decode().replace("BEGIN:VEVENT", block)


@pytest.mark.requirement("R48")
@pytest.mark.parametrize(
    ("offset", "found"),
    [
        ("+0100", set()),
        ("-1200", set()),
        ("+1400", set()),
        ("+005328", set()),  # Berlin before there were zones
        ("-155202", set()),  # Manila before 1844
        ("0100", set()),  # without its sign
        ("+2300", {"absurd_zone"}),
        ("-9900", {"absurd_zone"}),
    ],
)
def test_zones(offset: str, found: set[str]) -> None:
    assert codes("dates", attempt(read(zone(offset)))) == found
