"""Orders actions, has workers carry them out, and undoes them by owner."""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any, Protocol, cast

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts_risk.models import Restriction
from calguard import actions, actors, alarm, audit, notices, pages, people, wake
from calguard.conf import conf
from calguard.models import Case, Decision, Enforcement
from calguard.order import Order
from calguard.sanctions import delay
from calguard.sanctions.limits import SANCTIONS
from calguard.sql import Prepared, given
from outbound import ledger as messages
from outbound.models import Hold, Submission

log = logging.getLogger("calguard")

ATTEMPTS = 24  # two days and a half with the pauses below; then an order is given up, and staff are told
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=4)  # before it is tried again; doubled each time
CLEARANCE = timedelta(days=30)  # how long a person's release outranks the machine
OF_PARTY = frozenset({"restrict", "suspend"})  # what is done to whoever acted, and not to an event
ONCE_ONLY = frozenset({"alert", "challenge", "deny", "hold", "throttle"})  # no time that is over undoes them


class Action(Protocol):
    """A file in calguard/actions. All three are safe to repeat."""

    name: str

    def contain(self, order: Order) -> None:
        """Rows that keep things back, written with the decision; nothing slow, nothing outside the database."""

    def carry_out(self, order: Order) -> None:
        """The rest, by a worker."""

    def undo(self, order: Order) -> None:
        """Take back whatever this owner's order did."""


@cache
def registry() -> Mapping[str, Action]:
    """Every action by name; the file is the registration."""
    found: dict[str, Action] = {}
    for module in pkgutil.iter_modules(actions.__path__):
        action = cast("Action", import_module(f"{actions.__name__}.{module.name}"))
        if action.name != module.name:
            raise RuntimeError(f"calguard/actions/{module.name}.py names itself {action.name!r}")
        found[action.name] = action
    return found


def contain(
    decision: Decision,
    submission: Submission,
    names: tuple[str, ...],
    *,
    content: bytes,
    around: Mapping[str, str],
    at: datetime,
    retry_at: datetime | None,
    own: bool = True,
) -> None:
    """Write what keeps a submission back, and order the rest for after the commit. `own`: a deed of the account itself,
    and not of a visitor or delegate of it."""
    order = Order(
        owner=decision.owner,
        account=decision.account,
        at=at,
        using=conf.database,
        decision=decision,
        submission=submission,
        content=content,
        around=around,
        reason=decision.reasons[0] if decision.reasons else "",
        parameters={"retry_at": retry_at.isoformat()} if retry_at else {},
    )
    for name in names:
        registry()[name].contain(order)
    party = actors.answers_for(decision.account, decision.actor)
    parameters = dict(order.parameters) | ({} if own else {"own": False})
    rows = [
        Enforcement(
            action=name,
            owner=order.owner,
            account=party if name in OF_PARTY else order.account,
            decision=decision,
            parameters=parameters,
            created_at=at,
            due_at=delay.due(name, decision.tier, at),
        )
        for name in names
    ]
    _place(rows)


def order(
    action: str,
    *,
    owner: str,
    account: str,
    parameters: Mapping[str, Any],
    decision: Decision | None = None,
    case: Case | None = None,
    due_at: datetime | None = None,
    at: datetime,
) -> None:
    """A machine's order in consequence of others. Repeating it changes nothing."""
    row = Enforcement(
        action=action,
        owner=owner,
        account=account,
        decision=decision,
        case=case,
        parameters=dict(parameters),
        created_at=at,
        due_at=due_at,
    )
    _place([row])


def _place(rows: list[Enforcement]) -> None:
    if not rows:
        return
    placed = Enforcement.objects.using(conf.database).bulk_create(rows, ignore_conflicts=True)
    owners = {row.owner for row in placed if row.due_at is None}  # the sweep wakes the others
    for owner in owners:
        wake.enforce(owner)


def run_owner(owner: str, *, at: datetime | None = None) -> int:
    """Carry out what is pending and due for one owner, now where no other moment is given; the number done."""
    at = at or timezone.now()
    todo = Enforcement.objects.using(conf.database).filter(_due(at), owner=owner, state=Enforcement.State.PENDING)
    return sum(run(pk, at=at) for pk in todo.order_by("pk").values_list("pk", flat=True))


def run(enforcement_id: int, *, at: datetime | None = None) -> bool:
    """Carry out one order; True when it was done now. A second run finds it done."""
    at = at or timezone.now()
    rows = Enforcement.objects.using(conf.database)
    row = rows.select_related("decision", "decision__submission", "case").filter(pk=enforcement_id).first()
    if row is None or row.state != Enforcement.State.PENDING or (row.due_at is not None and row.due_at > at):
        return False
    if not row.by_human and row.action in conf.disabled_actions:
        return False  # the kill switch also stops what was ordered before it was thrown
    if not row.by_human and row.action in SANCTIONS and conf.mode != "enforce":
        rows.filter(pk=row.pk, state=Enforcement.State.PENDING).update(state=Enforcement.State.LIFTED)
        return False  # only watching: nor is it carried out when that ends (R67)
    try:
        for each in _orders(row, at):
            registry()[row.action].carry_out(each)
    except Exception as error:
        log.exception("action %s for %s failed", row.action, row.owner)
        _again(row, error, at)
        return False
    done = rows.filter(pk=row.pk, state=Enforcement.State.PENDING).update(
        state=Enforcement.State.DONE, done_at=at, error=""
    )
    if not done and rows.filter(pk=row.pk, state=Enforcement.State.LIFTED).exists():
        # Lifted while it was being carried out: the undo stands. Done by another worker meanwhile is done.
        for each in _orders(row, at):
            registry()[row.action].undo(each)
    return bool(done)


def _again(row: Enforcement, error: Exception, at: datetime) -> None:
    """Later, each time after a longer pause, so that a host that is down for a day is still asked; then not any more,
    and staff are told."""
    given_up = row.attempts + 1 >= ATTEMPTS
    changed = (
        Enforcement.objects.using(conf.database)
        .filter(pk=row.pk, state=Enforcement.State.PENDING, attempts=row.attempts)
        .update(
            attempts=row.attempts + 1,
            error=f"{type(error).__name__}: {error}"[:300],
            state=Enforcement.State.FAILED if given_up else Enforcement.State.PENDING,
            due_at=at + min(FIRST_PAUSE * 2**row.attempts, LONGEST_PAUSE),
        )
    )
    if changed and given_up:
        context = {"action": row.action, "account": row.account, "error": type(error).__name__, "order": row.pk}
        notices.place("order_failed", f"order:{row.pk}", context=context, at=at)


def _due(at: datetime) -> Q:
    return Q(due_at=None) | Q(due_at__lte=at)


def impending(account: str) -> bool:
    """Whether a restriction or suspension of the account is ordered and will be carried out: nothing leaves before."""
    return bool(IMPENDING.rows(conf.database, tuple(sorted(conf.disabled_actions)), account=account))


def _write_impending(off: tuple[str, ...]) -> QuerySet[Enforcement, Any]:
    orders = Enforcement.objects.filter(
        account=given("account", str), action__in=SANCTIONS, state=Enforcement.State.PENDING
    )
    return cast("QuerySet[Enforcement, Any]", orders.exclude(action__in=off, by_human=False).values_list("pk")[:1])


def _order(row: Enforcement, at: datetime) -> Order:
    decision = row.decision
    return Order(
        owner=row.owner,
        account=row.account,
        at=at,
        using=conf.database,
        decision=decision,
        case=row.case,
        submission=decision.submission if decision else None,
        by_human=row.by_human,
        reason=str(row.parameters.get("reason") or (decision.reasons[0] if decision and decision.reasons else "")),
        parameters=row.parameters,
    )


def _orders(row: Enforcement, at: datetime) -> list[Order]:
    """What a person decided of a page is done to each visitor in its case."""
    order = _order(row, at)
    if row.case is None or not actors.is_page(row.account):
        return [order]
    return [replace(order, account=party) for party in pages.parties(row.case)]


def pending(*, before: datetime, limit: int = 200) -> list[str]:
    """Owners whose orders nobody carried out, or whose time has come; the sweep wakes them."""
    off = tuple(sorted(conf.disabled_actions))
    return [owner for owner, *_ in LATE.rows(conf.database, off, limit, before=before)]


def _write_late(off: tuple[str, ...], limit: int) -> QuerySet[Enforcement, Any]:
    before = given("before", datetime)
    rows = Enforcement.objects.filter(_due(before), state=Enforcement.State.PENDING, created_at__lt=before)
    rows = rows.exclude(action__in=off, by_human=False) if off else rows
    return cast("QuerySet[Enforcement, Any]", rows.order_by("created_at").values_list("owner").distinct()[:limit])


IMPENDING, LATE = Prepared(_write_impending), Prepared(_write_late)


def lift(owner: str, *, at: datetime | None = None) -> int:
    """Undo every action of one owner, on both ledgers; the number of orders lifted. Safe to repeat."""
    at = at or timezone.now()
    lifted = _undo(_orders_of(owner), at)
    _wake(messages.lift(owner, using=conf.database))
    people.lift(owner, using=conf.database)
    return lifted


def _run_out(owner: str, at: datetime) -> None:
    """End what the owner did to an account for a time. What it did to single events stands: a held one still waits for
    its person, and a strike was none for a time only."""
    _undo(_orders_of(owner).exclude(action__in=ONCE_ONLY), at)
    _wake(messages.lift(owner, kinds=[Hold.Kind.CONTAINMENT], using=conf.database))
    people.lift(owner, using=conf.database)


def _orders_of(owner: str) -> QuerySet[Enforcement]:
    return Enforcement.objects.using(conf.database).filter(owner=owner).exclude(state=Enforcement.State.LIFTED)


def _undo(orders: QuerySet[Enforcement], at: datetime) -> int:
    lifted = 0
    for row in orders.select_related("decision", "decision__submission", "case").order_by("-pk"):
        for each in _orders(row, at):
            registry()[row.action].undo(each)
        lifted += Enforcement.objects.using(conf.database).filter(pk=row.pk).update(state=Enforcement.State.LIFTED)
    return lifted


def order_by_human(
    case: Case, action: str, *, reviewer: str, reason: str, parameters: Mapping[str, Any], at: datetime
) -> None:
    """A person's order: what the case holds is refused, and the account is dealt with."""
    for submission in held_by(case):
        messages.refuse(submission.pk, "refused_after_review", at=at, using=conf.database)
    row = Enforcement(
        action=action,
        owner=f"case:{case.pk}",
        account=case.account,
        case=case,
        by_human=True,
        parameters={**parameters, "reviewer": reviewer, "reason": reason},
        created_at=at,
    )
    _place([row])


def release(case: Case, *, reviewer: str, reason: str, at: datetime) -> int:
    """A person lets go what the case holds, undoes what its decisions did, and outranks the machine for a while."""
    for party in pages.parties(case):
        people.clear(party, f"case:{case.pk}", at=at, until=at + CLEARANCE, using=conf.database)
    freed = 0
    for decision in Decision.objects.using(conf.database).filter(case=case):
        lift(decision.owner)
    for submission in held_by(case):
        messages.lift_submission(
            submission.pk, kinds=[Hold.Kind.REVIEW, Hold.Kind.CHALLENGE, Hold.Kind.CONTAINMENT], using=conf.database
        )
    for submission in submissions_of(case).filter(state=Submission.State.ACCEPTED):
        freed += 1
        wake.dispatch(submission.pk)
    return freed


def restore(account: str, *, owner: str, reviewer: str, reason: str, at: datetime) -> int:
    """A person lifts every restriction and suspension of an account; the number lifted."""
    standing = people.active(account, at=at, using=conf.database)
    owners = {restricted.owner for restricted in standing}
    lifted = sum(lift(restriction_owner) for restriction_owner in owners)
    people.lift_account(account, kinds=None, by_human=True, using=conf.database)
    if any(restricted.kind == Restriction.Kind.SUSPENSION for restricted in standing):
        conf.host.reinstate(account)
    people.clear(account, owner, at=at, until=at + CLEARANCE, using=conf.database)
    audit.record(reviewer, "restore", account, reason, {"lifted": sorted(owners)}, at=at)
    return max(lifted, len(owners))


def lapse(at: datetime) -> int:
    """Lift restrictions whose time is over, with the holds that stood for them."""
    ended = 0
    for owner in people.lapsed(at=at, using=conf.database):
        with alarm.shielded("enforcement.lapse"):  # one that fails keeps no other back, and is tried again next time
            with people.ran_out(owner, at=at, using=conf.database):
                _run_out(owner, at)
            ended += 1
    return ended


def submissions_of(case: Case) -> Any:
    return Submission.objects.using(conf.database).filter(decisions__case=case).distinct()


def held_by(case: Case) -> list[Submission]:
    """The submissions a case still keeps back."""
    open_states = [Submission.State.PROPOSED, Submission.State.ACCEPTED]
    return list(submissions_of(case).filter(state__in=open_states))


def _wake(freed: tuple[Any, ...]) -> None:
    for submission_id in freed:
        wake.dispatch(submission_id)
