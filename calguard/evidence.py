"""What was withheld, kept on a clock: the content a reviewer must see, and the hosts and numbers in it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from calguard.conf import conf
from calguard.content.reader import read
from calguard.content.types import Content
from calguard.models import Decision, Evidence, Indicator
from outbound.models import Submission

PER_KIND = 200  # a spammer's thousand links need no thousand rows: one is enough to find the rest


def record(decision: Decision, content: bytes | Content, *, at: datetime) -> None:
    """Keep the content of one decision until its retention ends. Repeating it changes nothing."""
    said = content if isinstance(content, Content) else read(content)
    raw = content.raw if isinstance(content, Content) else content
    using = conf.database
    with transaction.atomic(using=using):
        Evidence.objects.using(using).get_or_create(
            decision=decision, defaults={"content": raw, "expires_at": at + conf.raw_retention}
        )
        rows = [
            Indicator(decision=decision, kind=kind, value=value)
            for kind, values in (
                (Indicator.Kind.HOST, {link.host for link in said.links}),
                (Indicator.Kind.PHONE, {phone.number for phone in said.phones}),
            )
            for value in sorted(value for value in values if 0 < len(value) <= 255)[:PER_KIND]
        ]
        Indicator.objects.using(using).bulk_create(rows, ignore_conflicts=True)


def keep(decision: Decision, content: bytes, *, at: datetime) -> None:
    """Only the content, in one INSERT; `complete` finds what is in it later."""
    Evidence.objects.using(conf.database).create(decision=decision, content=content, expires_at=at + conf.raw_retention)


def complete(decision: Decision, *, at: datetime) -> None:
    """Find the hosts and numbers in what was kept."""
    kept = Evidence.objects.using(conf.database).filter(decision=decision).first()
    if kept is not None:
        record(decision, bytes(kept.content), at=at)


def record_submission(decision: Decision, submission: Submission | None, *, at: datetime) -> bool:
    """Keep what a submission still holds; False where it was closed before, and its copy emptied."""
    if submission is None or not submission.snapshot:
        return False
    record(decision, bytes(submission.snapshot), at=at)
    return True
