"""Slow down (CC 4.2 action 4): the submission waits until there is room in the budget, then goes by itself."""

from datetime import datetime

from calguard import notices
from calguard.order import Order
from outbound import ledger
from outbound.models import Hold

name = "throttle"


def contain(order: Order) -> None:
    if order.submission is None:
        return
    due = order.parameters.get("retry_at")
    ledger.hold(
        order.submission.pk,
        Hold.Kind.THROTTLE,
        order.owner,
        order.reason,
        at=order.at,
        due_at=datetime.fromisoformat(due) if due else order.at,
        using=order.using,
    )


def carry_out(order: Order) -> None:
    if order.needs_mail:
        notices.tell_owner("delayed", order)


def undo(order: Order) -> None:
    ledger.lift(order.owner, using=order.using)
