"""The time zones Almanac offers, and how local times become instants."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")

FIRST_YEAR, LAST_YEAR = 2, 9998  # so that each time can be said in every zone


class NoSuchTimeError(ValueError):
    """A wall-clock time that the clocks skip."""


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Every zone with a place in its name, and UTC, sorted."""
    return ("UTC", *sorted(name for name in available_timezones() if name.split("/")[0] in AREAS))


def zone(name: str) -> ZoneInfo:
    """The zone of that name; UTC for a name nobody knows."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def exists(wall: datetime, name: str) -> bool:
    """False for a time that the clocks skip when they go forward."""
    aware = wall.replace(tzinfo=zone(name))
    return aware.astimezone(UTC).astimezone(zone(name)).replace(tzinfo=None) == wall


def instant(wall: datetime, name: str) -> datetime:
    """The instant of a naive local time: the first of two when clocks go back; NoSuchTimeError for one skipped."""
    if not exists(wall, name):
        raise NoSuchTimeError(f"{wall:%H:%M} does not exist on {wall:%d %B %Y} in {name}: the clocks go forward.")
    return wall.replace(tzinfo=zone(name))
