"""Block an account (CC 4.2 action 6): for a time by automation or a reviewer, for good by two people (R64)."""

from contextlib import suppress
from datetime import datetime, timedelta

from accounts_risk.models import Restriction
from calguard import actors, containment, people
from calguard.conf import conf
from calguard.host import SessionsKept
from calguard.order import Order
from calguard.sanctions import limits

name = "suspend"

BY_AUTOMATION = timedelta(hours=72)  # long enough for a person to look, over a weekend


def contain(order: Order) -> None:
    """The submission at hand is kept back by its own verdict."""


def carry_out(order: Order) -> None:
    """Our rows first: they stand while a host that fails here is asked again."""
    if limits.spares(order):
        return
    if containment.impose(order, Restriction.Kind.SUSPENSION, expires_at=_end(order)):
        if containment.tell_of_actor(order):
            return  # who has no account here, or acts on another's, keeps their own
        conf.host.suspend(order.account)
        with suppress(SessionsKept):  # whoever may not sign in has no use of one
            conf.host.end_sessions(order.account)


def _end(order: Order) -> datetime | None:
    if order.by_human and order.parameters.get("for_good"):
        return None
    usual = timedelta(days=conf.policy.sanctions.suspension_days) if order.by_human else BY_AUTOMATION
    hours = order.parameters.get("hours")
    return order.at + (timedelta(hours=float(hours)) if hours else usual)


def undo(order: Order) -> None:
    """The host first: while it fails our row stands, and so the undoing is found again. Where no row of ours stands
    nothing was done yet, and an account that the host itself has shut stays shut."""
    if not people.imposed(order.account, order.owner, Restriction.Kind.SUSPENSION, using=order.using):
        return
    standing = people.active(order.account, at=order.at, using=order.using)
    others = (r for r in standing if r.owner != order.owner)
    alone = not any(restricted.kind == Restriction.Kind.SUSPENSION for restricted in others)
    if alone and not actors.kind(order.account):
        conf.host.reinstate(order.account)
    containment.end(order, Restriction.Kind.SUSPENSION)
