"""Who may look at cases, and who may decide one."""

from __future__ import annotations

from typing import Any

from calguard.conf import conf
from calguard.models import Case, Decision
from calguard.outcomes import OUTCOMES, Outcome
from calguard.problems import NotAllowed

VIEW = "calguard.view_case"
DECIDE = "calguard.decide_case"
SUSPEND = "calguard.suspend_case"
REVEAL = "calguard.reveal_case"


def may_view(reviewer: Any) -> bool:
    return bool(reviewer.is_active and reviewer.has_perm(VIEW))


def allow(reviewer: Any, *any_of: str) -> None:
    """NotAllowed unless this person may look, and has one of the permissions named."""
    if not may_view(reviewer):
        raise NotAllowed("You may not see cases.")
    if any_of and not any(reviewer.has_perm(permission) for permission in any_of):
        raise NotAllowed("You lack the permission for this.")


def may(reviewer: Any, case: Case) -> tuple[Outcome, ...]:
    """The outcomes this person may choose for this case: what a form offers, and what `review.decide` checks again."""
    if not may_view(reviewer) or barred(reviewer, case):
        return ()
    return tuple(outcome for outcome in OUTCOMES.values() if reviewer.has_perm(outcome.permission))


def barred(reviewer: Any, case: Case) -> str:
    """Why this person, whatever their permissions, may not decide this case; empty where they may (DOMAIN 4.6, R92)."""
    me = conf.host.account(reviewer)
    if me == case.account:
        return "Nobody decides on their own account."
    decisions = Decision.objects.using(conf.database).filter(case=case)
    tenant = conf.host.facts(me, reviewer).tenant
    if tenant and decisions.filter(tenant=tenant).exists():
        return "Nobody decides on their own organisation."
    appealed = (
        decisions.filter(appeal__isnull=False).order_by("created_at").values_list("created_at", flat=True).first()
    )
    if appealed is not None and _decided_against(me, case.account, appealed):
        return "Somebody else must decide: this is an appeal against your own decision."
    return ""


def _decided_against(me: str, account: str, since: Any) -> bool:
    closed = Case.objects.using(conf.database).filter(
        account=account, state=Case.State.CLOSED, decided_by=me, closed_at__gte=since
    )
    return closed.exclude(outcome__in=("release", "restore")).exists()
