"""The life of a submission: proposed, confirmed, closed; every step one guarded UPDATE."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, QuerySet

from calguard.sql import ALONE, Added, Around, Changed, Prepared, given
from outbound.fitting import LARGEST, chunks, clamp, fit, shorten
from outbound.models import Delivery, Hold, Message, Submission
from outbound.states import cancel, empty_addresses
from outbound.types import Draft

__all__ = [
    "call_off",
    "confirm",
    "due",
    "expire",
    "finish",
    "in_flight",
    "is_free",
    "open_before",
    "postpone",
    "postpone_all",
    "proposed_too_long",
    "refuse",
    "replace",
    "submit",
    "uninvite",
    "withdraw",
]

State = Submission.State
OPEN = (State.PROPOSED, State.ACCEPTED)
UNFINISHED = (Delivery.State.PENDING, Delivery.State.CLAIMED, Delivery.State.SENDING)


def submit(
    draft: Draft,
    *,
    at: datetime,
    using: str = "default",
    along: Callable[[Submission], tuple[Added[Any], Model]] | None = None,
    within: Around = ALONE,
) -> Submission:
    """Writes the draft down with one INSERT. One that is already refused is closed, and keeps no snapshot.

    `along` gives a row of the caller's that refers to it, and is written with it; `within`: see `calguard.sql`.
    """
    is_open = draft.state in OPEN
    submission = Submission(
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
    SUBMITTED.add(submission, using, along=along(submission) if along else None, within=within)
    return submission


SUBMITTED = Added(Submission)


def confirm(submission_id: UUID, *, at: datetime, using: str = "default") -> bool:
    """The host saved: free to go from now on, as far as nothing holds it. True if this call changed it."""
    return CONFIRMED.run(using, submission=submission_id, at=at) == 1


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
    older = OLDER.rows(using, account=account, uid=fit(uid, 500), submission=newer)
    return sum(_close(pk, State.WITHDRAWN, "replaced", at, using) for (pk,) in older)


def call_off(submission_id: UUID, *, at: datetime, using: str = "default") -> bool:
    """A cancellation overtook it: nothing more of it leaves. True if it was open."""
    return _close(submission_id, State.WITHDRAWN, "cancelled", at, using)


def open_before(newer: Submission, using: str = "default") -> list[Submission]:
    """Invitations of that account to the same UID that have not all left and are older than `newer`."""
    older = Submission.objects.using(using).filter(
        account=newer.account, uid=newer.uid, method="REQUEST", state__in=OPEN, created_at__lte=newer.created_at
    )
    return list(older.exclude(pk=newer.pk).order_by("created_at"))


def uninvite(submission_id: UUID, hashes: Collection[str], *, using: str = "default") -> int:
    """Takes back the copies for these guests that have not been handed over. Says how many."""
    return sum(cancel(submission_id, using, only=part) for part in chunks(hashes))


def in_flight(account: str, uid: str, using: str = "default") -> bool:
    """Whether a copy of an invitation to this UID is being handed over just now."""
    copies = Delivery.objects.using(using).filter(message__account=account, message__uid=fit(uid, 500))
    return copies.filter(message__method="REQUEST", state=Delivery.State.SENDING).exists()


def finish(submission_id: UUID, *, by_host: bool = False, at: datetime, using: str = "default") -> bool:
    """Closes as sent once every guest has a final state.

    One whose guests were never written down is not finished, unless it was `by_host` that they were written to.
    """
    with transaction.atomic(using=using):
        changed = FINISHED.run(using, by_host, submission=submission_id, at=at)
        if changed:
            empty_addresses(submission_id, using)
    return changed == 1


def is_free(submission_id: UUID, using: str = "default") -> bool:
    """Accepted, and nothing holds it."""
    return bool(FREE.rows(using, submission=submission_id))


def due(*, at: datetime, limit: int, using: str = "default") -> tuple[UUID, ...]:
    """What the sweep wakes up: accepted, unheld, and due; longest overdue first."""
    return tuple(pk for (pk,) in DUE.rows(using, limit, at=at))


def proposed_too_long(*, at: datetime, limit: int, using: str = "default") -> tuple[UUID, ...]:
    """Proposals whose host never confirmed."""
    return tuple(pk for (pk,) in LATE.rows(using, limit, at=at))


def postpone(submission_id: UUID, due_at: datetime, *, note: str | None = None, using: str = "default") -> bool:
    """The sweep looks at an accepted submission again at `due_at`. None leaves its note as it is."""
    noted = note is not None
    said = shorten(note, 100) if note is not None else ""
    return POSTPONED.run(using, noted, submission=submission_id, due_at=due_at, note=said) == 1


def postpone_all(submission_ids: Collection[UUID], due_at: datetime, *, using: str = "default") -> int:
    """The sweep has woken workers for these, and does not again before `due_at`. Says how many were still accepted."""
    accepted = Submission.objects.using(using).filter(pk__in=list(submission_ids), state=State.ACCEPTED)
    return accepted.update(due_at=due_at)


def _one() -> QuerySet[Submission]:
    return Submission.objects.filter(pk=given("submission", UUID))


def _free() -> QuerySet[Submission]:
    holds = Hold.objects.filter(submission_id=OuterRef("pk"))
    return Submission.objects.filter(~Exists(holds), state=State.ACCEPTED)


def _write_older() -> QuerySet[Submission, Any]:
    older = Submission.objects.filter(
        account=given("account", str),
        uid=given("uid", str),
        method="REQUEST",
        state__in=OPEN,
        created_at__lte=_one().values("created_at")[:1],
    )
    return older.exclude(pk=given("submission", UUID)).values_list("pk")


def _write_finished(by_host: bool) -> tuple[QuerySet[Submission], Mapping[str, Any]]:
    unfinished = Delivery.objects.filter(message__submission_id=OuterRef("pk"), state__in=UNFINISHED)
    done = _one().filter(~Exists(unfinished), state=State.ACCEPTED)
    if not by_host:
        done = done.filter(Exists(Message.objects.filter(submission_id=OuterRef("pk"))))
    return done, {"state": State.SENT, "closed_at": given("at", datetime), "snapshot": None, "beside": {}}


def _write_postponed(noted: bool) -> tuple[QuerySet[Submission], Mapping[str, Any]]:
    changes = {"due_at": given("due_at", datetime), **({"note": given("note", str)} if noted else {})}
    return _one().filter(state=State.ACCEPTED), changes


def _write_late(limit: int) -> QuerySet[Submission, Any]:
    late = Submission.objects.filter(state=State.PROPOSED, due_at__lte=given("at", datetime))
    return late.order_by("due_at").values_list("pk")[:limit]


def _write_due(limit: int) -> QuerySet[Submission, Any]:
    return _free().filter(due_at__lte=given("at", datetime)).order_by("due_at").values_list("pk")[:limit]


CONFIRMED = Changed(
    lambda: (_one().filter(state=State.PROPOSED), {"state": State.ACCEPTED, "due_at": given("at", datetime)})
)
FINISHED, POSTPONED = Changed(_write_finished), Changed(_write_postponed)
FREE = Prepared(lambda: _free().filter(pk=given("submission", UUID)).values_list("pk"))
OLDER, LATE, DUE = Prepared(_write_older), Prepared(_write_late), Prepared(_write_due)


def _close(submission_id: UUID, state: Submission.State, note: str, at: datetime, using: str) -> bool:
    with transaction.atomic(using=using):
        still_open = Submission.objects.using(using).filter(pk=submission_id, state__in=OPEN)
        changed = still_open.update(state=state, note=shorten(note, 100), closed_at=at, snapshot=None, beside={})
        if changed:
            cancel(submission_id, using)
    return changed == 1
