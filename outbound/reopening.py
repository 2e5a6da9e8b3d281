"""What was refused, and is taken up again because its owner was right; or is over by then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from outbound.models import Delivery, Submission

__all__ = ["expire_refused", "newer_exists", "reopen"]

State = Submission.State
REVIEWED = "refused_after_review"  # the note of what a person refused
BY_MAIL = "mail"  # the channel of mail that a host rendered, of which nothing is kept


def reopen(
    submission_id: UUID,
    *,
    snapshot: bytes,
    beside: Mapping[str, str],
    by_owner: bool = False,
    at: datetime,
    using: str = "default",
) -> bool:
    """A refusal is taken back: free to go, as far as nothing else holds it. True if this call did it.

    By itself only what was refused after a review, as its owner had been told that it waits. What a machine refused was
    never accepted: it goes where its owner says so now, `by_owner`. Not where a newer version of the event went its way
    since, nor a host's own rendered mail, which is not kept.
    """
    with transaction.atomic(using=using):
        refused = Submission.objects.using(using).filter(pk=submission_id, state=State.REFUSED)
        refused = refused.exclude(channel=BY_MAIL, sender=Submission.Sender.HOST)
        if not by_owner:
            refused = refused.filter(note=REVIEWED)
        row = refused.select_for_update().first()
        if row is None or newer_exists(row, using):
            return False
        never_left = Delivery.objects.using(using).filter(message__submission=row, state=Delivery.State.CANCELLED)
        never_left.delete()  # written down anew from the guest list, under the keys they gave back
        changed = refused.update(
            state=State.ACCEPTED, note="", due_at=at, closed_at=None, snapshot=snapshot, beside=dict(beside)
        )
    return changed == 1


def newer_exists(row: Submission, using: str = "default") -> bool:
    """Whether a newer version of the same event waits or went its way."""
    newer = Submission.objects.using(using).filter(account=row.account, uid=row.uid, created_at__gt=row.created_at)
    return newer.filter(state__in=(State.PROPOSED, State.ACCEPTED, State.SENT)).exists()


def expire_refused(submission_id: UUID, *, at: datetime, using: str = "default") -> bool:
    """A refusal is taken back when the event has begun: too late to be of use. True if this call changed it."""
    refused = Submission.objects.using(using).filter(pk=submission_id, state=State.REFUSED)
    return refused.update(state=State.EXPIRED, note="event_began", closed_at=at) == 1
