"""Who works on which case: for half an hour, visibly, so that two do not do the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from calguard import audit
from calguard.conf import conf
from calguard.models import Case
from calguard.problems import Conflict, Invalid
from calguard.reviewers import DECIDE, SUSPEND, allow

LEASE = timedelta(minutes=30)


def claim(case_id: int, reviewer: Any, *, at: datetime) -> Case:
    """Take a case for half an hour, visibly; again to prolong it. Conflict while somebody else has it."""
    allow(reviewer, DECIDE, SUSPEND)
    me = conf.host.account(reviewer)
    with transaction.atomic(using=conf.database):
        if not open_case(case_id).filter(free_for(me, at)).update(claimed_by=me, claimed_at=at):
            raise conflict(case_id, me, at)
        audit.record(me, "case.claimed", f"case:{case_id}", at=at)
    return find(case_id)


def release_claim(case_id: int, reviewer: Any, *, at: datetime) -> None:
    """Give a case back to the queue. Only one's own."""
    allow(reviewer)
    me = conf.host.account(reviewer)
    with transaction.atomic(using=conf.database):
        if not open_case(case_id).filter(claimed_by=me).update(claimed_by="", claimed_at=None):
            raise Conflict("You do not have this case.")
        audit.record(me, "case.claim_released", f"case:{case_id}", at=at)


def holder(case: Case, at: datetime) -> str:
    """Who has the case now; empty where nobody does, or the half hour is over."""
    return case.claimed_by if case.claimed_at is not None and case.claimed_at > at - LEASE else ""


def open_case(case_id: int) -> QuerySet[Case]:
    """The case while it is open: the row that claims and decisions compete for."""
    return Case.objects.using(conf.database).filter(pk=case_id, state=Case.State.OPEN)


def find(case_id: int) -> Case:
    """The case; Invalid where there is none."""
    try:
        return Case.objects.using(conf.database).get(pk=case_id)
    except Case.DoesNotExist:
        raise Invalid(f"There is no case {case_id}.") from None


def free_for(me: str, at: datetime) -> Q:
    """Whether this person may act on the case: nobody else has it."""
    return Q(claimed_by="") | Q(claimed_by=me) | Q(claimed_at__lte=at - LEASE) | Q(claimed_at=None)


def conflict(case_id: int, me: str, at: datetime) -> Conflict:
    """Says which of the possible reasons it was."""
    case = find(case_id)
    if case.state == Case.State.CLOSED:
        who = "You" if case.decided_by == me else _name(case.decided_by)
        return Conflict(f"{who} already decided this case: {case.outcome}, {case.closed_at:%Y-%m-%d %H:%M} UTC.")
    owner = holder(case, at)
    if owner and owner != me:
        return Conflict(f"{_name(owner)} has claimed this case since {case.claimed_at:%H:%M} UTC.")
    return Conflict("The case has changed since you opened it. Look at what is new, then decide again.")


def _name(account: str) -> str:
    return conf.host.names({account}).get(account, account) if account else "Somebody else"
