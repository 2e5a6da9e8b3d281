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
        ({"refused_week": 12}, {"often_refused"}, Verdict.OBSERVE),
        ({"refused_same_content": 1}, {"same_content"}, Verdict.HOLD),
        ({"refused_same_content": 3, "refused_week": 9}, {"same_content", "often_refused"}, Verdict.HOLD),
    ],
)
@pytest.mark.parametrize("who", ["new", "established"])
def test_resubmission(who: str, behaviour: dict[str, Any], found: set[str], verdict: Verdict) -> None:
    assert codes("resubmission", attempt(event(), who, behaviour=behaviour)) == found
    assert verdict_of(event(), who, behaviour=behaviour).verdict in (verdict, Verdict.OBSERVE)
    if verdict is Verdict.HOLD:
        assert verdict_of(event(), who, behaviour=behaviour, client={"automation_cleared": True}).verdict is verdict
