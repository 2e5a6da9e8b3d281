"""The six actions of CC 4.2, each done twice without harm and each undone by its owner."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts_risk import ledger as people
from accounts_risk.models import Restriction, Strike
from calguard import enforcement, guard
from calguard.conf import conf
from calguard.models import AuditEntry, Case, Decision, Enforcement, Notice
from calguard.order import Order
from outbound.models import Hold, Submission
from tests.guard.events import LURE, invitation
from tests.guard.test_check import send, to_guests

pytestmark = pytest.mark.django_db(transaction=True)


def order_for(user, *, by_human=False):
    send(user, invitation(organizer=user.email, uid="other@x"))
    decision = Decision.objects.latest("created_at")
    return Order(
        owner=decision.owner,
        account=decision.account,
        at=timezone.now(),
        using="default",
        decision=decision,
        submission=decision.submission,
        content=invitation(),
        by_human=by_human,
        reason="test",
        parameters={},
    )


def footprint():
    return (
        Hold.objects.count(),
        Restriction.objects.count(),
        Strike.objects.count(),
        Case.objects.count(),
        Notice.objects.count(),
        AuditEntry.objects.filter(action__in=["restrict", "suspend"]).count(),
    )


@pytest.mark.requirement("R04")
@pytest.mark.parametrize("name", sorted(enforcement.registry()))
def test_every_action_twice_is_once(person, name):
    order = order_for(person())
    action = enforcement.registry()[name]
    action.contain(order)
    action.carry_out(order)
    once = footprint()
    action.carry_out(order)
    assert footprint() == once


@pytest.mark.parametrize("name", sorted(enforcement.registry()))
def test_every_action_is_undone_by_its_owner_and_no_other(person, name):
    user = person()
    order = order_for(user)
    action = enforcement.registry()[name]
    people.restrict(order.account, "sending", "case:99", "x", by_human=True, at=order.at, expires_at=None)
    action.contain(order)
    action.carry_out(order)
    action.undo(order)
    enforcement.lift(order.owner)
    assert not Hold.objects.filter(owner=order.owner).exists()
    assert not Restriction.objects.filter(owner=order.owner).exists()
    assert Restriction.objects.filter(owner="case:99").exists()
    user.refresh_from_db()
    assert user.is_active


@pytest.mark.requirement("R65")
def test_a_restricted_account_is_told_and_can_send_again_afterwards(person, work):
    user = person()
    enforcement.registry()["restrict"].carry_out(order_for(user))
    work()
    before = len(to_guests())
    decision = send(user, invitation(uid="new@x"), reference="n")
    assert decision.is_refused
    assert [reason.code for reason in decision.reasons] == ["account_restricted"]
    assert 0 < decision.retry_after <= 24 * 3600
    assert not guard.can_send(user).allowed
    work()
    assert len(to_guests()) == before
    assert [m.subject for m in mail.outbox if m.to == [user.email]], "the owner is told by mail"
    enforcement.lapse(timezone.now() + timedelta(hours=25))
    assert guard.can_send(user).allowed
    assert send(user, invitation(uid="new@x", summary="Lunch again"), reference="n").may_send


@pytest.mark.requirement("R63")
def test_a_restricted_account_can_still_call_its_event_off_in_our_words(person, work):
    user = person()
    send(user, invitation())
    work()
    assert len(to_guests()) == 1
    enforcement.registry()["restrict"].carry_out(order_for(user))
    cancel = invitation(
        method="CANCEL",
        sequence=1,
        summary="Call +1 805 302 8040 for your refund",
        guests=["ben@home.example", "new@x.example"],
    )
    decision = send(user, cancel)
    assert decision.may_send
    assert decision.system_text_only
    work()
    last = to_guests()[-1]
    assert last.to == ["ben@home.example"], "who never got the invitation hears nothing"
    said = b"".join(part.get_payload(decode=True) or b"" for part in last.message().walk()).decode()
    told = f"{last.subject} {said}"  # decoded: base64 would hide it, and boundaries have digits of their own
    assert "302 8040" not in told
    assert "refund" not in told
    assert len(to_guests()) == 2


@pytest.mark.requirement("R64")
def test_automation_cannot_suspend_without_end(person):
    order = order_for(person())
    enforcement.registry()["suspend"].carry_out(order)
    assert Restriction.objects.get().expires_at is not None
    with pytest.raises(ValueError, match="person"):
        people.restrict(order.account, "suspension", "decision:x", "x", by_human=False, at=order.at, expires_at=None)


@pytest.mark.requirement("R64")
def test_a_suspended_account_is_signed_out_and_comes_back(person, client):
    user = person()
    client.force_login(user)
    order = order_for(user)
    enforcement.registry()["suspend"].carry_out(order)
    user.refresh_from_db()
    assert not user.is_active
    assert not client.session.get("_auth_user_id")
    enforcement.restore(order.account, owner="case:1", reviewer="rita", reason="a mistake", at=timezone.now())
    user.refresh_from_db()
    assert user.is_active
    assert guard.can_send(user).allowed


def test_a_person_outranks_the_machine(person):
    order = order_for(person())
    people.clear(order.account, "case:1", at=order.at, until=order.at + timedelta(days=30))
    enforcement.registry()["restrict"].carry_out(order)
    enforcement.registry()["suspend"].carry_out(order)
    assert not Restriction.objects.exists()


@pytest.mark.requirement("R58")
def test_one_alert_a_day_and_it_is_automatic_mail(person, work):
    user = person()
    for _ in range(3):
        enforcement.registry()["alert"].carry_out(order_for(user))
    work()
    alerts = [m for m in mail.outbox if m.to == [user.email] and "Was this you" in m.subject]
    assert len(alerts) == 1
    assert alerts[0].extra_headers["Auto-Submitted"] == "auto-generated"


def test_a_person_releases_and_everything_goes(person, work):
    user = person("x@free.example", days=0.1)
    decision = send(user, invitation(organizer="x@free.example", summary=LURE), reference="1")
    work()
    if decision.is_refused:
        pytest.skip("refused at once: nothing is waiting")
    case = Case.objects.get()
    enforcement.release(case, reviewer="rita", reason="it is a film prop", at=timezone.now())
    work()
    assert [message.to for message in to_guests()] == [["ben@home.example"]]
    assert Submission.objects.get().state == "sent"


@pytest.mark.parametrize("state", ["done", "lifted"])
def test_an_order_that_was_carried_out_is_not_carried_out_again(person, state):
    order = order_for(person())
    row = Enforcement.objects.create(
        action="restrict",
        owner=order.owner,
        account=order.account,
        decision=order.decision,
        state=state,
        created_at=order.at,
    )
    assert not enforcement.run(row.pk)
    assert not Restriction.objects.exists()


def test_an_action_that_fails_is_tried_again_and_the_failure_is_kept(person, monkeypatch):
    order = order_for(person())
    row = Enforcement.objects.create(
        action="suspend", owner=order.owner, account=order.account, decision=order.decision, created_at=order.at
    )
    monkeypatch.setattr(conf.host.__class__, "end_sessions", lambda *_: 1 / 0)
    assert not enforcement.run(row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("pending", 1)
    assert "ZeroDivisionError" in row.error
    monkeypatch.undo()
    assert not enforcement.run(row.pk), "it is tried again after a pause"
    assert enforcement.run(row.pk, at=timezone.now() + enforcement.FIRST_PAUSE)
