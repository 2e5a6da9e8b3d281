"""What the last look changes: content that is not what was judged, and budgets that have no room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from calguard import attempts, cases, delays, evidence, notices, updates, whence
from calguard.calls import Call
from calguard.conf import conf
from calguard.content.types import Content
from calguard.engine.types import Verdict
from calguard.models import Decision as DecisionRow
from calguard.whence import Whence
from outbound import ledger as messages
from outbound.models import Hold, Submission

LONGEST_DELAY = timedelta(hours=4)  # between two looks at what a sign delays; the first come sooner
CHANGING = timedelta(minutes=1)  # how often an event that never stays the same is judged


def call_for(
    submission: Submission,
    content: Content,
    *,
    at: datetime,
    extra_texts: Mapping[str, str] | None = None,
    origin: Whence | None = None,
) -> Call:
    """The question of the last look. From where and with what it was sent is as it was at the first, where no other
    `origin` is given: there is no request any more, and whoever changes an event is still who he was."""
    first = DecisionRow.objects.using(conf.database).filter(pk=submission.decision).first() if origin is None else None
    return Call(
        user=conf.host.user(submission.account),
        account=submission.account,
        content=content,
        channel=submission.channel,  # type: ignore[arg-type]
        at=at,
        reference=submission.reference,
        actor=submission.actor,
        sender=submission.sender,
        resend=submission.resend,
        missing=updates.MISSING in submission.note.split(),
        gate="G3",
        whence=whence.of_decision(first) if first is not None else origin,
        extra_texts={**submission.beside, **(extra_texts or {})},
    )


def judge_again(
    submission: Submission,
    content: Content,
    *,
    at: datetime,
    extra_texts: Mapping[str, str] | None = None,
    note: str = "",
    origin: Whence | None = None,
) -> None:
    """The event is not what was judged (R02), or more is known of its sender: this submission ends, and what it became
    is an attempt of its own. `note` is a word for that one's.

    What is withheld now had been accepted, so its owner is told by mail.
    """
    if submission.decisions.filter(gate="G3", created_at__gt=at - CHANGING).exists():
        messages.postpone(submission.pk, at + CHANGING, note="changing", using=conf.database)
        return
    call = call_for(submission, content, at=at, extra_texts=extra_texts, origin=origin)
    with transaction.atomic(using=conf.database):
        if not messages.withdraw(submission.pk, "changed", at=at, using=conf.database):
            return  # another worker was first
        decision = attempts.check(call)
        if note and decision.submission is not None:
            fresh = Submission.objects.using(conf.database).filter(
                pk=decision.submission, note__in=("", updates.MISSING)
            )
            fresh.update(note=f"{updates.MISSING} {note}" if call.missing else note)
        if decision.submission is None:
            transaction.set_rollback(True, using=conf.database)  # one that ends leaves another, or does not end
        elif decision.verdict is not Verdict.CHALLENGE:
            attempts.accept(decision.submission, at=at)
        if decision.submission is not None and decision.verdict > Verdict.OBSERVE:
            row = DecisionRow.objects.using(conf.database).get(pk=decision.id)
            notices.tell_owner_late(row, decision.verdict, at=at)
    if decision.submission is None:
        messages.postpone(submission.pk, at + CHANGING, note="changing", using=conf.database)


def waits_on(submission: Submission, content: Content, *, at: datetime) -> bool:
    """A delay that a sign gave is over: whether the submission waits on, as the sign still stands, or has become
    another attempt, as more than a delay is called for by now. Where there is room for it, this is not asked again."""
    call = replace(call_for(submission, content, at=at), besides=(submission.decision,))
    outcome = attempts.decide(call, cleared=False)
    if delays.by_a_sign(outcome.judgement) and outcome.verdict is Verdict.THROTTLE:
        least = timedelta(minutes=attempts.THROTTLE_MINUTES)
        due = at + min(max(least, (at - submission.created_at) / 2), LONGEST_DELAY)
        owner, reason = f"delay:{submission.pk}", outcome.judgement.reasons[0]
        if at - submission.created_at > timedelta(days=conf.policy.campaigns.window_days) - 2 * LONGEST_DELAY:
            _to_a_person(submission, owner, reason, at)
            return True
        messages.hold(submission.pk, Hold.Kind.THROTTLE, owner, reason, at=at, due_at=due, using=conf.database)
        return True
    words = submission.note.split()
    found = delays.found_out(outcome.judgement) if delays.ROOM in words else outcome.verdict > Verdict.OBSERVE
    if found and outcome.verdict is not Verdict.THROTTLE:
        judge_again(submission, content, at=at)
        return True
    if outcome.verdict >= Verdict.THROTTLE and delays.looked_at_again(outcome.judgement):
        # It lacks room, for a day perhaps: what is found out of its sender till then counts, how much they tried not.
        words = list(dict.fromkeys([*words, delays.ROOM]))
    else:
        words = [word for word in words if word not in (delays.DELAYED, delays.ROOM)]
    submission.note = " ".join(words)
    messages.postpone(submission.pk, at, note=submission.note, using=conf.database)
    return False


def _to_a_person(submission: Submission, owner: str, reason: str, at: datetime) -> None:
    """What delays it is soon forgotten, and it would go unseen: before that somebody looks."""
    decision = DecisionRow.objects.using(conf.database).filter(pk=submission.decision).first()
    with transaction.atomic(using=conf.database):  # no hold without those who must know of it
        messages.hold(submission.pk, Hold.Kind.REVIEW, owner, reason, at=at, using=conf.database)
        if decision is not None:
            evidence.record_submission(decision, submission, at=at)
            cases.open_for(decision, at=at)
