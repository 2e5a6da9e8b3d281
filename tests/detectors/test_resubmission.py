"""Refused content does not get through by being sent again."""

from __future__ import annotations

from typing import Any

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of


@pytest.mark.parametrize(
    ("behaviour", "found", "verdict"),
    [
        ({}, set(), Verdict.ALLOW),
        ({"refused_week": 1}, set(), Verdict.ALLOW),  # one mistake is no habit
        ({"refused_week": 4}, set(), Verdict.ALLOW),
        ({"refused_variant": 0.45, "refused_week": 1}, set(), Verdict.ALLOW),  # the same footer, another matter
        ({"refused_variant": 0.5, "refused_week": 1}, {"variant"}, Verdict.HOLD),
        ({"refused_variant": 1.0, "refused_same_content": 1}, {"same_content"}, Verdict.HOLD),
        ({"refused_contact": "phone", "refused_week": 1}, {"contact"}, Verdict.HOLD),
        ({"refused_contact": "host", "refused_variant": 0.9, "refused_week": 1}, {"variant"}, Verdict.HOLD),
        ({"refused_week": 12}, {"often_refused"}, Verdict.HOLD),
        ({"refused_same_content": 1}, {"same_content"}, Verdict.HOLD),
        ({"refused_same_content": 3, "refused_week": 9}, {"same_content", "often_refused"}, Verdict.HOLD),
    ],
)
@pytest.mark.parametrize("who", ["new", "established"])
def test_resubmission(who: str, behaviour: dict[str, Any], found: set[str], verdict: Verdict) -> None:
    assert codes("resubmission", attempt(event(), who, behaviour=behaviour)) == found
    assert verdict_of(event(), who, behaviour=behaviour).verdict in (verdict, Verdict.OBSERVE)
    if verdict is Verdict.HOLD and not (who == "established" and found & {"contact", "often_refused"} == found):
        assert verdict_of(event(), who, behaviour=behaviour, client={"automation_cleared": True}).verdict is verdict


@pytest.mark.requirement("R57")
@pytest.mark.parametrize(("doubted", "found"), [(False, "contact"), (True, "variant")])
def test_a_page_that_was_refused_tells_more_of_an_account_that_may_be_stolen(doubted: bool, found: str) -> None:
    behaviour = {"refused_contact": "host", "refused_week": 1}
    account = {"doubted": doubted}
    assert codes("resubmission", attempt(event(), "established", account=account, behaviour=behaviour)) == {found}
    verdict = verdict_of(event(), "established", account=account, behaviour=behaviour).verdict
    assert (verdict is Verdict.HOLD) is doubted
