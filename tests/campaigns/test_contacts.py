"""Other words that lead to the same number do not pass after a refusal; a sender's own number does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from calguard import review
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.models import Case
from tests.campaigns.conftest import Service

pytestmark = pytest.mark.django_db(transaction=True)

LURE = "Your plan was renewed, USD 499.99 will be charged today. To cancel call +1 805 302 8040 within the hour."
HARMLESS = "Let us go through the plan for the garden, a short call is enough: +1 805 302 8040"
ELSEWHERE = "Let us go through the plan for the garden, a short call is enough: +1 212 664 7665"
GUEST = ("guest@elsewhere.example",)


def test_the_same_number_in_other_words_is_held(service: Service, now: datetime) -> None:
    writer = service.account("writer", now, days=10)
    clean = service.account("clean", now, days=10)
    assert service.send(clean, now, "Plan", HARMLESS, GUEST).may_send
    assert service.send(writer, now, "Payment confirmed: Bitdefender", LURE, GUEST).verdict >= Verdict.HOLD
    service.work(now)
    again = service.send(writer, now + timedelta(hours=1), "Plan", HARMLESS, ("other@elsewhere.example",))
    assert again.verdict is Verdict.HOLD
    assert "resubmitted_refused_content" in [reason.code for reason in again.reasons]


def test_another_number_passes_and_so_does_the_same_after_a_week(service: Service, now: datetime) -> None:
    writer = service.account("writer", now, days=10)
    assert service.send(writer, now, "Payment confirmed: Bitdefender", LURE, GUEST).verdict >= Verdict.HOLD
    service.work(now)
    assert service.send(writer, now + timedelta(hours=1), "Plan", ELSEWHERE, GUEST).may_send
    assert service.send(writer, now + timedelta(days=8), "Plan", HARMLESS, GUEST).may_send


def test_a_number_used_in_peace_for_long_is_the_senders_own(service: Service, now: datetime) -> None:
    writer = service.account("writer", now, days=26)
    before = service.send(writer, now - timedelta(days=12), "Plan", HARMLESS, ("first@elsewhere.example",))
    assert before.may_send
    assert service.send(writer, now, "Payment confirmed: Bitdefender", LURE, GUEST).verdict >= Verdict.HOLD
    service.work(now)
    assert service.send(writer, now + timedelta(hours=1), "Plan", HARMLESS, ("last@elsewhere.example",)).may_send


def test_what_a_person_released_does_not_count(service: Service, now: datetime, admin_user: object) -> None:
    writer = service.account("writer", now, days=10)
    assert service.send(writer, now, "Payment confirmed: Bitdefender", LURE, GUEST).verdict >= Verdict.HOLD
    service.work(now)
    case = Case.objects.get(account=conf.host.account(writer))
    review.decide(case.pk, admin_user, version=case.version, outcome="release", reason="known", at=now)
    assert service.send(writer, now + timedelta(hours=1), "Plan", HARMLESS, GUEST).may_send
