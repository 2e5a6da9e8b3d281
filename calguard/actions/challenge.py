"""Ask for a CAPTCHA before sending (CC 4.2 action 5): nothing leaves until this account answers for this content."""

from datetime import timedelta

from calguard import notices
from calguard.order import UNSEEN, Order
from outbound import ledger
from outbound.models import Hold

name = "challenge"
MAILED = UNSEEN | {"api"}  # a program may show its answer to nobody
HOUR, MOST_MAILS = timedelta(hours=1), 3  # a program that goes on and on must not fill its owner's mailbox


def contain(order: Order) -> None:
    if order.submission is not None:
        ledger.hold(order.submission.pk, Hold.Kind.CHALLENGE, order.owner, order.reason, at=order.at, using=order.using)


def carry_out(order: Order) -> None:
    """Where no page could show the challenge, the sender gets a link to one."""
    if order.decision is None or order.decision.channel not in MAILED:
        return
    if notices.count("challenge", order.account, since=order.at - HOUR) < MOST_MAILS:
        notices.tell_owner("challenge", order)


def undo(order: Order) -> None:
    ledger.lift(order.owner, using=order.using)
