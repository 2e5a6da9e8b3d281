"""The yearly party, and the account that was laid by."""

from __future__ import annotations

from typing import Any

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of


@pytest.mark.parametrize(
    ("behaviour", "audience", "found"),
    [
        ({}, {"external": 80}, set()),  # never seen before, or nobody watched
        ({"dormant_days": 20.0}, {"external": 80}, set()),  # a holiday
        ({"dormant_days": 300.0}, {"external": 4}, set()),  # a dinner
        ({"dormant_days": 300.0}, {"external": 80, "related": 75}, set()),  # last year's guests
        ({"dormant_days": 300.0, "same_guests": True}, {"external": 80}, set()),
        ({"dormant_days": 90.0}, {"external": 20}, {"after_silence"}),
        ({"dormant_days": 90.0, "strangers_day": 12}, {"external": 1}, {"after_silence"}),  # one by one
    ],
)
def test_waking(behaviour: dict[str, Any], audience: dict[str, Any], found: set[str]) -> None:
    assert codes("burst", attempt(event(), "established", behaviour=behaviour, audience=audience)) == found


@pytest.mark.parametrize("who", ["trial", "established"])
def test_a_club_that_meets_once_a_year_is_not_asked(who: str) -> None:
    judged = verdict_of(event(), who, behaviour={"dormant_days": 360.0}, audience={"total": 40, "external": 40})
    assert judged.verdict <= Verdict.OBSERVE
    stolen: dict[str, Any] = {"client": {"known_device": False}, "network": {"known_prefix": False}}
    woken = {"dormant_days": 360.0, "strangers_day": 60, "breaks": frozenset({"guests"})}
    assert verdict_of(event(), "established", behaviour=woken, **stolen).verdict is Verdict.CHALLENGE
