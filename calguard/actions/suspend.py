"""Block an account (CC 4.2 action 6): for a time by automation, without end only by a person (R64)."""

from datetime import timedelta

from accounts_risk.models import Restriction
from calguard import containment, people
from calguard.conf import conf
from calguard.order import Order

name = "suspend"

BY_AUTOMATION = timedelta(hours=72)  # long enough for a person to look, over a weekend


def contain(order: Order) -> None:
    """The submission at hand is kept back by its own verdict."""


def carry_out(order: Order) -> None:
    """Our rows first: they stand while a host that fails here is asked again."""
    expires = None if order.by_human else order.at + BY_AUTOMATION
    if containment.impose(order, Restriction.Kind.SUSPENSION, expires_at=expires):
        conf.host.suspend(order.account)
        conf.host.end_sessions(order.account)


def undo(order: Order) -> None:
    """The host first: while it fails our row stands, and so the undoing is found again."""
    standing = people.active(order.account, at=order.at, using=order.using)
    others = (r for r in standing if r.owner != order.owner)
    if not any(restricted.kind == Restriction.Kind.SUSPENSION for restricted in others):
        conf.host.reinstate(order.account)
    containment.end(order, Restriction.Kind.SUSPENSION)
