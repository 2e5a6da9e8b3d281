"""What a tier may send to people outside, and that colleagues cost nothing."""

from __future__ import annotations

from typing import Any

import pytest

from calguard.engine.policy import Policy
from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

WEEK = Policy.shipped().budget("new").week


@pytest.mark.requirement("R60")
@pytest.mark.parametrize(
    ("audience", "behaviour", "found"),
    [
        ({"total": 4, "external": 4}, {}, set()),
        ({"total": 20, "external": 20}, {}, set()),  # exactly what is allowed
        ({"total": 900, "external": 0}, {"recipients_hour": 900}, set()),
        ({"total": 5, "external": 0}, {"recipients_week": WEEK}, set()),
        ({"total": 1, "external": 1}, {"recipients_hour": 20}, {"hour"}),
        ({"total": 1, "external": 1}, {"recipients_hour": 3, "recipients_day": 40}, {"day"}),
        ({"total": 1, "external": 1}, {"recipients_week": WEEK}, {"week"}),
    ],
)
def test_budgets(audience: dict[str, Any], behaviour: dict[str, Any], found: set[str]) -> None:
    made = attempt(audience=audience, behaviour=behaviour)
    assert codes("budget", made) == found
    verdict = verdict_of(event(), audience=audience, behaviour=behaviour).verdict
    assert verdict is (Verdict.THROTTLE if found else Verdict.ALLOW)


@pytest.mark.requirement("R21")
@pytest.mark.parametrize(
    ("related", "sent", "verdict"),
    [
        (0, WEEK // 2, Verdict.ALLOW),
        (4, WEEK * 2, Verdict.THROTTLE),
        (0, WEEK, Verdict.THROTTLE),
        (0, WEEK * 2, Verdict.HOLD),
    ],
)
def test_low_and_slow(related: int, sent: int, verdict: Verdict) -> None:
    """Past the week's budget waits; far past it, and only ever strangers, is looked at."""
    audience = {"total": 4, "external": 4, "related": related}
    assert verdict_of(event(), audience=audience, behaviour={"recipients_week": sent}).verdict is verdict


def test_an_established_sender_may_send_more() -> None:
    behaviour = {"recipients_day": 400, "recipients_week": 1500}
    assert verdict_of(event(), "established", behaviour=behaviour).verdict is Verdict.ALLOW
    assert verdict_of(event(), "trial", behaviour=behaviour).verdict >= Verdict.THROTTLE
