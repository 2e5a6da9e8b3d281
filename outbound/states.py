"""What submissions and deliveries do to each other: a closed submission leaves no delivery waiting and no address."""

from __future__ import annotations

from uuid import UUID

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from outbound.models import Delivery, Hold, Message, Submission

EMPTIED = {"recipient": "", "rendered": None, "envelope_from": ""}

# A copy that never left gives its key back, so that the same content submitted again is not mistaken for sent.
KEY_GIVEN_BACK = Concat(Value("cancelled:"), Cast("pk", CharField()))


def deliveries_of(submission_id: UUID, using: str) -> QuerySet[Delivery]:
    """Without a join: PostgreSQL checks the state in the row it updates, not in a subquery's older snapshot."""
    messages = Message.objects.using(using).filter(submission_id=submission_id)
    return Delivery.objects.using(using).filter(message_id__in=messages.values("pk"))


def cancel(submission_id: UUID, using: str) -> int:
    """Takes back every copy that has not been handed over. A worker that holds one finds out when it begins to send."""
    waiting = Q(state__in=(Delivery.State.PENDING, Delivery.State.CLAIMED))
    return (
        deliveries_of(submission_id, using)
        .filter(waiting)
        .update(state=Delivery.State.CANCELLED, dedupe_key=KEY_GIVEN_BACK, **EMPTIED)
    )


def empty_addresses(submission_id: UUID, using: str) -> int:
    plain = ~Q(recipient="") | Q(rendered__isnull=False) | ~Q(envelope_from="")
    return deliveries_of(submission_id, using).filter(plain).update(**EMPTIED)


def locked_open(submission_id: UUID, using: str) -> Submission | None:
    """The submission while it is accepted, locked against being closed until the transaction ends."""
    accepted = Submission.objects.using(using).filter(pk=submission_id, state=Submission.State.ACCEPTED)
    return accepted.select_for_update(no_key=True).first()


def free_messages(using: str) -> QuerySet[Message]:
    """Messages of submissions that may leave: accepted, and held by nobody."""
    holds = Hold.objects.using(using).filter(submission_id=OuterRef("submission_id"))
    return Message.objects.using(using).filter(~Exists(holds), submission__state=Submission.State.ACCEPTED)
