"""What submissions and deliveries do to each other: a closed submission leaves no delivery waiting and no address."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from calguard.sql import Changed, Whole, given
from outbound.models import Delivery, Hold, Message, Submission

EMPTIED = {"recipient": "", "rendered": None, "envelope_from": ""}

# A copy that never left gives its key back, so that the same content submitted again is not mistaken for sent.
KEY_GIVEN_BACK = Concat(Value("cancelled:"), Cast("pk", CharField()))


def deliveries_of(submission_id: UUID, using: str) -> QuerySet[Delivery]:
    """Without a join: PostgreSQL checks the state in the row it updates, not in a subquery's older snapshot."""
    messages = Message.objects.using(using).filter(submission_id=submission_id)
    return Delivery.objects.using(using).filter(message_id__in=messages.values("pk"))


def cancel(submission_id: UUID, using: str, *, only: Collection[str] | None = None) -> int:
    """Takes back every copy that has not been handed over. A worker that holds one finds out when it begins to send.

    One that may have left before is not taken back by that: it is not tried again, and stays uncertain.
    """
    waiting = deliveries_of(submission_id, using).filter(state__in=(Delivery.State.PENDING, Delivery.State.CLAIMED))
    if only is not None:
        waiting = waiting.filter(recipient_hash__in=list(only))
    waiting.filter(doubtful_at__isnull=False).update(state=Delivery.State.UNCERTAIN, **EMPTIED)
    return waiting.filter(doubtful_at=None).update(state=Delivery.State.CANCELLED, dedupe_key=KEY_GIVEN_BACK, **EMPTIED)


def empty_addresses(submission_id: UUID, using: str) -> int:
    return EMPTY.run(using, submission=submission_id)


def _write_empty() -> tuple[QuerySet[Delivery], Mapping[str, Any]]:
    messages = Message.objects.filter(submission_id=given("submission", UUID))
    plain = ~Q(recipient="") | Q(rendered__isnull=False) | ~Q(envelope_from="")
    return Delivery.objects.filter(plain, message_id__in=messages.values("pk")), EMPTIED


def locked_open(submission_id: UUID, using: str) -> Submission | None:
    """The submission while it is accepted, locked against being closed until the transaction ends."""
    return LOCKED.first(using, submission=submission_id)


def _write_locked() -> QuerySet[Submission]:
    accepted = Submission.objects.filter(pk=given("submission", UUID), state=Submission.State.ACCEPTED)
    return accepted.select_for_update(no_key=True)


EMPTY, LOCKED = Changed(_write_empty), Whole(_write_locked)


def free_messages() -> QuerySet[Message]:
    """Messages of submissions that may leave: accepted, and held by nobody."""
    holds = Hold.objects.filter(submission_id=OuterRef("submission_id"))
    return Message.objects.filter(~Exists(holds), submission__state=Submission.State.ACCEPTED)
