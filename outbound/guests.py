"""What the ledger says about guests: where each one's copy is, who was invited before, and which copy a mail was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef

from outbound.fitting import chunks, fit
from outbound.models import Delivery, Hold, Message, Submission
from outbound.types import GuestState

__all__ = ["by_message_id", "guest_states", "invited_before"]

WAITING = (Delivery.State.PENDING, Delivery.State.CLAIMED)


def guest_states(reference: str, using: str = "default") -> list[GuestState]:
    """The newest of every guest of the host's event `reference`, in two queries.

    Submissions whose guests are not written down yet come first, one entry for all their guests: the open ones, and
    closed ones that are newer than everything written down.
    """
    if not reference:
        return []
    of_event = Submission.objects.using(using).filter(reference=fit(reference, 200))
    messages = Message.objects.using(using).filter(submission_id=OuterRef("pk"))
    holds = Hold.objects.using(using).filter(submission_id=OuterRef("pk"))
    submissions = list(
        of_event.annotate(expanded=Exists(messages), held=Exists(holds)).defer("snapshot").order_by("created_at", "pk")
    )
    last_expanded = max((s.created_at for s in submissions if s.expanded), default=None)
    states = [
        _of_all(submission, held=submission.held)
        for submission in reversed(submissions)
        if not submission.expanded and (_open(submission) or _newer(submission.created_at, last_expanded))
    ]
    newest = {state.recipient_hash: state for state in _of_each(reference, submissions, using)}
    return states + list(newest.values())


def invited_before(account: str, uid: str, hashes: Iterable[str], using: str = "default") -> frozenset[str]:
    """Which of these guests an earlier REQUEST for that UID by that account has reached."""
    reached = Delivery.objects.using(using).filter(
        message__account=account, message__uid=fit(uid, 500), message__method="REQUEST", state=Delivery.State.SENT
    )
    found: set[str] = set()
    for part in chunks(hashes):
        found.update(reached.filter(recipient_hash__in=part).values_list("recipient_hash", flat=True))
    return frozenset(found)


def by_message_id(message_id: str, using: str = "default") -> Delivery | None:
    """The copy a Message-ID belongs to, with its message and submission (R78)."""
    copies = Delivery.objects.using(using).select_related("message__submission")
    return copies.filter(mail_id=fit(message_id, 200)).order_by("-pk").first()


def _of_all(submission: Submission, *, held: bool) -> GuestState:
    return GuestState(
        recipient_hash="",
        recipient="",
        state="held" if held and _open(submission) else submission.state,
        route="mail",
        at=submission.closed_at or submission.created_at,
        submission_id=submission.pk,
    )


def _of_each(reference: str, submissions: Sequence[Submission], using: str) -> Iterable[GuestState]:
    held = {submission.pk for submission in submissions if getattr(submission, "held", False)}
    deliveries = Delivery.objects.using(using).filter(message__submission__reference=fit(reference, 200))
    rows = deliveries.order_by("message__submission__created_at", "pk").values_list(
        "recipient_hash", "recipient", "state", "route", "sent_at", "claimed_at", "created_at", "message__submission_id"
    )
    for hashed, recipient, state, route, sent_at, claimed_at, created_at, submission_id in rows.iterator():
        yield GuestState(
            recipient_hash=hashed,
            recipient=recipient,
            state="held" if state in WAITING and submission_id in held else state,
            route=route,
            at=sent_at or claimed_at or created_at,
            submission_id=submission_id,
        )


def _open(submission: Submission) -> bool:
    return submission.state in (Submission.State.PROPOSED, Submission.State.ACCEPTED)


def _newer(created_at: datetime, than: datetime | None) -> bool:
    return than is None or created_at > than
