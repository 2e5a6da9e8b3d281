"""Keeps one guest's copy back while too many write to that guest; the event, and everybody else's copy, go."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from outbound.budgets import reserve_each
from outbound.fitting import chunks
from outbound.models import Delivery
from outbound.types import Demand

__all__ = ["CROWDED", "guest_scope", "let_in"]

CROWDED = "recipient_busy"  # stands in a copy's `error` while it waits for this and nothing else
NEVER = timedelta(days=1)  # no limit is under one copy; should one be, it is looked at again


def guest_scope(recipient_hash: str) -> str:
    return f"guest:{recipient_hash}"


def let_in(
    submission_id: UUID,
    hashes: Collection[str],
    limits: Sequence[tuple[timedelta, int]],
    *,
    scope: Callable[[str], str] = guest_scope,
    at: datetime,
    using: str = "default",
) -> int:
    """Charges each of these guests one copy of this submission, once, and delays the copies of those who get too many
    already. Says how many are delayed. As many queries for each 500 guests, whoever they are. `scope` names the budget
    of a guest: all they get, or what they get of one sender."""
    owner, delayed = f"submission:{submission_id}", 0
    for part in chunks(hashes):
        demands = [Demand(scope=scope(one), units=1, limits=limits) for one in part]
        with transaction.atomic(using=using):
            full = reserve_each(demands, owner, at=at, using=using)
            if not full:
                continue
            waiting = Delivery.objects.using(using).filter(
                message__submission_id=submission_id, state=Delivery.State.PENDING
            )
            rows = list(waiting.filter(recipient_hash__in=[one for one in part if scope(one) in full]))
            for row in rows:
                row.retry_at = full[scope(row.recipient_hash)] or at + NEVER
                row.error = CROWDED
            pending = Delivery.objects.using(using).filter(state=Delivery.State.PENDING)
            delayed += pending.bulk_update(rows, ["retry_at", "error"])
    return delayed
