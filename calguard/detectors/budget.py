"""How many people the account has written to, against what its tier may (R21, R60)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

NOVEL = 0.5  # share of strangers among all a week's guests: a sender with regular guests has fewer
FAR = 1.5  # times what is allowed
STEADY = 4  # days of the last seven: collecting strangers day after day, and no one big event
WELCOME = 0.3  # share of guests who accepted, of those who answered at all


@detector(
    group="audience",
    codes={
        "hour": Reason.BUDGET_EXHAUSTED,
        "day": Reason.BUDGET_EXHAUSTED,
        "week": Reason.BUDGET_EXHAUSTED,
        "strangers": Reason.BUDGET_EXHAUSTED,
        "slow_drip": Reason.BUDGET_EXHAUSTED,
    },
)
def budget(attempt: Attempt) -> Iterator[Signal]:
    """This invitation would bring the account over what its tier may send to people outside in an hour, a day or a
    week, or to strangers among them in a day or a week where most of its guests are strangers. Colleagues are not
    counted, and the same guests of the same event are strangers once. Well over the week's, on most of its days or at
    twice the number, is a slow drip, unless guests accept it (R21)."""
    audience, behaviour, limits = attempt.audience, attempt.behaviour, attempt.limits
    if not audience.external:
        return
    for code, sent, allowed in (
        ("week", behaviour.recipients_week, limits.week),
        ("day", behaviour.recipients_day, limits.day),
        ("hour", behaviour.recipients_hour, limits.hour),
    ):
        if sent + audience.external > allowed:
            reason = f"{sent} tried within the {code} and {audience.external} more asked for, of {allowed}"
            yield Signal(code=code, reason=reason)
    yield from _strangers(attempt)


def _strangers(attempt: Attempt) -> Iterator[Signal]:
    audience, behaviour, limits = attempt.audience, attempt.behaviour, attempt.limits
    now = audience.strangers if not behaviour.same_guests else 0
    if not now:
        return
    day, week = behaviour.strangers_day + now, behaviour.strangers_week + now
    guests = max(week, behaviour.recipients_week + audience.external)
    if week < NOVEL * guests and week <= 2 * limits.strangers_week:
        return
    if day > limits.strangers_day or week > limits.strangers_week:
        yield Signal(code="strangers", reason=f"{day} strangers within a day and {week} within a week")
    welcome = behaviour.acceptance_rate is not None and behaviour.acceptance_rate >= WELCOME
    steady = behaviour.days_active_week >= STEADY and week > FAR * limits.strangers_week
    if (steady or week > 2 * limits.strangers_week) and not welcome:
        reason = f"{week} strangers on {max(1, behaviour.days_active_week)} days of a week"
        yield Signal(code="slow_drip", reason=reason)
