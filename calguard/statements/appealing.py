"""Objecting to a decision or a measure, and who may answer: free, once, and always somebody else (R92)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import FieldError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import NoReverseMatch, reverse

from calguard import audit, cases, notices
from calguard.conf import conf
from calguard.letting_go import FREES, lets_go
from calguard.models import Appeal, Case, Decision
from calguard.problems import Invalid
from calguard.sanctions.models import Approval
from calguard.statements import ledger, periods, restoring
from calguard.statements.models import Statement
from calguard.statements.telling import Telling

LIMITS = (Statement.Measure.RESTRICTED, Statement.Measure.SUSPENDED, Statement.Measure.CONTAINED)
SHOWN_OVERDUE = 20


def may_appeal(decision: Decision, *, at: datetime) -> bool:
    """Whether what was withheld or refused can be objected to: in time, and once."""
    if at > periods.open_until(decision) or _let_go(decision):
        return False
    if Appeal.objects.using(conf.database).filter(decision=decision).exists():
        return False
    row = about(decision)
    return row is None or (row.overturned_at is None and not _objected(row))


def _objected(row: Statement) -> bool:
    return Appeal.objects.using(conf.database).filter(statement=row).exists()


def _let_go(decision: Decision) -> bool:
    """Whether a person has released it: there is nothing to object to any more."""
    case = decision.case
    return case is not None and case.state == Case.State.CLOSED and lets_go(case.outcome, case.label)


def about(decision: Decision) -> Statement | None:
    """The statement that speaks of this decision: a person's, where one has decided on it."""
    if decision.case is not None and decision.case.state == Case.State.CLOSED and decision.case.decided_by:
        return ledger.of_case(decision.case, decision.account)
    rows = Statement.objects.using(conf.database).filter(owner=decision.owner, account=decision.account)
    return rows.filter(measure=Statement.Measure.REFUSED).first()


def object_to(what: Decision | Statement, text: str, *, by: str, at: datetime) -> Appeal | None:
    """Write the owner's word down and bring it before a person in one step; None where it was written before."""
    decision = what if isinstance(what, Decision) else what.decision
    statement = what if isinstance(what, Statement) else about(what)
    try:
        with transaction.atomic(using=conf.database):
            row = Appeal(decision=decision, statement=statement, account=by, text=text, created_at=at)
            row.save(using=conf.database, force_insert=True)
            cases.appealed(row, at=at)
    except IntegrityError:
        return None  # sent twice, such as by a double click
    return row


def pending(case: Case) -> Iterable[Appeal]:
    """What the owner of a case's content said and nobody has answered yet."""
    rows = Appeal.objects.using(conf.database).filter(_of(case), state=Appeal.State.OPEN)
    return rows.select_related("statement", "statement__case", "decision").order_by("created_at")


def all_of(case: Case) -> Iterable[Appeal]:
    """Everything that was said in it, answered or not."""
    rows = Appeal.objects.using(conf.database).filter(_of(case)).select_related("statement", "decision")
    return rows.order_by("created_at")


def code_of(appeal: Appeal) -> str:
    """The reference of what an appeal is about, as its owner knows it."""
    about_it = appeal.statement if appeal.statement is not None else appeal.decision
    return about_it.code if about_it is not None else ""


def involved(case: Case) -> frozenset[str]:
    """Who took part in deciding what is appealed in this case, and so decides nothing here."""
    found: set[str] = set()
    for appeal in pending(case):
        decision, statement = appeal.decision, appeal.statement
        account = statement.account if statement else decision.account if decision else case.account
        since = min(row.created_at for row in (decision, statement) if row is not None)
        mine = Q(account=account, closed_at__gte=since)
        if statement is not None and statement.case_id is not None:
            mine |= Q(pk=statement.case_id)
        closed = Case.objects.using(conf.database).filter(mine, state=Case.State.CLOSED).exclude(pk=case.pk)
        against = list(closed.exclude(outcome__in=("release", "restore", "joined")).values_list("pk", "decided_by"))
        found.update(person for _, person in against)
        asked = Approval.objects.using(conf.database).filter(case__in=[pk for pk, _ in against], state="approved")
        for pair in asked.values_list("proposed_by", "answered_by"):
            found.update(pair)
    return frozenset(found - {""})


def is_again(case: Case) -> bool:
    """Whether a person has decided before what is appealed here: to uphold it is no second offence."""
    return bool(involved(case))


def others_than(people: Iterable[str], permission: str) -> bool | None:
    """Whether anybody else may decide; None where this host's users do not say."""
    able = _able(permission)
    return None if able is None else any(account not in people for account in able)


def deciders(permission: str) -> int | None:
    """How many may decide; None where this host's users do not say."""
    able = _able(permission)
    return None if able is None else len(able)


def _able(permission: str) -> frozenset[str] | None:
    try:
        users = list(ModelBackend().with_perm(permission))
    except (AttributeError, FieldError):
        return None
    return frozenset(conf.host.account(user) for user in users)


def check(case: Case, outcome: str, *, may_suspend: bool) -> None:
    """Invalid where this outcome cannot answer the appeals in the case."""
    if outcome != "release" or may_suspend:
        return
    if any(row.statement and row.statement.measure == Statement.Measure.SUSPENDED for row in pending(case)):
        raise Invalid("The appeal is against a suspension: granting it needs the permission to suspend.")


def settle(case: Case, me: str, *, at: datetime) -> int:
    """Answer every appeal in a case that was just decided: uphold it, or take back all that it was about. How many."""
    answer, settled, before = Telling.read(case.telling).words, 0, involved(case)
    for appeal in list(pending(case)):
        won = _won(appeal, case)
        state = Appeal.State.OVERTURNED if won else Appeal.State.UPHELD
        open_ones = Appeal.objects.using(conf.database).filter(pk=appeal.pk, state=Appeal.State.OPEN)
        if not open_ones.update(state=state, case=case, answer=answer, decided_by=me, decided_at=at):
            continue
        owner = _owner(appeal)
        restored = restoring.restore(appeal, case, owner, at=at) if won else {}
        context = {"appeal": appeal.pk, "same": me in before}
        notices.place("appeal_answered", f"appeal:{appeal.pk}", account=owner, context=context, at=at)
        data = {"appeal": appeal.pk, "case": case.pk, **restored}
        audit.record(me, f"appeal.{state}", owner, case.reason, data, at=at)
        settled += 1
    return settled


def overdue(at: datetime) -> int:
    """Tell staff once a day of appeals that nobody has answered in time. How many there are."""
    late = Appeal.objects.using(conf.database).filter(state=Appeal.State.OPEN, due_at__lte=at)
    number = late.count()
    if number:
        oldest = list(late.order_by("due_at").values_list("case", flat=True)[:SHOWN_OVERDUE])
        try:
            path = reverse("admin:calguard_case_changelist")
        except NoReverseMatch:
            path = ""
        context = {"appeals": number, "cases": [pk for pk in dict.fromkeys(oldest) if pk], "case_path": path}
        notices.place("appeals_overdue", f"appeals:{at:%Y-%m-%d}", context=context, at=at)
    return number


def _of(case: Case) -> Q:
    return Q(case=case) | Q(case=None, decision__case=case)


def _owner(appeal: Appeal) -> str:
    """Whom it is about: who wrote it may have acted for them."""
    if appeal.statement is not None:
        return appeal.statement.account
    return appeal.decision.account if appeal.decision is not None else appeal.account


def _won(appeal: Appeal, case: Case) -> bool:
    """To lift what limits an account is one thing, to let go what was held another: "restore" does the first."""
    if case.outcome == "release":
        return True
    if case.outcome != "restore":
        return False
    limits = appeal.statement is not None and appeal.statement.measure in LIMITS
    return limits or case.label in FREES
