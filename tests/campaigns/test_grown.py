"""Accounts grown for weeks are established by their age alone: what many of them send alike waits; people do not."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from calguard import dispatch
from calguard.campaigns.models import Mark
from calguard.engine.types import Verdict
from calguard.models import Decision
from outbound.models import Hold, Submission
from tests.campaigns.conftest import Service
from tests.campaigns.test_slow_botnet import PITCH

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


def strangers(numbers: random.Random, count: int) -> tuple[str, ...]:
    return tuple(
        f"{numbers.choice('abcdefgh')}{numbers.randrange(10**7)}@{numbers.choice('abcd')}-mail.example"
        for _ in range(count)
    )


def pitch(numbers: random.Random) -> str:
    return PITCH.format(hello="Hi", season="evening", name="you", salt=numbers.randrange(10**6))


def farm(service: Service, now: datetime, *, guests: int, accounts: int = 10) -> list[Decision]:
    """Each of the accounts invites once, half an hour apart."""
    numbers = random.Random(5)
    grown = [service.account(f"grown{number}", now, days=60) for number in range(accounts)]
    for number, account in enumerate(grown):
        at = now + number * HOUR / 2
        service.send(account, at, "Pottery evening", pitch(numbers), strangers(numbers, guests))
    return list(Decision.objects.order_by("created_at"))


@pytest.mark.requirement("R22")
def test_what_grown_accounts_send_alike_waits_as_long_as_it_is_so(service: Service, now: datetime) -> None:
    made = farm(service, now, guests=20)
    assert {row.tier for row in made} == {"established"}
    assert [row.verdict for row in made[:5]] == [Verdict.ALLOW] * 5
    assert [row.verdict for row in made[6:]] == [Verdict.THROTTLE] * 4, "and nobody is held or asked"
    for hours in (8, 16, 48):
        service.work(now + hours * HOUR)
        assert dispatch.send(made[-1].submission_id, at=now + hours * HOUR) == 0
        waiting = Submission.objects.get(pk=made[-1].submission_id)
        assert waiting.state == Submission.State.ACCEPTED
        assert Hold.objects.filter(submission=waiting, kind=Hold.Kind.THROTTLE).exists(), "its half hour was over"


@pytest.mark.requirement("R22")
def test_what_waited_goes_when_the_sign_is_gone(service: Service, now: datetime) -> None:
    made = farm(service, now, guests=20)
    Mark.objects.exclude(account=made[-1].account).delete()
    service.work(now + 8 * HOUR)
    assert dispatch.send(made[-1].submission_id, at=now + 8 * HOUR) > 0


@pytest.mark.requirement("R22")
def test_friends_who_copy_a_pottery_evening_notice_nothing(service: Service, now: datetime) -> None:
    assert {row.verdict for row in farm(service, now, guests=6, accounts=20)} == {Verdict.ALLOW}


@pytest.mark.requirement("R22")
def test_few_strangers_are_not_compared(service: Service, now: datetime) -> None:
    farm(service, now, guests=4, accounts=3)
    assert not Mark.objects.exists()
