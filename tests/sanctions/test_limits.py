"""What automation may not do to who won an appeal, is protected, or was cleared by a person (R92, R96)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts_risk.models import Clearance, Restriction
from calguard import enforcement, people
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.models import Case, Decision, Enforcement
from calguard.sanctions.limits import SANCTIONS
from outbound.models import Hold
from tests.guard.events import LURE, invitation
from tests.guard.test_check import send, to_guests

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R64")]

DAY = timedelta(days=1)


@pytest.fixture
def newcomer(person: Callable[..., Any]) -> Any:
    return person("x@free.example", days=0.1)


def lure(number: int = 1) -> bytes:
    return invitation(organizer="x@free.example", summary=LURE, uid=f"{number}@x")


def blocked(settings: Any, tmp_path: Any) -> bytes:
    listed = tmp_path / "deny.txt"
    listed.write_text("evil.example\n", encoding="utf-8")
    settings.CALGUARD = {**settings.CALGUARD, "LISTS": {"deny_domains": str(listed)}}
    return invitation(organizer="x@free.example", description="See https://evil.example/login", uid="evil@x")


def won(user: Any, *, days: int = 30) -> None:
    at = timezone.now()
    account = conf.host.account(user)
    people.clear(account, "appeal:1", at=at, until=at + days * DAY, ground=Clearance.Ground.APPEAL)


def ordered() -> set[str]:
    return set(Enforcement.objects.values_list("action", flat=True))


def test_an_account_without_a_past_is_refused_by_its_score(newcomer: Any, strict: None) -> None:
    assert send(newcomer, lure()).verdict is Verdict.DENY


@pytest.mark.requirement("R92")
def test_after_a_won_appeal_a_person_looks_instead(newcomer: Any, strict: None, work: Callable[[], None]) -> None:
    won(newcomer)
    assert send(newcomer, lure()).verdict is Verdict.HOLD
    work()
    assert to_guests() == []
    assert Hold.objects.get().kind == Hold.Kind.REVIEW
    assert Case.objects.filter(state="open").count() == 1
    assert "hold" in ordered()
    assert not {"deny", *SANCTIONS} & ordered()


@pytest.mark.requirement("R92")
def test_a_release_alone_does_not_forbid_a_refusal(newcomer: Any, strict: None) -> None:
    at = timezone.now()
    people.clear(conf.host.account(newcomer), "case:1", at=at, until=at + DAY)
    assert send(newcomer, lure()).verdict is Verdict.DENY


@pytest.mark.requirement("R92")
def test_an_appeal_that_was_won_long_ago_limits_nothing(newcomer: Any, strict: None) -> None:
    at = timezone.now() - 2 * DAY
    account = conf.host.account(newcomer)
    people.clear(account, "appeal:1", at=at, until=at + DAY, ground=Clearance.Ground.APPEAL)
    assert send(newcomer, lure()).verdict is Verdict.DENY


@pytest.mark.requirement("R96")
@pytest.mark.parametrize("spared", ["an appeal", "protection"])
def test_a_link_on_a_block_list_is_refused_all_the_same(
    newcomer: Any,
    settings: Any,
    tmp_path: Any,
    protect: Callable[[str], None],
    work: Callable[[], None],
    spared: str,
) -> None:
    event = blocked(settings, tmp_path)
    if spared == "an appeal":
        won(newcomer)
    else:
        protect(conf.host.account(newcomer))
    assert send(newcomer, event).verdict is Verdict.DENY
    work()
    assert not SANCTIONS & ordered()
    assert not Restriction.objects.exists()


def test_without_either_it_also_restricts_the_account_later_and_never_suspends(
    newcomer: Any, settings: Any, tmp_path: Any
) -> None:
    assert send(newcomer, blocked(settings, tmp_path)).verdict is Verdict.DENY
    assert ordered() == {"deny", "restrict"}


def test_a_policy_that_suspends_at_once_restricts_first(
    newcomer: Any, settings: Any, tmp_path: Any, work: Callable[[], None]
) -> None:
    from calguard.engine import shipped

    text = shipped.text()
    begin = text.index('signal = "links.block_list"\ntiers = ["new", "trial"]')
    changed = text[:begin] + text[begin:].replace('actions = ["restrict"]', 'actions = ["suspend"]', 1)
    (tmp_path / "harsh.toml").write_text(changed, encoding="utf-8")
    event = blocked(settings, tmp_path)
    settings.CALGUARD = {**settings.CALGUARD, "POLICY": str(tmp_path / "harsh.toml")}
    send(newcomer, event)
    assert ordered() == {"deny", "restrict"}
    Enforcement.objects.update(due_at=None)
    work()
    later = timezone.now() + 2 * DAY
    enforcement.lapse(later)
    assert Restriction.objects.get().ended_at is not None
    send(newcomer, event.replace(b"evil@x", b"again@x"))
    assert "suspend" in ordered(), "it was restricted before"


def test_a_protected_account_is_held_at_most_for_its_score(
    newcomer: Any, strict: None, protect: Callable[[str], None], work: Callable[[], None]
) -> None:
    protect(conf.host.account(newcomer))
    assert send(newcomer, lure()).verdict is Verdict.HOLD
    work()
    assert Case.objects.filter(state="open").count() == 1
    assert not Restriction.objects.exists()


@pytest.mark.parametrize("action", sorted(SANCTIONS))
def test_what_was_ordered_before_somebody_was_protected_is_not_done(
    person: Callable[..., Any], protect: Callable[[str], None], action: str
) -> None:
    user, at = person(), timezone.now()
    account = conf.host.account(user)
    enforcement.order(action, owner="strike:1", account=account, parameters={"reason": "x"}, at=at)
    protect(account)
    assert enforcement.run_owner("strike:1", at=at) == 1
    assert not Restriction.objects.exists()
    user.refresh_from_db()
    assert user.is_active


def test_where_nothing_can_be_held_the_score_still_refuses(newcomer: Any, strict: None, settings: Any) -> None:
    """The kill switch of one action is no way around another."""
    settings.CALGUARD = {**settings.CALGUARD, "DISABLED_ACTIONS": ["hold"]}
    won(newcomer)
    assert send(newcomer, lure()).verdict is Verdict.DENY


# People outrank machines, and outlive them


def restriction(account: str, owner: str, *, by_human: bool, days: int, kind: str = "sending") -> bool:
    at = timezone.now()
    return people.restrict(account, kind, owner, "x", by_human=by_human, at=at, expires_at=at + days * DAY)


def test_a_machine_neither_prolongs_nor_lifts_what_a_person_decided(person: Callable[..., Any]) -> None:
    account = conf.host.account(person())
    assert restriction(account, "case:1", by_human=True, days=2)
    assert not restriction(account, "decision:1", by_human=False, days=30)
    assert not restriction(account, "decision:2", by_human=False, days=3, kind="suspension")
    people.lift_account(account, by_human=False)
    enforcement.lapse(timezone.now() + DAY)
    assert [row.owner for row in people.active(account, at=timezone.now() + DAY)] == ["case:1"]


def test_whose_account_somebody_else_uses_is_contained_beside_a_persons_word(person: Callable[..., Any]) -> None:
    account = conf.host.account(person())
    restriction(account, "case:1", by_human=True, days=1)
    assert restriction(account, "incident:1", by_human=False, days=3, kind="containment")


def test_a_release_outlives_what_the_machine_says_next(
    newcomer: Any, settings: Any, tmp_path: Any, work: Callable[[], None]
) -> None:
    event = blocked(settings, tmp_path)
    at = timezone.now()
    people.clear(conf.host.account(newcomer), "case:1", at=at, until=at + enforcement.CLEARANCE)
    send(newcomer, event)
    Enforcement.objects.update(due_at=None)
    work()
    assert not Restriction.objects.exists()
    assert Decision.objects.get().verdict == Verdict.DENY
    assert send(newcomer, invitation(organizer="x@free.example", uid="fine@x")).may_send


def test_what_a_person_said_is_not_forgotten_while_it_counts(person: Callable[..., Any]) -> None:
    account, at = conf.host.account(person()), timezone.now()
    restriction(account, "case:1", by_human=True, days=900)
    people.restrict(account, "suspension", "case:2", "x", by_human=True, at=at, expires_at=None)
    people.clear(account, "appeal:1", at=at, until=at + 800 * DAY, ground=Clearance.Ground.APPEAL)
    people.purge(before=at + 700 * DAY)
    assert Restriction.objects.count() == 2
    assert Clearance.objects.count() == 1
