"""Hands copies over, to the mail server or to calendars here: written down, claimed, sent, and what was answered."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.core.mail import get_connection

from calguard import keyed, outgoing, recording
from calguard.conf import conf
from calguard.host import InternalMessage
from calguard.outgoing import Ready
from outbound import imip
from outbound import ledger as messages
from outbound.models import Delivery, Submission

log = logging.getLogger("calguard")

RETRIES = 8  # of one copy, over half a day; a server that cannot be reached at all is tried for as long as it takes


def write_down(submission: Submission, recipients: Iterable[messages.Recipient], at: datetime) -> None:
    """A delivery per guest, under the newest hash key. Safe to repeat."""
    messages.expand(
        submission.pk,
        uid=submission.uid,
        sequence=submission.sequence,
        method=submission.method,
        content_hash=submission.content_hash,
        recipients=recipients,
        key_id=next(iter(conf.keys)),
        domain=recording.mail_domain(),
        secret=keyed.secrets("message-id")[0],
        at=at,
        using=conf.database,
    )


def batch(ready: Ready, at: datetime) -> int:
    """Send up to one batch; the number that left. What could not be handed over is tried again, later and later."""
    claim = uuid4()
    copies = messages.claim(ready.submission.pk, limit=conf.batch_size, claim=claim, at=at, using=conf.database)
    if not copies:
        return 0
    connection = None
    left = 0
    try:
        for delivery in copies:
            begun = delivery.route == Delivery.Route.INTERNAL
            if begun and (done := _deliver_here(ready, delivery, claim, at)) is not False:
                left += bool(done)
                continue
            if connection is None:
                connection = get_connection(conf.email_backend)
                connection.open()
            left += _mail(ready, delivery, claim, connection, at, begun=begun)
    except (OSError, smtplib.SMTPException) as error:  # the server could not be reached: nothing more leaves now
        log.warning("mail server not reachable: %s", error)
        _give_back(copies, claim, error, at)
    finally:
        if connection is not None:
            connection.close()
    return left


def _give_back(copies: list[Delivery], claim: UUID, error: Exception, at: datetime) -> None:
    for delivery in copies:
        messages.mark_retry(delivery.pk, claim, _next_try(delivery, at), f"{type(error).__name__}", using=conf.database)


def _next_try(delivery: Delivery, at: datetime) -> datetime:
    return at + timedelta(minutes=min(2**delivery.attempts, 240))


def _deliver_here(ready: Ready, delivery: Delivery, claim: UUID, at: datetime) -> bool | None:
    """Into a calendar on this system. False: the host wants it mailed; None: not ours any more, or later."""
    using = conf.database
    try:
        calendar = outgoing.calendar(ready)
    except imip.Unbuildable as error:
        messages.mark_failed(delivery.pk, claim, f"cannot be built: {error}", at=at, using=using)
        return None
    if not messages.begin_sending(delivery.pk, claim, using=using, at=at):
        return None  # held, taken back, or another worker has it
    try:
        done = conf.host.deliver(
            InternalMessage(
                recipient=delivery.recipient,
                method=ready.submission.method,
                uid=ready.content.uid,
                calendar=calendar,
                submission=str(ready.submission.pk),
            )
        )
    except Exception:
        log.exception("host adapter failed in deliver()")
        _again_or_never(delivery, claim, "host.deliver failed", at)
        return None
    if done:
        messages.mark_sent(delivery.pk, claim, at=at, using=using)
    return done


def _mail(ready: Ready, delivery: Delivery, claim: UUID, connection: Any, at: datetime, *, begun: bool) -> int:
    """One mail: 1 when the next hop took it. What the server said decides; silence is recorded as uncertain."""
    using = conf.database
    try:
        mail = outgoing.mail(ready, delivery, at)
    except imip.Unbuildable as error:
        messages.mark_failed(delivery.pk, claim, f"cannot be built: {error}", at=at, using=using)
        return 0
    if not begun and not messages.begin_sending(delivery.pk, claim, using=using, at=at):
        return 0  # held, taken back, or another worker has it
    try:
        connection.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()), (550, b"refused"))
        return _refused(delivery, claim, int(code), _said(text), at)
    except smtplib.SMTPResponseException as error:
        return _refused(delivery, claim, error.smtp_code, _said(error.smtp_error), at)
    except (OSError, smtplib.SMTPException) as error:
        messages.mark_uncertain(delivery.pk, claim, f"{type(error).__name__}: {error}", using=using)
        raise
    messages.mark_sent(delivery.pk, claim, at=at, using=using)
    return 1


def _said(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


def _refused(delivery: Delivery, claim: UUID, code: int, text: str, at: datetime) -> int:
    """4xx is tried again later, 5xx is final (RFC 5321 4.2.1)."""
    if 400 <= code < 500:
        _again_or_never(delivery, claim, f"{code} {text}", at)
    else:
        messages.mark_failed(delivery.pk, claim, f"{code} {text}", at=at, using=conf.database)
    return 0


def _again_or_never(delivery: Delivery, claim: UUID, error: str, at: datetime) -> None:
    if delivery.attempts < RETRIES:
        messages.mark_retry(delivery.pk, claim, _next_try(delivery, at), error, using=conf.database)
    else:
        messages.mark_failed(delivery.pk, claim, error, at=at, using=conf.database)
