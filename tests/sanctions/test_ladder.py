"""Strikes come from confirmed abuse alone, are forgotten, and lead up a ladder that begins mildly (R64)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from accounts_risk.models import Restriction, Strike
from calguard import enforcement, people
from calguard.conf import conf
from calguard.engine.policy import Policy
from calguard.engine.sanctioning import Sanctions
from calguard.engine.types import Verdict
from calguard.models import Case, Decision, Enforcement
from calguard.sanctions import ladder
from tests.review import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R64")]

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SOON = timedelta(minutes=46)  # by then every sanction that was drawn is due
Confirm = Callable[..., Case]


def sanctions() -> list[tuple[str, int]]:
    """What automation ordered, and for how many hours, in order."""
    rows = Enforcement.objects.filter(owner__startswith="strike:").order_by("pk")
    return [(row.action, row.parameters["hours"]) for row in rows]


def due(at: datetime) -> None:
    """What workers do once the sanctions of that moment are due."""
    for owner in enforcement.pending(before=at + SOON):
        enforcement.run_owner(owner, at=at + SOON)


@pytest.mark.parametrize("label", ["runaway", "hijacked", "unclear", "innocent"])
def test_who_meant_no_ill_gets_no_strike(confirmed: Confirm, now: datetime, label: str) -> None:
    for day in range(5):
        confirmed(now + day * DAY, label)
    assert not Strike.objects.exists()
    assert sanctions() == []


def test_one_confirmed_advert_leads_to_nothing_more(confirmed: Confirm, sender: str, now: datetime) -> None:
    confirmed(now)
    assert people.strikes(sender, at=now) == 1
    assert sanctions() == []


def test_an_account_of_years_with_one_refusal_and_one_hold_is_not_restricted(sender: str, now: datetime) -> None:
    """Nobody has confirmed anything: a machine's own verdict and a complaint are no strikes."""
    for verdict, action in ((Verdict.DENY, "deny"), (Verdict.HOLD, "hold")):
        row = factories.decision(sender, at=now, verdict=verdict, tier="established")
        enforcement.order(action, owner=row.owner, account=sender, parameters={}, decision=row, at=now)
        enforcement.run_owner(row.owner, at=now)
    people.junked(sender, "r" * 64, key_id="k", at=now)
    assert not Strike.objects.exists()
    assert not Restriction.objects.exists()


def test_strikes_are_forgotten(confirmed: Confirm, sender: str, now: datetime) -> None:
    life = conf.policy.sanctions.strike_days * DAY
    confirmed(now)
    assert people.strikes(sender, at=now + life - HOUR) == 1
    assert people.strikes(sender, at=now + life) == 0
    confirmed(now + life + DAY)
    assert sanctions() == [], "the first is forgotten, so this is the first again"
    confirmed(now + life + 2 * DAY)
    assert sanctions() == [("restrict", 24)]


def test_each_step_is_longer_and_a_suspension_is_the_last(confirmed: Confirm, sender: str, now: datetime) -> None:
    at = now
    for _ in range(4):
        confirmed(at, "phish")
        due(at)
        at += 31 * DAY
        enforcement.lapse(at)
    assert sanctions() == [("restrict", 24), ("restrict", 168), ("restrict", 720), ("suspend", 72)]
    assert not Restriction.objects.filter(expires_at=None).exists()
    assert conf.host.user(sender).is_active, "what automation shut is open again"
    kinds = Restriction.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["sending", "sending", "sending", "suspension"], "each ran out and stays on record"


def test_nobody_is_suspended_who_was_never_restricted(confirmed: Confirm, sender: str, now: datetime) -> None:
    for day in range(7):
        people.strike(sender, f"old:{day}", at=now, expires_at=now + DAY)
    confirmed(now + HOUR)
    assert sanctions() == [("restrict", 720)]


def test_a_person_may_suspend_at_once(sender: str, now: datetime) -> None:
    case = Case.objects.create(account=sender, opened_at=now)
    enforcement.order_by_human(case, "suspend", reviewer="rita", reason="x", parameters={}, at=now)
    enforcement.run_owner(f"case:{case.pk}", at=now)
    standing = Restriction.objects.get()
    assert (standing.kind, standing.by_human) == ("suspension", True)
    assert standing.expires_at == now + conf.policy.sanctions.suspension_days * DAY


def test_a_strike_taken_back_takes_its_step_with_it(confirmed: Confirm, sender: str, now: datetime) -> None:
    case = confirmed(now, "phish")
    due(now)
    assert people.active(sender, at=now + HOUR)
    enforcement.lift(f"case:{case.pk}", at=now + HOUR)
    assert not Strike.objects.exists()
    assert not people.active(sender, at=now + HOUR)
    assert not Restriction.objects.exists(), "overturned: it is on no record"


def test_without_its_first_strike_the_second_led_to_nothing(confirmed: Confirm, sender: str, now: datetime) -> None:
    first = confirmed(now)
    confirmed(now + DAY)
    due(now + DAY)
    assert people.active(sender, at=now + DAY + HOUR)
    enforcement.lift(f"case:{first.pk}", at=now + DAY + HOUR)
    assert people.strikes(sender, at=now + 2 * DAY) == 1
    assert not people.active(sender, at=now + DAY + HOUR)


def test_what_decays_later_does_not_end_a_step_early(confirmed: Confirm, sender: str, now: datetime) -> None:
    people.strike(sender, "old:1", at=now, expires_at=now + DAY + HOUR)
    other = confirmed(now + DAY)
    due(now + DAY)
    ladder.reconsider({sender}, at=now + 2 * DAY)
    assert Restriction.objects.filter(ended_at=None).exists()
    assert other.label == "spam"


def test_confirming_twice_is_once(confirmed: Confirm, sender: str, now: datetime) -> None:
    case = confirmed(now, "phish")
    for _ in range(3):
        ladder.confirmed(sender, f"case:{case.pk}", "phish", tier="new", at=now, by_human=True)
    assert (Strike.objects.count(), len(sanctions())) == (1, 1)


def test_a_protected_account_gets_strikes_and_no_step(
    protect: Callable[[str], None], confirmed: Confirm, sender: str, now: datetime
) -> None:
    protect(sender)
    for day in range(4):
        confirmed(now + day * DAY, "phish")
    assert people.strikes(sender, at=now + 4 * DAY) == 8
    assert sanctions() == []


def test_a_machine_adds_nothing_to_what_a_person_decided(sender: str, now: datetime) -> None:
    """A reviewer restricts for a day, with a label that counts: the ladder's longer step is not taken on top."""
    people.strike(sender, "old:1", at=now - DAY, expires_at=now + 90 * DAY, weight=4)
    case = Case.objects.create(account=sender, opened_at=now)
    for action in ("restrict", "deny"):
        enforcement.order_by_human(case, action, reviewer="rita", reason="x", parameters={"label": "phish"}, at=now)
    enforcement.run_owner(f"case:{case.pk}", at=now)
    due(now)
    assert [row.owner for row in people.active(sender, at=now + HOUR)] == [f"case:{case.pk}"]
    enforcement.lapse(now + DAY)
    assert not people.active(sender, at=now + DAY)
    assert people.strikes(sender, at=now + DAY) == 6, "a strike does not end with the restriction beside it"


def test_abuse_that_a_person_confirms_ends_an_earlier_release(confirmed: Confirm, sender: str, now: datetime) -> None:
    people.clear(sender, "case:old", at=now - DAY, until=now + 29 * DAY)
    confirmed(now, "phish")
    due(now)
    assert people.active(sender, at=now + HOUR)


# What a machine may take for confirmed


def refused(account: str, at: datetime, number: int, **fields: Any) -> Decision:
    given = {"uid": f"{number}@x", "content_hash": f"{number:064}", "tier": "new"} | fields
    own = given.pop("own", True)
    row = factories.decision(account, at=at, verdict=Verdict.DENY, held=False, **given)
    parameters = {} if own else {"own": False}
    enforcement.order("deny", owner=row.owner, account=account, parameters=parameters, decision=row, at=at)
    enforcement.run_owner(row.owner, at=at)
    return row


def refusals(account: str, now: datetime, *, times: int = 3, each: timedelta = HOUR, **fields: Any) -> int:
    for number in range(times):
        refused(account, now + number * each, number, **fields)
    return Strike.objects.count()


HARMLESS: dict[str, dict[str, Any]] = {
    "an account of standing": {"tier": "established"},
    "the same event again and again": {"uid": "same@x"},
    "the same words in copies": {"content_hash": "a" * 64},
    "over a long time": {"each": 4 * DAY},
    "refused for other reasons": {"signals": factories.LURE_SIGNALS[:1]},
    "a visitor of its page, or mail in its name": {"own": False},
    "twice": {"times": 2},
}


@pytest.mark.parametrize("fields", HARMLESS.values(), ids=HARMLESS.keys())
def test_no_machine_confirms(sender: str, now: datetime, fields: dict[str, Any]) -> None:
    assert refusals(sender, now, **fields) == 0


def test_blocked_links_in_several_events_of_a_newcomer_are_a_strike(sender: str, now: datetime) -> None:
    assert refusals(sender, now) == 1


def test_each_strike_needs_refusals_of_its_own(sender: str, now: datetime) -> None:
    assert refusals(sender, now, times=5) == 1
    refused(sender, now + 6 * HOUR, 6)
    assert Strike.objects.count() == 2
    assert sanctions() == [("restrict", 24)]


# The policy


def policy(**changes: Any) -> Sanctions:
    return Sanctions.model_validate(Policy.shipped().sanctions.model_dump() | changes)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"strikes": {"runaway": 1}}, "runaway"),
        ({"ladder": [{"strikes": 1, "action": "suspend", "hours": 1}]}, "without having restricted"),
        (
            {
                "ladder": [
                    {"strikes": 1, "action": "restrict", "hours": 1},
                    {"strikes": 2, "action": "suspend", "hours": 1},
                    {"strikes": 3, "action": "restrict", "hours": 1},
                ]
            },
            "before it is suspended",
        ),
        (
            {
                "ladder": [
                    {"strikes": 2, "action": "restrict", "hours": 1},
                    {"strikes": 2, "action": "restrict", "hours": 2},
                ]
            },
            "more strikes",
        ),
        ({"ladder": [{"strikes": 1, "action": "restrict", "hours": 0}]}, "greater than or equal to 1"),
        ({"delay": {"tiers": [], "sanction": [9, 5], "telling": [0, 0]}}, "the least is more"),
        ({"four_eyes": ["delete"]}, "four_eyes"),
    ],
)
def test_a_ladder_that_makes_no_sense_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        policy(**changes)


def test_a_ladder_may_be_empty(now: datetime) -> None:
    assert policy(ladder=[]).step(99, restricted_before=True) is None
