"""Many cases decided at once are told to their owners in words, each in a mail of their own (R91)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from calguard import guard, review
from calguard.models import Appeal, Case, Decision
from calguard.statements import appealing
from calguard.statements.models import Statement
from calguard.statements.telling import Telling
from tests.guard.events import LURE, invitation
from tests.statements.conftest import signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R91")]

ADDRESSES = ("one@free.example", "two@free.example")
WORDS = "Such mails ask people to call a number of fraudsters. Please ask us before you send one for a lesson."


@pytest.fixture
def two(person: Callable[..., Any], work: Callable[[], None]) -> list[Case]:
    """Two people who do not know each other, each with a lure that waits."""
    for number, address in enumerate(ADDRESSES):
        user = person(address, days=0.1)
        content = invitation(organizer=address, summary=LURE.replace("8040", f"80{number}9"), uid=f"{number}@x")
        with guard.sending(user, content, reference=str(number)) as decision:
            pass
        assert decision.verdict == guard.Verdict.HOLD
        work()
    mail.outbox = []
    return list(Case.objects.filter(state="open").order_by("pk"))


def told(address: str) -> list[str]:
    return [str(message.body) for message in mail.outbox if address in message.to]


def decide(reviewer: Any, cases: list[Case], outcome: str, label: str, **given: Any) -> list[str]:
    keys = [case.pk for case in cases]
    found = review.decide_many(keys, reviewer, outcome=outcome, reason="x", label=label, at=timezone.now(), **given)
    return [result.status for result in found]


def test_each_owner_reads_the_words(two: list[Case], anna: Any, work: Callable[[], None]) -> None:
    assert len(two) == 2
    telling = Telling(words=WORDS, reported=True)
    assert decide(anna, two, "deny", "spam", telling=telling) == ["done", "done"]
    work()
    for address in ADDRESSES:
        (body,) = told(address)
        assert WORDS in body
        assert not [other for other in ADDRESSES if other != address and other in body]
    assert list(Statement.objects.values_list("words", "source")) == [(WORDS, "notice")] * 2


def test_an_objection_is_not_answered_without_words(two: list[Case], anna: Any, work: Callable[[], None]) -> None:
    row = Decision.objects.get(case=two[0])
    appealing.object_to(row, "It is a lesson", by=row.account, at=timezone.now())
    assert decide(anna, two, "release", "innocent") == ["error", "done"]
    assert Appeal.objects.get().state == "open"
    two[0].refresh_from_db()
    assert decide(anna, two[:1], "release", "innocent", telling=Telling(words="It is fine.")) == ["done"]
    work()
    assert Appeal.objects.get().answer == "It is fine."
    assert any("It is fine." in body for body in told(ADDRESSES[0]))


def test_the_page_has_a_field_for_it(two: list[Case], anna: Any, work: Callable[[], None]) -> None:
    client: Client = signed_in(anna)
    path, ids = "/admin/calguard/case/decide/", ",".join(str(case.pk) for case in two)
    shown = client.get(path, {"outcome": "deny", "ids": ids}).content.decode()
    assert "To the owners" in shown
    posted = {"outcome": "deny", "ids": ids, "label": "spam", "reason": "one lot", "words": WORDS, "reported": "on"}
    posted |= {f"version-{case.pk}": str(case.version) for case in two}
    assert "2 of 2 done" in client.post(path, posted).content.decode()
    work()
    assert all(WORDS in body for address in ADDRESSES for body in told(address))
