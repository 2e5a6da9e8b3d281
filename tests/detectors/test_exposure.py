"""Few guests, few repetitions and few reminders add up."""

from __future__ import annotations

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

BELL = ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:Reminder", "END:VALARM")
HOURS = ",".join(str(hour) for hour in range(8, 20))


def people(count: int) -> tuple[str, ...]:
    return tuple(f"{chr(97 + n % 26)}{n}@home{n % 7}.example" for n in range(count))


@pytest.mark.requirement("R42")
@pytest.mark.parametrize(
    ("guests", "lines"),
    [
        (20, ()),
        (1, ("RRULE:FREQ=DAILY", *BELL * 3)),
        (20, ("RRULE:FREQ=WEEKLY", *BELL * 2)),
        (10, ("RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20280620T000000Z", *BELL * 2)),
        (20, ("RRULE:FREQ=YEARLY", *BELL)),
    ],
)
def test_classes_and_stand_ups(guests: int, lines: tuple[str, ...]) -> None:
    made = event(guests=people(guests), lines=lines)
    assert not codes("exposure", attempt(made))
    assert verdict_of(made).verdict <= Verdict.OBSERVE


@pytest.mark.requirement("R41", "R43")
@pytest.mark.parametrize(
    ("guests", "lines", "found"),
    [
        (20, ("RRULE:FREQ=DAILY", *BELL * 3), "over_limit"),
        (20, (f"RRULE:FREQ=DAILY;BYHOUR={HOURS}", *BELL * 5), "far_over_limit"),
        (2, (f"RRULE:FREQ=DAILY;BYHOUR={HOURS}", *BELL[:3], "REPEAT:9", "DURATION:PT1M", *BELL[3:]), "over_limit"),
    ],
)
def test_what_adds_up(guests: int, lines: tuple[str, ...], found: str) -> None:
    made = event(guests=people(guests), lines=lines)
    assert codes("exposure", attempt(made)) == {found}
    judged = verdict_of(made)
    assert judged.verdict >= (Verdict.HOLD if found == "far_over_limit" else Verdict.OBSERVE)
    [told] = [signal.reason for signal in judged.signals if signal.detector == "exposure"]
    assert f"{guests} guests" in told
    assert "100000 allowed" in told
    assert not codes("exposure", attempt(made, "established"))
    assert not codes("exposure", attempt(made, audience={"external": 0}))


def test_reminders_that_stay_here_ring_nowhere_else() -> None:
    made = event(guests=people(20), lines=("RRULE:FREQ=DAILY", *BELL * 3))
    assert not codes("exposure", attempt(made, alarms_leave=False))
