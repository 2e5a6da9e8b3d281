"""Sanctions come some minutes after they are decided, by a clock nobody can read; nothing leaves meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts_risk.models import Restriction
from calguard import dispatch, enforcement, guard, people, sweeping
from calguard.conf import conf
from calguard.models import Case, Enforcement
from calguard.sanctions import delay
from outbound.models import Submission
from tests.guard.events import invitation
from tests.guard.test_check import send, to_guests
from tests.sanctions.test_limits import blocked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R64")]

MINUTE = timedelta(minutes=1)


@pytest.fixture
def newcomer(person: Callable[..., Any]) -> Any:
    return person("x@free.example", days=0.1)


def drawn(tier: str, now: datetime, *, times: int = 400) -> list[float]:
    moments = [delay.due("restrict", tier, now) for _ in range(times)]
    return [(moment - now) / MINUTE for moment in moments if moment is not None]


def test_who_is_trusted_and_what_is_done_to_an_event_waits_for_nothing(now: datetime) -> None:
    assert drawn("established", now) == []
    assert all(delay.due(action, "new", now) is None for action in ("hold", "deny", "challenge", "throttle", "alert"))


def test_the_moment_is_anywhere_in_the_range_and_never_twice_alike(now: datetime) -> None:
    minutes = drawn("new", now)
    assert min(minutes) >= 5
    assert max(minutes) <= 45
    assert min(minutes) < 12, "the whole range is used, but for one time in 10^24"
    assert max(minutes) > 38
    assert len(set(minutes)) > 250


def test_no_range_is_no_delay(now: datetime) -> None:
    assert delay.later((0, 0), now) is None
    assert delay.later((5, 5), now) == now + 5 * MINUTE


@pytest.fixture
def impending(newcomer: Any, settings: Any, tmp_path: Any) -> Enforcement:
    send(newcomer, blocked(settings, tmp_path))
    return Enforcement.objects.get(action="restrict")


def test_it_is_not_carried_out_before_its_time(impending: Enforcement) -> None:
    assert impending.due_at is not None
    enforcement.run_owner(impending.owner)
    assert not enforcement.run(impending.pk)
    assert enforcement.pending(before=impending.due_at - MINUTE) in ([], [impending.owner])
    enforcement.run_owner(impending.owner, at=impending.due_at - MINUTE)
    assert not Restriction.objects.exists()
    assert enforcement.run_owner(impending.owner, at=impending.due_at) == 1
    assert Restriction.objects.exists()


def test_the_sweep_wakes_it_when_its_time_has_come(
    impending: Enforcement, monkeypatch: pytest.MonkeyPatch, work: Callable[[], None]
) -> None:
    work()  # what was due at once is done
    woken: list[str] = []
    monkeypatch.setattr("calguard.wake.enforce", woken.append)
    assert impending.due_at is not None
    sweeping.sweep(at=impending.due_at - MINUTE)
    assert woken == []
    sweeping.sweep(at=impending.due_at + MINUTE)
    assert woken == [impending.owner]


def test_meanwhile_the_account_is_told_what_is_true_and_nothing_leaves(
    newcomer: Any, impending: Enforcement, work: Callable[[], None]
) -> None:
    """Whoever watches sees invitations accepted as before; they are on no way out."""
    decision = send(newcomer, invitation(organizer="x@free.example", uid="fine@x"), reference="fine")
    assert decision.may_send
    assert guard.can_send(newcomer).allowed
    work()
    assert to_guests() == []
    assert [state.state for state in guard.guest_states("fine")] == ["checking"]
    assert impending.due_at is not None
    enforcement.run_owner(impending.owner, at=impending.due_at)
    assert [state.state for state in guard.guest_states("fine")] == ["paused"]
    assert not guard.can_send(newcomer).allowed


def test_what_is_lifted_in_time_leaves_by_itself(
    newcomer: Any, impending: Enforcement, work: Callable[[], None]
) -> None:
    send(newcomer, invitation(organizer="x@free.example", uid="fine@x"), reference="fine")
    work()
    assert to_guests() == []
    enforcement.lift(impending.owner)
    impending.refresh_from_db()
    assert impending.state == Enforcement.State.LIFTED
    later = timezone.now() + 20 * MINUTE
    for key in Submission.objects.filter(reference="fine").values_list("pk", flat=True):
        dispatch.send(key, at=later)
    assert len(to_guests()) == 1
    assert enforcement.run_owner(impending.owner, at=later + timedelta(days=1)) == 0
    assert not Restriction.objects.exists()


def test_a_person_who_releases_in_time_is_not_overruled(newcomer: Any, impending: Enforcement) -> None:
    enforcement.run_owner(impending.owner)  # opens the case
    case = Case.objects.get()
    enforcement.release(case, reviewer="rita", reason="a newspaper", at=timezone.now())
    assert impending.due_at is not None
    enforcement.run_owner(impending.owner, at=impending.due_at)
    assert not people.active(conf.host.account(newcomer), at=impending.due_at)


@pytest.mark.requirement("R67")
def test_who_only_watches_by_then_does_nothing_nor_later(impending: Enforcement, settings: Any) -> None:
    enforcement.run_owner(impending.owner)  # what was due at once
    enforcing = settings.CALGUARD
    settings.CALGUARD = {**enforcing, "MODE": "observe"}
    assert impending.due_at is not None
    assert enforcement.run_owner(impending.owner, at=impending.due_at) == 0
    settings.CALGUARD = enforcing
    assert enforcement.run_owner(impending.owner, at=impending.due_at) == 0
    assert not Restriction.objects.exists()


def test_an_action_that_is_switched_off_keeps_nothing_back(
    newcomer: Any, impending: Enforcement, settings: Any, work: Callable[[], None]
) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "DISABLED_ACTIONS": ["restrict"]}
    send(newcomer, invitation(organizer="x@free.example", uid="fine@x"), reference="fine")
    work()
    assert len(to_guests()) == 1
