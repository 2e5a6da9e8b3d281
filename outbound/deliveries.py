"""One copy on its way: claimed, handed over, answered; at most once, whatever dies in between."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Min, Q, QuerySet

from outbound.fitting import CHUNK, shorten
from outbound.models import Delivery, Message
from outbound.states import EMPTIED, KEY_GIVEN_BACK, free_messages, locked_open
from outbound.types import Recovered

__all__ = [
    "begin_sending",
    "claim",
    "give_back",
    "mark_failed",
    "mark_retry",
    "mark_sent",
    "mark_uncertain",
    "next_try",
    "recover",
]

State = Delivery.State


def claim(
    submission_id: UUID,
    *,
    limit: int,
    claim: UUID,
    at: datetime,
    only: Collection[str] | None = None,
    using: str = "default",
) -> list[Delivery]:
    """Takes up to `limit` pending copies for the worker that made up `claim`; none while the submission is not free.

    `only`: the hashes of the guests whose copies are wanted. Each copy comes with its `message`, and no copy is given
    to two workers.
    """
    free = list(free_messages(using).filter(submission_id=submission_id).values_list("pk", flat=True))
    if not free:
        return []
    deliveries = Delivery.objects.using(using)
    ready = Q(state=State.PENDING) & (Q(retry_at=None) | Q(retry_at__lte=at))
    if only is not None:
        ready &= Q(recipient_hash__in=list(only))
    with transaction.atomic(using=using):
        pending = deliveries.select_for_update(skip_locked=True).filter(ready, message_id__in=free)
        ids = list(pending.order_by("pk").values_list("pk", flat=True)[:limit])
        deliveries.filter(pk__in=ids, state=State.PENDING).update(
            state=State.CLAIMED, claim=claim, claimed_at=at, attempts=F("attempts") + 1
        )
    mine = deliveries.filter(pk__in=ids, claim=claim, state=State.CLAIMED)
    return list(mine.select_related("message").order_by("pk"))


def begin_sending(delivery_id: int, claim: UUID, using: str = "default", *, at: datetime | None = None) -> bool:
    """The last moment to stop: from here on the copy may have left. False: not ours any more, held, or taken back.

    `at` restarts the clock of `recover` for a copy that waited in a long batch.
    """
    changes: dict[str, Any] = {"state": State.SENDING}
    if at is not None:
        changes["claimed_at"] = at
    ours = _ours(delivery_id, claim, State.CLAIMED, using=using)
    return ours.filter(message_id__in=free_messages(using).values("pk")).update(**changes) == 1


def give_back(claim: UUID, *, using: str = "default") -> int:
    """Copies of this claim that were not begun are pending again, as if never tried. Says how many."""
    claimed = Delivery.objects.using(using).filter(claim=claim, state=State.CLAIMED)
    return claimed.update(state=State.PENDING, claim=None, attempts=F("attempts") - 1)


def mark_sent(delivery_id: int, claim: UUID, *, at: datetime, using: str = "default") -> bool:
    """The next hop took it. Also believed of a copy declared uncertain meanwhile: its worker was only slow."""
    ours = _ours(delivery_id, claim, State.SENDING, State.UNCERTAIN, using=using)
    return ours.update(state=State.SENT, sent_at=at, error="", **EMPTIED) == 1


def mark_failed(
    delivery_id: int, claim: UUID, error: str, *, at: datetime | None = None, using: str = "default"
) -> bool:
    """Refused for good, by the next hop or because it cannot be built."""
    ours = _ours(delivery_id, claim, State.CLAIMED, State.SENDING, State.UNCERTAIN, using=using)
    changes: dict[str, Any] = {"claimed_at": at} if at is not None else {}
    return ours.update(state=State.FAILED, error=shorten(error, 300), **changes, **EMPTIED) == 1


def mark_retry(delivery_id: int, claim: UUID, retry_at: datetime, error: str, *, using: str = "default") -> bool:
    """It surely did not leave, and may be tried again. True if it will be: not where the submission was closed."""
    message = Message.objects.using(using).filter(deliveries=delivery_id).values_list("submission_id", flat=True)
    ours = _ours(delivery_id, claim, State.CLAIMED, State.SENDING, using=using)
    with transaction.atomic(using=using):
        submission_id = message.first()
        if submission_id is not None and locked_open(submission_id, using):
            again = ours.update(state=State.PENDING, claim=None, retry_at=retry_at, error=shorten(error, 300))
            return again == 1
        ours.update(state=State.CANCELLED, error=shorten(error, 300), dedupe_key=KEY_GIVEN_BACK, **EMPTIED)
    return False


def mark_uncertain(delivery_id: int, claim: UUID, error: str, *, using: str = "default") -> bool:
    """The next hop fell silent after it had been given the copy: nobody knows, so it is not tried again."""
    ours = _ours(delivery_id, claim, State.SENDING, using=using)
    return ours.update(state=State.UNCERTAIN, error=shorten(error, 300), **EMPTIED) == 1


def next_try(submission_id: UUID, *, using: str = "default") -> datetime | None:
    """When the first of the copies that failed may be tried again; None where none waits for that."""
    waiting = Delivery.objects.using(using).filter(message__submission_id=submission_id, state=State.PENDING)
    return waiting.aggregate(first=Min("retry_at"))["first"]


def recover(*, at: datetime, stale: timedelta, using: str = "default") -> Recovered:
    """After dead workers: what was only claimed is pending again, what was being handed over is left uncertain."""
    lying = Delivery.objects.using(using).filter(claimed_at__lte=at - stale)
    here = lying.filter(state=State.SENDING, route=Delivery.Route.INTERNAL)  # a host takes a repeated copy as one
    reclaimed = _change(here, using, state=State.PENDING, claim=None)
    uncertain = _change(lying.filter(state=State.SENDING), using, state=State.UNCERTAIN, **EMPTIED)
    reclaimed += _change(lying.filter(state=State.CLAIMED), using, state=State.PENDING, claim=None)
    return Recovered(reclaimed=reclaimed, uncertain=uncertain)


def _change(rows: QuerySet[Delivery], using: str, **changes: Any) -> int:
    """In chunks that wait for nobody: a row somebody is changing just now is not lying, and is left for next time."""
    changed = 0
    while True:
        with transaction.atomic(using=using):
            ids = list(rows.select_for_update(skip_locked=True).values_list("pk", flat=True)[:CHUNK])
            changed += rows.filter(pk__in=ids).update(**changes)
        if len(ids) < CHUNK:
            return changed


def _ours(delivery_id: int, claim: UUID, *states: str, using: str) -> QuerySet[Delivery]:
    return Delivery.objects.using(using).filter(pk=delivery_id, claim=claim, state__in=states)
