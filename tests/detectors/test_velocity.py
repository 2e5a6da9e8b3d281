"""People are irregular; programs keep time."""

from __future__ import annotations

from typing import Any

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

HUMAN = (14.0, 3.1, 62.4, 9.9, 21.0, 5.2, 40.7)
QUICK = (2.2, 3.9, 1.8, 2.9, 5.1, 2.4, 3.3)  # a keyboard user going down a list
SWITCH = (8.0, 8.9, 7.4, 8.3, 9.6, 7.9, 8.8)  # a scanning switch: even, but not a machine's even
CLOCK = (5.0, 5.01, 4.99, 5.0, 5.02, 5.0, 4.98)
BURST = (0.2, 0.3, 0.25, 0.4, 0.2, 0.31, 0.22)


@pytest.mark.requirement("R20")
@pytest.mark.parametrize(
    "behaviour",
    [
        {},
        {"click_gaps": HUMAN, "attempts_10m": 4},
        {"click_gaps": QUICK, "attempts_10m": 8},
        {"click_gaps": SWITCH},
        {"click_gaps": CLOCK[:4]},  # too few to tell
        {"click_gaps": (86_400.0,) * 8},  # once a day at nine is a habit
        {"attempts_hour": 20},
    ],
)
def test_people(behaviour: dict[str, Any]) -> None:
    assert not codes("velocity", attempt(behaviour=behaviour))
    assert verdict_of(event(), behaviour=behaviour).verdict is Verdict.ALLOW


@pytest.mark.requirement("R19")
@pytest.mark.parametrize(
    ("behaviour", "found", "verdict"),
    [
        ({"click_gaps": CLOCK}, {"metronome"}, Verdict.CHALLENGE),
        ({"click_gaps": BURST}, {"inhuman"}, Verdict.CHALLENGE),
        ({"attempts_10m": 12}, {"many"}, Verdict.OBSERVE),
        ({"attempts_10m": 40, "attempts_hour": 90}, {"flood"}, Verdict.THROTTLE),
        ({"attempts_10m": 40, "click_gaps": CLOCK}, {"flood", "metronome"}, Verdict.THROTTLE),
    ],
)
def test_programs(behaviour: dict[str, Any], found: set[str], verdict: Verdict) -> None:
    assert codes("velocity", attempt(behaviour=behaviour)) == found
    assert verdict_of(event(), behaviour=behaviour).verdict is verdict


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("who", ["new", "trial", "established"])
@pytest.mark.parametrize("gaps", [CLOCK, BURST])
def test_asked_first_and_told_to_wait_when_it_goes_on(gaps: tuple[float, ...], who: str) -> None:
    first, later = {"click_gaps": gaps}, {"click_gaps": gaps, "machine_challenges": 1}
    assert verdict_of(event(), who, behaviour=first).verdict is Verdict.CHALLENGE
    assert codes("velocity", attempt(behaviour=later)) > {"again"}
    assert verdict_of(event(), who, behaviour=later).verdict is Verdict.THROTTLE


@pytest.mark.requirement("R20")
@pytest.mark.parametrize("gaps", [HUMAN, QUICK, SWITCH])
def test_who_was_asked_once_and_is_a_person_is_not_told_to_wait(gaps: tuple[float, ...]) -> None:
    assert not codes("velocity", attempt(behaviour={"click_gaps": gaps, "machine_challenges": 5}))


def test_a_registered_client_keeps_its_own_time() -> None:
    assert not codes(
        "velocity", attempt(behaviour={"click_gaps": CLOCK, "attempts_10m": 500}, client={"registered": True})
    )


@pytest.mark.requirement("R10")
@pytest.mark.parametrize("behaviour", [{"attempts_10m": 600}, {"attempts_hour": 2000}])
def test_a_registered_client_has_a_budget_of_its_own(behaviour: dict[str, Any]) -> None:
    """More than a call a second, for minutes: later is soon enough for an integration that means well."""
    assert codes("velocity", attempt(behaviour=behaviour, client={"registered": True})) == {"client_flood"}
    judged = verdict_of(event(), "established", behaviour=behaviour, client={"registered": True})
    assert judged.verdict is Verdict.THROTTLE
