"""Writes down who gets a message: one message, one delivery for each guest, each at most once ever (R04)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value

from calguard.sql import Added, Prepared, Whole, given
from outbound.fitting import chunks, clamp, fit
from outbound.models import Delivery, Message, Submission
from outbound.states import EMPTIED, locked_open
from outbound.types import Recipient

__all__ = ["expand"]

DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")
ADDRESS = 320


def expand(
    submission_id: UUID,
    *,
    uid: str,
    recurrence_id: str = "",
    sequence: int,
    method: str,
    content_hash: str,
    recipients: Iterable[Recipient],
    key_id: str,
    domain: str,
    secret: str | bytes,
    at: datetime,
    schedule: str = "",
    using: str = "default",
) -> int:
    """Writes the message and its deliveries in chunks. Repeated after a crash in the middle, it completes them.

    Gives the number of deliveries the message has. A copy whose key (account, UID, RECURRENCE-ID, SEQUENCE, METHOD,
    guest, content, occasion) exists already is not written again. 0 where the submission is not accepted (any more).
    Raises ValueError for a bad domain, or where the message was begun with another hash key.
    """
    if not DOMAIN.fullmatch(domain):
        raise ValueError(f"not a domain for Message-IDs: {domain!r}")
    wanted = Message(
        uid=fit(uid, 500),
        recurrence_id=fit(recurrence_id, 100),
        sequence=clamp(sequence),
        method=fit(method.upper(), 20),
        content_hash=content_hash,
        schedule=schedule,
        created_at=at,
    )
    message = _message(submission_id, wanted, using)
    if message is None:
        return 0
    made = Delivery.objects.using(using).filter(message=message)
    begun = message is not wanted and made.exists()
    if begun and made.exclude(key_id=key_id).exists():
        return _begun_with_another_key(message, list(recipients), using)
    for part in chunks(recipients):
        there = set(_hashes_of(made, part)) if begun else set()
        rows = [_delivery(message, guest, key_id, domain, secret, at) for guest in part if guest.hash not in there]
        with transaction.atomic(using=using):
            if locked_open(submission_id, using) is None:
                break
            if len(rows) == 1:
                COPY.add(rows[0], using)
            else:
                Delivery.objects.using(using).bulk_create(rows, ignore_conflicts=True)
    return int(WRITTEN.rows(using, message=message.pk)[0][0])


COPY = Added(Delivery, ignore=True)
WRITTEN = Prepared(
    lambda: (
        Delivery.objects.filter(message_id=given("message", int))
        .order_by()
        .values(all=Value(1))
        .annotate(count=Count("pk"))
        .values_list("count")
    )
)


def _message(submission_id: UUID, wanted: Message, using: str) -> Message | None:
    with transaction.atomic(using=using):
        submission = locked_open(submission_id, using)
        if submission is None:
            return None
        messages = Message.objects.using(using)
        same_event = messages.filter(
            account=submission.account, uid=wanted.uid, recurrence_id=wanted.recurrence_id
        ).order_by("-occasion", "-pk")
        event = {"account": submission.account, "uid": wanted.uid, "recurrence_id": wanted.recurrence_id}
        begun = BEGUN.first(using, submission=submission.pk, **event)
        if begun is None:
            wanted.submission = submission
            wanted.account = submission.account
            wanted.occasion = _occasion(submission, wanted, LATEST.first(using, **event))
            wanted.save(using=using, force_insert=True)
            return wanted
        if _content(begun) != _content(wanted):
            _reword(begun, wanted, _occasion(submission, wanted, same_event.first()), using)
        return begun


def _reword(begun: Message, wanted: Message, occasion: int, using: str) -> None:
    """The event changed, and was judged again, while copies waited: those are written anew with what it says now.

    Guests who have the earlier content already, or may have it, are left alone; the host's save of the change is what
    tells them.
    """
    not_left = (Delivery.State.PENDING, Delivery.State.CLAIMED, Delivery.State.CANCELLED)
    waiting = Delivery.objects.using(using).filter(message=begun, state__in=not_left)
    waiting.filter(doubtful_at__isnull=False).update(state=Delivery.State.UNCERTAIN, **EMPTIED)
    waiting.filter(doubtful_at=None).delete()
    begun.content_hash, begun.method, begun.sequence = _content(wanted)
    begun.occasion, begun.schedule = occasion, wanted.schedule
    begun.save(using=using, update_fields=["content_hash", "method", "sequence", "occasion", "schedule"])


def _content(message: Message) -> tuple[str, str, int]:
    return message.content_hash, message.method, message.sequence


def _hashes_of(made: QuerySet[Delivery], guests: list[Recipient]) -> QuerySet[Delivery, str]:
    hashes = [guest.hash for guest in guests]
    return made.filter(recipient_hash__in=hashes).values_list("recipient_hash", flat=True)


def _same_event() -> QuerySet[Message]:
    event = {name: given(name, str) for name in ("account", "uid", "recurrence_id")}
    return Message.objects.filter(**event).order_by("-occasion", "-pk")


def _write_latest() -> QuerySet[Message]:
    """Without messages of closed submissions of which no copy ever left: what guests saw last is an earlier one."""
    left = Delivery.objects.filter(message_id=OuterRef("pk")).exclude(state=Delivery.State.CANCELLED)
    closed = (Submission.State.REFUSED, Submission.State.WITHDRAWN, Submission.State.EXPIRED)
    return _same_event().exclude(Q(~Exists(left), submission__state__in=closed))[:1]


BEGUN = Whole(lambda: _same_event().filter(submission_id=given("submission", UUID))[:1])
LATEST = Whole(_write_latest)


def _occasion(submission: Submission, wanted: Message, latest: Message | None) -> int:
    """Rises with an explicit resend and whenever the content is not the one sent last, so A, B, A are three."""
    if latest is None:
        return 1
    repeated = (latest.content_hash, latest.method) == (wanted.content_hash, wanted.method)
    return latest.occasion if repeated and not submission.resend else latest.occasion + 1


def _delivery(
    message: Message, guest: Recipient, key_id: str, domain: str, secret: str | bytes, at: datetime
) -> Delivery:
    key = _dedupe_key(message, guest.hash)
    address = fit(guest.address, ADDRESS)
    row = Delivery(
        message=message,
        recipient=address,
        recipient_hash=guest.hash,
        key_id=key_id,
        dedupe_key=key,
        route=guest.route,
        mail_id=fit(guest.message_id, 200) or _message_id(key, domain, secret),
        rendered=guest.rendered,
        envelope_from=fit(guest.envelope_from, ADDRESS),
        created_at=at,
    )
    if address != guest.address or guest.envelope_from != row.envelope_from:  # longer than any address can be
        row.state, row.error = Delivery.State.FAILED, "address_unusable"
        row.recipient, row.rendered, row.envelope_from = "", None, ""
    return row


def _dedupe_key(message: Message, recipient_hash: str) -> str:
    """As a list, so that no two ways of cutting the same characters meet in one key."""
    parts = [
        message.account,
        message.uid,
        message.recurrence_id,
        message.sequence,
        message.method,
        recipient_hash,
        message.content_hash,
        message.occasion,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _message_id(dedupe_key: str, domain: str, secret: str | bytes) -> str:
    """The same at every try, unguessable, and silent about who sent what to whom."""
    key = secret.encode() if isinstance(secret, str) else secret
    mac = hmac.digest(key, b"message-id:" + dedupe_key.encode(), "sha256")
    return f"<{base64.b32encode(mac[:20]).decode().lower()}@{domain}>"


def _begun_with_another_key(message: Message, recipients: list[Recipient], using: str) -> int:
    """The hash key was rotated between two tries: guests look like strangers, so writing them could send twice."""
    count = Delivery.objects.using(using).filter(message=message).count()
    if count != len({guest.hash for guest in recipients}):
        raise ValueError(f"message {message.pk} was begun with an older hash key: give its guests' hashes by that key")
    return count
