"""Contain an account that somebody else may be using, and tell its owner elsewhere (CC 4.2 action 3)."""

from calguard.incidents import ending, opening
from calguard.order import Order

name = "alert"


def contain(order: Order) -> None:
    """The account sends nothing from here on, though nobody has blamed its owner for anything."""
    opening.contain(order)


def carry_out(order: Order) -> None:
    """The queue is held, sessions and new tokens end, and its owner hears of it, at most once in a window (R58)."""
    opening.pursue(order)
    ending.disbelieve(order)


def undo(order: Order) -> None:
    """A mistake: the incident is over. What was said cannot be unsaid; an alert not yet sent is dropped."""
    ending.overturned(order)
