"""From confirmed abuse to strikes, and from strikes that have not decayed to the next step of the ladder (R64)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from accounts_risk.models import Strike
from calguard import enforcement, people
from calguard.conf import conf
from calguard.engine.reasons import Reason
from calguard.engine.types import Verdict
from calguard.models import Case, Decision, Enforcement
from calguard.sanctions import delay, limits

BLOCK_LIST = "block_list"
BLOCKED = "links.block_list"
UNTRUSTED = frozenset({"new", "trial"})
LOOKED_AT = 200  # refusals, newest first; far fewer are asked for


def confirmed(
    account: str,
    owner: str,
    abuse: str,
    *,
    tier: str,
    at: datetime,
    by_human: bool,
    case: Case | None = None,
    decision: Decision | None = None,
) -> None:
    """Somebody, or something as good as a proof, confirmed an abuse: it counts, and may lead to a sanction. Safe to
    repeat. A victim's or a program's label has no weight and counts nothing.

    A person's word also ends what people cleared the account of before. `case` or `decision`: what it was about.
    """
    rules = conf.policy.sanctions
    weight = next((value for name, value in rules.strikes.items() if name == abuse), 0)
    if not weight:
        return
    using = conf.database
    with transaction.atomic(using=using):
        if by_human:
            people.supersede(account, at=at, using=using)
        until = at + timedelta(days=rules.strike_days)
        people.strike(account, owner, at=at, expires_at=until, weight=weight, using=using)
        _climb(account, owner, tier=tier, at=at, case=case, decision=decision)


def refused(decision: Decision, *, at: datetime) -> None:
    """A machine's refusal: several of different events for links on a block list, by an account of no standing, are as
    good as a person's word. Each strike needs refusals of its own."""
    if decision.tier not in UNTRUSTED or not _blocked(decision):
        return
    rules, using = conf.policy.sanctions, conf.database
    since = at - timedelta(days=rules.block_list_days)
    last = (
        Strike.objects.using(using)
        .filter(account=decision.account, owner__startswith="decision:", created_at__gt=since)
        .order_by("-created_at")
        .values_list("created_at", flat=True)
        .first()
    )
    rows = Decision.objects.using(using).filter(
        account=decision.account, verdict=Verdict.DENY, created_at__gt=last or since, created_at__lte=at
    )
    newest = rows.only("uid", "content_hash", "signals").order_by("-created_at")[:LOOKED_AT]
    blocked = [row for row in newest if _blocked(row)]
    different = min(len({row.uid for row in blocked}), len({row.content_hash for row in blocked}))
    if different >= rules.block_list_refusals:
        confirmed(
            decision.account,
            decision.owner,
            BLOCK_LIST,
            tier=decision.tier,
            at=at,
            by_human=False,
            decision=decision,
        )


def take_back(owner: str, *, at: datetime, accounts: Collection[str] | None = None) -> int:
    """The owner's strikes, or those against these accounts, never were, nor what they led to. Says how many were taken
    back. Safe to repeat."""
    mine = Strike.objects.using(conf.database).filter(owner=owner)
    mine = mine if accounts is None else mine.filter(account__in=list(accounts))
    rows = list(mine.values_list("pk", "account"))
    people.unstrike(owner, accounts=accounts, using=conf.database)
    for key, _ in rows:
        enforcement.lift(_owner(key), at=at)
    reconsider({account for _, account in rows}, at=at)
    return len(rows)


def reconsider(accounts: Collection[str], *, at: datetime) -> None:
    """Lift the steps that the strikes which are left would not have led to, each as of when it was taken."""
    steps = Enforcement.objects.using(conf.database).filter(account__in=list(accounts), owner__startswith="strike:")
    for step in steps.exclude(state=Enforcement.State.LIFTED):
        counted = people.strikes(step.account, at=step.created_at, using=conf.database)
        if counted < int(step.parameters.get("strikes", 0)):
            enforcement.lift(step.owner, at=at)


def _climb(account: str, owner: str, *, tier: str, at: datetime, case: Case | None, decision: Decision | None) -> None:
    rules, using = conf.policy.sanctions, conf.database
    strike = Strike.objects.using(using).get(account=account, owner=owner)
    before = people.restricted_since(account, since=at - timedelta(days=rules.strike_days), using=using)
    counted = people.strikes(account, at=at, using=using)
    step = rules.step(counted, restricted_before=before)
    if step is None or conf.mode != "enforce" or step.action in conf.disabled_actions or limits.protected(account):
        return
    enforcement.order(
        step.action,
        owner=_owner(strike.pk),
        account=account,
        parameters={"reason": Reason.REFUSED_REPEATEDLY.value, "hours": step.hours, "strikes": step.strikes},
        decision=decision,
        case=case,
        due_at=delay.due(step.action, tier, at),
        at=at,
    )


def _owner(strike: int) -> str:
    return f"strike:{strike}"


def _blocked(decision: Decision) -> bool:
    return any(f"{signal['detector']}.{signal['code']}" == BLOCKED for signal in decision.signals)
