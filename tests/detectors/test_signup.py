"""New people are welcome; crowds made at once are asked for proof."""

from __future__ import annotations

from typing import Any

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of


@pytest.mark.requirement("R23")
@pytest.mark.parametrize(
    ("account", "found"),
    [
        ({"age_hours": 6.0}, set()),
        ({"age_hours": None, "email_verified": False}, set()),  # unknown is not new
        ({"age_hours": 6.0, "signups_same_prefix_hour": 2}, set()),  # a family
        ({"age_hours": 24.0 * 400, "signups_same_prefix_hour": 30}, set()),  # a school that enrolled a class, long ago
        ({"age_hours": 0.2}, {"young"}),
        ({"age_hours": 6.0, "email_verified": False}, {"unverified"}),
        ({"age_hours": 6.0, "signups_same_prefix_hour": 9}, {"crowd"}),
    ],
)
def test_sign_up(account: dict[str, Any], found: set[str]) -> None:
    assert codes("signup", attempt(account=account)) == found


def test_among_colleagues_a_young_account_says_nothing() -> None:
    assert not codes("signup", attempt(account={"age_hours": 0.2, "email_verified": False}, audience={"external": 0}))


@pytest.mark.requirement("R23")
@pytest.mark.parametrize("count", [3, 12, 400])
def test_a_sign_up_farm_is_challenged(count: int) -> None:
    farm = {"age_hours": 0.3, "signups_same_prefix_hour": count}
    assert verdict_of(event(), account=farm).verdict is Verdict.CHALLENGE
    assert verdict_of(event(), account={"age_hours": 0.3}).verdict is Verdict.ALLOW
