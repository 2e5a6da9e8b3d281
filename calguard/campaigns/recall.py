"""Calls back what had left before a verdict: whoever got the invitation gets its cancellation, in our words."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import uuid5

from django.db import IntegrityError, transaction

from calguard import beside, wake
from calguard.conf import conf
from calguard.content.reader import read
from calguard.models import Decision, Evidence
from outbound import imip
from outbound import ledger as messages
from outbound.fitting import fit
from outbound.models import Delivery, Submission

__all__ = ["recall"]

log = logging.getLogger("calguard")
SYSTEM_TEXT = "system_text"  # the word in a submission's note


def recall(submission: Submission, owner: str, *, at: datetime) -> bool:
    """Cancel what of this invitation reached anybody, for those it reached; once for each owner. False where it reached
    nobody, or where nothing is kept of the event and the host does not have it either: guests are kept as hashes."""
    left = Delivery.objects.using(conf.database).filter(message__submission=submission, state=Delivery.State.SENT)
    if submission.method != "REQUEST" or not left.exists():
        return False
    calendar = _event(submission)
    if calendar is None:
        return False
    try:
        called_off = imip.cancellation(calendar, at)
    except imip.Unbuildable as error:
        log.warning("what %s sent cannot be called back: %s", submission.account, error)
        return False
    content = read(called_off)
    draft = messages.Draft(
        id=uuid5(submission.pk, owner),
        account=submission.account,
        tenant=submission.tenant,
        actor=submission.actor,
        channel=submission.channel,
        reference=submission.reference,
        decision=owner[:64],
        method="CANCEL",
        uid=submission.uid,
        sequence=content.sequence,
        content_hash=content.hash,
        guests_hash=content.guests_hash,
        recipients=len(content.attendees),
        snapshot=called_off,
        beside=beside.kept({}),
        state=Submission.State.ACCEPTED,
        note=SYSTEM_TEXT,
        starts_at=content.start,
        due_at=at,
    )
    try:
        with transaction.atomic(using=conf.database):
            messages.submit(draft, at=at, using=conf.database)
    except IntegrityError:
        return True  # called back before by the same owner
    wake.dispatch(draft.id)
    return True


def _event(submission: Submission) -> bytes | None:
    """The event with its guests: as the host has it, or as it was kept for a person to look at."""
    try:
        fresh = conf.host.load(submission.reference) if submission.reference else None
    except Exception:
        log.exception("host adapter failed in load(%s)", submission.reference)
        fresh = None
    if fresh is not None and fit(read(fresh).uid, 500) == submission.uid:
        return fresh
    if submission.snapshot:
        return bytes(submission.snapshot)
    rows = Decision.objects.using(conf.database).filter(submission=submission)
    kept = Evidence.objects.using(conf.database).filter(decision__in=rows).first()
    return bytes(kept.content) if kept is not None else None
