"""Who was invited learns that it is off, in our words where the sender's are withheld; and nobody else hears of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone

from accounts_risk import ledger as people
from calguard import dispatch, guard
from calguard.conf import conf
from calguard.guard import Verdict
from outbound import ledger
from outbound.models import Submission
from tests.guard.events import LURE, invitation
from tests.updates.events import START, mails_to, run, save

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R63")]
BEN, CLEO, DORA = "ben@home.example", "cleo@home.example", "dora@home.example"
OFF = {"method": "CANCEL", "sequence": 1}
WHOLE = OFF | {"extra": "STATUS:CANCELLED"}


def restrict(user: Any) -> None:
    account, now = conf.host.account(user), timezone.now()
    people.restrict(account, "sending", "case:1", "spam", by_human=True, at=now, expires_at=now + timedelta(days=1))


def told(address: str) -> str:
    """Everything that a guest was sent, as it left."""
    return "\n".join(str(message.message()) for message in mail.outbox if message.to == [address])


@pytest.mark.parametrize("off", [OFF, WHOLE])
def test_who_was_invited_is_told(person: Any, off: dict[str, Any]) -> None:
    user = person()
    save(user, guests=[BEN, CLEO])
    save(user, guests=[BEN, CLEO], **off)
    assert [subject.partition(":")[0] for subject in mails_to(BEN)] == ["Invitation", "Cancelled"]


@pytest.mark.parametrize("off", [OFF, WHOLE])
def test_cancelled_at_once_nobody_hears_of_it(person: Any, off: dict[str, Any], monkeypatch: Any) -> None:
    """The invitation is accepted, and no worker had time for it: neither of the two leaves."""
    user = person()
    with monkeypatch.context() as busy:
        busy.setattr(dispatch, "send", lambda *_args, **_named: 0)
        save(user, guests=[BEN, CLEO])
        cancel = save(user, guests=[BEN, CLEO], **off)
    assert cancel.submission
    dispatch.send(cancel.submission, at=timezone.now())
    run()
    assert cancel.may_send
    assert mail.outbox == []
    assert Submission.objects.get(method="REQUEST").note == "cancelled"


def test_cancelled_half_way_only_who_got_it_is_told(person: Any, settings: Any, monkeypatch: Any) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "BATCH_SIZE": 1}
    user = person()
    now = timezone.now()
    with guard.sending(user, _event(user, [BEN, CLEO]), reference="e1") as decision:
        pass
    with monkeypatch.context() as busy:
        busy.setattr("calguard.wake.dispatch", lambda _submission: None)
        dispatch.send(decision.submission, at=now)
        assert len(mail.outbox) == 1
        first = mail.outbox[0].to[0]
        busy.setattr("tests.updates.events.run", lambda: None)
        cancel = save(user, guests=[BEN, CLEO], **OFF)
    assert cancel.submission
    dispatch.send(cancel.submission, at=timezone.now())
    run()
    other = CLEO if first == BEN else BEN
    assert len(mails_to(first)) == 2
    assert mails_to(other) == []


def test_a_copy_on_its_way_is_followed_by_the_cancellation(person: Any, clock: Any, monkeypatch: Any) -> None:
    user, claim = person(), uuid4()
    with monkeypatch.context() as busy:
        busy.setattr("calguard.handover.batch", lambda *_args: 0)
        save(user)
    (copy,) = ledger.claim(Submission.objects.get().pk, limit=1, claim=claim, at=timezone.now())
    assert ledger.begin_sending(copy.pk, claim, at=timezone.now())  # the server has not answered yet
    save(user, **OFF)
    assert mail.outbox == [], "it is not known yet who gets the invitation"
    ledger.mark_sent(copy.pk, claim, at=timezone.now())
    clock.shift(120)
    run()
    assert [subject.partition(":")[0] for subject in mails_to(BEN)] == ["Cancelled"]


def test_who_is_uninvited_before_the_mail_left_hears_nothing(person: Any, monkeypatch: Any) -> None:
    user = person()
    with monkeypatch.context() as busy:
        busy.setattr("calguard.handover.batch", lambda *_args: 0)
        save(user, guests=[BEN, CLEO])
    save(user, guests=[CLEO], **OFF)
    Submission.objects.filter(state="accepted").update(due_at=timezone.now())
    run()
    assert len(mails_to(BEN)) == 1
    assert mails_to(CLEO) == []


def test_a_held_invitation_ends_with_its_cancellation(person: Any) -> None:
    user = person("x@free.example", days=0.1)
    held = save(user, summary=LURE)
    assert held.verdict >= Verdict.HOLD
    cancel = save(user, summary=LURE, **WHOLE)
    assert cancel.system_text_only
    assert mail.outbox == []
    assert not Submission.objects.filter(state="accepted", method="REQUEST").exists()


def test_never_to_who_never_received_it(person: Any) -> None:
    user = person()
    save(user, guests=[BEN])
    save(user, guests=[BEN, CLEO, DORA], summary=LURE, **OFF)
    assert mails_to(CLEO) == mails_to(DORA) == []
    assert "PayPal" not in told(BEN).partition("Cancelled")[2]


@pytest.mark.parametrize("comment", ["We are sorry", "Call +1 (805) 302-8040 to get your 499.99 USD back from PayPal"])
def test_a_restricted_account_cancels_in_our_words(person: Any, comment: str) -> None:
    user = person()
    save(user, guests=[BEN])
    restrict(user)
    decision = save(user, guests=[BEN, CLEO], summary="Read this", extra=f"COMMENT:{comment}", **OFF)
    assert decision.system_text_only
    assert len(mails_to(BEN)) == 2
    assert mails_to(CLEO) == []
    off = str(mail.outbox[-1].message())
    for part in mail.outbox[-1].message().walk():
        off += (part.get_payload(decode=True) or b"").decode("utf-8", "replace")
    assert comment not in off
    assert "Read this" not in off
    assert "Ada Berg" not in off


@pytest.mark.parametrize("method", ["REPLY", "COUNTER", "REQUEST"])
def test_no_free_text_of_a_restricted_account_leaves_otherwise(person: Any, method: str) -> None:
    user = person()
    restrict(user)
    decision = save(user, method=method, extra="COMMENT:Call +1 (805) 302-8040 at once")
    assert decision.is_refused
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("comment", "ours"),
    [("The room is taken, sorry. See you next week!", False), (LURE, True)],
)
def test_the_comment_of_a_cancellation_is_read(person: Any, comment: str, ours: bool) -> None:
    user = person("x@free.example", days=0.2)
    save(user, guests=[BEN])
    decision = save(user, guests=[BEN], extra=f"COMMENT:{comment}", **OFF)
    assert decision.system_text_only is ours
    assert len(mails_to(BEN)) == 2


def test_an_innocent_reply_goes_to_the_organiser(person: Any) -> None:
    user = person("guest@home.example")
    with guard.sending(user, _reply(user)) as decision:
        pass
    run()
    assert decision.verdict <= Verdict.OBSERVE
    assert len(mails_to("ada@clinic.example")) == 1


def _event(user: Any, guests: list[str]) -> bytes:
    return invitation(organizer=user.email, guests=guests, uid="plan@x.example", start=START)


def _reply(user: Any) -> bytes:
    return invitation(guests=[user.email], method="REPLY", uid="plan@x.example", start=START)
