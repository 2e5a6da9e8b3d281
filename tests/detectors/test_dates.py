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
        ("DTSTART:20310620T100000Z", "DTEND:20310620T110000Z", set()),
        ("DTSTART:20990620T100000Z", "DTEND:20990620T110000Z", {"far_future"}),
        ("DTSTART:20260620T100000Z", "DTEND:20260619T110000Z", {"backwards"}),
        ("DTSTART:20260620T100000Z", "DTEND:20260620T100001Z", {"instant"}),
    ],
)
def test_dates(start: str, end: str, found: set[str]) -> None:
    made = read(between(start, end))
    assert codes("dates", attempt(made)) == found
    assert verdict_of(made).verdict <= Verdict.OBSERVE
    assert not codes("dates", attempt(made, audience={"external": 0}))
