"""Decisions made without some fact are looked at again with it: before anything leaves, and while it waits (R03)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from calguard import alarm, attempts, audit, cases, claims, enforcement, evidence, notices, recheck, whence
from calguard.calls import Outcome
from calguard.conf import conf
from calguard.content import reader
from calguard.content.types import Content
from calguard.engine.reasons import Reason
from calguard.engine.types import Verdict
from calguard.facts import remembering
from calguard.letting_go import let_go
from calguard.models import Case, Decision
from calguard.sql import Whole, given
from outbound import ledger as messages
from outbound.models import Hold, Submission

WHOLE = "whole"  # word in a submission's note: judged by every fact
AGAIN = timedelta(minutes=5)  # between two looks at what waits, while the fact stays away
MOST = 20  # looked at in one round of the sweep


def passes(submission: Submission, content: Content, *, at: datetime) -> bool:
    """Whether a submission that was let go without some fact may leave with it. If not, it has become another attempt,
    or waits.

    Where the fact is still away, the policy says what follows (`dispatch`). A person's release stands.
    """
    if conf.mode == "off" or WHOLE in submission.note.split():
        return True
    row = LACKING.first(conf.database, decision=UUID(submission.decision))
    if row is None or submission.decisions.filter(let_go()).exists():
        return True
    outcome = _judged(submission, content, at, cleared=whence.answered(row))
    if outcome.verdict > max(Verdict.OBSERVE, row.verdict):
        recheck.judge_again(submission, content, at=at)
        return False
    if not outcome.judgement.degraded:
        _note(submission, at)
        return True
    return _leaves_without(submission, row, outcome, at)


def _leaves_without(submission: Submission, row: Decision, outcome: Outcome, at: datetime) -> bool:
    judgement, rules = outcome.judgement, conf.policy.dispatch
    rule = rules.without_facts[judgement.tier]
    if conf.mode != "enforce" or rule == "send" or conf.policy.goes_without(judgement.missing, judgement.tier):
        return True
    if rule == "wait" and at - submission.created_at < timedelta(minutes=rules.wait_minutes):
        messages.postpone(submission.pk, at + AGAIN, using=conf.database)
        return False
    _to_a_person(submission, row, judgement.missing, at)
    return False


def _to_a_person(submission: Submission, row: Decision, missing: Sequence[str], at: datetime) -> None:
    """What was accepted is held after all, and its owner told. When the fact is back it goes by itself (`look_again`),
    if nobody has decided by then."""
    reason, facts = Reason.CHECK_UNAVAILABLE.value, dict(row.facts or {})
    with transaction.atomic(using=conf.database):
        if not messages.hold(submission.pk, Hold.Kind.REVIEW, row.owner, reason, at=at, using=conf.database):
            return
        row.verdict, row.reasons = int(Verdict.HOLD), [reason]
        row.facts = {**facts, "missing": list(missing), "let_go": True}
        row.save(using=conf.database, update_fields=["verdict", "reasons", "facts"])
        evidence.record_submission(row, submission, at=at)
        cases.open_for(row, at=at)
        notices.tell_owner_late(row, Verdict.HOLD, at=at)


LACKING = Whole(lambda: Decision.objects.filter(pk=given("decision", UUID), degraded=True))


def look_again(at: datetime) -> dict[str, int]:
    """The sweep's round over what is withheld only by decisions that lacked a fact: how many may go after all.

    Where the whole judgement is no milder, it waits on, with what is known now on record. What a person has taken up
    is left to that person.
    """
    freed = 0
    for submission in WAITING.all(conf.database, at=at, since=at - conf.raw_retention):
        messages.postpone(submission.pk, at + AGAIN, using=conf.database)
        with alarm.shielded("degraded.look_again"):  # one that cannot be judged keeps no other back
            freed += _freed(submission, at)
    return {"completed": freed}


def _write_waiting() -> QuerySet[Submission]:
    provisional = Decision.objects.filter(degraded=True, enforced=True, created_at__gt=given("since", datetime))
    undecided = provisional.filter(Q(case=None) | Q(case__state=Case.State.OPEN))
    held = Hold.objects.filter(kind__in=(Hold.Kind.REVIEW, Hold.Kind.CHALLENGE))
    accepted = Submission.objects.filter(state=Submission.State.ACCEPTED, due_at__lte=given("at", datetime))
    waiting = accepted.filter(pk__in=held.values("submission_id"), decisions__in=undecided)
    return waiting.order_by("due_at")[:MOST]


WAITING = Whole(_write_waiting)


def _freed(submission: Submission, at: datetime) -> bool:
    using = conf.database
    row = Decision.objects.using(using).filter(pk=submission.decision, degraded=True).first()
    if row is None or set(submission.holds.values_list("owner", flat=True)) != {row.owner}:
        return False  # something else keeps it back as well
    outcome = _judged(submission, reader.read(bytes(submission.snapshot or b"")), at, cleared=False)
    if outcome.judgement.degraded:
        return False
    goes = outcome.verdict <= Verdict.OBSERVE
    with transaction.atomic(using=using):
        if not _left_case(row, at, leave=goes):
            return False
        _complete(row, outcome, Verdict(outcome.verdict) if goes else Verdict(row.verdict))
        if goes:
            _note(submission, at)
            enforcement.lift(row.owner, at=at)
            missing = {"decision": str(row.pk), "missing": (row.facts or {}).get("missing", [])}
            audit.record(audit.SYSTEM, "decision.completed", row.account, "judged again by every fact", missing, at=at)
    remembering.forget(row.account)
    return goes


def _judged(submission: Submission, content: Content, at: datetime, *, cleared: bool) -> Outcome:
    """As at the first look, of which this is the rest."""
    call = replace(recheck.call_for(submission, content, at=at), besides=(submission.decision,))
    return attempts.decide(call, cleared=cleared)


def _complete(row: Decision, outcome: Outcome, verdict: Verdict) -> None:
    """The decision as it would have been; what it was without the fact stays with it."""
    judgement = outcome.judgement
    facts: dict[str, Any] = dict(row.facts or {})
    without = {"verdict": Verdict(row.verdict).name, "reasons": row.reasons, "missing": facts.get("missing", [])}
    Decision.objects.using(conf.database).filter(pk=row.pk, degraded=True).update(
        verdict=verdict,
        score=judgement.score,
        tier=judgement.tier,
        reasons=list(judgement.reasons),
        signals=[asdict(signal) for signal in judgement.signals],
        degraded=False,
        policy_version=judgement.policy_version,
        facts={**facts, "missing": [], "without": without},
    )


def _left_case(row: Decision, at: datetime, *, leave: bool) -> bool:
    """Take the decision out of the case it waits in; False where a person has the case, or has decided it."""
    if row.case_id is None:
        return True
    rows = Case.objects.using(conf.database)
    case = rows.select_for_update().get(pk=row.case_id)
    if case.state != Case.State.OPEN or claims.holder(case, at):
        return False
    if leave:
        Decision.objects.using(conf.database).filter(pk=row.pk).update(case=None)
        rows.filter(pk=case.pk).update(version=F("version") + 1)
        if not Decision.objects.using(conf.database).filter(case=case).exists():
            rows.filter(pk=case.pk).update(
                state=Case.State.CLOSED,
                outcome="joined",
                label=Case.Label.UNCLEAR,
                reason="nothing is left in it: judged again by every fact",
                closed_at=at,
            )
    return True


def _note(submission: Submission, at: datetime) -> None:
    submission.note = " ".join(dict.fromkeys([*submission.note.split(), WHOLE]))
    messages.postpone(submission.pk, at, note=submission.note, using=conf.database)
