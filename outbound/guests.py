"""What the ledger says about guests: where each one's copy is, who was invited before, and which copy a mail was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from calguard.sql import Prepared, given, many, several
from outbound.crowding import CROWDED
from outbound.fitting import chunks, fit
from outbound.following import FOLLOWS
from outbound.models import Delivery, Hold, Message, Submission
from outbound.types import GuestState, Version

__all__ = [
    "by_message_id",
    "cancelled_before",
    "channels_to",
    "guest_states",
    "invited_before",
    "up_to_date",
    "versions",
]

LAST = ("recipient_hash", "message__method", "message__content_hash")
LEFT = (Delivery.State.SENDING, Delivery.State.SENT, Delivery.State.UNCERTAIN)
WAITING = (Delivery.State.PENDING, Delivery.State.CLAIMED)
LEFT = (Delivery.State.SENT, Delivery.State.SENDING, Delivery.State.UNCERTAIN)


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
    """Which of these guests an earlier REQUEST for that UID by that account has reached, or may have."""
    reached = Delivery.objects.using(using).filter(
        Q(state__in=LEFT) | Q(doubtful_at__isnull=False),
        message__account=account,
        message__uid=fit(uid, 500),
        message__method="REQUEST",
    )
    found: set[str] = set()
    for part in chunks(hashes):
        found.update(reached.filter(recipient_hash__in=part).values_list("recipient_hash", flat=True))
    return frozenset(found)


def cancelled_before(submission: Submission, hashes: Iterable[str], *, times: int, using: str = "default") -> set[str]:
    """Which of these guests were sent so many cancellations for its UID by its account, this one apart."""
    sent = Delivery.objects.using(using).filter(
        state__in=LEFT,
        message__account=submission.account,
        message__uid=fit(submission.uid, 500),
        message__method="CANCEL",
    )
    sent = sent.exclude(message__submission=submission.pk)
    found: set[str] = set()
    for part in chunks(hashes):
        counted = sent.filter(recipient_hash__in=part).order_by().values("recipient_hash").annotate(count=Count("pk"))
        found.update(counted.filter(count__gte=times).values_list("recipient_hash", flat=True))
    return found


def up_to_date(
    account: str, uid: str, content_hash: str, hashes: Iterable[str], using: str = "default"
) -> frozenset[str]:
    """Which of these guests have this very content of the event as the last they were sent of it."""
    found: set[str] = set()
    for part in chunks(hashes):
        guests = many("guest", part)
        rows = HAD.rows(using, len(guests), account=account, uid=fit(uid, 500), **guests)
        last = {hashed: (method, content) for hashed, method, content in rows}
        found.update(hashed for hashed, had in last.items() if had == ("REQUEST", content_hash))
    return frozenset(found)


def _write_had(size: int) -> QuerySet[Delivery, Any]:
    sent = Delivery.objects.filter(
        message__account=given("account", str), message__uid=given("uid", str), state=Delivery.State.SENT
    )
    sent = sent.filter(recipient_hash__in=several("guest", str, size))
    return sent.order_by("message_id", "pk").values_list(*LAST)


HAD = Prepared(_write_had)


def versions(account: str, uid: str, *, since: datetime, using: str = "default") -> list[Version]:
    """Versions of the event that reached anybody since then, oldest first: a guest more is none, a resend is none."""
    found: dict[int, Version] = {}
    for occasion, content, schedule, at, resend in VERSIONS.rows(
        using, account=account, uid=fit(uid, 500), since=since
    ):
        if occasion not in found and not resend:
            found[occasion] = Version(content_hash=content, schedule=schedule, at=at)
    return list(found.values())


def _write_versions() -> QuerySet[Message, Any]:
    left = Delivery.objects.filter(message_id=OuterRef("pk"), state__in=LEFT)
    rows = Message.objects.filter(
        Exists(left),
        account=given("account", str),
        uid=given("uid", str),
        method="REQUEST",
        created_at__gt=given("since", datetime),
    )
    return rows.order_by("occasion", "created_at").values_list(
        "occasion", "content_hash", "schedule", "created_at", "submission__resend"
    )


VERSIONS = Prepared(_write_versions)


def channels_to(account: str, recipient_hash: str, using: str = "default") -> frozenset[str]:
    """On which channels copies of that account's messages to this guest came about."""
    copies = Delivery.objects.using(using).filter(recipient_hash=recipient_hash, message__account=account)
    return frozenset(copies.order_by().values_list("message__submission__channel", flat=True).distinct())


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
        "recipient_hash",
        "recipient",
        "state",
        "route",
        "sent_at",
        "claimed_at",
        "created_at",
        "doubtful_at",
        "error",
        "attempts",
        "message__submission_id",
    )
    for (
        hashed,
        recipient,
        state,
        route,
        sent_at,
        claimed_at,
        created_at,
        doubtful_at,
        error,
        tries,
        of,
    ) in rows.iterator():
        if doubtful_at is not None and state in WAITING:
            state = Delivery.State.UNCERTAIN  # it may be there already, whatever keeps the next try back
        yield GuestState(
            recipient_hash=hashed,
            recipient=recipient,
            state=_waiting(error, held=of in held) or state if state in WAITING else state,
            route=route,
            at=sent_at or claimed_at or created_at,
            submission_id=of,
            error=error if tries or state == Delivery.State.FAILED else "",
        )


def _waiting(error: str, *, held: bool) -> str:
    return "held" if held else {CROWDED: "delayed", FOLLOWS: "follows"}.get(error, "")


def _open(submission: Submission) -> bool:
    return submission.state in (Submission.State.PROPOSED, Submission.State.ACCEPTED)


def _newer(created_at: datetime, than: datetime | None) -> bool:
    return than is None or created_at > than
