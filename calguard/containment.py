"""Stops an account from notifying others: restriction, holds, audit entry and notice, all of them or none."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts_risk.models import Restriction
from calguard import actors, audit, notices, people, signals
from calguard.conf import conf
from calguard.order import Order
from calguard.statements import ledger as statements
from calguard.statements.models import Statement
from outbound import ledger as messages
from outbound.models import Hold

# Restriction kind to the action, which is also its word in the audit log, and to the code and statement of reasons.
WORDS = {
    Restriction.Kind.SENDING: ("restrict", "account_restricted", Statement.Measure.RESTRICTED),
    Restriction.Kind.SUSPENSION: ("suspend", "account_suspended", Statement.Measure.SUSPENDED),
}


def impose(order: Order, kind: Restriction.Kind, *, expires_at: datetime | None) -> bool:
    """True if the order's restriction stands; False where a person has cleared the account, which outranks a machine.

    A repeat only holds what was submitted meanwhile: the owner is told once. CANCEL stays free (R63).
    """
    action, code, measure = WORDS[kind]
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
            of="actor" if actors.kind(order.account) else "account",
            using=using,
        )
        if known:
            return True
        statements.issue(order, measure, ends_at=expires_at)
        until = {"until": str(expires_at or "")}
        audit.record(order.actor, action, order.account, order.reason, until, at=order.at)  # last: it locks the chain
    signals.account_restricted.send_robust(
        sender="calguard", account=order.account, kind=str(kind), reason=order.reason, expires_at=expires_at
    )
    return True


def tell_of_actor(order: Order) -> bool:
    """Where it was no account that was stopped but somebody who acts on one: the host is told, and of a delegate the
    owner of the account too. True where it was so."""
    kind = actors.kind(order.account)
    if not kind:
        return False
    conf.host.stop_actor(order.account)
    if kind == "delegate" and order.decision is not None:
        name = conf.host.facts(actors.own_account(order.account)).name
        context = {"delegate": name, "reference": order.decision.reference}
        notices.place("delegate_paused", order.owner, account=order.decision.account, context=context, at=order.at)
    return True


def end(order: Order, kind: Restriction.Kind) -> None:
    """Takes the order's restriction of its account away, as one owner may have restricted many; its holds go with
    `enforcement.lift`. A mail not yet sent is dropped."""
    for account in people.lift(order.owner, kinds=[kind], account=order.account, at=order.at, using=order.using):
        signals.account_restored.send_robust(sender="calguard", account=account)
    statements.end(order.owner, at=order.at, measures=[WORDS[kind][2]], account=order.account)
