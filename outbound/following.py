"""Keeps copies back until some of the others have been answered; the event, and the copies of the others, go."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from outbound.fitting import chunks
from outbound.models import Delivery

__all__ = ["FOLLOWS", "follow", "lead", "told_before", "unled"]

FOLLOWS = "follows_others"  # stands in a copy's `error` while it waits for this and nothing else
_LEFT = (Delivery.State.SENDING, Delivery.State.SENT, Delivery.State.UNCERTAIN)


def unled(submission_id: UUID, *, at: datetime, using: str = "default") -> list[str]:
    """Guests whose copies nobody has let go yet and may be looked at now, by their addresses."""
    fresh = Q(retry_at=None, attempts=0) | Q(error=FOLLOWS, retry_at__lte=at)
    rows = Delivery.objects.using(using).filter(
        fresh, message__submission_id=submission_id, state=Delivery.State.PENDING
    )
    return list(rows.exclude(recipient="").values_list("recipient", flat=True))


def told_before(account: str, hashes: Collection[str], *, since: datetime, using: str = "default") -> set[str]:
    """Which of these guests the account has sent anything since then."""
    sent = Delivery.objects.using(using).filter(state__in=_LEFT, message__account=account, created_at__gt=since)
    found: set[str] = set()
    for part in chunks(hashes):
        found.update(sent.filter(recipient_hash__in=part).values_list("recipient_hash", flat=True))
    return found


def lead(submission_id: UUID, hashes: Collection[str], *, at: datetime, using: str = "default") -> None:
    """These go now, whoever waits."""
    for part in chunks(hashes):
        _pending(submission_id, part, using).update(retry_at=at, error="")


def follow(submission_id: UUID, hashes: Collection[str], *, until: datetime, using: str = "default") -> int:
    """These wait; how many."""
    return sum(_pending(submission_id, part, using).update(retry_at=until, error=FOLLOWS) for part in chunks(hashes))


def _pending(submission_id: UUID, hashes: Collection[str], using: str) -> QuerySet[Delivery]:
    rows = Delivery.objects.using(using).filter(message__submission_id=submission_id, recipient_hash__in=list(hashes))
    return rows.filter(state=Delivery.State.PENDING)
