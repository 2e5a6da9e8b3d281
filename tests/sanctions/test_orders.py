"""Orders that fail are tried for days, are undone whole, and end without taking anything else with them (R64)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.utils import timezone

from accounts_risk.models import Restriction, Strike
from calguard import cases, diagnosis, enforcement, notices, people, sweeping
from calguard.conf import conf
from calguard.host import Host
from calguard.models import AuditEntry, Case, Enforcement, Notice
from outbound.models import Hold
from tests.review import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R64")]

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
down: dict[str, bool] = {}


class UnsteadyHost(Host):
    """The part of the host that shuts accounts is away at times."""

    def suspend(self, account: str) -> None:
        if down.get("suspend"):
            raise ConnectionError("the accounts service does not answer")
        super().suspend(account)

    def reinstate(self, account: str) -> None:
        if down.get("reinstate"):
            raise ConnectionError("the accounts service does not answer")
        super().reinstate(account)


@pytest.fixture
def host(settings: Any) -> dict[str, bool]:
    down.clear()
    settings.CALGUARD = {
        **settings.CALGUARD,
        "HOST": f"{__name__}.UnsteadyHost",
        "STAFF_EMAILS": ["trust@calendar.example"],
    }
    return down


@pytest.fixture
def suspension(sender: str, now: datetime) -> Enforcement:
    """Ordered by automation for an hour short of three days."""
    enforcement.order("suspend", owner="strike:1", account=sender, parameters={"reason": "x", "hours": 71}, at=now)
    return Enforcement.objects.get()


def active(account: str) -> bool:
    return bool(get_user_model().objects.get(pk=account.rpartition(":")[2]).is_active)


def sweeps(order: Enforcement, since: datetime, until: datetime, each: timedelta = MINUTE) -> int:
    """What a sweep and its workers do every minute; how often the order was tried."""
    at = since
    while at <= until:
        for owner in enforcement.pending(before=at):
            enforcement.run_owner(owner, at=at)
        at += each
    order.refresh_from_db()
    return order.attempts


def test_a_host_that_is_down_for_a_day_still_shuts_the_account(
    host: dict[str, bool], suspension: Enforcement, sender: str, now: datetime
) -> None:
    host["suspend"] = True
    tried = sweeps(suspension, now + MINUTE, now + DAY)
    assert suspension.state == Enforcement.State.PENDING
    assert 8 <= tried <= 16, "often at first, then seldom: a host that is down is not hammered"
    assert "ConnectionError" in suspension.error
    assert active(sender)
    assert people.active(sender, at=now + DAY), "our own row stands from the first try: nothing is sent"
    host["suspend"] = False
    sweeps(suspension, now + DAY, now + DAY + timedelta(hours=5))
    assert suspension.state == Enforcement.State.DONE
    assert not active(sender)
    assert AuditEntry.objects.filter(action="suspend").count() == 1
    assert Notice.objects.filter(kind="suspended").count() == 1


def test_what_always_fails_is_given_up_and_staff_are_told(
    host: dict[str, bool], suspension: Enforcement, now: datetime
) -> None:
    host["suspend"] = True
    Enforcement.objects.update(parameters={"reason": "x", "hours": 1000})
    assert sweeps(suspension, now + MINUTE, now + 4 * DAY, 5 * MINUTE) == enforcement.ATTEMPTS
    assert suspension.state == Enforcement.State.FAILED
    alarm = Notice.objects.get(kind="order_failed")
    assert notices.send(alarm.pk, at=now + 4 * DAY)
    told = mail.outbox[-1]
    assert told.to == ["trust@calendar.example"]
    assert "suspend" in told.body
    assert "ConnectionError" in told.body
    found = [finding for finding in diagnosis.examine() if "given up" in finding.said]
    assert found
    assert found[0].state != "ok"


def test_a_machines_suspension_ends_by_itself(host: dict[str, bool], suspension: Enforcement, sender: str) -> None:
    begun = suspension.created_at
    enforcement.run(suspension.pk, at=begun)
    assert not active(sender)
    sweeping.sweep(at=begun + timedelta(hours=70))
    assert not active(sender)
    sweeping.sweep(at=begun + timedelta(hours=71))
    assert active(sender)
    assert not people.active(sender, at=begun + timedelta(hours=71))
    assert Restriction.objects.get().ended_at is not None


def test_a_host_that_cannot_open_it_is_asked_again(host: dict[str, bool], suspension: Enforcement, sender: str) -> None:
    begun = suspension.created_at
    enforcement.run(suspension.pk, at=begun)
    host["reinstate"] = True
    assert enforcement.lapse(begun + 3 * DAY) == 0
    assert not active(sender)
    assert Restriction.objects.get().ended_at is None, "never half: it is found again"
    host["reinstate"] = False
    assert enforcement.lapse(begun + 3 * DAY + MINUTE) == 1
    assert active(sender)


def test_a_suspension_for_good_ends_with_no_time(sender: str, now: datetime) -> None:
    case = Case.objects.create(account=sender, opened_at=now)
    given = {"for_good": True}
    enforcement.order_by_human(case, "suspend", reviewer="rita", reason="x", parameters=given, at=now)
    enforcement.run_owner(f"case:{case.pk}", at=now)
    assert Restriction.objects.get().expires_at is None
    enforcement.lapse(now + 9999 * DAY)
    assert not active(sender)
    enforcement.restore(sender, owner="case:2", reviewer="rita", reason="the wrong one", at=now + DAY)
    assert active(sender)


def test_a_machine_cannot_order_one_for_good(suspension: Enforcement, now: datetime) -> None:
    Enforcement.objects.update(parameters={"for_good": True})
    enforcement.run(suspension.pk, at=now)
    assert Restriction.objects.get().expires_at == now + timedelta(hours=72)


def test_undoing_what_was_never_done_opens_no_account(suspension: Enforcement, sender: str, now: datetime) -> None:
    """The host itself shut the account meanwhile, for reasons of its own."""
    conf.host.suspend(sender)
    enforcement.lift("strike:1", at=now)
    suspension.refresh_from_db()
    assert suspension.state == Enforcement.State.LIFTED
    assert not active(sender)
    assert not enforcement.run(suspension.pk, at=now + DAY)


def test_undoing_takes_back_what_was_done_and_what_was_still_to_come(sender: str, now: datetime) -> None:
    row = factories.decision(sender, at=now)
    for action, due_at in (("hold", None), ("deny", None), ("suspend", None), ("restrict", now + DAY)):
        enforcement.order(action, owner=row.owner, account=sender, parameters={}, decision=row, due_at=due_at, at=now)
    people.strike(sender, row.owner, at=now, expires_at=now + DAY)
    enforcement.run_owner(row.owner, at=now)
    assert not active(sender)
    assert enforcement.lift(row.owner, at=now + MINUTE) == 4
    assert active(sender)
    assert not Restriction.objects.exists()
    assert not Strike.objects.exists()
    assert not Hold.objects.exists()
    assert enforcement.run_owner(row.owner, at=now + 2 * DAY) == 0
    assert enforcement.lift(row.owner) == 0, "and again changes nothing"


def test_a_restriction_that_runs_out_frees_nothing_that_waits_for_a_person(sender: str, now: datetime) -> None:
    """The event that led to it is held under the same name: it is not let go with the account."""
    row = factories.decision(sender, at=now)
    cases.open_for(row, at=now)
    enforcement.order("restrict", owner=row.owner, account=sender, parameters={"hours": 24}, decision=row, at=now)
    other = factories.submission(sender, at=now)
    enforcement.run_owner(row.owner, at=now)
    assert set(Hold.objects.values_list("submission", "kind")) == {
        (row.submission_id, Hold.Kind.REVIEW),
        (other.pk, Hold.Kind.CONTAINMENT),
    }
    assert enforcement.lapse(now + DAY) == 1
    assert Hold.objects.get().submission_id == row.submission_id
    assert Restriction.objects.get().ended_at is not None


def test_a_restriction_that_runs_out_leaves_the_strike_beside_it(sender: str, now: datetime) -> None:
    case = Case.objects.create(account=sender, opened_at=now)
    for action in ("restrict", "deny"):
        enforcement.order_by_human(case, action, reviewer="rita", reason="x", parameters={"label": "spam"}, at=now)
    enforcement.run_owner(f"case:{case.pk}", at=now)
    enforcement.lapse(now + DAY)
    assert not people.active(sender, at=now + DAY)
    assert Strike.objects.count() == 1


def test_it_waits_longer_each_time_and_never_very_long(host: dict[str, bool], suspension: Enforcement) -> None:
    host["suspend"] = True
    at, pauses = suspension.created_at, []
    for _ in range(enforcement.ATTEMPTS - 1):
        enforcement.run(suspension.pk, at=at)
        suspension.refresh_from_db()
        assert suspension.due_at is not None
        pauses.append(suspension.due_at - at)
        assert not enforcement.run(suspension.pk, at=suspension.due_at - timedelta(seconds=1))
        at = suspension.due_at
    assert pauses[0] == enforcement.FIRST_PAUSE
    assert pauses == sorted(pauses)
    assert pauses[-1] == enforcement.LONGEST_PAUSE
    assert at - suspension.created_at > 2 * DAY


def test_an_order_due_later_is_woken_by_no_message_of_now(sender: str, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[str] = []
    monkeypatch.setattr("calguard.wake.enforce", woken.append)
    at = timezone.now()
    enforcement.order("restrict", owner="strike:1", account=sender, parameters={}, due_at=at + DAY, at=at)
    assert woken == []
    enforcement.order("restrict", owner="strike:2", account=sender, parameters={}, at=at)
    assert woken == ["strike:2"]
