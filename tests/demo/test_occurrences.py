"""When events take place: nine o'clock stays nine o'clock, whatever the clocks do."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from demo.models import Event
from demo.occurrences import is_over, occurrences
from demo.zones import NoSuchTimeError, exists, instant, zone

BERLIN = ZoneInfo("Europe/Berlin")


def event(start, *, hours=1.0, tz="Europe/Berlin", **fields):
    begin = start.replace(tzinfo=ZoneInfo(tz))
    return Event(
        title="x", starts_at=begin.astimezone(UTC), ends_at=(begin + timedelta(hours=hours)).astimezone(UTC),
        time_zone=tz, **fields,
    )  # fmt: skip


def found(one, begin, end):
    return [(at.start.isoformat()[:16], at.end.isoformat()[11:16]) for at in occurrences([one], begin, end)]


def berlin(*when):
    return datetime(*when, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("one", "begin", "end", "expected"),
    [
        # Once: inside, touching the window's begin, outside.
        (event(datetime(2026, 6, 1, 9)), berlin(2026, 6, 1), berlin(2026, 6, 2), [("2026-06-01T09:00", "10:00")]),
        (
            event(datetime(2026, 5, 31, 23), hours=2),
            berlin(2026, 6, 1),
            berlin(2026, 6, 2),
            [("2026-05-31T23:00", "01:00")],
        ),
        (event(datetime(2026, 5, 31, 22), hours=2), berlin(2026, 6, 1), berlin(2026, 6, 2), []),
        # Weekly over the spring change (29 March 2026): the wall clock counts.
        (
            event(datetime(2026, 3, 23, 9), recurrence="weekly"),
            berlin(2026, 3, 23),
            berlin(2026, 4, 7),
            [("2026-03-23T09:00", "10:00"), ("2026-03-30T09:00", "10:00"), ("2026-04-06T09:00", "10:00")],
        ),
        # Daily at an hour that does not exist on 29 March: an hour later, that day only.
        (
            event(datetime(2026, 3, 28, 2, 30), recurrence="daily"),
            berlin(2026, 3, 28),
            berlin(2026, 3, 31),
            [("2026-03-28T02:30", "03:30"), ("2026-03-29T03:30", "04:30"), ("2026-03-30T02:30", "03:30")],
        ),
        # Monthly on the 31st: months without one are left out.
        (
            event(datetime(2026, 1, 31, 12), recurrence="monthly"),
            berlin(2026, 1, 1),
            berlin(2026, 6, 1),
            [("2026-01-31T12:00", "13:00"), ("2026-03-31T12:00", "13:00"), ("2026-05-31T12:00", "13:00")],
        ),
        # Until is the last day, whole; a count ends it too.
        (
            event(datetime(2026, 6, 1, 23), recurrence="daily", until=date(2026, 6, 2)),
            berlin(2026, 6, 1),
            berlin(2026, 7, 1),
            [("2026-06-01T23:00", "00:00"), ("2026-06-02T23:00", "00:00")],
        ),
        (
            event(datetime(2026, 6, 1, 9), recurrence="yearly", count=2),
            berlin(2026, 1, 1),
            berlin(2031, 1, 1),
            [("2026-06-01T09:00", "10:00"), ("2027-06-01T09:00", "10:00")],
        ),
    ],
)  # fmt: skip
def test_when_it_takes_place(one, begin, end, expected):
    assert found(one, begin, end) == expected


def test_a_meeting_in_another_zone_moves_when_only_its_clocks_change():
    weekly = event(datetime(2026, 3, 2, 9), tz="America/New_York", recurrence="weekly")  # they change on 8 March
    seen = [start for start, _ in found(weekly, berlin(2026, 3, 1), berlin(2026, 4, 1))]
    assert [start[11:] for start in seen] == ["15:00", "14:00", "14:00", "14:00", "15:00"]


def test_a_century_of_days_is_not_counted_out():
    daily = event(datetime(1950, 1, 1, 9), recurrence="daily")
    assert len(found(daily, berlin(2026, 6, 1), berlin(2026, 7, 1))) == 30


@pytest.mark.parametrize(
    ("one", "over"),
    [
        (event(datetime(2026, 6, 1, 9)), True),
        (event(datetime(2026, 6, 20, 9)), False),
        (event(datetime(2020, 6, 1, 9), recurrence="weekly"), False),
        (event(datetime(2020, 6, 1, 9), recurrence="weekly", count=10), True),
        (event(datetime(2020, 6, 1, 9), recurrence="weekly", until=date(2020, 9, 1)), True),
        (event(datetime(2020, 2, 29, 9), recurrence="yearly"), False),  # the next one is in 2028
    ],
)
def test_what_is_over(one, over):
    assert is_over(one, datetime(2026, 6, 15, 10, tzinfo=UTC)) is over


def test_an_hour_that_the_clocks_skip_is_refused():
    assert exists(datetime(2026, 3, 29, 1, 30), "Europe/Berlin")
    assert not exists(datetime(2026, 3, 29, 2, 30), "Europe/Berlin")
    with pytest.raises(NoSuchTimeError, match="does not exist"):
        instant(datetime(2026, 3, 29, 2, 30), "Europe/Berlin")


def test_of_an_hour_that_comes_twice_the_first_is_meant():
    assert instant(datetime(2026, 10, 25, 2, 30), "Europe/Berlin").astimezone(UTC).hour == 0


def test_a_zone_that_nobody_knows_is_utc():
    assert [zone(name).key for name in ("Europe/Paris", "Mars/Phobos", "../etc/passwd", "")] == [
        "Europe/Paris",
        *["UTC"] * 3,
    ]
