"""Who may look at cases, and who may decide one."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from calguard import actors
from calguard.conf import conf
from calguard.models import Case, Decision
from calguard.outcomes import OUTCOMES, Outcome
from calguard.problems import NotAllowed
from calguard.statements import appealing

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
    fitting = (outcome for outcome in OUTCOMES.values() if outcome.of_campaigns or not case.campaign)
    return tuple(outcome for outcome in fitting if reviewer.has_perm(outcome.permission))


def barred(reviewer: Any, case: Case) -> str:
    """Why this person, whatever their permissions, may not decide this case; empty where they may (DOMAIN 4.6, R92)."""
    me = conf.host.account(reviewer)
    if me == actors.own_account(case.account):
        return "Nobody decides on their own account."
    decisions = Decision.objects.using(conf.database).filter(case=case)
    if decisions.filter(Q(account=me) | Q(actor__in=[me, actors.delegate(me), actors.staff(me)])).exists():
        return "Nobody decides on their own account."  # as one of a campaign, or where they acted on another's
    if _own_organisation(reviewer, me, decisions):
        return "Nobody decides on their own organisation."
    return _barred_by_appeal(me, case)


def barred_from(reviewer: Any, decisions: QuerySet[Decision]) -> str:
    """The same for what is done to many attempts without a case, such as to a campaign's or to one copy."""
    me = conf.host.account(reviewer)
    if decisions.filter(Q(account=me) | Q(actor__in=[me, actors.delegate(me), actors.staff(me)])).exists():
        return "Nobody decides on their own account."
    return "Nobody decides on their own organisation." if _own_organisation(reviewer, me, decisions) else ""


def _own_organisation(reviewer: Any, me: str, decisions: QuerySet[Decision]) -> bool:
    tenant = conf.host.facts(me, reviewer).tenant
    return bool(tenant) and decisions.filter(tenant=tenant).exists()


def _barred_by_appeal(me: str, case: Case) -> str:
    """An appeal is for somebody else; where there is nobody else, it is as the operator has said in the policy."""
    involved = appealing.involved(case)
    if me not in involved:
        return ""
    if conf.policy.appeals.without_another == "same_person" and appealing.others_than(involved, DECIDE) is False:
        return ""
    return "Somebody else must decide: this is an appeal against your own decision."
