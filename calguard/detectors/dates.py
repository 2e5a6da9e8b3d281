"""When the event takes place (R48)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

FAR_AHEAD = timedelta(days=365 * 20)
INSTANT = timedelta(seconds=2)


@detector(
    group="structure",
    codes={"backwards": Reason.UNUSUAL_DATES, "far_future": Reason.UNUSUAL_DATES, "instant": Reason.UNUSUAL_DATES},
)
def dates(attempt: Attempt) -> Iterator[Signal]:
    """The event ends before it begins, lasts a moment, or lies decades ahead, where nobody finds it again."""
    if not attempt.audience.external:
        return
    for event in attempt.content.events:
        if not event.start:
            continue
        if event.start - attempt.now > FAR_AHEAD:
            yield Signal(code="far_future", reason=f"begins in {event.start.year}", field="DTSTART")
            return
        if event.end and event.end < event.start and not event.all_day:
            yield Signal(code="backwards", reason="ends before it begins", field="DTEND")
            return
        if event.end and timedelta(0) < event.end - event.start < INSTANT and not event.all_day:
            yield Signal(code="instant", reason="lasts a second", field="DTEND")
            return
