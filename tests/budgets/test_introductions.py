"""Introductions at the ledger: mail that a host built waits like any other, and each guest is counted once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from calguard import dispatch, enforcement, explanation, feedback, handover, introductions
from calguard.conf import conf
from calguard.engine import shipped
from calguard.models import Case, Decision, Notice
from outbound import ledger
from outbound.models import Delivery, Submission
from tests.budgets.conftest import freed, sent, strangers, used
from tests.guard.events import LURE, invitation
from tests.guard.test_check import send, to_guests
from tests.guard.test_mail_gate import post
from tests.guard.test_welcome import answers_are_told

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R21", "R60")]

Person = Callable[..., Any]
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def two_at_once(settings: Settings, tmp_path: Path, db: None) -> None:
    """The shipped policy, but for two introductions, one more for each answer, and a host that tells of answers."""
    before, section = shipped.text().split("[introductions]\n")
    _, rest = section.split("\n\n", 1)
    policy = tmp_path / "policy.toml"
    few = "open = { new = 2, trial = 2, established = 0 }\neach = 1\ndays = 5\n\n"
    policy.write_text(f"{before}[introductions]\n{few}{rest}", encoding="utf-8")
    settings.CALGUARD = settings.CALGUARD | {"POLICY": str(policy)}
    answers_are_told(timezone.now())


def told() -> list[str]:
    return [address for mail in to_guests() for address in mail.to]


def test_nobody_is_told_twice_or_counted_twice_however_often_a_worker_comes(person: Person) -> None:
    user, guests = person("band@free.example", days=10), strangers(5)
    decision = sent(user, *guests)
    for _ in range(3):
        dispatch.send(decision.submission, at=timezone.now())
    assert len(told()) == used("introduction:") == 2
    feedback.answered(conf.host.account(user), told()[0], accepted=True)
    freed(HOUR)
    assert len(told()) == used("introduction:") == 4, "one is open no more, and one makes room for one more"
    feedback.answered(conf.host.account(user), told()[2], accepted=True)
    freed(4 * HOUR)
    assert sorted(told()) == sorted(guests)
    assert Submission.objects.get(pk=decision.submission).state == "sent"


def test_the_page_of_the_event_says_what_the_others_wait_for(person: Person) -> None:
    user = person("band@free.example", days=10)
    decision = sent(user, *strangers(5))
    row = Decision.objects.get(pk=decision.id)
    assert "3 of 5 wait until some of your other guests have accepted" in explanation.explain(row).state
    for guest in told():
        feedback.answered(conf.host.account(user), guest, accepted=True)
    freed(HOUR)
    row.refresh_from_db()
    assert "wait until" not in explanation.explain(row).state


def test_its_owner_is_told_once_that_others_follow(person: Person) -> None:
    sent(person("band@free.example", days=10), *strangers(5))
    assert not Notice.objects.exists()
    for hours in (1, 3, 6):
        freed(hours * HOUR)
    assert Notice.objects.filter(kind="following").count() == 1


def test_a_copy_that_did_not_arrive_was_introduced_before_and_goes(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its guest was counted the first time, though others have taken the room since."""
    user, guests = person("band@free.example", days=10), strangers(2)
    with monkeypatch.context() as silent:
        silent.setattr(handover, "batch", lambda *_: 0)
        decision = sent(user, *guests)
    submission = Submission.objects.get(pk=decision.submission)
    snapshot = bytes(submission.snapshot or b"")
    copy = Delivery.objects.order_by("pk")[0]
    for state in ("claimed", "uncertain"):
        Delivery.objects.filter(pk=copy.pk).update(
            state=state, recipient="" if state == "uncertain" else copy.recipient
        )
    dispatch.send(submission.pk, at=timezone.now() + HOUR)
    assert (len(told()), used("introduction:")) == (1, 2)
    at = timezone.now() + 2 * HOUR
    assert ledger.once_more(copy.pk, recipient=copy.recipient, snapshot=snapshot, at=at)
    dispatch.send(submission.pk, at=at)
    assert sorted(told()) == sorted(guests)
    assert used("introduction:") == 2


def test_mail_that_the_host_built_waits_and_goes_as_it_was(person: Person) -> None:
    user = person("host@free.example", days=10)
    guests = ["a@x.example", "b@y.example", "c@z.example"]
    ics = invitation(organizer=user.email, guests=guests)
    assert [post(to, ics=ics) for to in guests] == [1, 1, 0]
    [submission] = Submission.objects.filter(account=conf.host.account(user))
    dispatch.send(submission.pk, at=timezone.now())
    assert Delivery.objects.get(recipient="c@z.example").error == "follows_others"
    feedback.answered(conf.host.account(user), guests[0], accepted=True)
    freed(HOUR)
    assert told()[-1] == guests[2]


def test_what_a_person_released_goes_whole(person: Person, work: Callable[[], None]) -> None:
    user = person("club@free.example", days=10)
    send(user, invitation(organizer=user.email, guests=strangers(5), summary=LURE), reference="7")
    work()
    assert told() == []
    case = Case.objects.get()
    Case.objects.update(state="closed", outcome="release")
    enforcement.release(case, reviewer="rita", reason="it is a play", at=timezone.now())
    work()
    assert len(told()) == 5


def test_an_established_account_costs_the_ledger_nothing(person: Person, django_assert_num_queries: Any) -> None:
    decision = sent(person("ann@free.example", days=400), *strangers(3))
    assert len(told()) == 3
    assert used("introduction:") == 0
    submission = Submission.objects.get(pk=decision.submission)
    facts = conf.host.facts(submission.account)
    with django_assert_num_queries(1):
        introductions.pace(submission, facts=facts, at=timezone.now())
