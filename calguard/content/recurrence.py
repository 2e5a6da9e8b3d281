"""How often an event appears: an upper bound in closed form, never by expanding (R41, R42)."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from calguard.content.times import moment
from calguard.content.types import ONCE, Recurrence

HORIZON_DAYS = 3653  # ten years
MANY_DATES = 500
MANY_OVERRIDES = 400
MANY_PARTS = 400
HUGE_COUNT = 100_000

_FREQUENCIES = ("SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAYS_PER = {"DAILY": 1.0, "WEEKLY": 7.0, "MONTHLY": 30.4, "YEARLY": 365.0}
_PER_DAY = {"SECONDLY": 86_400, "MINUTELY": 1_440, "HOURLY": 24}
_WEEKDAY = re.compile(r"^([+-]?\d{1,2})?(SU|MO|TU|WE|TH|FR|SA)$")
_RANGES = {
    "BYHOUR": 24,
    "BYMINUTE": 60,
    "BYSECOND": 61,
    "BYMONTH": 12,
    "BYMONTHDAY": 31,
    "BYYEARDAY": 366,
    "BYWEEKNO": 53,
}

Parts = dict[str, str]


def bound(
    rrules: Sequence[str],
    *,
    rdates: int = 0,
    exdates: int = 0,
    exrules: int = 0,
    overrides: int = 0,
    start: datetime | None = None,
) -> Recurrence:
    """An upper bound over ten years from RRULE values and the numbers of everything else that recurs."""
    if not (rdates or exdates or exrules or overrides):
        if not rrules:
            return ONCE
        if len(rrules) == 1 and "UNTIL" not in rrules[0].upper():
            return _usual(rrules[0][:8192])
    return _bound(rrules, rdates, exdates, exrules, overrides, start)


@lru_cache(maxsize=512)
def _usual(rule: str) -> Recurrence:
    return _bound((rule,), 0, 0, 0, 0, None)


def _bound(
    rrules: Sequence[str], rdates: int, exdates: int, exrules: int, overrides: int, start: datetime | None
) -> Recurrence:
    problems = _floods(len(rrules), rdates, exdates, exrules, overrides)
    if not rrules and not rdates:
        return ONCE if not problems else Recurrence(
            occurrences=1, per_day=1.0, endless=False, frequency="", problems=frozenset(problems)
        )  # fmt: skip
    total, per_day, endless, frequency = (0 if rrules else 1) + rdates, 0.0, False, ""
    for rule in rrules[:16]:
        count, daily, forever, name, found = _rule(rule[:8192], start if "UNTIL" in rule.upper() else None)
        total, per_day, endless, problems = total + count, per_day + daily, endless or forever, problems | found
        if name and (not frequency or _FREQUENCIES.index(name) < _FREQUENCIES.index(frequency)):
            frequency = name
    return Recurrence(
        occurrences=max(total, 1),
        per_day=max(per_day, 1.0),
        endless=endless,
        frequency=frequency,
        problems=frozenset(problems),
    )


def _floods(rrules: int, rdates: int, exdates: int, exrules: int, overrides: int) -> set[str]:
    seen = {
        "several_rrules": rrules > 1,
        "rdate_flood": rdates > MANY_DATES,
        "exdate_flood": exdates > 2 * MANY_DATES,
        "exrule": exrules > 0,
        "override_flood": overrides > MANY_OVERRIDES,
    }
    return {name for name, true in seen.items() if true}


@lru_cache(maxsize=512)
def _rule(text: str, start: datetime | None) -> tuple[int, float, bool, str, frozenset[str]]:
    """(occurrences, per day, endless, frequency, problems) of one RRULE value."""
    problems: set[str] = set()
    parts: Parts = {}
    for part in text.upper().split(";"):
        key, _, value = part.partition("=")
        parts.setdefault(key.strip(), value.strip())
    frequency = parts.get("FREQ", "")
    if frequency not in _FREQUENCIES:
        return 1, 1.0, False, "", frozenset({"bad_rrule"})
    if any(value.count(",") > MANY_PARTS for value in parts.values()):
        problems.add("by_flood")
    if frequency in _PER_DAY:
        problems.add("subdaily")
    interval = _interval(parts, problems)
    days, endless = _days(parts, start, problems)
    per_day = _times_per_day(frequency, interval, parts)
    if frequency not in _PER_DAY and per_day > 1:
        problems.add("by_multiplication")
    active = _active_days(frequency, interval, parts, days)
    if not per_day.is_integer() or frequency in _PER_DAY:
        total = math.ceil(per_day * active) + 1
    else:
        total = math.ceil(active) * int(per_day)
    count = _counted(parts, total, problems)
    return count, per_day, endless, frequency, frozenset(problems)


def _interval(parts: Parts, problems: set[str]) -> int:
    text = parts.get("INTERVAL", "1")
    if not re.fullmatch(r"\+?\d{1,9}", text):
        problems.add("bad_rrule")
        return 1
    if int(text) == 0:
        problems.add("interval_zero")
    return max(int(text), 1)


def _days(parts: Parts, start: datetime | None, problems: set[str]) -> tuple[float, bool]:
    """Days of the horizon that the rule lives, and whether it ends by itself at all."""
    until = parts.get("UNTIL", "")
    if not until:
        return HORIZON_DAYS, "COUNT" not in parts
    end, _ = moment(until)
    if end is None:
        problems.add("bad_rrule")
        return HORIZON_DAYS, True
    if start is None:
        return HORIZON_DAYS, False
    days = (end - start).total_seconds() / 86_400 + 1
    if days > 10 * HORIZON_DAYS:
        problems.add("until_far")
    return min(max(days, 1.0), HORIZON_DAYS), False


def _counted(parts: Parts, total: int, problems: set[str]) -> int:
    text = parts.get("COUNT", "")
    if not text:
        return max(total, 1)
    if not re.fullmatch(r"\+?\d{1,30}", text):
        problems.add("bad_rrule")
        return max(total, 1)
    if int(text) > HUGE_COUNT:
        problems.add("huge_count")
    return max(min(int(text), total), 1)


def _values(parts: Parts, key: str) -> int:
    """How many different values a BY part allows; 0 where it is not there."""
    if key not in parts:
        return 0
    return min(len(set(parts[key].split(",")[: MANY_PARTS + 1])), _RANGES.get(key, MANY_PARTS))


def _times_per_day(frequency: str, interval: int, parts: Parts) -> float:
    hours, minutes, seconds = (_values(parts, key) for key in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    if frequency not in _PER_DAY:
        per_day = max(hours, 1) * max(minutes, 1) * max(seconds, 1)
        positions = _values(parts, "BYSETPOS")
        return float(min(per_day, positions) if positions and frequency == "DAILY" else per_day)
    rate = _PER_DAY[frequency] / interval
    rate *= (hours or 24) / 24
    if frequency == "HOURLY":
        rate *= max(minutes, 1) * max(seconds, 1)
    else:
        rate *= (minutes or 60) / 60
        rate *= max(seconds, 1) if frequency == "MINUTELY" else (seconds or 60) / 60
    ceiling = (hours or 24) * 3600
    return min(float(ceiling), max(rate, 1 / interval))


def _active_days(frequency: str, interval: int, parts: Parts, days: float) -> float:
    """Upper bound on the days of the horizon that have an occurrence."""
    if frequency in _PER_DAY:
        return max(days * (_share(parts) if days > 365 else 1.0), 1.0)
    if frequency == "DAILY":
        bounds = [math.floor(days / interval) + 1.0, *_daily_limits(interval, parts, days)]
        per_month = 31 / interval + 1
    else:
        per_period = _days_per_period(frequency, parts)
        bounds = [(math.floor(days / (_DAYS_PER[frequency] * interval)) + 2) * per_period]
        per_month = per_period * (31 / (7 * interval) + 2) if frequency == "WEEKLY" else per_period
    months = _values(parts, "BYMONTH")
    if months and frequency != "YEARLY":
        bounds.append((math.floor(days / 365) + 2) * months * per_month)
    return min(*bounds, days + 1) if len(bounds) > 1 else min(bounds[0], days + 1)


def _daily_limits(interval: int, parts: Parts, days: float) -> list[float]:
    """What BYDAY and BYMONTHDAY leave of a daily rule; every seventh day may well be a Monday each time."""
    weekdays, month_days = _weekdays(parts)[0], _values(parts, "BYMONTHDAY")
    limits = []
    if weekdays and interval == 1:
        limits.append((math.floor(days / 7) + 1.0) * weekdays)
    if month_days:
        limits.append((math.floor(days / 28) + 2.0) * month_days)
    return limits


def _share(parts: Parts) -> float:
    """Which part of all days BY rules leave over."""
    share = 1.0
    for key, whole in (("BYMONTH", 12), ("BYMONTHDAY", 28), ("BYYEARDAY", 365)):
        if key in parts:
            share *= min(_values(parts, key) / whole, 1.0)
    if "BYDAY" in parts:
        share *= min(_weekdays(parts)[0] / 7, 1.0) or 1.0
    return share


def _weekdays(parts: Parts) -> tuple[int, int]:
    """(different weekdays without a number, entries with one: "-1SU")."""
    entries = [_WEEKDAY.match(entry.strip()) for entry in parts.get("BYDAY", "").split(",")[: MANY_PARTS + 1]]
    plain = {match[2] for match in entries if match and not match[1]}
    numbered = {match[0] for match in entries if match and match[1]}
    return len(plain), len(numbered)


def _days_per_period(frequency: str, parts: Parts) -> float:
    plain, numbered = _weekdays(parts)
    month_days = _values(parts, "BYMONTHDAY")
    if frequency == "WEEKLY":
        days = float(min(max(plain + numbered, 1), 7))
    elif frequency == "MONTHLY":
        days = _monthly(plain, numbered, month_days)
    else:
        days = _yearly(parts, plain, numbered, month_days)
    positions = _values(parts, "BYSETPOS")
    return min(days, positions) if positions else days


def _monthly(plain: int, numbered: int, month_days: int) -> float:
    by_day = plain * 5 + numbered
    limits = [float(limit) for limit in (by_day, month_days) if limit]
    return min(*limits, 31.0) if limits else 1.0


def _yearly(parts: Parts, plain: int, numbered: int, month_days: int) -> float:
    months = _values(parts, "BYMONTH")
    weeks, year_days = _values(parts, "BYWEEKNO"), _values(parts, "BYYEARDAY")
    limits = [366.0]
    if year_days:
        limits.append(float(year_days))
    if weeks:
        limits.append(weeks * float(plain or 1))
    if month_days:
        limits.append(month_days * float(months or 12))
    if (plain or numbered) and not weeks:
        limits.append(months * (plain * 5.0 + numbered) if months else plain * 53.0 + numbered)
    return min(limits) if len(limits) > 1 else float(max(months, 1))
