"""Questions, and decisions of the past that they are about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from calguard.engine.types import Verdict
from calguard.facts import remembering
from calguard.facts.types import Question
from calguard.models import Case, Decision

ME = "auth.user:1"


def question(at: datetime, **given: Any) -> Question:
    facts: dict[str, Any] = {
        "account": ME,
        "device": "",
        "prefix": "",
        "similarity": "a" * 64,
        "content_hash": "b" * 64,
        "guests_hash": "c" * 64,
        "guests": (),
        "at": at,
    }
    return Question(**facts | given)


def decided(
    at: datetime, verdict: Verdict = Verdict.ALLOW, *, outcome: str = "", told: bool = True, **given: Any
) -> Decision:
    """One recorded attempt, told to what remembers as `recording` does."""
    facts: dict[str, Any] = {
        "code": uuid4().hex[:12],
        "account": ME,
        "channel": "web",
        "verdict": verdict,
        "enforced": True,
        "score": 0.0,
        "tier": "new",
        "policy_version": "test",
        "content_hash": uuid4().hex * 2,
        "guests_hash": uuid4().hex * 2,
        "similarity": uuid4().hex * 2,
        "recipients": 1,
        "created_at": at,
    }
    row = Decision.objects.create(**facts | given)
    if told:
        remembering.noted(row)
    if outcome:
        row.case = Case.objects.create(
            account=row.account, state=Case.State.CLOSED, outcome=outcome, opened_at=at, closed_at=at
        )
        row.save()
        remembering.forget(row.account)
    return row


def ago(at: datetime, **span: float) -> datetime:
    return at - timedelta(**span)
