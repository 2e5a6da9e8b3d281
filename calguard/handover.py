"""Hands copies over, to the mail server or to calendars here: written down, claimed, sent, and what was answered."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from calguard import alarm, allowances, conversation, keyed, outgoing, recording
from calguard.conf import conf
from calguard.host import InternalMessage
from calguard.outgoing import Ready
from outbound import imip
from outbound import ledger as messages
from outbound.models import Delivery, Submission

log = logging.getLogger("calguard")

RETRIES = 8  # of one copy, over half a day; a server that cannot be reached at all is tried for as long as it takes
AWAY = timedelta(minutes=2)  # until a server that cannot be reached is tried again; no copy is to blame for that
HANGS_UP = 421  # "closing transmission channel": nothing more is said on this connection


def write_down(
    submission: Submission, recipients: Iterable[messages.Recipient], at: datetime, *, schedule: str = ""
) -> int:
    """A delivery per guest, under the newest hash key; how many. Safe to repeat."""
    return messages.expand(
        submission.pk,
        uid=submission.uid,
        sequence=submission.sequence,
        method=submission.method,
        content_hash=submission.content_hash,
        recipients=recipients,
        key_id=next(iter(conf.keys)),
        domain=recording.mail_domain(),
        secret=keyed.secrets("message-id")[0],
        schedule=schedule,
        at=at,
        using=conf.database,
    )


def batch(ready: Ready, at: datetime) -> int:
    """Send up to one batch over one connection; the number that left. What could not be handed over is tried again,
    later and later. Copies that were not begun are given back."""
    hand = _Hand(ready=ready, at=at)
    copies = messages.claim(ready.submission.pk, limit=conf.batch_size, claim=hand.claim, at=at, using=conf.database)
    left, later, why = 0, None, ""
    try:
        for delivery in copies:
            left += hand.over(delivery)
    except conversation.Stopped:
        log.info("submission %s was stopped on its way", ready.submission.pk)
    except (conversation.Unreachable, conversation.Broken, conversation.Silent) as error:
        log.warning("mail server not reachable: %s", error)
        later, why = hand.now + AWAY, str(error)
    finally:
        with alarm.shielded("handover.give_back"):  # where it fails, `recover` does it
            messages.give_back(hand.claim, retry_at=later, error=why, using=conf.database)
        hand.close()
    return left


@dataclass(kw_only=True)
class _Hand:
    """One worker with one batch: the claim its copies have, and the connection they share."""

    ready: Ready
    at: datetime
    claim: UUID = field(default_factory=uuid4)
    connection: Any = None
    started: float = field(default_factory=time.monotonic)

    @property
    def now(self) -> datetime:
        """A long batch takes minutes: what is begun late is not stale early."""
        return self.at + timedelta(seconds=time.monotonic() - self.started)

    def over(self, delivery: Delivery) -> int:
        """One copy: 1 when the next hop took it. Raises what ends the batch."""
        if delivery.route == Delivery.Route.INTERNAL:
            done = self._here(delivery)
            if done is not None:
                return done
        return self._by_mail(delivery)

    def close(self) -> None:
        if self.connection is not None:
            conversation.close(self.connection)

    def _begin(self, delivery: Delivery) -> bool:
        return messages.begin_sending(delivery.pk, self.claim, using=conf.database, at=self.now)

    def _here(self, delivery: Delivery) -> int | None:
        """Into a calendar on this system. None: the host wants it mailed."""
        using, ready = conf.database, self.ready
        try:
            calendar = outgoing.calendar(ready)
        except imip.Unbuildable as error:
            messages.mark_failed(delivery.pk, self.claim, f"cannot be built: {error}", at=self.now, using=using)
            return 0
        if not self._begin(delivery):
            raise conversation.Stopped
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
            self._again_or_never(delivery, "host.deliver failed")
            return 0
        if not done:
            messages.by_mail(delivery.pk, self.claim, using=using)
            return None
        messages.mark_sent(delivery.pk, self.claim, at=self.now, using=using)
        return 1

    def _by_mail(self, delivery: Delivery) -> int:
        """What the server says decides. One that falls silent when it has the copy gets it once more, later."""
        using = conf.database
        try:
            mail = outgoing.mail(self.ready, delivery, self.at)
        except imip.Unbuildable as error:
            messages.mark_failed(delivery.pk, self.claim, f"cannot be built: {error}", at=self.now, using=using)
            return 0
        if self.connection is None:
            self.connection = conversation.opened()
        try:
            conversation.send(self.connection, mail, lambda: self._begin(delivery))
        except conversation.Refused as answer:
            self._refused(delivery, answer)
            return 0
        except conversation.Broken as error:
            self._again_or_never(delivery, str(error))
            raise
        except conversation.Silent as error:
            again = self.now + AWAY
            messages.mark_doubtful(delivery.pk, self.claim, str(error), at=self.now, retry_at=again, using=using)
            raise
        messages.mark_sent(delivery.pk, self.claim, at=self.now, using=using)
        return 1

    def _refused(self, delivery: Delivery, answer: conversation.Refused) -> None:
        if answer.lasting:
            messages.mark_failed(delivery.pk, self.claim, str(answer), at=self.now, using=conf.database)
        else:
            self._again_or_never(delivery, str(answer))
        if answer.code == HANGS_UP:
            raise conversation.Unreachable(str(answer))

    def _again_or_never(self, delivery: Delivery, error: str) -> None:
        if delivery.attempts < RETRIES:
            again = self.now + timedelta(minutes=min(2**delivery.attempts, 240))
            messages.mark_retry(delivery.pk, self.claim, again, error, using=conf.database)
        elif messages.mark_failed(delivery.pk, self.claim, error, at=self.now, using=conf.database):
            with alarm.shielded("handover.allowances"):
                allowances.give_back(self.ready.submission, delivery, at=self.now)
