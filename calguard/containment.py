"""Stops an account from notifying others: restriction, holds, audit entry and notice, all of them or none."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts_risk.models import Restriction
from calguard import audit, notices, people, signals
from calguard.order import Order
from outbound import ledger as messages
from outbound.models import Hold

# Restriction kind to the action, which is also its word in the audit log, and to the code and notice.
WORDS = {
    Restriction.Kind.SENDING: ("restrict", "account_restricted", "restricted"),
    Restriction.Kind.SUSPENSION: ("suspend", "account_suspended", "suspended"),
}


def impose(order: Order, kind: Restriction.Kind, *, expires_at: datetime | None) -> bool:
    """True if the order's restriction stands; False where a person has cleared the account, which outranks a machine.

    A repeat only holds what was submitted meanwhile: the owner is told once. CANCEL stays free (R63).
    """
    action, code, notice = WORDS[kind]
    using = order.using
    with transaction.atomic(using=using):
        before = people.active(order.account, at=order.at, using=using)
        known = order.owner in {restricted.owner for restricted in before}
        stands = people.restrict(
            order.account,
            kind,
            order.owner,
            order.reason[:60],
            by_human=order.by_human,
            at=order.at,
            expires_at=expires_at,
            using=using,
        )
        if not stands:
            return False
        messages.hold_account(
            order.account,
            Hold.Kind.CONTAINMENT,
            order.owner,
            code,
            at=order.at,
            except_methods=("CANCEL",),
            using=using,
        )
        if known:
            return True
        notices.create(notice, order.owner, order)
        until = {"until": str(expires_at or "")}
        audit.record(order.actor, action, order.account, order.reason, until, at=order.at)  # last: it locks the chain
    signals.account_restricted.send_robust(
        sender="calguard", account=order.account, kind=str(kind), reason=order.reason, expires_at=expires_at
    )
    return True


def end(order: Order, kind: Restriction.Kind) -> None:
    """Takes the order's restriction away; its holds go with `enforcement.lift`. A notice not yet sent is dropped."""
    for account in people.lift(order.owner, at=order.at, using=order.using):
        signals.account_restored.send_robust(sender="calguard", account=account)
    notices.drop(WORDS[kind][2], order)
