"""Decisions that need a second person: proposed by one reviewer, carried out or refused by another, never by both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from calguard import audit, cases, claims, notices, reviewers
from calguard.conf import conf
from calguard.models import Case
from calguard.outcomes import OUTCOMES, Outcome
from calguard.problems import Conflict, Invalid, NotAllowed
from calguard.sanctions import limits
from calguard.sanctions.models import Approval
from calguard.sql import Whole, given
from calguard.statements.telling import Telling

AGAINST_ACCOUNTS = frozenset({"restrict", "suspend", "suspend_for_good"})
State = Approval.State


def needed(case: Case, outcome: str) -> bool:
    """Whether a second person must agree: the policy says so of the outcome, or the account is protected. Protected
    members of a campaign are left out of what is done to all."""
    if outcome in conf.policy.sanctions.four_eyes:
        return True
    return outcome in AGAINST_ACCOUNTS and not case.campaign and limits.protected(case.account)


def propose(
    case: Case, chosen: Outcome, me: str, *, version: int, reason: str, label: str, telling: Telling, at: datetime
) -> Approval:
    """Write down what one person decided, and leave the case open for another. What it holds stays held. Conflict where
    somebody else works on it, or another proposal waits."""
    using = conf.database
    until = at + timedelta(hours=conf.policy.sanctions.approval_hours)
    with transaction.atomic(using=using):
        free = claims.open_case(case.pk).filter(claims.free_for(me, at))
        mine = free.filter(version=version) if chosen.needs_all_seen else free
        if not mine.update(version=F("version") + 1, claimed_by="", claimed_at=None):
            raise claims.conflict(case.pk, me, at)
        case.refresh_from_db(using=using)
        row = Approval(
            case=case,
            case_version=case.version,
            outcome=chosen.name,
            label=label,
            reason=reason,
            parameters={"telling": telling.kept(), "seen_version": version},
            proposed_by=me,
            proposed_at=at,
            expires_at=until,
        )
        try:
            with transaction.atomic(using=using):
                row.save(using=using, force_insert=True)
        except IntegrityError:
            raise Conflict("A decision on this case waits for a second person already.") from None
        context = {"case": case.pk, "case_path": cases.path("change", case.pk)}
        notices.place("approval_wanted", f"approval:{row.pk}", context=context, at=at)
        data = {"approval": row.pk, "outcome": chosen.name, "label": label, "seen_version": version}
        audit.record(me, "case.proposed", f"case:{case.pk}", reason, data, at=at)
    return row


def waits(at: datetime) -> Q:
    """Nobody has answered it, and it is not too late."""
    return Q(state=State.WAITING, expires_at__gt=at)


def waiting(case: Case, at: datetime) -> Approval | None:
    """What waits for a second person in this case."""
    rows = Approval.objects.using(conf.database).filter(waits(at), case=case)
    return rows.select_related("case").first()


def barred(reviewer: Any, approval: Approval) -> str:
    """Why this person may not answer; empty where they may."""
    if not reviewers.may_view(reviewer) or not reviewer.has_perm(OUTCOMES[approval.outcome].permission):
        return "You lack the permission for this."
    if conf.host.account(reviewer) == approval.proposed_by:
        return "Somebody else must answer: this is your own proposal."
    return reviewers.barred(reviewer, approval.case)


def answer(
    approval_id: int,
    reviewer: Any,
    *,
    approve: bool,
    version: int,
    reason: str,
    finish: Callable[[Case, Outcome, str], None],
    at: datetime,
) -> Approval:
    """Say yes or no. `version` is that of the case this person looked at; `finish` closes the case's business once it
    is closed. Raises Conflict, NotAllowed or Invalid, and then nothing was done."""
    using = conf.database
    row = Approval.objects.using(using).select_related("case").filter(pk=approval_id).first()
    if row is None:
        raise Invalid("There is no such proposal.")
    if not reason.strip():
        raise Invalid("A reason is needed: it is read when the decision is questioned.")
    if why_not := barred(reviewer, row):
        raise NotAllowed(why_not)
    me, case = conf.host.account(reviewer), row.case
    with transaction.atomic(using=using):
        changed = {
            "state": State.APPROVED if approve else State.REFUSED,
            "answered_by": me,
            "answered_at": at,
            "answer": reason.strip(),
        }
        open_ones = Approval.objects.using(using).filter(waits(at), pk=row.pk)
        if not open_ones.update(**changed):
            raise Conflict(_too_late(row.pk))
        seen = claims.open_case(case.pk).filter(version=version)
        given = _closed(row, at) if approve else {"version": F("version") + 1}
        if not seen.update(**given):
            raise Conflict("The case has changed since you looked at it: look again, then answer.")
        case.refresh_from_db(using=using)
        row.refresh_from_db(using=using)
        data = {"approval": row.pk, "outcome": row.outcome, "proposed_by": row.proposed_by, "seen_version": version}
        word = "approved" if approve else "disapproved"
        if approve:
            finish(case, OUTCOMES[row.outcome], row.proposed_by)
        audit.record(me, f"case.{word}", f"case:{case.pk}", reason.strip(), data, at=at)
    return row


def drop(case: Case, me: str, *, at: datetime) -> None:
    """The case was decided otherwise: what waited in it is not carried out."""
    rows = Approval.objects.using(conf.database).filter(case=case, state=State.WAITING)
    rows.update(state=State.REFUSED, answered_by=me, answered_at=at, answer=f"decided otherwise: {case.outcome}")


def expire(at: datetime) -> int:
    """End what nobody answered in time; the cases are still open, and wait for anybody. How many."""
    using, ended = conf.database, 0
    for row in OVER.all(using, at=at):
        with transaction.atomic(using=using):
            if not Approval.objects.using(using).filter(pk=row.pk, state=State.WAITING).update(state=State.EXPIRED):
                continue
            claims.open_case(row.case_id).update(version=F("version") + 1)
            data = {"approval": row.pk, "outcome": row.outcome}
            audit.record(audit.SYSTEM, "case.proposal_expired", f"case:{row.case_id}", data=data, at=at)
            ended += 1
    return ended


def _write_over() -> QuerySet[Approval]:
    return Approval.objects.filter(state=State.WAITING, expires_at__lte=given("at", datetime)).order_by("pk")[:100]


OVER = Whole(_write_over)


def _closed(row: Approval, at: datetime) -> dict[str, Any]:
    return {
        "state": Case.State.CLOSED,
        "outcome": row.outcome,
        "label": row.label,
        "reason": row.reason,
        "decided_by": row.proposed_by,
        "closed_at": at,
        "telling": row.parameters.get("telling", {}),
        "version": F("version") + 1,
    }


def _too_late(approval_id: int) -> str:
    """Says which of the possible reasons it was."""
    row = Approval.objects.using(conf.database).get(pk=approval_id)
    if row.state in (State.APPROVED, State.REFUSED):
        who = conf.host.names([row.answered_by]).get(row.answered_by, row.answered_by)
        return f"{who} already answered this proposal: {row.state}."
    return "Nobody answered this proposal in time. Decide the case anew."
