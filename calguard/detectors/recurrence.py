"""How often the event comes back (CC 4.2(2)(3), R41, R42)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

FLOOD_PER_DAY = 200.0  # more in one day than anybody could look at
DENSE_PER_DAY = 12.0
FLOOD_TOTAL = 50_000
MANY_TOTAL = 4_000  # a daily event for ten years is 3,653
BROKEN = frozenset({"interval_zero", "exrule", "rdate_flood", "override_flood"})


@detector(
    group="structure",
    codes={
        "flood": Reason.REPEATS_TOO_OFTEN,
        "dense": Reason.REPEATS_TOO_OFTEN,
        "broken": Reason.REPEATS_TOO_OFTEN,
    },
)
def recurrence(attempt: Attempt) -> Iterator[Signal]:
    """The event would fill calendars: many times a day, tens of thousands of times, or by a rule made to exhaust
    programs. Weekly classes, monthly meetings and birthdays without end are ordinary."""
    worst: dict[str, Signal] = {}
    for event in attempt.content.events:
        for signal in _look(event.recurrence.per_day, event.recurrence.occurrences, event.recurrence.problems):
            if signal.code not in worst or worst[signal.code].weight < signal.weight:
                worst[signal.code] = signal
    yield from worst.values()


def _look(per_day: float, total: int, problems: frozenset[str]) -> Iterator[Signal]:
    if "huge_count" in problems:
        yield Signal(code="flood", reason="the rule counts further than any calendar reaches", field="RRULE")
    elif total >= FLOOD_TOTAL or (per_day >= FLOOD_PER_DAY and total >= FLOOD_PER_DAY):
        yield Signal(code="flood", reason=f"up to {total} times, {per_day:.0f} in one day", field="RRULE")
    elif (per_day > DENSE_PER_DAY and total > DENSE_PER_DAY) or total > MANY_TOTAL:
        yield Signal(code="dense", reason=f"up to {total} times, {per_day:.0f} in one day", field="RRULE")
    found = sorted(problems & BROKEN)
    if found:
        yield Signal(code="broken", reason=f"the rule has {', '.join(found)}", field="RRULE")
