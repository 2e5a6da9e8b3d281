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


SLOW = Policy.shipped().budget("trial").strangers_week


@pytest.mark.requirement("R21")
@pytest.mark.parametrize(
    ("audience", "behaviour", "found"),
    [
        ({"external": 10}, {"strangers_day": 10, "strangers_week": 70, "days_active_week": 7}, set()),  # a hairdresser
        (
            {"external": 5},
            {"strangers_day": 35, "strangers_week": SLOW - 5, "days_active_week": 5},
            set(),
        ),  # a recruiter
        (
            {"external": 5},
            {"strangers_week": 120, "recipients_week": 290, "days_active_week": 6},
            set(),
        ),  # regular guests
        (
            {"external": 5, "related": 5},
            {"strangers_week": SLOW, "days_active_week": 5},
            set(),
        ),  # to friends, after all
        ({"external": 5}, {"strangers_week": SLOW, "days_active_week": 5, "same_guests": True}, set()),  # a correction
        ({"external": 5, "new_guests": 0}, {"strangers_week": SLOW, "days_active_week": 5}, set()),  # a new hour
        ({"external": 5}, {"strangers_week": SLOW, "days_active_week": 2}, {"strangers"}),
        ({"external": 5}, {"strangers_week": SLOW, "days_active_week": 5}, {"strangers"}),
        ({"external": 40}, {"strangers_day": 45, "strangers_week": 45, "days_active_week": 1}, {"strangers"}),
        ({"external": 5}, {"strangers_week": 292, "days_active_week": 3}, {"strangers"}),  # in few days
        ({"external": 5}, {"strangers_week": 300, "days_active_week": 6}, {"strangers", "slow_drip", "week"}),
        ({"external": 5}, {"strangers_week": 400, "days_active_week": 2}, {"strangers", "slow_drip", "week"}),
        # Guests of one's own, to hide the strangers among them.
        ({"external": 5}, {"strangers_week": 400, "recipients_week": 2000}, {"strangers", "slow_drip", "week"}),
        # Whoever is welcome is slowed down, and nobody looks.
        (
            {"external": 5},
            {"strangers_week": 400, "days_active_week": 6, "acceptance_rate": 0.5},
            {"strangers", "week"},
        ),
    ],
)
def test_low_and_slow(audience: dict[str, Any], behaviour: dict[str, Any], found: set[str]) -> None:
    """Past the week's strangers waits; far past it, day after day, is looked at."""
    given = {"recipients_week": behaviour["strangers_week"], **behaviour}
    audience = {"total": audience["external"], **audience}
    made = attempt(event(), "trial", audience=audience, behaviour=given)
    assert codes("budget", made) == found
    verdict = verdict_of(event(), "trial", audience=audience, behaviour=given).verdict
    assert verdict is (Verdict.HOLD if "slow_drip" in found else Verdict.THROTTLE if found else Verdict.ALLOW)


@pytest.mark.requirement("R21")
@pytest.mark.requirement("R24")
def test_volume_alone_never_holds_whom_we_know_and_trust_widens_by_degrees() -> None:
    """An established sales team writes to hundreds of strangers a week; who is established since yesterday waits."""
    team = {"strangers_day": 300, "strangers_week": 1200, "recipients_week": 1200, "days_active_week": 5}
    audience = {"total": 20, "external": 20}
    assert verdict_of(event(), "established", audience=audience, behaviour=team).verdict is Verdict.ALLOW
    fresh = {"earned_at_hours": 24.0}
    early = verdict_of(event(), "established", audience=audience, behaviour=team, account=fresh)
    assert early.verdict is Verdict.THROTTLE
    late = {"earned_at_hours": 24.0 * 15}
    assert verdict_of(event(), "established", audience=audience, behaviour=team, account=late).verdict is Verdict.ALLOW
    flood = team | {"strangers_week": 9000, "recipients_week": 9000}
    assert verdict_of(event(), "established", audience=audience, behaviour=flood).verdict is Verdict.THROTTLE


def test_an_established_sender_may_send_more() -> None:
    behaviour = {"recipients_day": 400, "recipients_week": 1500}
    assert verdict_of(event(), "established", behaviour=behaviour).verdict is Verdict.ALLOW
    assert verdict_of(event(), "trial", behaviour=behaviour).verdict >= Verdict.THROTTLE
