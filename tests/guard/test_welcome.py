"""Strangers who never answer: whoever goes on writing to them waits, where the host would know of answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts_risk import ledger as people
from calguard import feedback
from calguard.conf import conf
from calguard.guard import Verdict
from tests.guard.test_senders import to_strangers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R21")]

Person = Callable[..., Any]
Work = Callable[[], None]
DAY = 86_400.0


def answers_are_told(at: Any) -> None:
    """Guests of several firms accepted invitations of several accounts, by mail."""
    for n in range(6):
        people.accepted(f"shop.user:{n}", f"{n:064x}", "k1", at=at, domain=f"firm{n}")


def day_of_strangers(user: Any, work: Work, day: int, count: int = 40) -> Any:
    answers = [to_strangers(user, start=1000 * day + 10 * part, count=10) for part in range(count // 10)]
    work()
    return answers[-1]


def test_nobody_ever_answers(person: Person, work: Work, clock: time_machine.Traveller) -> None:
    user = person("advert@free.example", days=5)
    answers_are_told(timezone.now())
    assert day_of_strangers(user, work, 1).may_send
    clock.shift(1.2 * DAY)
    late = to_strangers(user, start=5000, count=5)
    assert late.verdict is Verdict.THROTTLE
    clock.shift(timedelta(weeks=6).total_seconds())
    assert to_strangers(user, start=7000, count=5).may_send


@pytest.mark.parametrize("accepted", [0, 3])
def test_guests_answer_or_the_host_would_not_say(
    person: Person, work: Work, clock: time_machine.Traveller, accepted: int
) -> None:
    user = person("newcomer@free.example", days=5)
    if accepted:
        answers_are_told(timezone.now())
    day_of_strangers(user, work, 1)
    for n in range(accepted):
        feedback.answered(conf.host.account(user), f"guest{1000 + n}@firm{1000 + n}.example", accepted=True)
    clock.shift(1.2 * DAY)
    assert to_strangers(user, start=5000, count=5).may_send
