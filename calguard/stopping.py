"""A person stops who acts on accounts, by name, and lets them act again: a token, a delegate, a visitor, staff."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from accounts_risk.models import Restriction
from calguard import actors, audit, people, wake
from calguard.conf import conf
from outbound import ledger as messages
from outbound.models import Hold

__all__ = ["let_act", "stop"]


def stop(actor: str, *, by: str, reason: str, hours: float | None = None, at: datetime) -> int:
    """Nothing of this actor's leaves until then, or until a person says otherwise; how much of it waited. The accounts
    they act on stay as they are. Raises ValueError for what names no actor. Safe to repeat."""
    if not actors.kind(actor):
        raise ValueError(f"{actor!r} names no visitor, client, delegate or staff")
    using, owner = conf.database, _owner(actor)
    until = None if hours is None else at + timedelta(hours=hours)
    with transaction.atomic(using=using):
        people.lift(owner, using=using)
        people.restrict(
            actor, Restriction.Kind.SENDING, owner, reason, by_human=True, at=at, expires_at=until, using=using
        )
        held = messages.hold_account(
            actor, Hold.Kind.CONTAINMENT, owner, "account_restricted", at=at,
            except_methods=("CANCEL",), of="actor", using=using,
        )  # fmt: skip
        audit.record(by, "actor.stopped", actor, reason, {"until": str(until or ""), "held": held}, at=at)
    conf.host.stop_actor(actor)
    return held


def let_act(actor: str, *, by: str, reason: str, at: datetime) -> int:
    """Take back what `stop` did; how much of what waited goes now."""
    using, owner = conf.database, _owner(actor)
    with transaction.atomic(using=using):
        people.lift(owner, at=at, using=using)
        freed = messages.lift(owner, using=using)
        audit.record(by, "actor.let_act", actor, reason, {"freed": len(freed)}, at=at)
    for submission in freed:
        wake.dispatch(submission)
    return len(freed)


def _owner(actor: str) -> str:
    """The name under which holds and restrictions stand."""
    return f"stop:{actor}"[:100]
