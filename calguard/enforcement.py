"""Orders actions, has workers carry them out, and undoes them by owner."""

from __future__ import annotations

import logging
import pkgutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from typing import Any, Protocol, cast

from django.utils import timezone

from accounts_risk.models import Restriction
from calguard import actions, alarm, audit, people, wake
from calguard.conf import conf
from calguard.models import Case, Decision, Enforcement
from calguard.order import Order
from outbound import ledger as messages
from outbound.models import Hold, Submission

log = logging.getLogger("calguard")

ATTEMPTS = 20  # then an order is given up and shown as failed
CLEARANCE = timedelta(days=30)  # how long a person's release outranks the machine


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
) -> None:
    """Write what keeps a submission back, and order the rest for after the commit."""
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
    rows = [
        Enforcement(
            action=name,
            owner=order.owner,
            account=order.account,
            decision=decision,
            parameters=dict(order.parameters),
            created_at=at,
        )
        for name in names
    ]
    _place(rows)


def _place(rows: list[Enforcement]) -> None:
    if not rows:
        return
    placed = Enforcement.objects.using(conf.database).bulk_create(rows, ignore_conflicts=True)
    owners = {row.owner for row in placed}
    for owner in owners:
        wake.enforce(owner)


def run_owner(owner: str, *, at: datetime | None = None) -> int:
    """Carry out what is pending for one owner, now where no other moment is given; the number done."""
    todo = Enforcement.objects.using(conf.database).filter(owner=owner, state=Enforcement.State.PENDING)
    return sum(run(pk, at=at) for pk in todo.order_by("pk").values_list("pk", flat=True))


def run(enforcement_id: int, *, at: datetime | None = None) -> bool:
    """Carry out one order; True when it was done now. A second run finds it done."""
    at = at or timezone.now()
    rows = Enforcement.objects.using(conf.database)
    row = rows.select_related("decision", "decision__submission", "case").filter(pk=enforcement_id).first()
    if row is None or row.state != Enforcement.State.PENDING:
        return False
    if row.action in conf.disabled_actions and not row.by_human:
        return False  # the kill switch also stops what was ordered before it was thrown
    try:
        registry()[row.action].carry_out(_order(row, at))
    except Exception as error:
        log.exception("action %s for %s failed", row.action, row.owner)
        given_up = row.attempts + 1 >= ATTEMPTS
        rows.filter(pk=row.pk, state=Enforcement.State.PENDING).update(
            attempts=row.attempts + 1,
            error=f"{type(error).__name__}: {error}"[:300],
            state=Enforcement.State.FAILED if given_up else Enforcement.State.PENDING,
        )
        return False
    done = rows.filter(pk=row.pk, state=Enforcement.State.PENDING).update(
        state=Enforcement.State.DONE, done_at=at, error=""
    )
    if not done and rows.filter(pk=row.pk, state=Enforcement.State.LIFTED).exists():
        # Lifted while it was being carried out: the undo stands. Done by another worker meanwhile is done.
        registry()[row.action].undo(_order(row, at))
    return bool(done)


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


def pending(*, before: datetime, limit: int = 200) -> list[str]:
    """Owners whose orders nobody carried out; the sweep wakes them."""
    rows = Enforcement.objects.using(conf.database).filter(state=Enforcement.State.PENDING, created_at__lt=before)
    if conf.disabled_actions:
        rows = rows.exclude(action__in=conf.disabled_actions, by_human=False)
    return list(rows.order_by("created_at").values_list("owner", flat=True).distinct()[:limit])


def lift(owner: str, *, at: datetime | None = None) -> int:
    """Undo every action of one owner, on both ledgers; the number of orders lifted. Safe to repeat."""
    at = at or timezone.now()
    rows = Enforcement.objects.using(conf.database).filter(owner=owner).exclude(state=Enforcement.State.LIFTED)
    lifted = 0
    for row in rows.select_related("decision", "decision__submission", "case").order_by("-pk"):
        registry()[row.action].undo(_order(row, at))
        lifted += Enforcement.objects.using(conf.database).filter(pk=row.pk).update(state=Enforcement.State.LIFTED)
    _wake(messages.lift(owner, using=conf.database))
    people.lift(owner, using=conf.database)
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
    people.clear(case.account, f"case:{case.pk}", at=at, until=at + CLEARANCE, using=conf.database)
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
                lift(owner, at=at)
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
