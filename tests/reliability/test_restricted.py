"""What was queued when its account was restricted: nothing leaves meanwhile, and nothing late afterwards (R66)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from calguard import dispatch, guard, people, sweeping
from calguard.conf import conf
from calguard.containment import end, impose
from calguard.models import Decision, Notice
from calguard.order import Order
from outbound.models import Delivery, Submission
from tests.guard.events import invitation
from tests.reliability.reaper import Reaper

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R66")]

Person = Callable[..., Any]
STARTS = {"soon": 1, "later": 100}  # hours from now


def queue(user: Any) -> dict[str, str]:
    """Two accepted events, of which no worker has heard yet; their guests."""
    guests = {}
    for name, hours in STARTS.items():
        guests[name] = f"{name}@home.example"
        start = timezone.now() + timedelta(hours=hours)
        content = invitation(uid=f"{name}@x", guests=[guests[name]], start=start, summary=f"Meeting {name}")
        with guard.sending(user, content, reference=name) as decision:
            assert decision.may_send
    return guests


def dispatched(*, hours: float) -> None:
    at = timezone.now() + timedelta(hours=hours)
    sweeping.sweep(at=at)
    for pk in Submission.objects.filter(state="accepted").values_list("pk", flat=True):
        while dispatch.send(pk, at=at):
            pass


def restriction(user: Any) -> Order:
    return Order(
        owner="case:1",
        account=conf.host.account(user),
        at=timezone.now(),
        using=conf.database,
        by_human=True,
        reason="x",
    )


@pytest.fixture(params=["with holds", "without"])
def contained(request: pytest.FixtureRequest) -> tuple[Callable[[Any], None], Callable[[Any], None]]:
    """Restricting and reinstating an account: as an action does it, and as a row in the ledger alone."""
    from accounts_risk.models import Restriction

    kind = Restriction.Kind.SENDING
    if request.param == "with holds":

        def reinstate(user: Any) -> None:
            from outbound import ledger

            ledger.lift("case:1")
            end(restriction(user), kind)

        return lambda user: bool(impose(restriction(user), kind, expires_at=None)) or None, reinstate

    def restrict(user: Any) -> None:
        people.restrict(conf.host.account(user), kind, "case:1", "x", by_human=True, at=timezone.now(), expires_at=None)

    return restrict, lambda user: bool(people.lift("case:1", using=conf.database)) or None


def test_nothing_leaves_while_restricted_and_only_what_has_not_begun_afterwards(
    person: Person, reaper: Reaper, contained: Any
) -> None:
    restrict, reinstate = contained
    user = person()
    guests = queue(user)
    restrict(user)
    for hours in (0, 0.5, 2, 5):
        dispatched(hours=hours)
    assert reaper.accepted == []
    assert {state.state for name in STARTS for state in guard.guest_states(name)} == {"paused"}
    reinstate(user)
    dispatched(hours=6)
    assert (len(reaper.copies(guests["soon"])), len(reaper.copies(guests["later"]))) == (0, 1)
    assert {row.reference: row.state for row in Submission.objects.all()} == {"soon": "expired", "later": "sent"}
    assert Notice.objects.filter(kind="expired").count() == 1, "its owner is told"
    assert [state.state for state in guard.guest_states("soon")] == ["expired"]


def test_reinstated_in_time_both_leave(person: Person, reaper: Reaper, contained: Any) -> None:
    restrict, reinstate = contained
    user = person()
    guests = queue(user)
    restrict(user)
    dispatched(hours=0)
    reinstate(user)
    dispatched(hours=0.5)
    assert [len(reaper.copies(guest)) for guest in guests.values()] == [1, 1]


def test_what_was_half_sent_when_the_restriction_came_stops_there(
    person: Person, reaper: Reaper, contained: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calguard.conf.Settings.batch_size", 1)
    restrict, reinstate = contained
    user = person()
    start = timezone.now() + timedelta(hours=1)
    content = invitation(guests=["a@home.example", "b@home.example"], start=start)
    with guard.sending(user, content, reference="half") as decision:
        pass
    dispatch.send(str(decision.submission), at=timezone.now())
    restrict(user)
    dispatched(hours=0.1)
    assert len(reaper.accepted) == 1
    reinstate(user)
    dispatched(hours=2)
    assert len(reaper.accepted) == 1
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["cancelled", "sent"]


def test_a_free_account_is_told_late_all_the_same(person: Person, reaper: Reaper) -> None:
    """A mail server that was away is no withholding: the guests of a meeting that has just begun hear of it."""
    guests = queue(person())
    dispatched(hours=2)
    assert [len(reaper.copies(guest)) for guest in guests.values()] == [1, 1]
    assert not Decision.objects.filter(verdict__gte=guard.Verdict.THROTTLE).exists()
