"""Strangers written to, on how many days, whether these guests are new, and the silence before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from calguard.facts.types import Answer, Question
from tests.facts.rows import ago, decided, question

Ask = Callable[[Question], Answer]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R21")]


def test_strangers_and_the_days_they_were_written_to(answer: Ask, now: datetime) -> None:
    for hours, strangers in ((1, 3), (2, 4), (25, 5), (26, 0), (80, 6), (24 * 8, 50)):
        decided(ago(now, hours=hours), strangers=strangers)
    decided(ago(now, hours=3), strangers=90, account="auth.user:2")
    decided(ago(now, hours=3), strangers=90, gate="G3")
    found = answer(question(now)).behaviour
    assert (found.strangers_day, found.strangers_week, found.days_active_week) == (7, 18, 3)


def test_the_very_same_guests(answer: Ask, now: datetime) -> None:
    decided(ago(now, hours=30), guests_hash="c" * 64)
    assert answer(question(now)).behaviour.same_guests
    assert not answer(question(now, guests_hash="d" * 64)).behaviour.same_guests


def test_silence_is_since_the_last_attempt_before_this_day(answer: Ask, now: datetime) -> None:
    assert answer(question(now)).behaviour.dormant_days is None
    decided(ago(now, hours=20))
    assert answer(question(now)).behaviour.dormant_days is None
    for days in (90, 100):
        decided(ago(now, days=days))
    assert answer(question(now)).behaviour.dormant_days == pytest.approx(90, abs=0.1)


def test_a_burst_does_not_hide_it(answer: Ask, now: datetime) -> None:
    decided(ago(now, days=90))
    for minutes in range(20):
        decided(now - timedelta(minutes=minutes), strangers=1)
    found = answer(question(now)).behaviour
    assert found.dormant_days == pytest.approx(90, abs=0.1)
    assert found.strangers_day == 20
