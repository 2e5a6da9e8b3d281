"""How often an event appears is bounded in closed form, and ordinary rules are no problem."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from calguard.content.reader import read
from calguard.content.recurrence import HORIZON_DAYS, bound
from tests.content.calendars import event
from tests.support.growth import Ratio, growth

START = datetime(2026, 1, 5, 10, tzinfo=UTC)


@pytest.mark.requirement("R42")
@pytest.mark.parametrize(
    ("rule", "most", "endless"),
    [
        ("FREQ=WEEKLY;UNTIL=20280105T100000Z", 106, False),
        ("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=20", 20, False),
        ("FREQ=MONTHLY;BYDAY=1MO", 125, True),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", 125, True),
        ("FREQ=YEARLY", 12, True),
        ("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", 12, True),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", 2_620, True),
        ("FREQ=WEEKLY;INTERVAL=2", 265, True),
    ],
)
def test_ordinary_rules(rule: str, most: int, endless: bool) -> None:
    found = bound([rule], start=START)
    assert 0 < found.occurrences <= most
    assert found.per_day == 1
    assert found.endless is endless
    assert found.problems == set()


@pytest.mark.requirement("R41")
@pytest.mark.parametrize(
    ("rule", "problem", "least"),
    [
        ("FREQ=SECONDLY", "subdaily", 300_000_000),
        ("FREQ=SECONDLY;COUNT=1000000000", "huge_count", 300_000_000),
        ("FREQ=MINUTELY;INTERVAL=5", "subdaily", 1_000_000),
        ("FREQ=HOURLY;COUNT=48", "subdaily", 48),
        ("FREQ=DAILY;INTERVAL=0", "interval_zero", 3_000),
        ("FREQ=DAILY;COUNT=99999999999999999999", "huge_count", 3_000),
        ("FREQ=DAILY;BYHOUR=1,2,3,4;BYMINUTE=0,10,20;BYSECOND=1,2", "by_multiplication", 80_000),
        ("FREQ=WEEKLY;UNTIL=99991231T000000Z", "until_far", 500),
        ("FREQ=OFTEN", "bad_rrule", 1),
        ("INTERVAL=x;FREQ=DAILY", "bad_rrule", 1),
        ("FREQ=DAILY;BYSECOND=" + ",".join(["1"] * 5000), "by_flood", 1),
    ],
)
def test_bombs_are_named_and_never_expanded(rule: str, problem: str, least: int) -> None:
    data, small = event(f"RRULE:{rule}"), event("RRULE:FREQ=DAILY;COUNT=10")
    found = read(data).events[0].recurrence
    assert Ratio(lambda: read(data), lambda: read(small)) <= 5  # the longest rule is 10,000 characters
    assert problem in found.problems
    assert found.occurrences >= least


@pytest.mark.requirement("R41", "R49")
@pytest.mark.parametrize("frequency", ["SECONDLY", "HOURLY", "DAILY", "YEARLY"])
def test_a_thousand_million_cost_what_ten_do(frequency: str) -> None:
    assert growth(lambda count: read(event(f"RRULE:FREQ={frequency};COUNT={count}")), 10, 100_000_000) <= 2


@pytest.mark.requirement("R41", "R49")
def test_a_long_rule_is_read_in_linear_time() -> None:
    assert growth(lambda count: read(event("RRULE:FREQ=DAILY;BYSECOND=" + "1," * count)), 500, 8) <= 2 * 8
    assert growth(lambda count: read(event("RRULE:FREQ=DAILY" + ";BYSECOND=1" * count)), 80, 8) <= 2 * 8
    assert growth(lambda count: read(event(*["RRULE:FREQ=DAILY"] * count)), 500, 8) <= 2 * 8


@pytest.mark.requirement("R41")
@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (("RDATE:" + ",".join(["20260101T100000Z"] * 1000),), "rdate_flood"),
        (("EXDATE:" + ",".join(["20260101T100000Z"] * 5000), "RRULE:FREQ=DAILY"), "exdate_flood"),
        (("RRULE:FREQ=DAILY", "EXRULE:FREQ=DAILY"), "exrule"),
        (("RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"), "several_rrules"),
    ],
)
def test_floods(lines: tuple[str, ...], problem: str) -> None:
    assert problem in read(event(*lines)).events[0].recurrence.problems


@pytest.mark.requirement("R41", "R42")
@pytest.mark.parametrize(("overrides", "flood"), [(20, False), (600, True)])
def test_overrides(overrides: int, flood: bool) -> None:
    lines = ["END:VEVENT\r\nBEGIN:VEVENT\r\nUID:1@example.com\r\nRECURRENCE-ID:20260101T100000Z"] * overrides
    content = read(event("RRULE:FREQ=DAILY", *lines))
    assert ("override_flood" in content.events[0].recurrence.problems) is flood


RULES = st.builds(
    lambda frequency, interval, parts: ";".join([f"FREQ={frequency}", f"INTERVAL={interval}", *parts]),
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 5),
    st.lists(
        st.sampled_from(
            [
                "BYMONTH=1,6",
                "BYDAY=MO,FR",
                "BYMONTHDAY=1,15,-1",
                "BYHOUR=8,20",
                "BYMINUTE=0,30",
                "BYSETPOS=1",
                "COUNT=9",
            ]
        ),
        max_size=3,
        unique_by=lambda part: part.split("=")[0],
    ),
)


@pytest.mark.requirement("R41")
@settings(max_examples=150, deadline=None)
@given(rule=RULES)
def test_the_bound_is_never_below_what_expanding_gives(rule: str) -> None:
    """Against dateutil, over a tenth of the horizon, where expanding is harmless."""
    end = START + timedelta(days=HORIZON_DAYS // 10)
    dates = []
    for date in rrulestr(rule, dtstart=START):
        if date > end:
            break
        dates.append(date.date())
    limited = rule if "COUNT" in rule else f"{rule};UNTIL={end:%Y%m%dT%H%M%SZ}"
    found = bound([limited], start=START)
    assert found.occurrences >= len(dates)
    assert found.per_day >= max((dates.count(date) for date in set(dates)), default=0)
