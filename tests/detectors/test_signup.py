"""New people are welcome; crowds made at once are asked for proof."""

from __future__ import annotations

from typing import Any

import pytest

from calguard.detectors.signup import FIRST
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
        ({"age_hours": 6.0, "signups_same_prefix_hour": 7}, {"together"}),  # a few offices, all confirmed
        ({"age_hours": 6.0, "signups_same_domain_day": 9}, {"together"}),  # a firm that tries us out
        ({"age_hours": 6.0, "signups_same_prefix_hour": 39, "accepted_invitations": 2}, set()),  # guests vouch
        ({"age_hours": 6.0, "signups_same_prefix_hour": 39}, {"together"}),  # a class or conference with a guest
        ({"age_hours": 6.0, "email_verified": None, "signups_same_prefix_hour": 3}, {"crowd"}),
        ({"age_hours": 6.0, "email_verified": None, "signups_same_prefix_hour": 39, "answered": True}, {"together"}),
        ({"age_hours": 6.0, "email_verified": False, "signups_same_device": 3}, {"crowd", "unverified"}),
        ({"age_hours": 24.0 * 20, "signups_same_device": 5}, {"together"}),  # in the library
        ({"age_hours": 6.0, "signups_same_domain_day": 12}, {"together"}),
        ({"age_hours": 6.0, "signups_same_asn_hour": 11}, set()),
        ({"age_hours": 6.0, "signups_same_asn_hour": 30}, {"together"}),
    ],
)
def test_sign_up(account: dict[str, Any], found: set[str]) -> None:
    assert codes("signup", attempt(account=account)) == found


@pytest.mark.requirement("R23")
@pytest.mark.parametrize(
    ("guests", "account", "found"),
    [
        ({"strangers_week": FIRST - 1}, {}, {"together"}),  # a pupil's friends in a week
        ({"strangers_week": FIRST}, {"signups_same_prefix_hour": 7}, {"together"}),  # a few offices
        ({"strangers_week": FIRST * 3}, {"answered": True}, {"together"}),  # asked before
        ({"strangers_week": FIRST * 3}, {"accepted_invitations": 2}, set()),
        ({"strangers_week": FIRST}, {}, {"crowd"}),
        ({"strangers_week": FIRST * 3}, {"signups_same_prefix_hour": 8}, {"crowd"}),
    ],
)
def test_one_of_thirty_is_asked_beyond_the_first_strangers(
    guests: dict[str, Any], account: dict[str, Any], found: set[str]
) -> None:
    pupil = {"age_hours": 30.0, "signups_same_prefix_hour": 30} | account
    assert codes("signup", attempt(account=pupil, behaviour=guests)) == found


def test_who_writes_to_guests_that_accepted_before_is_not_asked_whatever_else() -> None:
    account = {"age_hours": 30.0, "email_verified": False, "signups_same_prefix_hour": 30}
    known = attempt(account=account, behaviour={"strangers_week": 40}, audience={"external": 3, "related": 3})
    assert codes("signup", known) == {"unverified", "together"}


def test_among_colleagues_a_young_account_says_nothing() -> None:
    young = {"age_hours": 0.2, "email_verified": False, "signups_same_device": 40}
    assert not codes("signup", attempt(account=young, audience={"external": 0}))


FACTS = ("signups_same_prefix_hour", "signups_same_device", "signups_same_domain_day", "signups_same_asn_hour")


@pytest.mark.requirement("R23")
@pytest.mark.parametrize("fact", FACTS)
@pytest.mark.parametrize("count", [30, 50])
@pytest.mark.parametrize("doubt", [{"behaviour": {"strangers_week": FIRST}}, {"unconfirmed": True}])
def test_a_sign_up_farm_is_challenged(fact: str, count: int, doubt: dict[str, Any]) -> None:
    """Asked and never more, whatever they share: a class that enrols is a farm to look at."""
    confirmed = not doubt.get("unconfirmed")
    seen = {name: given for name, given in doubt.items() if name != "unconfirmed"}
    farm: dict[str, Any] = {"age_hours": 0.3, "email_verified": confirmed, fact: count}
    assert verdict_of(event(), account=farm, **seen).verdict is Verdict.CHALLENGE
    assert verdict_of(event(), account=farm | dict.fromkeys(FACTS, count), **seen).verdict is Verdict.CHALLENGE
    assert verdict_of(event(), account={"age_hours": 0.3}, **seen).verdict is Verdict.ALLOW
    passed = verdict_of(event(), account=farm, client={"automation_cleared": True}, **seen)
    assert passed.verdict is Verdict.OBSERVE
    assert verdict_of(event(), account=farm | {"answered": True}, **seen).verdict is Verdict.OBSERVE


@pytest.mark.requirement("R23")
def test_what_hardly_weighs_elsewhere_is_asked_about_in_a_crowd() -> None:
    """Together they come to a question, and alone neither does."""
    account: dict[str, Any] = {"age_hours": 3.0}
    shortened = event(description="Tickets: https://bit.ly/3xYz12")
    assert verdict_of(event(), account=account | {"signups_same_prefix_hour": 30}).verdict <= Verdict.OBSERVE
    assert verdict_of(shortened, account=account).verdict <= Verdict.OBSERVE
    assert verdict_of(shortened, account=account | {"signups_same_prefix_hour": 30}).verdict is Verdict.CHALLENGE


@pytest.mark.requirement("R23")
def test_a_family_that_has_not_confirmed_yet_is_asked_and_one_that_has_is_not() -> None:
    family: dict[str, Any] = {"age_hours": 3.0, "signups_same_prefix_hour": 4, "signups_same_device": 2}
    assert verdict_of(event(), account=family).verdict <= Verdict.OBSERVE
    assert verdict_of(event(), account=family | {"email_verified": False}).verdict is Verdict.CHALLENGE
