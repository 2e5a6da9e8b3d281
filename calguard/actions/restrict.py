"""Stop an account from notifying others for a time (CC 4.2 action 6); it can still receive, edit, export and appeal."""

from datetime import timedelta

from accounts_risk.models import Restriction
from calguard import containment
from calguard.conf import conf
from calguard.order import Order
from calguard.sanctions import limits

name = "restrict"


def contain(order: Order) -> None:
    """The submission at hand is kept back by its own verdict."""


def carry_out(order: Order) -> None:
    if limits.spares(order):
        return
    hours = float(order.parameters.get("hours") or conf.policy.restriction.hours)
    if containment.impose(order, Restriction.Kind.SENDING, expires_at=order.at + timedelta(hours=hours)):
        containment.tell_of_actor(order)


def undo(order: Order) -> None:
    containment.end(order, Restriction.Kind.SENDING)
