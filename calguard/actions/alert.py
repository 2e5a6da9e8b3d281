"""Tell the account's owner that it may have been taken over (CC 4.2 action 3), over a channel of longer standing."""

from calguard import notices
from calguard.order import Order

name = "alert"


def contain(order: Order) -> None:
    """Nothing is kept back by telling somebody."""


def carry_out(order: Order) -> None:
    """At most one a day and account (R58)."""
    notices.create("owner_alert", f"{order.account}:{order.at:%Y-%m-%d}", order)


def undo(order: Order) -> None:
    """What was said cannot be unsaid; an alert not yet sent is dropped."""
    notices.drop("owner_alert", order)
