"""When things happen: iCalendar dates, times and durations in UTC, whatever the zone is called."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

_STAMP = re.compile(r"^(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d)(?::?(\d\d))?(?:\.\d{1,6})?(Z)?)?$", re.IGNORECASE)
_DURATION = re.compile(
    r"^([+-]?)P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$", re.IGNORECASE
)
_OFFSET = re.compile(r"^([+-])(\d\d):?(\d\d)(?::?(\d\d))?$")
_NAMED_OFFSET = re.compile(r"(?:GMT|UTC)\s*([+-]\d\d:?\d\d)")
_WINDOWS = {
    "pacific standard time": "America/Los_Angeles",
    "mountain standard time": "America/Denver",
    "us mountain standard time": "America/Phoenix",
    "central standard time": "America/Chicago",
    "eastern standard time": "America/New_York",
    "atlantic standard time": "America/Halifax",
    "newfoundland standard time": "America/St_Johns",
    "central standard time (mexico)": "America/Mexico_City",
    "sa pacific standard time": "America/Bogota",
    "e. south america standard time": "America/Sao_Paulo",
    "argentina standard time": "America/Argentina/Buenos_Aires",
    "gmt standard time": "Europe/London",
    "greenwich standard time": "Atlantic/Reykjavik",
    "w. europe standard time": "Europe/Berlin",
    "central europe standard time": "Europe/Budapest",
    "central european standard time": "Europe/Warsaw",
    "romance standard time": "Europe/Paris",
    "fle standard time": "Europe/Kyiv",
    "gtb standard time": "Europe/Bucharest",
    "e. europe standard time": "Europe/Chisinau",
    "turkey standard time": "Europe/Istanbul",
    "russian standard time": "Europe/Moscow",
    "israel standard time": "Asia/Jerusalem",
    "egypt standard time": "Africa/Cairo",
    "south africa standard time": "Africa/Johannesburg",
    "w. central africa standard time": "Africa/Lagos",
    "arab standard time": "Asia/Riyadh",
    "arabian standard time": "Asia/Dubai",
    "pakistan standard time": "Asia/Karachi",
    "india standard time": "Asia/Kolkata",
    "se asia standard time": "Asia/Bangkok",
    "china standard time": "Asia/Shanghai",
    "singapore standard time": "Asia/Singapore",
    "taipei standard time": "Asia/Taipei",
    "tokyo standard time": "Asia/Tokyo",
    "korea standard time": "Asia/Seoul",
    "w. australia standard time": "Australia/Perth",
    "cen. australia standard time": "Australia/Adelaide",
    "aus eastern standard time": "Australia/Sydney",
    "e. australia standard time": "Australia/Brisbane",
    "new zealand standard time": "Pacific/Auckland",
    "hawaiian standard time": "Pacific/Honolulu",
    "alaskan standard time": "America/Anchorage",
}


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo | timezone | None:
    """The zone a TZID means: IANA, Windows, or a path or offset that names one."""
    name = name.strip()
    candidates = [name, _WINDOWS.get(name.lower(), ""), "/".join(name.split("/")[-2:]), "/".join(name.split("/")[-3:])]
    for candidate in candidates:
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}", candidate):
            try:
                return ZoneInfo(candidate)
            except (KeyError, ValueError, OSError):
                continue
    named = _NAMED_OFFSET.search(name)
    return offset(named[1]) if named else None


def offset(text: str) -> timezone | None:
    """A UTC-OFFSET value; None where it is none or absurd."""
    match = _OFFSET.match(text.strip())
    if not match:
        return None
    span = timedelta(hours=int(match[2]), minutes=int(match[3]), seconds=int(match[4] or 0))
    return timezone(-span if match[1] == "-" else span) if span < timedelta(hours=24) else None


def moment(value: str, tzid: str = "", fallback: timezone | None = None) -> tuple[datetime | None, bool]:
    """(time in UTC, whether it is a whole day); (None, False) for what is no time. Floating times are read as UTC."""
    if len(value) == 8 and value.isascii() and value.isdigit():
        return _day(value)
    if value[8:9] == "T" and value.isascii() and value[:8].isdigit() and value[9:15].isdigit():
        found = _usual(value, tzid)
        if found:
            return found, False
    match = _STAMP.match(value.strip()[:32])
    if not match:
        return None, False
    try:
        if match[4] is None:
            return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC), True
        second = min(int(match[6] or 0), 59)  # a leap second is the one before
        found = datetime(int(match[1]), int(match[2]), int(match[3]), int(match[4]), int(match[5]), second)
        place = None if match[7] or not tzid else zone(tzid) or fallback
        return found.replace(tzinfo=place or UTC).astimezone(UTC), False
    except (ValueError, OverflowError):
        return None, False


def _usual(value: str, tzid: str) -> datetime | None:
    """A DATE-TIME in UTC, or in no zone, as nearly all are written."""
    if (len(value) == 16 and value[15] == "Z") or (len(value) == 15 and not tzid):
        try:
            return datetime.fromisoformat(value).replace(tzinfo=UTC)
        except ValueError:
            return None
    return None


@lru_cache(maxsize=4096)
def _day(digits: str) -> tuple[datetime | None, bool]:
    """A DATE, for `moment`: a calendar names few days many times over."""
    try:
        return datetime(int(digits[:4]), int(digits[4:6]), int(digits[6:]), tzinfo=UTC), True
    except ValueError:
        return None, False


def duration(value: str) -> timedelta | None:
    match = _DURATION.match(value.strip())
    if not match or not any(match.groups()[1:]):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    span = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -span if match[1] == "-" else span


def after(start: datetime | None, span: timedelta | None) -> datetime | None:
    if start is None or span is None:
        return None
    try:
        return start + span
    except OverflowError:
        return None
