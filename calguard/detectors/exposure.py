"""How often guests would be shown the event in all: guests times occurrences times reminders (R41, R43)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

FAR = 10  # times the limit


@detector(
    group="structure",
    codes={"over_limit": Reason.REPEATS_TOO_OFTEN, "far_over_limit": Reason.REPEATS_TOO_OFTEN},
)
def exposure(attempt: Attempt) -> Iterator[Signal]:
    """Guests, repetitions and reminders may each be few and still add up to a flood of pop-ups. The product over ten
    years is held against what the sender's tier may cause."""
    guests, content = attempt.audience.external, attempt.content
    times = sum(event.recurrence.occurrences for event in content.events if not event.recurrence_id)
    if not guests or not times:
        return
    rings = sum(1 + alarm.repeat for alarm in content.alarms) if attempt.alarms_leave else 0
    shown = 1 + rings / max(1, len(content.events))
    total, allowed = guests * times * shown, attempt.limits.appearances
    if total > allowed:
        yield Signal(
            code="far_over_limit" if total > FAR * allowed else "over_limit",
            reason=f"{guests} guests, {times} times, {shown:.0f} pop-ups each: {total:.0f} in all, {allowed} allowed",
            field="RRULE" if times > len(content.events) else "VALARM",
        )
