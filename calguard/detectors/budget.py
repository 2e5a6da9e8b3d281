"""How many people the account has written to, against what its tier may (R21, R60)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

STRANGERS = 0.8  # share of guests without any relation from which steady sending reads as collecting victims


@detector(
    group="audience",
    codes={
        "hour": Reason.BUDGET_EXHAUSTED,
        "day": Reason.BUDGET_EXHAUSTED,
        "week": Reason.BUDGET_EXHAUSTED,
        "slow_drip": Reason.BUDGET_EXHAUSTED,
    },
)
def budget(attempt: Attempt) -> Iterator[Signal]:
    """This invitation would bring the account over what its tier may send to people outside in an hour, a day or a
    week. Colleagues are not counted. Well over the week's, and nearly all to strangers, is a slow drip (R21)."""
    audience, behaviour, limits = attempt.audience, attempt.behaviour, attempt.limits
    if not audience.external:
        return
    for code, sent, allowed in (
        ("week", behaviour.recipients_week, limits.week),
        ("day", behaviour.recipients_day, limits.day),
        ("hour", behaviour.recipients_hour, limits.hour),
    ):
        if sent + audience.external > allowed:
            reason = f"{sent} sent within the {code} and {audience.external} more asked for, of {allowed}"
            yield Signal(code=code, reason=reason)
    strangers = (audience.external - audience.related) / audience.external
    if behaviour.recipients_week > limits.week * 1.5 and strangers >= STRANGERS:
        yield Signal(code="slow_drip", reason=f"{behaviour.recipients_week} in a week, and still only strangers")
