"""A calendar service with a stepped clock: accounts that are made, write, and what the workers do between."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from calguard import attempts, enforcement, sweeping
from calguard.calls import Call
from calguard.campaigns import orders
from calguard.campaigns.models import CampaignOrder
from calguard.decision import Decision
from calguard.engine.types import Verdict
from calguard.models import Enforcement
from tests.guard.events import invitation


@dataclass
class Service:
    """Accounts send through the judge at the time they say; `work` does what the workers would."""

    serial: Any = field(default_factory=lambda: count(1))

    def account(self, name: str, at: datetime, *, days: float = 0.0, domain: str = "free.example") -> Any:
        return get_user_model().objects.create(
            username=name, email=f"{name}@{domain}", first_name=name.title(), date_joined=at - timedelta(days=days)
        )

    def send(
        self, user: Any, at: datetime, summary: str, text: str, guests: tuple[str, ...], **options: Any
    ) -> Decision:
        content = invitation(
            organizer=user.email,
            name=user.first_name,
            guests=guests,
            summary=summary,
            description=text,
            uid=f"{next(self.serial)}@calendar.example",
            start=at + timedelta(days=5),
        )
        decision = attempts.check(
            Call(user=user, content=attempts.as_message(content), channel="web", at=at, **options)
        )
        if decision.submission is not None and decision.verdict is not Verdict.CHALLENGE:
            attempts.accept(decision.submission, at=at)
        return decision

    def work(self, at: datetime) -> None:
        for owner in Enforcement.objects.filter(state="pending").values_list("owner", flat=True).distinct():
            enforcement.run_owner(owner)
        sweeping.sweep(at=at)
        for order in CampaignOrder.objects.filter(state__in=["running", "lifting"]).values_list("pk", flat=True):
            while orders.run(order, at=at):
                pass


@pytest.fixture
def service(db: None) -> Service:
    return Service()
