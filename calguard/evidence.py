"""What was withheld, kept on a clock: the content a reviewer must see, and the hosts and numbers in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from calguard import beside
from calguard.conf import conf
from calguard.content.reader import read
from calguard.content.types import Content
from calguard.models import Decision, Evidence, Indicator
from outbound.models import Submission

PER_KIND = 200  # a spammer's thousand links need no thousand rows: one is enough to find the rest


def record(decision: Decision, content: bytes, around: Mapping[str, str] | None = None, *, at: datetime) -> None:
    """Keep the content of one decision, and what guests would have read beside it, until its retention ends.
    Repeating it changes nothing."""
    using = conf.database
    with transaction.atomic(using=using):
        kept, _ = Evidence.objects.using(using).get_or_create(
            decision=decision,
            defaults={"content": content, "beside": dict(around or {}), "expires_at": at + conf.raw_retention},
        )
        said = judged(kept)
        rows = [
            Indicator(decision=decision, kind=kind, value=value)
            for kind, values in (
                (Indicator.Kind.HOST, {link.host for link in said.links}),
                (Indicator.Kind.PHONE, {phone.number for phone in said.phones}),
            )
            for value in sorted(value for value in values if 0 < len(value) <= 255)[:PER_KIND]
        ]
        Indicator.objects.using(using).bulk_create(rows, ignore_conflicts=True)


def judged(kept: Evidence) -> Content:
    """What the judge read: the event, and the texts around it."""
    return beside.with_texts(read(bytes(kept.content)), kept.beside)


def keep(decision: Decision, content: bytes, around: Mapping[str, str], *, at: datetime) -> None:
    """Only the content, in one INSERT; `complete` finds what is in it later."""
    Evidence.objects.using(conf.database).create(
        decision=decision, content=content, beside=dict(around), expires_at=at + conf.raw_retention
    )


def complete(decision: Decision, *, at: datetime) -> None:
    """Find the hosts and numbers in what was kept."""
    kept = Evidence.objects.using(conf.database).filter(decision=decision).first()
    if kept is not None:
        record(decision, bytes(kept.content), kept.beside, at=at)


def record_submission(decision: Decision, submission: Submission | None, *, at: datetime) -> bool:
    """Keep what a submission still holds; False where it was closed before, and its copy emptied."""
    if submission is None or not submission.snapshot:
        return False
    record(decision, bytes(submission.snapshot), submission.beside, at=at)
    return True
