"""One copy on its way: claimed, handed over, answered; once, or once more where nobody knows whether it left."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Min, Q, QuerySet

from calguard.sql import Changed, Prepared, Whole, given, many, several
from outbound.fitting import CHUNK, chunks, shorten
from outbound.models import Delivery, Message, Submission
from outbound.states import EMPTIED, KEY_GIVEN_BACK, free_messages, locked_open
from outbound.types import Recovered

__all__ = [
    "begin_sending",
    "by_mail",
    "claim",
    "give_back",
    "mark_doubtful",
    "mark_failed",
    "mark_retry",
    "mark_sent",
    "next_try",
    "recover",
]

State = Delivery.State

ACCEPTED = Submission.State.ACCEPTED
GIVEN_UP = (State.UNCERTAIN, State.PENDING)  # by `recover`; a pending copy keeps a claim only if it is doubtful


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
    free = {one.pk: one for one in FREE.all(using, submission=submission_id)}
    if not free:
        return []
    of, mine = many("message", tuple(free)), []
    with transaction.atomic(using=using):
        if only is None:
            ids = [pk for (pk,) in READY.rows(using, limit, len(of), at=at, **of)]
        else:
            theirs = _ready(at).using(using).filter(recipient_hash__in=list(only), message_id__in=list(free))
            ids = list(theirs.values_list("pk", flat=True)[:limit])
        parts = [many("copy", part) for part in chunks(ids)]
        for part in parts:
            TAKEN.run(using, len(part), claim=claim, at=at, **part)
    for part in parts:
        mine += MINE.all(using, len(part), claim=claim, **part)
    for copy in mine:
        copy.message = free[copy.message_id]
    return mine


def _ready(at: Any) -> QuerySet[Delivery]:
    waiting = Q(state=State.PENDING) & (Q(retry_at=None) | Q(retry_at__lte=at))
    return Delivery.objects.select_for_update(skip_locked=True).filter(waiting).order_by("pk")


def _write_ready(limit: int, messages: int) -> QuerySet[Delivery, Any]:
    ready = _ready(given("at", datetime)).filter(message__pk__in=several("message", int, messages))
    return ready.values_list("pk")[:limit]


def _write_taken(size: int) -> tuple[QuerySet[Delivery], Mapping[str, Any]]:
    pending = Delivery.objects.filter(pk__in=several("copy", int, size), state=State.PENDING)
    claimed = {"claim": given("claim", UUID), "claimed_at": given("at", datetime), "attempts": F("attempts") + 1}
    return pending, {"state": State.CLAIMED, **claimed}


def _write_mine(size: int) -> QuerySet[Delivery]:
    mine = Delivery.objects.filter(pk__in=several("copy", int, size), claim=given("claim", UUID), state=State.CLAIMED)
    return mine.order_by("pk")


FREE = Whole(lambda: free_messages().filter(submission_id=given("submission", UUID)))
READY, TAKEN, MINE = Prepared(_write_ready), Changed(_write_taken), Whole(_write_mine)


def begin_sending(delivery_id: int, claim: UUID, using: str = "default", *, at: datetime | None = None) -> bool:
    """The last moment to stop: from here on the copy may have left. False: not ours any more, held, or taken back.

    `at` restarts the clock of `recover` for a copy that waited in a long batch.
    """
    return BEGUN.run(using, at is not None, copy=delivery_id, claim=claim, at=at) == 1


def give_back(claim: UUID, *, retry_at: datetime | None = None, error: str = "", using: str = "default") -> int:
    """Copies of this claim that were not begun are pending again, as if never tried. Says how many."""
    later = retry_at is not None
    return GIVEN_BACK.run(using, later, claim=claim, retry_at=retry_at, error=shorten(error, 300))


def by_mail(delivery_id: int, claim: UUID, *, using: str = "default") -> bool:
    """The calendar here did not take it: the copy goes by mail, and nothing of it has left so far."""
    ours = _ours(delivery_id, claim, State.SENDING, using=using)
    return ours.update(state=State.CLAIMED, route=Delivery.Route.MAIL) == 1


def mark_sent(delivery_id: int, claim: UUID, *, at: datetime, using: str = "default") -> bool:
    """The next hop took it. Also believed of a copy given up meanwhile: its worker was only slow."""
    return SENT.run(using, copy=delivery_id, claim=claim, at=at) == 1


def _mine(*states: str) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=given("copy", int), claim=given("claim", UUID), state__in=states)


def _write_begun(clock: bool) -> tuple[QuerySet[Delivery], Mapping[str, Any]]:
    mine = _mine(State.CLAIMED).filter(message_id__in=free_messages().values("pk"))
    return mine, {"state": State.SENDING, **({"claimed_at": given("at", datetime)} if clock else {})}


def _write_given_back(later: bool) -> tuple[QuerySet[Delivery], Mapping[str, Any]]:
    claimed = Delivery.objects.filter(claim=given("claim", UUID), state=State.CLAIMED)
    why = {"retry_at": given("retry_at", datetime), "error": given("error", str)} if later else {}
    return claimed, {"state": State.PENDING, "claim": None, "attempts": F("attempts") - 1, **why}


def _write_sent() -> tuple[QuerySet[Delivery], Mapping[str, Any]]:
    mine = _mine(State.SENDING, *GIVEN_UP)
    return mine, {"state": State.SENT, "sent_at": given("at", datetime), "error": "", **EMPTIED}


BEGUN, GIVEN_BACK, SENT = Changed(_write_begun), Changed(_write_given_back), Changed(_write_sent)


def mark_failed(
    delivery_id: int, claim: UUID, error: str, *, at: datetime | None = None, using: str = "default"
) -> bool:
    """Refused for good, by the next hop or because it cannot be built."""
    ours = _ours(delivery_id, claim, State.CLAIMED, State.SENDING, *GIVEN_UP, using=using)
    changes: dict[str, Any] = {"claimed_at": at} if at is not None else {}
    return ours.update(state=State.FAILED, error=shorten(error, 300), **changes, **EMPTIED) == 1


def mark_retry(delivery_id: int, claim: UUID, retry_at: datetime, error: str, *, using: str = "default") -> bool:
    """This try surely did not leave, and it may be tried again. True if it will be: not where the submission ended."""
    ours = _ours(delivery_id, claim, State.CLAIMED, State.SENDING, using=using)
    said = shorten(error, 300)
    with transaction.atomic(using=using):
        if _still_open(delivery_id, using):
            return ours.update(state=State.PENDING, claim=None, retry_at=retry_at, error=said) == 1
        ours.filter(doubtful_at__isnull=False).update(state=State.UNCERTAIN, error=said, **EMPTIED)
        ours.update(state=State.CANCELLED, error=said, dedupe_key=KEY_GIVEN_BACK, **EMPTIED)
    return False


def mark_doubtful(
    delivery_id: int, claim: UUID, error: str, *, at: datetime, retry_at: datetime, using: str = "default"
) -> bool:
    """The next hop fell silent when it had the whole copy: nobody knows. True if it is tried again, under the same
    Message-ID: once, and not where the submission ended."""
    ours = _ours(delivery_id, claim, State.SENDING, using=using)
    said = shorten(error, 300)
    with transaction.atomic(using=using):
        if _still_open(delivery_id, using):
            again = ours.filter(doubtful_at=None)
            if again.update(state=State.PENDING, claim=None, doubtful_at=at, retry_at=retry_at, error=said):
                return True
        ours.update(state=State.UNCERTAIN, error=said, **EMPTIED)
    return False


def _still_open(delivery_id: int, using: str) -> bool:
    message = Message.objects.using(using).filter(deliveries=delivery_id).values_list("submission_id", flat=True)
    submission_id = message.first()
    return submission_id is not None and locked_open(submission_id, using) is not None


def next_try(submission_id: UUID, *, using: str = "default") -> datetime | None:
    """When the first of the copies that failed may be tried again; None where none waits for that."""
    waiting = Delivery.objects.using(using).filter(message__submission_id=submission_id, state=State.PENDING)
    return waiting.aggregate(first=Min("retry_at"))["first"]


def recover(*, at: datetime, stale: timedelta, silent: timedelta | None = None, using: str = "default") -> Recovered:
    """After dead workers. What was only claimed is pending again. What was being handed over is, too, once: nobody
    knows whether the next hop took it. A second time, or where its submission ended, it stays uncertain.

    `stale`: how long a claim stands; `silent`: how long a hand-over may take, longer than the next hop is waited for.
    """
    if not IN_FLIGHT.rows(using, before=at - min(stale, silent or stale)):
        return Recovered(reclaimed=0, doubtful=0, uncertain=0)
    rows = Delivery.objects.using(using)
    claimed = rows.filter(state=State.CLAIMED, claimed_at__lte=at - stale)
    begun = rows.filter(state=State.SENDING, claimed_at__lte=at - (silent or stale))
    reclaimed = _change(claimed, using, state=State.PENDING, claim=None)
    here = begun.filter(route=Delivery.Route.INTERNAL)  # a host takes a repeated copy as one
    reclaimed += _again(here, using, state=State.PENDING, claim=None)
    # Its own claim stays with a doubtful copy until another takes it: its worker may only be slow.
    first = _handed_over_by_us(using) & Q(doubtful_at=None)
    doubtful = _again(begun.filter(first), using, state=State.PENDING, doubtful_at=at)
    waits = (Q(route=Delivery.Route.INTERNAL) | first) & Q(message_id__in=_messages(using, state=ACCEPTED))
    uncertain = _change(begun.exclude(waits), using, state=State.UNCERTAIN, **EMPTIED)
    return Recovered(reclaimed=reclaimed, doubtful=doubtful, uncertain=uncertain)


def _write_in_flight() -> QuerySet[Delivery, Any]:
    old = Delivery.objects.filter(state__in=(State.CLAIMED, State.SENDING), claimed_at__lte=given("before", datetime))
    return old.values_list("pk")[:1]


IN_FLIGHT = Prepared(_write_in_flight)


def _handed_over_by_us(using: str) -> Q:
    """What a host mails itself it may mail again itself."""
    return Q(rendered__isnull=False) | Q(message_id__in=_messages(using, sender=Submission.Sender.CALGUARD))


def _messages(using: str, **which: str) -> QuerySet[Message, Any]:
    """As a subquery and not a join: what is joined would be locked as well."""
    of = {f"submission__{name}": value for name, value in which.items()}
    return Message.objects.using(using).filter(**of).values("pk")


def _again(rows: QuerySet[Delivery], using: str, **changes: Any) -> int:
    """In chunks, and only of submissions that are open and stay so until it is written: of a closed one nothing waits
    any longer."""
    changed, last = 0, 0
    while True:
        with transaction.atomic(using=using):
            free = rows.select_for_update(skip_locked=True).filter(pk__gt=last).order_by("pk")
            found = dict(free.values_list("pk", "message_id")[:CHUNK])
            messages = Message.objects.using(using).filter(pk__in=set(found.values()))
            of = dict(messages.values_list("pk", "submission_id"))
            submissions = Submission.objects.using(using).select_for_update(skip_locked=True, no_key=True)
            still = set(submissions.filter(pk__in=set(of.values()), state=ACCEPTED).values_list("pk", flat=True))
            ids = [pk for pk, message_id in found.items() if of[message_id] in still]
            changed += rows.filter(pk__in=ids).update(**changes)
        if len(found) < CHUNK:
            return changed
        last = max(found)


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
