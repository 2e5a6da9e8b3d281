"""Notices that survive their worker, and what is forgotten when its time is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from calguard import notices, sweeping
from calguard.models import Appeal, Case, Decision, Enforcement, Evidence, Exemption, Note, Notice
from outbound.models import Delivery, Submission
from tests.guard.events import LURE, invitation
from tests.guard.test_check import send, to_guests

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def notice(db, settings):
    settings.CALGUARD = {**settings.CALGUARD, "STAFF_EMAILS": ["staff@clinic.example"]}
    context = {"case": 1, "reference": "AAAA-BBBB", "case_path": ""}
    return Notice.objects.create(kind="case_opened", incident="case:1", context=context, created_at=timezone.now())


def test_a_notice_is_sent_once(notice):
    assert [notices.send(notice.pk, at=timezone.now()) for _ in range(3)] == [True, False, False]
    assert len(mail.outbox) == 1


def test_a_notice_whose_worker_died_is_found_again(notice, monkeypatch):
    class Died(BaseException):
        """The process is gone: nothing after the claim runs."""

    def die(*_args):
        raise Died

    monkeypatch.setattr("calguard.notices._mail", die)
    now = timezone.now()
    with pytest.raises(Died):
        notices.send(notice.pk, at=now)
    monkeypatch.undo()
    soon, later = now + timedelta(seconds=30), now + timedelta(minutes=30)
    assert notices.pending(before=soon) == [], "it may still be under way"
    assert not notices.send(notice.pk, at=soon)
    assert notices.pending(before=later) == [notice.pk]
    assert notices.send(notice.pk, at=later)
    assert len(mail.outbox) == 1


def test_a_notice_that_failed_waits_before_it_is_tried_again(notice, monkeypatch):
    now = timezone.now()
    monkeypatch.setattr("calguard.notices._mail", lambda _notice: 1 / 0)
    assert not notices.send(notice.pk, at=now)
    monkeypatch.undo()
    assert notices.pending(before=now + timedelta(seconds=30)) == []
    later = now + timedelta(hours=3)
    assert notices.pending(before=later) == [notice.pk]
    assert notices.send(notice.pk, at=later)


@pytest.mark.requirement("R94")
def test_content_goes_by_the_clock_and_what_is_open_stays(person, work):
    user = person("x@free.example", days=0.1)
    decision = send(user, invitation(organizer="x@free.example", summary=LURE))
    send(person(), invitation(uid="innocent@x"))
    work()
    case = Case.objects.get()
    Note.objects.create(case=case, author="rita", text="spoke to ben@home.example", created_at=timezone.now())
    row = Decision.objects.get(pk=decision.id)
    Appeal.objects.create(decision=row, account=row.account, text="It is my play.", created_at=timezone.now())
    Exemption.objects.create(
        account=row.account,
        scope="subject.lure",
        owner="case:1",
        reason="a play",
        created_by="rita",
        created_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=30),
    )
    assert not Delivery.objects.exclude(recipient="").exists(), "addresses go with delivery"

    sweeping.purge(at=timezone.now() + timedelta(days=91))
    assert not Evidence.objects.exists()
    assert Note.objects.exists()
    assert Appeal.objects.exists()

    sweeping.purge(at=timezone.now() + timedelta(days=400))
    assert Case.objects.exists(), "a case that waits for a person is not forgotten"
    assert Appeal.objects.exists()

    Case.objects.update(state="closed", closed_at=timezone.now())
    Submission.objects.filter(closed_at=None).update(state="refused", snapshot=None, closed_at=timezone.now())
    sweeping.purge(at=timezone.now() + timedelta(days=400))
    for model in (Case, Note, Appeal, Decision, Exemption, Notice, Enforcement, Submission, Delivery):
        assert not model.objects.exists(), model.__name__


def test_what_is_young_is_kept(person, work):
    send(person(), invitation())
    work()
    assert len(to_guests()) == 1
    sweeping.purge(at=timezone.now() + timedelta(days=30))
    assert Decision.objects.count() == Submission.objects.count() == 1


def test_the_queue_is_ranked_anew_every_few_minutes_and_not_in_every_round(db, monkeypatch):
    ranked: list[object] = []
    monkeypatch.setattr("calguard.cases.rerank", ranked.append)
    now = timezone.now()
    for seconds in (0, 30, 60, 400):
        sweeping.sweep(at=now + timedelta(seconds=seconds))
    assert ranked == [now, now + timedelta(seconds=400)]
