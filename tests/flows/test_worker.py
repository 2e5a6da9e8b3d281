"""From a host's view through a real broker and worker to a real mail server, and back from a reviewer's verdict."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from accounts_risk.models import Restriction
from calguard import cases, guard, review, sweeping
from calguard.models import Appeal, Case, Decision, Enforcement
from outbound.models import Delivery, Submission
from tests.guard.events import LURE, invitation
from tests.support.mail import SmtpServer
from tests.support.worker import Worker, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.matrix]


def account(email: str, *, days: float = 400) -> Any:
    user = get_user_model().objects.create_user(username=email, email=email, password="a password of some length")
    user.date_joined = timezone.now() - timedelta(days=days)
    user.save()
    return user


def reviewer(name: str = "rita") -> Any:
    user = account(f"{name}@calendar.example")
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="calguard"))
    return get_user_model().objects.get(pk=user.pk)


def send(user: Any, content: bytes, **options: Any) -> guard.Decision:
    with guard.sending(user, content, **options) as decision:
        pass
    return decision


@pytest.mark.requirement("R01")
def test_invitations_reach_the_mail_server_once_each(worker: Worker, smtp_server: SmtpServer) -> None:
    guests = [f"guest{n}@school{n % 5}.example" for n in range(70)]  # more than one batch
    send(account("ada@clinic.example"), invitation(guests=guests), reference="lunch")
    until(lambda: Submission.objects.filter(state="sent").exists(), what="every guest has a final state")
    assert sorted(r for mail in smtp_server.received for r in mail.recipients) == sorted(guests)
    mail = smtp_server.to(guests[0])[0].message
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    assert mail["Message-ID"]
    assert not Delivery.objects.exclude(recipient="").exists()


@pytest.mark.requirement("R52")
def test_a_lure_stays_and_a_reviewers_release_lets_it_go(worker: Worker, smtp_server: SmtpServer) -> None:
    sender = account("x@free.example", days=0.2)
    decision = send(sender, invitation(organizer="x@free.example", summary=LURE), reference="lure")
    case = until(lambda: Case.objects.filter(state="open").first(), what="a case for the reviewer")
    assert Decision.objects.get(pk=decision.id).case_id == case.pk
    assert smtp_server.to("ben@home.example") == []
    review.claim(case.pk, reviewer(), at=timezone.now())
    case.refresh_from_db()
    review.decide(
        case.pk,
        get_user_model().objects.get(username="rita@calendar.example"),
        version=case.version,
        outcome="release",
        reason="a prop for a film",
        label="innocent",
        at=timezone.now(),
    )
    until(lambda: smtp_server.to("ben@home.example"), what="the released invitation")
    until(lambda: [s.state for s in guard.guest_states("lure")] == ["sent"], what="the state beside the event")


@pytest.mark.requirement("R64")
def test_a_suspension_ends_the_session_and_a_restoration_brings_it_back(
    worker: Worker, smtp_server: SmtpServer
) -> None:
    sender = account("x@free.example", days=0.2)
    browser = Client()
    browser.force_login(sender)
    send(sender, invitation(organizer="x@free.example", summary=LURE))
    case = until(lambda: Case.objects.filter(state="open").first())
    rita = reviewer()
    review.decide(
        case.pk, rita, version=case.version, outcome="suspend", reason="fraud", label="phish", at=timezone.now()
    )
    until(lambda: Restriction.objects.filter(kind="suspension").exists(), what="the suspension")
    until(lambda: not get_user_model().objects.get(pk=sender.pk).is_active, what="the account is blocked")
    until(lambda: "_auth_user_id" not in browser.session, what="the session's end, which comes after the block")
    due = Enforcement.objects.filter(state="pending", due_at=None)  # the machine's own comes later than decided
    until(lambda: not due.exists(), what="every order carried out")
    assert Submission.objects.get().state == "refused"
    appeal = Appeal.objects.create(decision=Decision.objects.get(), text="a mistake", created_at=timezone.now())
    later = cases.appealed(appeal, at=timezone.now())
    sam = reviewer("sam")  # an appeal is not for whom it is against
    review.decide(
        later.pk, sam, version=later.version, outcome="restore", reason="so it is", label="unclear", at=timezone.now()
    )
    until(lambda: get_user_model().objects.get(pk=sender.pk).is_active, what="the account is back")
    browser.force_login(get_user_model().objects.get(pk=sender.pk))
    assert "_auth_user_id" in browser.session
    assert smtp_server.to("ben@home.example") == []


@pytest.mark.requirement("R04")
def test_a_worker_that_is_killed_sends_nothing_twice(worker: Worker, smtp_server: SmtpServer) -> None:
    guests = [f"g{n}@x{n}.example" for n in range(120)]
    send(account("ada@clinic.example"), invitation(guests=guests))
    until(lambda: len(smtp_server.received) > 5, what="some mail left")
    worker.kill()
    sweeping.sweep(at=timezone.now() + timedelta(minutes=10))  # what it had in hand counts as stale by then
    worker.start()
    until(_nothing_left, seconds=60, what="everything that can be sent is sent")
    counts: dict[str, int] = {}
    for mail in smtp_server.received:
        for recipient in mail.recipients:
            counts[recipient] = counts.get(recipient, 0) + 1
    assert set(counts) == set(guests)
    twice = [recipient for recipient, times in counts.items() if times > 1]
    assert len(twice) <= 2, "at most what two processes had in hand"
    assert set(counts.values()) <= {1, 2}


def _nothing_left() -> bool:
    """Whether all have a final state; if not, the sweep runs as beat would run it."""
    if not Delivery.objects.filter(state__in=["pending", "claimed", "sending"]).exists():
        return True
    sweeping.sweep(at=timezone.now())
    time.sleep(1)
    return False
