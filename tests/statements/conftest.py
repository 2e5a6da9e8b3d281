"""A newcomer whose lure is held, two reviewers, and the pages as each of them opens them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from calguard import guard, review
from calguard.models import Case, Decision
from tests.guard.conftest import person, work
from tests.guard.events import LURE, invitation
from tests.review import factories

__all__ = ["person", "work"]

ADDRESS = "x@free.example"


@pytest.fixture
def owner(person: Callable[..., Any]) -> Any:
    """Somebody whose account is a few hours old."""
    return person(ADDRESS, days=0.1)


@pytest.fixture
def send(owner: Any) -> Callable[..., Decision]:
    """The owner invites; the row of what was decided."""

    def invite(summary: str = LURE, **fields: Any) -> Decision:
        options = {name: fields.pop(name) for name in ("channel", "reference") if name in fields}
        with guard.sending(owner, invitation(organizer=ADDRESS, summary=summary, **fields), **options) as decision:
            pass
        return Decision.objects.get(pk=decision.id)

    return invite


@pytest.fixture
def held(send: Callable[..., Decision], work: Callable[[], None]) -> Decision:
    """The owner's lure, which waits for a person."""
    row = send(reference="7")
    assert row.verdict == guard.Verdict.HOLD
    work()
    row.refresh_from_db()
    return row


@pytest.fixture
def anna(db: None) -> Any:
    return factories.make_user("anna", "view_case", "decide_case", "suspend_case")


@pytest.fixture
def ben(db: None) -> Any:
    return factories.make_user("ben", "view_case", "decide_case", "suspend_case")


@pytest.fixture
def decide(work: Callable[[], None]) -> Callable[..., Case]:
    """A reviewer decides the open case, and the workers carry it out."""

    def carry_out(reviewer: Any, outcome: str, label: str = "", **given: Any) -> Case:
        case = Case.objects.get(state="open")
        told = {"reason": "as I see it", "at": timezone.now(), **given}
        done = review.decide(case.pk, reviewer, version=case.version, outcome=outcome, label=label, **told)
        work()
        return done

    return carry_out


def signed_in(user: Any, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client
