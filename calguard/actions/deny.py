"""Refuse the send (CC 4.2 action 1): nothing leaves by any channel, and the sender is told why and how to object."""

from datetime import timedelta

from calguard import cases, evidence, notices, people
from calguard.campaigns import growth
from calguard.order import Order

name = "deny"

STRIKE_LIFE = timedelta(days=180)


def contain(order: Order) -> None:
    """The submission is closed at once and keeps no copy, so what a person must see is kept beside the decision."""
    if order.decision is not None:
        evidence.keep(order.decision, order.content, order.around, at=order.at)


def carry_out(order: Order) -> None:
    """A machine's refusal opens a case; a person's confirms one, and counts as a strike."""
    if order.by_human:
        if order.parameters.get("strike", True):  # not for whoever was a victim too
            people.strike(
                order.account,
                order.owner,
                at=order.at,
                expires_at=order.at + STRIKE_LIFE,
                using=order.using,
            )
        notices.tell_owner("refused", order)
        return
    if order.decision is None:
        return
    evidence.complete(order.decision, at=order.at)
    cases.open_for(order.decision, at=order.at, campaign=growth.joined(order.decision, at=order.at))
    if order.needs_mail:
        notices.tell_owner("refused", order)


def undo(order: Order) -> None:
    people.unstrike(order.owner, using=order.using)
