"""Withhold until a person has looked (CC 4.2 action 1): the event stays a draft, a case waits in the queue."""

from calguard import cases, evidence, notices
from calguard.campaigns import growth
from calguard.order import Order
from calguard.sanctions import telling
from outbound import ledger
from outbound.models import Hold

name = "hold"


def contain(order: Order) -> None:
    if order.submission is not None:
        ledger.hold(order.submission.pk, Hold.Kind.REVIEW, order.owner, order.reason, at=order.at, using=order.using)


def carry_out(order: Order) -> None:
    if order.decision is None:
        return
    if order.submission is not None:
        evidence.record_submission(order.decision, order.submission, at=order.at)
    cases.open_for(order.decision, at=order.at, campaign=growth.joined(order.decision, at=order.at))
    if order.needs_mail and telling.until(order.submission) is None:
        notices.tell_owner("withheld", order)


def undo(order: Order) -> None:
    ledger.lift(order.owner, using=order.using)
