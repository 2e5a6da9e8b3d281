"""When an event takes place: recurring ones expanded in their own zone, so that nine o'clock stays nine o'clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from dateutil import rrule  # type: ignore[import-untyped]

from demo.models import Happening, Recurrence
from demo.zones import zone

FREQUENCIES = {
    Recurrence.DAILY: rrule.DAILY,
    Recurrence.WEEKLY: rrule.WEEKLY,
    Recurrence.MONTHLY: rrule.MONTHLY,
    Recurrence.YEARLY: rrule.YEARLY,
}
MOST = 1000  # of one event in one window; the widest window is a year, so a daily event needs 366


@dataclass(frozen=True, kw_only=True, slots=True)
class Occurrence:
    """One time an event takes place, as whoever looks sees it."""

    event: Happening
    start: datetime
    end: datetime
    inbox: bool = False

    @property
    def day(self) -> date:
        return self.start.date()

    @property
    def last_day(self) -> date:
        """An event that ends at midnight does not reach into the next day."""
        return max(self.day, (self.end - timedelta(microseconds=1)).date())


def starts(event: Happening, begin: datetime, end: datetime) -> Iterator[datetime]:
    """The starts between two instants. Days that a month lacks are left out (RFC 5545, 3.3.10)."""
    if event.recurrence == Recurrence.NONE:
        if begin <= event.starts_at < end:
            yield event.starts_at
        return
    own = zone(event.time_zone)
    rule = rrule.rrule(
        FREQUENCIES[Recurrence(event.recurrence)],
        dtstart=event.local_start.replace(tzinfo=None),
        until=datetime.combine(event.until, time.max) if event.until else None,
        count=event.count or None,
    )
    first, last = (at.astimezone(own).replace(tzinfo=None) for at in (begin, end))
    for wall in islice(rule.xafter(first, inc=True), MOST):
        if wall >= last:
            return
        # Through UTC: a time that the clocks skip that day becomes the hour after it.
        yield wall.replace(tzinfo=own).astimezone(UTC)


def occurrences(
    events: Iterable[Happening], begin: datetime, end: datetime, *, inbox: bool = False
) -> list[Occurrence]:
    """All that touches the window, sorted by start; times in the zone of `begin`."""
    found = []
    for event in events:
        length = event.ends_at - event.starts_at
        for start in starts(event, begin - length, end):
            if start + length > begin or start >= begin:
                local = start.astimezone(begin.tzinfo)
                ends = (start + length).astimezone(begin.tzinfo)
                found.append(Occurrence(event=event, start=local, end=ends, inbox=inbox))
    return sorted(found, key=lambda one: (one.start, one.event.title))


def is_over(event: Happening, at: datetime) -> bool:
    """True when nothing of it lies ahead."""
    if event.recurrence == Recurrence.NONE:
        return event.ends_at <= at
    length = event.ends_at - event.starts_at
    return next(starts(event, at - length, at + timedelta(days=366 * 9)), None) is None  # 29 February skips 8 years
