"""The policy is read whole or refused with the place and the reason."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from typing import Any

import pytest

from calguard.engine.policy import Policy, PolicyError, load
from calguard.engine.registry import known_codes
from calguard.engine.types import Account, Verdict

SHIPPED = resources.files("calguard").joinpath("policy", "default.toml").read_text("utf-8")


def test_the_shipped_policy_knows_every_sign() -> None:
    policy = Policy.shipped()
    assert set(policy.points) == set(known_codes())
    assert policy.version
    assert policy is Policy.shipped()


def test_a_tier_may_weigh_a_sign_otherwise() -> None:
    policy = load(SHIPPED.replace("[points_for.established]", '[points_for.established]\n"subject.claim" = 7'))
    assert policy.worth("subject.claim", "established") == 7
    assert policy.worth("subject.claim", "trial") == policy.points["subject.claim"] > 7
    with pytest.raises(PolicyError, match=r"subject\.clam.*did you mean"):
        load(SHIPPED.replace("[points_for.established]", '[points_for.established]\n"subject.clam" = 7'))


def test_spaces_and_comments_are_free() -> None:
    assert load(SHIPPED + "\n# a remark\n") == Policy.shipped()


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("[trust]", "[trust]\nfoo = 1", "trust.foo: unknown key"),
        ("[evidence]", "[colours]\nred = 1\n[evidence]", "colours: unknown key"),
        ('"subject.lure" = 100', '"subject.lur" = 100', "unknown signal 'subject.lur'; did you mean 'subject.lure'"),
        ('"subject.lure" = 100\n', "", r"no points given for: subject\.lure \(shipped: 100\)"),
        ('"subject.lure" = 100', '"subject.lure" = -5', "points.subject.lure"),
        ('"subject.lure" = 100', '"subject.lure" = "many"', "points.subject.lure"),
        ('"links.block_list" = "DENY"', '"links.block_list" = "DENIED"', "unknown verdict 'DENIED'; known: ALLOW"),
        ('"links.block_list" = "DENY"', '"links.blocklist" = "DENY"', "unknown signal 'links.blocklist'"),
        ("hold = 60, deny = 180", "hold = 20, deny = 180", "at least the points of the rung below"),
        ('DENY = ["deny"]', 'DENY = ["explode"]', "actions.DENY"),
        ('DENY = ["deny"]\n', "", r'actions: missing DENY \(shipped: \["deny"\]\)'),
        ("clean_days = 14", "", r"trust\.clean_days: missing; the shipped policy has clean_days = 14$"),
        (", strangers_week = 80 }", " }", r"tiers\.new\.budget\.strangers_week: missing; .* has strangers_week = 80$"),
        ("[restriction]\nhours = 24\n", "", "restriction: missing; copy this section from the shipped policy$"),
        ('cleared_by_challenge = ["client"', 'cleared_by_challenge = ["text", "client"', "never clears content: text"),
        ("text = 120\n", "", r"caps: missing text \(shipped: 120\)"),
        ('unavailable = "open"', 'unavailable = "maybe"', "tiers.established.unavailable"),
        ("[trust]", "[trust", "not valid TOML"),
    ],
)
def test_mistakes_are_named(old: str, new: str, complaint: str) -> None:
    assert old in SHIPPED
    with pytest.raises(PolicyError, match=complaint):
        load(SHIPPED.replace(old, new, 1))


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(PolicyError) as refused:
        load(SHIPPED.replace("[trust]", "[trust]\nfoo = 1").replace("hours = 24\n", 'hours = "x"\n'))
    assert len(str(refused.value).splitlines()) == 1 + SHIPPED.count("hours = 24\n")  # foo, and the hours


ACCOUNT = Account(id="x", age_hours=24.0 * 400, email_verified=True)


@pytest.mark.requirement("R24")
@pytest.mark.parametrize(
    ("account", "tier"),
    [
        (ACCOUNT, "established"),
        (replace(ACCOUNT, paid=False), "established"),
        (replace(ACCOUNT, age_hours=24.0 * 30), "established"),
        (replace(ACCOUNT, age_hours=24.0 * 29.9), "trial"),
        (replace(ACCOUNT, age_hours=24.0 * 10, paid=True), "trial"),  # payment does not age
        (replace(ACCOUNT, age_hours=23.9, paid=True), "new"),
        (replace(ACCOUNT, age_hours=None), "trial"),  # unknown is never new
        (replace(ACCOUNT, email_verified=False), "trial"),
        (replace(ACCOUNT, strikes=1), "trial"),
        (replace(ACCOUNT, probation=True), "trial"),
        (replace(ACCOUNT, restricted=True), "trial"),
    ],
)
def test_tiers_rise_by_age_and_a_clean_record(account: Account, tier: str) -> None:
    assert Policy.shipped().tier(account) == tier


@pytest.mark.requirement("R24")
def test_budgets_rise_with_the_tier() -> None:
    new, trial, established = (Policy.shipped().budget(tier) for tier in ("new", "trial", "established"))
    for part in ("guests_per_event", "hour", "day", "week"):
        assert getattr(new, part) < getattr(trial, part) < getattr(established, part)


@pytest.mark.requirement("R84")
@pytest.mark.parametrize(
    ("known", "day", "week"),
    [
        ({"paid": True}, 2000, 4000),
        ({"verified_domains": frozenset({"firm.example"})}, 2000, 4000),
        ({"accepted_invitations": 10}, 2000, 4000),
        ({"accepted_invitations": 9}, 200, 400),  # age alone: a club of 90 and a wedding of 140 fit
        ({}, 200, 400),
        ({"paid": True, "earned_at_hours": 24.0}, 500, 1000),
        ({"earned_at_hours": 24.0}, 200, 400),
        ({"paid": True, "doubted": True}, 80, 200),
        ({"tier": "trial", "paid": True, "accepted_invitations": 50}, 80, 200),
        ({"tier": "new", "doubted": True}, 40, 80),
    ],
)
def test_more_than_age_earns_an_established_account_its_strangers(known: dict[str, Any], day: int, week: int) -> None:
    given: dict[str, Any] = {"id": "a", "tier": "established", "earned_at_hours": 5000.0}
    limits = Policy.shipped().limits(Account(**{**given, **known}))
    assert (limits.strangers_day, limits.strangers_week) == (day, week)
    assert limits.day == Policy.shipped().budget(known.get("tier", "established")).day, "strangers only"


@pytest.mark.requirement("R03")
def test_a_missing_fact_has_its_own_answer_or_its_tiers() -> None:
    policy = Policy.shipped()
    assert [policy.mode("detector.links", tier) for tier in ("new", "trial", "established")] == [
        "hold",
        "challenge",
        "open",
    ]
    assert policy.mode("network.lists", "new") == "challenge"
    assert policy.mode("content", "established") == "hold"


def test_a_ladder_without_a_rung_never_stands_on_it() -> None:
    ladder = Policy.shipped().tiers["established"].ladder
    assert ladder.deny is None
    assert ladder.verdict(10_000) is Verdict.HOLD
    assert ladder.verdict(0) is Verdict.ALLOW
