"""Whether those who were invited want it (R21, DOMAIN 5)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal


@detector(group="audience", codes={"unanswered": Reason.BUDGET_EXHAUSTED})
def welcome(attempt: Attempt) -> Iterator[Signal]:
    """The account goes on writing to strangers, though of all it wrote to before, a day ago and longer, hardly one
    accepted. Guests of a real event answer sooner or later; those of an advert do not. Asked of senders who have earned
    no trust, at operators that tell of answers by mail, and only from a volume on."""
    if attempt.behaviour.unanswered and attempt.audience.strangers:
        reason = f"{attempt.behaviour.unanswered} strangers of this week, and hardly anybody accepted anything"
        yield Signal(code="unanswered", reason=reason)
