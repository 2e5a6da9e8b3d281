"""When the event takes place (R48)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from calguard.content.types import Event
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

FAR_AHEAD = timedelta(days=365 * 20)
LONG_AGO = timedelta(days=365 * 3)  # minutes of a meeting are sent long after it, but not for ever
INSTANT = timedelta(seconds=2)
CLOCK_CHANGE = timedelta(hours=1)  # by which an end may seem to come before the start
EARLIEST = 1900  # years before are no appointments; a birthday of a centenarian recurs


@detector(
    group="structure",
    codes={
        "backwards": Reason.UNUSUAL_DATES,
        "far_future": Reason.UNUSUAL_DATES,
        "long_past": Reason.UNUSUAL_DATES,
        "absurd_year": Reason.UNUSUAL_DATES,
        "absurd_zone": Reason.UNUSUAL_DATES,
        "instant": Reason.UNUSUAL_DATES,
    },
)
def dates(attempt: Attempt) -> Iterator[Signal]:
    """The event ends before it begins, lasts a moment, lies decades ahead, was over long ago, or is dated in a year or
    a time zone that does not exist. Whole days and times on the edge of summer time are ordinary in any zone."""
    if not attempt.audience.external:
        return
    if "absurd_zone" in attempt.content.problems:
        yield Signal(code="absurd_zone", reason="a time zone is further from UTC than any", field="TZOFFSETTO")
    for event in attempt.content.events:
        found = _look(attempt, event)
        if found:
            yield found
            return


def _look(attempt: Attempt, event: Event) -> Signal | None:
    start, end = event.start, event.end
    if not start:
        return None
    if start.year < EARLIEST and event.recurrence.frequency != "YEARLY":
        return Signal(code="absurd_year", reason=f"begins in the year {start.year}", field="DTSTART")
    if start - attempt.now > FAR_AHEAD:
        return Signal(code="far_future", reason=f"begins in {start.year}", field="DTSTART")
    if end and not event.all_day and end < start - CLOCK_CHANGE:
        return Signal(code="backwards", reason="ends before it begins", field="DTEND")
    if end and not event.all_day and timedelta(0) < end - start < INSTANT:
        return Signal(code="instant", reason="lasts a second", field="DTEND")
    over = attempt.now - (end or start) > LONG_AGO and event.recurrence.occurrences == 1 and not event.recurrence_id
    if over and attempt.content.method == "REQUEST" and attempt.previous is None:
        return Signal(code="long_past", reason=f"was over in {(end or start).year}", field="DTSTART")
    return None
