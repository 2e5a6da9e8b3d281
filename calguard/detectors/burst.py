"""Whether an account wakes up to write to strangers (CC 4.2(1)(3))."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

ASLEEP = 60.0  # days without sending anything
SOME = 10  # strangers within the day of waking
MANY = 40


@detector(group="behaviour", codes={"after_silence": Reason.SENDING_TOO_FAST})
def burst(attempt: Attempt) -> Iterator[Signal]:
    """The account sent nothing for two months, or never since it is watched, and writes to many strangers within a
    day. Accounts are stolen, bought and laid by for this; clubs and families also meet once a year, so it only adds to
    other signs."""
    behaviour = attempt.behaviour
    silent = behaviour.dormant_days
    if silent is None or silent < ASLEEP:
        return
    strangers = behaviour.strangers_day + (0 if behaviour.same_guests else attempt.audience.strangers)
    if strangers < SOME:
        return
    weight = min(1.0, 0.5 + 0.5 * (strangers - SOME) / (MANY - SOME))
    reason = f"{strangers} strangers within a day, after {silent:.0f} days of silence"
    yield Signal(code="after_silence", reason=reason, weight=weight)
