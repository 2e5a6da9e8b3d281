"""Times in UTC from every way calendars write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from calguard.content.times import duration, moment


@pytest.mark.parametrize(
    ("value", "tzid", "expected"),
    [
        ("20260301T100000Z", "", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("20260301T100000", "", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("20260301", "", datetime(2026, 3, 1, tzinfo=UTC)),
        ("20260301T100000", "Europe/Berlin", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ("20260701T100000", "Europe/Berlin", datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("20260301T100000", "Eastern Standard Time", datetime(2026, 3, 1, 15, tzinfo=UTC)),
        ("20260301T100000", "/freeassociation.sourceforge.net/Europe/Paris", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ("20260301T100000", "(UTC+05:30) Chennai", datetime(2026, 3, 1, 4, 30, tzinfo=UTC)),
        ("20260301T100000", "My own zone", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("20260301T100060", "", datetime(2026, 3, 1, 10, 0, 59, tzinfo=UTC)),
        ("2026-03-01T10:00:00Z", "", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("20261331T100000", "", None),
        ("00010101T000000", "Asia/Tokyo", None),
        ("tomorrow", "", None),
        ("20260301T100000", "../../etc/passwd", datetime(2026, 3, 1, 8, tzinfo=UTC)),
    ],
)
def test_moments(value: str, tzid: str, expected: datetime | None) -> None:
    assert moment(value, tzid, timezone(timedelta(hours=2)))[0] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("PT1H30M", timedelta(minutes=90)),
        ("P1W", timedelta(weeks=1)),
        ("-P1DT2H", -timedelta(days=1, hours=2)),
        ("P", None),
        ("1 hour", None),
        ("P9999999999D", None),
    ],
)
def test_durations(value: str, expected: timedelta | None) -> None:
    assert duration(value) == expected
