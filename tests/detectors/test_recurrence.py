"""Ordinary series are ordinary; rules made to flood are stopped without expanding them."""

from __future__ import annotations

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of
from tests.support.growth import Ratio


@pytest.mark.requirement("R42")
@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20280620T000000Z",
        "FREQ=MONTHLY;BYDAY=1TH",
        "FREQ=YEARLY",
        "FREQ=DAILY;COUNT=90",
        "FREQ=DAILY",  # medicine, without end
        "FREQ=DAILY;COUNT=9999",  # what some calendars write for it
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9",
        "FREQ=HOURLY;COUNT=6",  # six doses
        "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
    ],
)
def test_ordinary_series(rule: str) -> None:
    made = event(lines=(f"RRULE:{rule}",))
    assert not codes("recurrence", attempt(made))
    assert verdict_of(made).verdict is Verdict.ALLOW


@pytest.mark.requirement("R41")
@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;COUNT=1000000000",
        "FREQ=DAILY;COUNT=1000000000",
        "FREQ=SECONDLY;UNTIL=20271231T000000Z",
        "FREQ=MINUTELY",
        "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12;BYMINUTE=0,5,10,15,20,25,30,35,40,45,50,55;BYSECOND=0,15,30,45",
        "FREQ=DAILY;COUNT=1000000000;BYHOUR="
        + ",".join(map(str, range(24)))
        + ";BYMINUTE="
        + ",".join(map(str, range(60))),
    ],
)
@pytest.mark.parametrize("who", ["new", "trial", "established"])
def test_floods_are_held_at_once(rule: str, who: str) -> None:
    judged = verdict_of(event(lines=(f"RRULE:{rule}",)), who)
    assert judged.verdict >= Verdict.HOLD
    assert "repeats_too_often" in judged.reasons
    assert Ratio(lambda: cost(rule, who), lambda: cost("FREQ=DAILY;COUNT=90", who)) <= 2


def cost(rule: str, who: str) -> None:
    verdict_of(event(lines=(f"RRULE:{rule}",)), who)


def test_a_rule_that_never_moves_is_noted() -> None:
    assert "broken" in codes("recurrence", attempt(event(lines=("RRULE:FREQ=DAILY;INTERVAL=0;COUNT=5",))))
