"""Ask for a CAPTCHA before sending (CC 4.2 action 5): nothing leaves until this account answers for this content."""

from calguard import notices
from calguard.order import Order
from outbound import ledger
from outbound.models import Hold

name = "challenge"


def contain(order: Order) -> None:
    if order.submission is not None:
        ledger.hold(order.submission.pk, Hold.Kind.CHALLENGE, order.owner, order.reason, at=order.at, using=order.using)


def carry_out(order: Order) -> None:
    """Where no page could show the challenge, the sender gets a link to one."""
    if order.needs_mail:
        notices.tell_owner("challenge", order)


def undo(order: Order) -> None:
    ledger.lift(order.owner, using=order.using)
