"""What Almanac makes of an iCalendar file: its events, in the fields of its own calendar."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from icalendar import Calendar, vDDDTypes, vRecur
from icalendar import Event as Component

from demo.models import Recurrence
from demo.zones import FIRST_YEAR, LAST_YEAR, names, zone

MOST_AHEAD = timedelta(days=7)
LARGEST = 2**31 - 1  # RFC 5545, 3.3.8


class UnreadableError(ValueError):
    """A file that is no iCalendar, with words for its owner."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """One VEVENT as far as Almanac understands it; `dropped` names in plain words what it does not."""

    values: dict[str, Any]  # the fields of Happening
    organiser: str = ""
    organiser_name: str = ""
    guests: tuple[str, ...] = ()
    answers: dict[str, str] = field(default_factory=dict)
    recurrence_id: str = ""
    comment: str = ""
    method: str = ""
    agents: dict[str, str] = field(default_factory=dict)  # guests whom somebody else tells (SCHEDULE-AGENT)
    reminder: int | None = None
    dropped: tuple[str, ...] = ()


def read(content: bytes) -> list[Read]:
    """Every VEVENT of a file. Raises UnreadableError."""
    try:
        calendars = Calendar.from_ical(content, multiple=True)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise UnreadableError("This file is not an iCalendar (.ics) file, or it is damaged.") from error
    parts = [part for part in calendars if isinstance(part, Calendar)]
    found = [(one, str(part.get("method", "")).upper()) for part in parts for one in part.walk("VEVENT")]
    if not found:
        raise UnreadableError("There is no event in this file.")
    events = [event for event in (_read(cast("Component", one), method) for one, method in found) if event is not None]
    if not events:
        raise UnreadableError("No event in this file has a time that can be read.")
    return events


def _read(component: Component, method: str) -> Read | None:
    """None for a VEVENT without a start that can be read."""
    try:
        start = component.decoded("dtstart")
        starts_at, time_zone = _instant(start)
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    dropped: list[str] = []
    ends_at = _end(component, start, starts_at, dropped)
    organiser, organiser_name, _ = _address(component.get("organizer"))
    attendees = component.get("attendee", [])
    people = [_address(one) for one in (attendees if isinstance(attendees, list) else [attendees])]
    values = {
        "title": _text(component, "summary", 200) or "(no title)",
        "notes": _text(component, "description", 20_000),
        "place": _text(component, "location", 200),
        "link": _link(component),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "time_zone": time_zone,
        "uid": _text(component, "uid", 255),
        "sequence": _number(component.get("sequence"), 0),
        **_recurrence(component, time_zone, dropped),
    }
    return Read(
        values=values,
        organiser=organiser,
        organiser_name=organiser_name,
        guests=tuple(dict.fromkeys(address for address, _, _ in people if address)),
        answers={address: answer for address, _, answer in people if address},
        recurrence_id=_recurrence_id(component),
        comment=_text(component, "comment", 500),
        method=method,
        agents=_agents(attendees if isinstance(attendees, list) else [attendees]),
        reminder=_reminder(component),
        dropped=tuple(dropped),
    )


def _end(component: Component, start: date, starts_at: datetime, dropped: list[str]) -> datetime:
    """DTEND, else DTSTART and DURATION, else what RFC 5545, 3.6.1 says of neither."""
    usual = starts_at + (timedelta(0) if isinstance(start, datetime) else timedelta(days=1))
    try:
        if "dtend" in component:
            ends_at = _instant(component.decoded("dtend"))[0]
        elif "duration" in component:
            ends_at = starts_at + component.decoded("duration")
        else:
            return usual
    except (ValueError, TypeError, OverflowError):
        dropped.append("its end")
        return usual
    if ends_at < starts_at:
        dropped.append("its end, which lies before its start")
        return starts_at
    if ends_at.year > LAST_YEAR:
        dropped.append("its end")
        return usual
    return ends_at


def _recurrence_id(component: Component) -> str:
    value = component.get("recurrence-id")
    return value.to_ical().decode("ascii", "replace")[:100] if isinstance(value, vDDDTypes) else ""


def _instant(value: object) -> tuple[datetime, str]:
    """The instant and the name of its zone. Dates and floating times are read in UTC. Raises ValueError."""
    if not isinstance(value, date):  # what cannot be parsed comes as text
        raise ValueError("no date")
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError("no year of ours")
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), tzinfo=UTC), "UTC"
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC), "UTC"
    name = getattr(value.tzinfo, "key", "") or str(value.tzinfo)
    return value.astimezone(UTC), name if name in names() else "UTC"


def _recurrence(component: Component, time_zone: str, dropped: list[str]) -> dict[str, Any]:
    rule = component.get("rrule")
    if rule is None:
        return {"recurrence": Recurrence.NONE}
    rule = rule[0] if isinstance(rule, list) else rule
    if not isinstance(rule, vRecur):
        dropped.append("the way it repeats; its first time is kept")
        return {"recurrence": Recurrence.NONE}
    frequency = str((rule.get("FREQ") or [""])[0]).lower()
    simple = set(rule) <= {"FREQ", "UNTIL", "COUNT", "INTERVAL", "WKST"} and rule.get("INTERVAL", [1]) == [1]
    if frequency not in Recurrence.values or not simple:
        dropped.append("the way it repeats, which Almanac cannot show; its first time is kept")
        return {"recurrence": Recurrence.NONE}
    until = (rule.get("UNTIL") or [None])[0]
    if isinstance(until, datetime):
        until = (until if until.tzinfo else until.replace(tzinfo=UTC)).astimezone(zone(time_zone)).date()
    return {"recurrence": frequency, "until": until, "count": _number((rule.get("COUNT") or [None])[0], None)}


def _address(value: Any) -> tuple[str, str, str]:
    """Address in lower case, name and PARTSTAT of an ORGANIZER or ATTENDEE; empty where it is no mail address."""
    scheme, _, address = str(value or "").partition(":")
    params = getattr(value, "params", {})
    answer = str(params.get("PARTSTAT", "NEEDS-ACTION")).upper()
    if scheme.lower() != "mailto" or "@" not in address or len(address) > 254:
        return "", "", answer
    return address.strip().lower(), str(params.get("CN", ""))[:200], answer


def _agents(attendees: list[Any]) -> dict[str, str]:
    """Guests whom the organiser's program tells itself, or nobody does (RFC 6638 7.1)."""
    named = (
        (_address(one)[0], str(getattr(one, "params", {}).get("SCHEDULE-AGENT", "SERVER")).upper()) for one in attendees
    )
    return {
        address: "CLIENT" if agent == "CLIENT" else "NONE" for address, agent in named if address and agent != "SERVER"
    }


def _reminder(component: Component) -> int | None:
    """Minutes before the start, of the first alarm that says so."""
    for alarm in component.walk("VALARM"):
        trigger = getattr(alarm.get("trigger"), "dt", None)
        if isinstance(trigger, timedelta) and timedelta(0) <= -trigger <= MOST_AHEAD:
            return int(-trigger.total_seconds() // 60)
    return None


def _text(component: Component, name: str, most: int) -> str:
    value = component.get(name, "")
    value = value[0] if isinstance(value, list) and value else value
    return str(value).strip()[:most]


def _link(component: Component) -> str:
    """Only what a page may link to; `javascript:` and its like stay out of the calendar."""
    link = _text(component, "url", 500)
    return link if link.lower().startswith(("https://", "http://")) else ""


def _number(value: Any, otherwise: int | None) -> int | None:
    try:
        return min(max(0, int(value)), LARGEST)
    except (TypeError, ValueError):
        return otherwise
