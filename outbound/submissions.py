"""The life of a submission: proposed, confirmed, closed; every step one guarded UPDATE."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from outbound.fitting import LARGEST, clamp, fit, shorten
from outbound.models import Delivery, Hold, Message, Submission
from outbound.states import cancel, empty_addresses
from outbound.types import Draft

__all__ = [
    "confirm",
    "due",
    "expire",
    "finish",
    "is_free",
    "postpone",
    "postpone_all",
    "proposed_too_long",
    "refuse",
    "replace",
    "submit",
    "withdraw",
]

State = Submission.State
OPEN = (State.PROPOSED, State.ACCEPTED)
UNFINISHED = (Delivery.State.PENDING, Delivery.State.CLAIMED, Delivery.State.SENDING)


def submit(draft: Draft, *, at: datetime, using: str = "default") -> Submission:
    """Writes the draft down with one INSERT. One that is already refused is closed, and keeps no snapshot."""
    is_open = draft.state in OPEN
    return Submission.objects.using(using).create(
        id=draft.id,
        account=draft.account,
        tenant=draft.tenant,
        actor=fit(draft.actor, 200),
        channel=fit(draft.channel, 20),
        reference=fit(draft.reference, 200),
        decision=draft.decision,
        method=fit(draft.method.upper(), 20),
        uid=fit(draft.uid, 500),
        sequence=clamp(draft.sequence),
        content_hash=draft.content_hash,
        guests_hash=draft.guests_hash,
        recipients=min(draft.recipients, LARGEST),
        snapshot=draft.snapshot if is_open else None,
        beside=dict(draft.beside) if is_open else {},
        sender=draft.sender,
        resend=draft.resend,
        state=draft.state,
        note=shorten(draft.note, 100),
        starts_at=draft.starts_at,
        created_at=at,
        due_at=draft.due_at,
        closed_at=None if is_open else at,
    )


def confirm(submission_id: UUID, *, at: datetime, using: str = "default") -> bool:
    """The host saved: free to go from now on, as far as nothing holds it. True if this call changed it."""
    proposed = Submission.objects.using(using).filter(pk=submission_id, state=State.PROPOSED)
    return proposed.update(state=State.ACCEPTED, due_at=at) == 1


def refuse(submission_id: UUID, note: str, *, at: datetime, using: str = "default") -> bool:
    """Denied: whatever has not left stays. True if it was open."""
    return _close(submission_id, State.REFUSED, note, at, using)


def withdraw(submission_id: UUID, note: str, *, at: datetime, using: str = "default") -> bool:
    """Taken back by the host. True if it was open."""
    return _close(submission_id, State.WITHDRAWN, note, at, using)


def expire(submission_id: UUID, note: str, *, at: datetime, using: str = "default") -> bool:
    """Never confirmed, or too late to be of use. True if it was open."""
    return _close(submission_id, State.EXPIRED, note, at, using)


def replace(account: str, uid: str, newer: UUID, *, at: datetime, using: str = "default") -> int:
    """Withdraws what `account` had still open to invite to this UID before `newer`, and says how many that were.

    Cancellations stay: they speak to guests the newer version does not know.

    For a newer version that speaks to all guests again. Call it before `newer` is expanded: a copy that waits in the
    older one would otherwise count as the newer one's.
    """
    submissions = Submission.objects.using(using)
    created = submissions.filter(pk=newer).values("created_at")
    older = submissions.filter(
        account=account, uid=fit(uid, 500), method="REQUEST", state__in=OPEN, created_at__lte=created[:1]
    )
    ids = list(older.exclude(pk=newer).values_list("pk", flat=True))
    return sum(_close(pk, State.WITHDRAWN, "replaced", at, using) for pk in ids)


def finish(submission_id: UUID, *, by_host: bool = False, at: datetime, using: str = "default") -> bool:
    """Closes as sent once every guest has a final state.

    One whose guests were never written down is not finished, unless it was `by_host` that they were written to.
    """
    messages = Message.objects.using(using).filter(submission_id=OuterRef("pk"))
    unfinished = Delivery.objects.using(using).filter(message__submission_id=OuterRef("pk"), state__in=UNFINISHED)
    with transaction.atomic(using=using):
        done = Submission.objects.using(using).filter(~Exists(unfinished), pk=submission_id, state=State.ACCEPTED)
        if not by_host:
            done = done.filter(Exists(messages))
        changed = done.update(state=State.SENT, closed_at=at, snapshot=None, beside={})
        if changed:
            empty_addresses(submission_id, using)
    return changed == 1


def is_free(submission_id: UUID, using: str = "default") -> bool:
    """Accepted, and nothing holds it."""
    return _free(using).filter(pk=submission_id).exists()


def due(*, at: datetime, limit: int, using: str = "default") -> tuple[UUID, ...]:
    """What the sweep wakes up: accepted, unheld, and due; longest overdue first."""
    return tuple(_free(using).filter(due_at__lte=at).order_by("due_at").values_list("pk", flat=True)[:limit])


def proposed_too_long(*, at: datetime, limit: int, using: str = "default") -> tuple[UUID, ...]:
    """Proposals whose host never confirmed."""
    proposals = Submission.objects.using(using).filter(state=State.PROPOSED, due_at__lte=at)
    return tuple(proposals.order_by("due_at").values_list("pk", flat=True)[:limit])


def postpone(submission_id: UUID, due_at: datetime, *, note: str | None = None, using: str = "default") -> bool:
    """The sweep looks at an accepted submission again at `due_at`. None leaves its note as it is."""
    accepted = Submission.objects.using(using).filter(pk=submission_id, state=State.ACCEPTED)
    if note is None:
        return accepted.update(due_at=due_at) == 1
    return accepted.update(due_at=due_at, note=shorten(note, 100)) == 1


def postpone_all(submission_ids: Collection[UUID], due_at: datetime, *, using: str = "default") -> int:
    """The sweep has woken workers for these, and does not again before `due_at`. Says how many were still accepted."""
    accepted = Submission.objects.using(using).filter(pk__in=list(submission_ids), state=State.ACCEPTED)
    return accepted.update(due_at=due_at)


def _free(using: str) -> QuerySet[Submission]:
    holds = Hold.objects.using(using).filter(submission_id=OuterRef("pk"))
    return Submission.objects.using(using).filter(~Exists(holds), state=State.ACCEPTED)


def _close(submission_id: UUID, state: Submission.State, note: str, at: datetime, using: str) -> bool:
    with transaction.atomic(using=using):
        still_open = Submission.objects.using(using).filter(pk=submission_id, state__in=OPEN)
        changed = still_open.update(state=state, note=shorten(note, 100), closed_at=at, snapshot=None, beside={})
        if changed:
            cancel(submission_id, using)
    return changed == 1
