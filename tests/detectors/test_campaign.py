"""Many accounts on the same are a campaign; families, classes and clubs are not."""

from __future__ import annotations

from typing import Any

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

SHARED = ("text", "phone")


@pytest.mark.parametrize(
    ("crowd", "found", "verdict"),
    [
        ({}, set(), Verdict.ALLOW),
        # four parents forward one birthday invitation, each to a few people
        ({"accounts": 4, "recipients": 12, "shared": SHARED}, set(), Verdict.ALLOW),
        # a class of thirty does the same for homework: nobody writes twice, and to few
        ({"accounts": 29, "recipients": 60, "shared": ("text", "prefix")}, set(), Verdict.ALLOW),
        # four trainers of one club, each with several teams
        ({"accounts": 4, "spreading": 4, "recipients": 120, "shared": ("text", "phone", "host")}, set(), Verdict.ALLOW),
        # a concert that strangers copy
        ({"accounts": 80, "recipients": 240, "shared": ("text", "host")}, set(), Verdict.ALLOW),
        # what a person found harmless stays so, however it grows
        (
            {"campaign": "C-1", "state": "cleared", "accounts": 90, "spreading": 90, "shared": SHARED},
            set(),
            Verdict.ALLOW,
        ),
        ({"accounts": 6, "spreading": 5, "recipients": 20, "shared": SHARED}, {"crowd"}, Verdict.CHALLENGE),
        ({"accounts": 80, "recipients": 400, "shared": ("text", "host")}, {"crowd"}, Verdict.CHALLENGE),
        ({"accounts": 14, "spreading": 12, "recipients": 40, "shared": SHARED}, {"spread"}, Verdict.HOLD),
        ({"campaign": "C-1", "state": "held", "accounts": 1, "shared": SHARED}, {"held"}, Verdict.HOLD),
        (
            {"campaign": "C-1", "state": "watched", "over_budget": True, "accounts": 2, "shared": SHARED},
            {"over_budget"},
            Verdict.HOLD,
        ),
    ],
)
def test_campaign(crowd: dict[str, Any], found: set[str], verdict: Verdict) -> None:
    assert codes("campaign", attempt(event(), "new", crowd=crowd)) == found
    assert verdict_of(event(), "new", crowd=crowd).verdict is verdict


@pytest.mark.parametrize(
    ("crowd", "verdict"),
    [
        ({"accounts": 4, "spreading": 4, "recipients": 400, "shared": SHARED}, Verdict.ALLOW),
        ({"accounts": 80, "recipients": 240, "shared": ("text", "host")}, Verdict.ALLOW),
        ({"campaign": "C-1", "state": "cleared", "accounts": 9, "recipients": 900, "shared": SHARED}, Verdict.ALLOW),
        ({"accounts": 5, "recipients": 50, "shared": SHARED}, Verdict.THROTTLE),
        ({"accounts": 12, "spreading": 12, "recipients": 40, "shared": SHARED}, Verdict.THROTTLE),
        ({"campaign": "C-1", "state": "held", "accounts": 1, "shared": SHARED}, Verdict.THROTTLE),
    ],
)
def test_an_account_of_age_waits_and_is_not_held(crowd: dict[str, Any], verdict: Verdict) -> None:
    assert verdict_of(event(), "established", crowd=crowd).verdict is verdict


def test_a_challenge_does_not_free_what_is_held() -> None:
    crowd = {"campaign": "C-1", "state": "held", "accounts": 1, "shared": SHARED}
    assert verdict_of(event(), "new", crowd=crowd, client={"automation_cleared": True}).verdict is Verdict.HOLD
