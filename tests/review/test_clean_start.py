"""A restored account that did nothing wrong starts clean: no refusal of the week, no strike, no event lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts_risk.models import Restriction, Strike
from calguard import guard
from calguard.conf import conf
from calguard.facts import remembering
from calguard.facts.types import Question
from calguard.models import Case, Decision
from calguard.statements import resending
from outbound.models import Submission
from tests.guard.conftest import person, work
from tests.review import factories
from tests.statements.conftest import anna, ben, decide, held, owner, send

__all__ = ["anna", "ben", "decide", "held", "owner", "person", "send", "work"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R92")]


def refused_week(account: str) -> int:
    asked = Question(
        account=account,
        device="",
        prefix="",
        similarity="",
        content_hash="",
        guests_hash="",
        guests=(),
        at=timezone.now() + timedelta(seconds=1),
    )
    return remembering.facts().answer(asked).behaviour.refused_week


@pytest.fixture
def restricted(held: Decision, anna: Any, decide: Callable[..., Case]) -> Decision:
    decide(anna, "restrict", "spam")
    assert Restriction.objects.exists()
    assert refused_week(held.account) == 1
    held.refresh_from_db()
    return held


def another_case(account: str) -> Case:
    """Something else of the account came before a person."""
    at = timezone.now()
    return Case.objects.create(account=account, opened_at=at, severity=4)


@pytest.mark.parametrize(("label", "left"), [("innocent", 0), ("unclear", 0), ("spam", 1)])
def test_only_who_did_nothing_wrong_has_no_refusals(
    restricted: Decision, ben: Any, owner: Any, decide: Callable[..., Case], label: str, left: int
) -> None:
    another_case(restricted.account)
    decide(ben, "restore", label)
    assert guard.can_send(owner).allowed
    assert refused_week(restricted.account) == left
    assert Strike.objects.exists() is (label == "spam")


def test_what_was_refused_with_it_can_be_sent_after_all(
    restricted: Decision, ben: Any, decide: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    event = bytes(restricted.evidence.content)
    monkeypatch.setattr("calguard.host.Host.load", lambda self, reference: event)
    another_case(restricted.account)
    decide(ben, "restore", "innocent")
    restricted.refresh_from_db()
    assert Submission.objects.get().state == "refused", "nobody has asked its owner"
    assert resending.offer(restricted, at=timezone.now()) == "now"
    assert restricted.case is not None
    assert restricted.case.outcome == "restore"


def test_others_keep_what_they_have(
    restricted: Decision, ben: Any, decide: Callable[..., Case], person: Callable[..., Any]
) -> None:
    other = conf.host.account(person("eve@else.example"))
    row = factories.decision(other, at=timezone.now(), verdict=4)
    Decision.objects.filter(pk=row.pk).update(case=restricted.case)
    another_case(restricted.account)
    decide(ben, "restore", "innocent")
    row.refresh_from_db()
    assert row.case == Case.objects.get(outcome="restrict")
    assert refused_week(other) == 1
