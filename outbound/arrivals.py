"""What a person says of a copy of which nobody knows whether it left; the first word counts, and every later one finds
that it was settled."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from outbound.fitting import fit
from outbound.holds import WAITED
from outbound.models import Delivery, Submission
from outbound.states import EMPTIED

__all__ = ["MISSED", "arrived", "missed", "once_more"]

MISSED = "did_not_arrive"  # stands in the `error` of a copy that a person says is not there, and that goes no more


def arrived(copy_id: int, *, at: datetime, using: str = "default") -> bool:
    """It is with its guest. True if this call settled it."""
    when = Coalesce(F("claimed_at"), at)
    return _uncertain(copy_id, using).update(state=Delivery.State.SENT, sent_at=when, error="", **EMPTIED) == 1


def missed(copy_id: int, *, using: str = "default") -> bool:
    """It is not with its guest, and does not go once more. True if this call settled it."""
    return _uncertain(copy_id, using).update(state=Delivery.State.FAILED, error=MISSED, **EMPTIED) == 1


def once_more(
    copy_id: int, *, recipient: str, snapshot: bytes | None = None, at: datetime, using: str = "default"
) -> bool:
    """It is not with its guest: it goes once more, to nobody else, under the same Message-ID. True if this call let it.

    Its submission is open again for that, with the `snapshot` it needs where its own was emptied; what is late by then
    expires. Its claim stays, as a worker that was only slow may still say better. False also where the submission was
    taken back, refused or over: nothing of that leaves.
    """
    of = list(Submission.objects.using(using).filter(messages__deliveries=copy_id).values_list("pk", flat=True))
    with transaction.atomic(using=using):
        rows = Submission.objects.using(using).filter(pk__in=of, state__in=(_ACCEPTED, _SENT))
        submission = rows.select_for_update(no_key=True).first()
        if submission is None or (submission.state == _SENT and snapshot is None):
            return False
        waits = _uncertain(copy_id, using).update(
            state=Delivery.State.PENDING,
            recipient=fit(recipient, 320),
            doubtful_at=None,
            retry_at=at,  # it was let go before, and waits for no other guest
            attempts=0,
            error="",
        )
        if waits and submission.state == _SENT:
            note = " ".join(dict.fromkeys([*submission.note.split(), WAITED]))
            rows.update(state=_ACCEPTED, note=fit(note, 100), due_at=at, closed_at=None, snapshot=snapshot)
    return waits == 1


_ACCEPTED, _SENT = Submission.State.ACCEPTED, Submission.State.SENT


def _uncertain(copy_id: int, using: str) -> QuerySet[Delivery]:
    return Delivery.objects.using(using).filter(pk=copy_id, state=Delivery.State.UNCERTAIN)
