"""What automation has ordered against an account and not done yet: a person sees it, hastens it, or calls it off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from calguard import audit, claims, reviewers, wake
from calguard.conf import conf
from calguard.models import Case, Decision, Enforcement
from calguard.problems import Conflict, Invalid, NotAllowed
from calguard.sanctions.limits import SANCTIONS
from calguard.sanctions.telling import CHECKED
from outbound.models import Submission

MOST = 20  # of one case; a campaign has one for each account
PERMISSION = {"restrict": reviewers.DECIDE, "suspend": reviewers.SUSPEND}


def of_case(case: Case) -> Sequence[Enforcement]:
    """The orders against those whom the case is about, the next first; a failed one is tried again and stays here."""
    parties = Decision.objects.using(conf.database).filter(case=case)
    accounts = {case.account, *parties.values_list("account", flat=True), *parties.values_list("actor", flat=True)}
    rows = Enforcement.objects.using(conf.database).filter(
        account__in=accounts - {""}, action__in=SANCTIONS, state=Enforcement.State.PENDING, by_human=False
    )
    return list(rows.exclude(action__in=conf.disabled_actions).order_by("due_at", "pk")[:MOST])


def may(reviewer: Any, action: str) -> bool:
    """Whether this person may hasten or call off such an order."""
    return reviewers.may_view(reviewer) and reviewer.has_perm(PERMISSION[action])


def hasten(case_id: int, order_id: int, reviewer: Any, reason: str, *, at: datetime) -> Enforcement:
    """Have it done now. Raises Conflict, NotAllowed or Invalid, and then nothing was done."""
    with transaction.atomic(using=conf.database):
        case, row = _found(case_id, order_id, reviewer, reason)
        _change(row, due_at=None)
        _record("order.hastened", case, row, reviewer, reason, at)
        wake.enforce(row.owner)
    return row


def call_off(case_id: int, order_id: int, reviewer: Any, reason: str, *, at: datetime) -> Enforcement:
    """Have it never done; what else the same decision did stands. What waited for it goes on at once."""
    with transaction.atomic(using=conf.database):
        case, row = _found(case_id, order_id, reviewer, reason)
        _change(row, state=Enforcement.State.LIFTED)
        _record("order.called_off", case, row, reviewer, reason, at)
        waiting = Submission.objects.using(conf.database).filter(
            account=row.account, state=Submission.State.ACCEPTED, note__contains=CHECKED
        )
        for submission in waiting.values_list("pk", flat=True):
            wake.dispatch(submission)
    return row


def _found(case_id: int, order_id: int, reviewer: Any, reason: str) -> tuple[Case, Enforcement]:
    case = claims.find(case_id)
    row = next((one for one in of_case(case) if one.pk == order_id), None)
    if row is None:
        raise Conflict("This order has been carried out or called off meanwhile.")
    reviewers.allow(reviewer, PERMISSION[row.action])
    if why_not := reviewers.barred(reviewer, case):
        raise NotAllowed(why_not)
    if not reason.strip():
        raise Invalid("A reason is needed: it is read when the decision is questioned.")
    return case, row


def _change(row: Enforcement, **values: Any) -> None:
    pending = Enforcement.objects.using(conf.database).filter(pk=row.pk, state=Enforcement.State.PENDING)
    if not pending.update(**values):
        raise Conflict("This order has been carried out or called off meanwhile.")


def _record(what: str, case: Case, row: Enforcement, reviewer: Any, reason: str, at: datetime) -> None:
    data = {"order": row.pk, "action": row.action, "account": row.account, "owner": row.owner}
    audit.record(conf.host.account(reviewer), what, f"case:{case.pk}", reason.strip(), data, at=at)
