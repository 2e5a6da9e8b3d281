"""The people of the guard's own tests, a policy with little room, and one way to send."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from calguard import dispatch
from calguard.decision import Decision
from calguard.engine import shipped
from outbound import ledger
from outbound.models import Charge, Submission
from tests.guard.conftest import person, work
from tests.guard.events import invitation
from tests.guard.test_check import send
from tests.guard.test_senders import request

__all__ = ["person", "work"]

NUMBERS = count(1)
DAYS = ("Choir", "Garden", "Chess", "Volleyball", "Books", "Pottery", "Dogs", "Taxes", "Keys", "Cake", "Boats", "Bees")


@pytest.fixture
def allow(settings: Settings, tmp_path: Path) -> Callable[..., None]:
    """`allow(network="{ hour = 5 }")`: the shipped policy with these lines of [allowances]."""

    def change(**lines: str) -> None:
        before, section = shipped.text().split("[allowances]\n")
        kept = [line for line in section.splitlines() if line.partition(" ")[0] not in lines]
        policy = tmp_path / f"policy-{next(NUMBERS)}.toml"
        changed = [f"{name} = {value}" for name, value in lines.items()]
        policy.write_text(before + "\n".join(["[allowances]", *changed, *kept]), encoding="utf-8")
        settings.CALGUARD = settings.CALGUARD | {"POLICY": str(policy)}

    return change


def sent(user: Any, *guests: str, ip: str = "198.51.100.7", later: timedelta = timedelta(), **options: Any) -> Decision:
    """One event of its own words, checked and taken to its last look; what the front door said."""
    number = next(NUMBERS)
    content = invitation(
        organizer=user.email,
        guests=guests,
        uid=f"{number}@calendar.example",
        summary=f"{DAYS[number % len(DAYS)]} {number}",
    )
    options.setdefault("reference", str(number))
    options.setdefault("request", request(ip, f"device {user.pk}", user))
    decision = send(user, content, **options)
    assert decision.may_send, decision.reasons
    dispatch.send(decision.submission, at=timezone.now() + later)
    return decision


def strangers(number: int) -> list[str]:
    return [f"guest{next(NUMBERS)}@friends.example" for _ in range(number)]


def used(scope: str) -> int:
    """Recipient-sends charged to the scopes that begin so."""
    return sum(Charge.objects.filter(scope__startswith=scope).values_list("units", flat=True))


def waits(decision: Decision) -> list[str]:
    """The kinds of what keeps it back."""
    return list(Submission.objects.get(pk=decision.submission).holds.values_list("kind", flat=True))


def freed(later: timedelta) -> int:
    """What the sweep finds due by then is looked at; how many those were."""
    at = timezone.now() + later
    found = {*ledger.lift_due(at=at, limit=99), *ledger.due(at=at, limit=99)}
    for submission in found:
        dispatch.send(submission, at=at)
    return len(found)
