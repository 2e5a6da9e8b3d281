"""Between acceptance and the guest's inbox: judged again, counted, claimed, and never twice."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from calguard import dispatch, guard, handover, sweeping
from calguard.conf import conf
from calguard.guard import Verdict
from calguard.host import Host
from calguard.models import Decision, Notice
from outbound import ledger
from outbound.models import Charge, Delivery, Hold, Submission
from tests.guard.events import LURE, invitation
from tests.guard.test_check import send, to_guests

pytestmark = pytest.mark.django_db(transaction=True)


class Calendar(Host):
    """A host that can be asked for its events."""

    events: dict[str, bytes] = {}
    inboxes: list[tuple[str, str]] = []

    def load(self, reference):
        return self.events.get(reference)

    def on_system(self, addresses):
        return frozenset(address for address in addresses if address.endswith("@here.example"))

    def deliver(self, message):
        if (message.recipient, message.uid) not in self.inboxes:
            self.inboxes.append((message.recipient, message.uid))
        return True


@pytest.fixture
def calendar(settings):
    Calendar.events, Calendar.inboxes = {}, []
    settings.CALGUARD = {**settings.CALGUARD, "HOST": "tests.guard.test_dispatch.Calendar"}
    return Calendar


@pytest.mark.requirement("R02")
def test_what_was_changed_after_the_check_is_judged_again(person, work, calendar):
    user = person("x@free.example", days=0.5)
    calendar.events["7"] = invitation(organizer="x@free.example", summary=LURE, uid="lunch-1@calendar.example")
    decision = send(user, invitation(organizer="x@free.example"), reference="7")
    assert decision.may_send
    work()
    assert to_guests() == []
    second = Decision.objects.exclude(pk=decision.id).get()
    assert (second.gate, second.verdict >= Verdict.HOLD) == ("G3", True)
    assert [m.to for m in mail.outbox if "x@free.example" in m.to], "its owner had been told that it was accepted"


@pytest.mark.requirement("R02")
def test_an_innocent_change_after_the_check_leaves_as_it_is_now(person, work, calendar):
    calendar.events["7"] = invitation(summary="Team lunch, now with cake")
    send(person(), invitation(), reference="7")
    work()
    work()
    assert [message.subject for message in to_guests()] == [to_guests()[0].subject]
    assert "cake" in to_guests()[0].subject


@pytest.mark.requirement("R05")
def test_guests_on_this_system_need_no_mail_and_get_the_same_verdict(person, work, calendar):
    send(person(), invitation(guests=["cleo@here.example", "ben@home.example"]), reference="8")
    work()
    assert calendar.inboxes == [("cleo@here.example", "lunch-1@calendar.example")]
    assert [message.to for message in to_guests()] == [["ben@home.example"]]
    bad = person("x@free.example", days=0.1)
    send(bad, invitation(organizer="x@free.example", guests=["cleo@here.example"], summary=LURE, uid="u2@x"))
    work()
    assert len(calendar.inboxes) == 1


@pytest.mark.requirement("R04")
def test_a_task_that_is_delivered_twice_sends_once(person):
    decision = send(person(), invitation(guests=["a@x.example", "b@x.example"]))
    for _ in range(3):
        dispatch.send(decision.submission, at=timezone.now())
    assert len(to_guests()) == 2


@pytest.mark.requirement("R04")
def test_a_worker_that_died_after_its_claim_loses_nothing(person):
    decision = send(person(), invitation())
    real = handover.batch
    handover.batch = lambda *_: 0
    try:
        dispatch.send(decision.submission, at=timezone.now())
    finally:
        handover.batch = real
    ledger.claim(decision.submission, limit=9, claim=uuid4(), at=timezone.now())  # and here it dies
    dispatch.send(decision.submission, at=timezone.now())
    assert to_guests() == []
    later = timezone.now() + timedelta(minutes=10)
    sweeping.sweep(at=later)
    dispatch.send(decision.submission, at=later)
    assert len(to_guests()) == 1


@pytest.mark.requirement("R04")
def test_a_worker_that_died_while_handing_over_loses_nothing_and_a_second_death_sends_nothing_more(person):
    decision = send(person(), invitation(), reference="9")
    real = handover.batch
    handover.batch = lambda *_: 0
    try:
        dispatch.send(decision.submission, at=timezone.now())
    finally:
        handover.batch = real
    moments = [timezone.now() + timedelta(minutes=20 * n) for n in range(3)]
    for at in moments[:2]:
        claim = uuid4()
        (delivery,) = ledger.claim(decision.submission, limit=9, claim=claim, at=at)
        ledger.begin_sending(delivery.pk, claim, at=at)  # and here it dies, nobody knows what the server took
        sweeping.sweep(at=at + timedelta(minutes=11))
        assert [state.state for state in guard.guest_states("9")] == ["uncertain"]
    dispatch.send(decision.submission, at=moments[2])
    assert to_guests() == []
    assert Delivery.objects.get().state == "uncertain"


@pytest.mark.requirement("R04")
def test_a_change_there_and_back_is_three_messages(person, work):
    user = person()
    for sequence, summary in enumerate(["A", "B", "A"]):
        send(user, invitation(summary=summary, sequence=sequence))
        work()
    assert len(to_guests()) == 3


def test_the_same_again_is_not_sent_again_unless_asked(person, work):
    user, lunch = person(), invitation()
    send(user, lunch)
    work()
    send(user, lunch)
    work()
    assert len(to_guests()) == 1
    send(user, lunch, resend=True)
    work()
    assert len(to_guests()) == 2


@pytest.mark.requirement("R54")
@pytest.mark.requirement("R60")
def test_no_room_for_all_means_none_leaves_and_all_go_when_there_is(person, work):
    user = person(days=10)
    room = conf.policy.budget("trial").hour
    ledger.reserve(
        [
            ledger.Demand(
                scope=f"account:{conf.host.account(user)}", units=room - 1, limits=[(timedelta(hours=1), room)]
            )
        ],
        "earlier",
        at=timezone.now(),
    )
    send(user, invitation(guests=["a@x.example", "b@x.example"]), reference="5")
    work()
    assert to_guests() == []
    assert {state.state for state in guard.guest_states("5")} == {"delayed"}
    later = timezone.now() + timedelta(hours=2)
    for freed in ledger.lift_due(at=later, limit=10):
        dispatch.send(freed, at=later)
    assert len(to_guests()) == 2


@pytest.mark.requirement("R60")
def test_deleting_gives_nothing_back(person, work):
    user = person()
    decision = send(user, invitation())
    work()
    guard.withdraw(decision)
    assert guard.budget(user).hour.used == 1
    assert Charge.objects.count() == 1


@pytest.mark.requirement("R66")
def test_a_restriction_made_after_acceptance_keeps_it_back(person, work):
    from accounts_risk import ledger as people

    user = person()
    send(user, invitation())
    people.restrict(
        conf.host.account(user), "sending", "case:1", "spam", by_human=True, at=timezone.now(), expires_at=None
    )
    work()
    assert to_guests() == []
    people.lift("case:1")
    later = timezone.now() + timedelta(hours=1)
    for due in ledger.due(at=later, limit=9):
        dispatch.send(due, at=later)
    assert len(to_guests()) == 1


def test_what_was_held_and_has_begun_meanwhile_expires(person, work):
    user = person("x@free.example", days=0.1)
    soon = timezone.now() + timedelta(hours=1)
    decision = send(user, invitation(organizer="x@free.example", summary=LURE, start=soon))
    if decision.is_refused:
        pytest.skip("the policy refuses this lure at once")
    Hold.objects.all().delete()
    dispatch.send(decision.submission, at=timezone.now() + timedelta(days=1))
    assert Submission.objects.get().state == "expired"
    assert to_guests() == []
    assert Notice.objects.filter(kind="expired").count() == 1, "the sender was told that it waits, and is told the end"


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (smtplib.SMTPRecipientsRefused({"ben@home.example": (550, b"no such user")}), "failed"),
        (smtplib.SMTPRecipientsRefused({"ben@home.example": (450, b"busy")}), "pending"),
        (smtplib.SMTPDataError(554, b"no"), "failed"),
        (smtplib.SMTPSenderRefused(550, b"who are you?", "calendar@calendar.example"), "pending"),
        (smtplib.SMTPServerDisconnected("gone"), "uncertain"),
    ],
)
def test_what_the_server_says_decides(person, monkeypatch, error, state):
    def refuse(_self, _messages):
        raise error

    decision = send(person(), invitation())
    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    at = timezone.now()
    for again in range(2 if state == "uncertain" else 1):
        dispatch.send(decision.submission, at=at + timedelta(hours=again))
    assert Delivery.objects.get().state == state
