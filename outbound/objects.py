"""iCalendar objects fit to be sent: with the method they are sent under, or reduced to what a cancellation needs."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from icalendar import Calendar, Component, Event, Todo, vCalAddress

from outbound.plain import ADDRESS

__all__ = ["Described", "Unbuildable", "cancellation", "described", "method_of", "with_method"]

PRODID = "-//CalGuard//Invitations//EN"
CANCELLED = "Cancelled event"  # ours, not the sender's: a contained account says nothing of its own (R63)
METHOD = re.compile(rb"^METHOD(?:;[^:\r\n]*)?:([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
FOLD = re.compile(rb"\r?\n[ \t]")
MARK = b"\xef\xbb\xbf"  # byte order mark

# Workers send one calendar to many guests in a row, and reading one of 50,000 guests takes seconds.
_remembered = lru_cache(maxsize=4)


class Unbuildable(ValueError):  # noqa: N818 - a state of the content, not a fault of the program
    """No correct mail can be made of this; says why in plain words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """What a body says of the event. Times are as the sender wrote them: aware, floating, or a day."""

    summary: str = ""
    start: datetime | date | None = None
    end: datetime | date | None = None
    where: str = ""
    notes: str = ""
    answer: str = ""  # PARTSTAT of the only attendee, as in a REPLY


@_remembered
def method_of(calendar: bytes) -> str:
    """The one METHOD of the object, "" where there is none. Raises Unbuildable where there are several."""
    found = METHOD.findall(FOLD.sub(b"", calendar.removeprefix(MARK)))
    if len(found) > 1:
        raise Unbuildable("the calendar object has more than one METHOD")
    return found[0].decode("ascii", "replace").strip().upper() if found else ""


@_remembered
def with_method(calendar: bytes, method: str, *, alarms: bool = True) -> bytes:
    """The object with exactly one METHOD, without its reminders if `alarms` is False: guests may have their own (RFC
    5546 1.4). Raises Unbuildable where `icalendar` cannot read it."""
    with _reading():
        parsed = _parsed(calendar)
        if not alarms:
            for component in parsed.walk():
                component.subcomponents = [part for part in component.subcomponents if part.name != "VALARM"]
        parsed.pop("METHOD", None)
        parsed.add("METHOD", method.upper())
        for name, value in (("VERSION", "2.0"), ("PRODID", PRODID)):
            if name not in parsed:
                parsed.add(name, value)
        return parsed.to_ical()


@_remembered
def cancellation(calendar: bytes, at: datetime | None = None) -> bytes:
    """A CANCEL for the same events with nothing the sender worded (R63, RFC 5546 3.2.5).

    Keeps UID, RECURRENCE-ID, SEQUENCE, times and bare addresses; times in UTC, as time zones carry free text. SEQUENCE
    rises unless the object already is a cancellation. DTSTAMP is `at`, or else the object's own. Raises Unbuildable.
    """
    with _reading():
        parsed = _parsed(calendar)
        raised = 0 if str(parsed.get("METHOD", "")).upper() == "CANCEL" else 1
        bare = Calendar()
        for name, value in (("PRODID", PRODID), ("VERSION", "2.0"), ("METHOD", "CANCEL")):
            bare.add(name, value)
        for component in _scheduled(parsed):
            bare.add_component(_bare(component, raised, at))
        return bare.to_ical()


@_remembered
def described(calendar: bytes) -> Described:
    """What the first event says. Raises Unbuildable where `icalendar` cannot read it."""
    with _reading():
        event = _scheduled(_parsed(calendar))[0]
        answers = [
            str(a.params.get("PARTSTAT", "")).upper() for a in _several(event, "ATTENDEE") if hasattr(a, "params")
        ]
        return Described(
            summary=_text(event, "SUMMARY"),
            start=_time(event, "DTSTART"),
            end=_time(event, "DTEND") or _time(event, "DUE"),
            where=_text(event, "LOCATION"),
            notes=_text(event, "DESCRIPTION"),
            answer=answers[0] if len(answers) == 1 else "",
        )


@contextmanager
def _reading() -> Iterator[None]:
    """Whatever `icalendar` stumbles over in a hostile object is one error; its guesses at time zones are no news."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Unbuildable:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        raise Unbuildable(f"the calendar object cannot be read: {str(error)[:120]}") from error


def _parsed(calendar: bytes) -> Component:
    parsed = Calendar.from_ical(calendar.removeprefix(MARK))
    if parsed.name != "VCALENDAR":
        raise Unbuildable("the calendar object is not a VCALENDAR")
    return parsed


def _scheduled(parsed: Component) -> list[Component]:
    components = [part for part in parsed.subcomponents if part.name in {"VEVENT", "VTODO"}]
    if not components:
        raise Unbuildable("the calendar object has no event")
    return components


def _bare(component: Component, raised: int, at: datetime | None) -> Component:
    bare = Event() if component.name == "VEVENT" else Todo()
    uid = _text(component, "UID")
    if not uid:
        raise Unbuildable("the event has no UID")
    bare.add("UID", uid)
    for name in ("RECURRENCE-ID", "DTSTART", "DTEND", "DUE"):
        moment = _time(component, name)
        if moment is not None:
            bare.add(name, _utc(moment))
    stamp = at or _time(component, "DTSTAMP")
    if not isinstance(stamp, datetime):
        raise Unbuildable("the event has no DTSTAMP")
    bare.add("DTSTAMP", stamp.astimezone(UTC) if stamp.tzinfo else stamp.replace(tzinfo=UTC))
    digits = _text(component, "SEQUENCE")
    sequence = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
    bare.add("SEQUENCE", sequence + raised)
    for name in ("ORGANIZER", "ATTENDEE"):
        for address in _addresses(_several(component, name)):
            bare.add(name, vCalAddress(f"mailto:{address}"))
    bare.add("STATUS", "CANCELLED")
    bare.add("SUMMARY", CANCELLED)
    return bare


def _addresses(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        text = str(value).strip()
        address = text[7:] if text[:7].lower() == "mailto:" else text
        if ADDRESS.fullmatch(address):
            yield address


def _several(component: Component, name: str) -> list[Any]:
    value = component.get(name)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _text(component: Component, name: str) -> str:
    values = _several(component, name)
    return str(values[0]) if values else ""


def _time(component: Component, name: str) -> datetime | date | None:
    """The value if it is a time at all: `icalendar` keeps broken ones, and raises when they are asked for politely."""
    values = _several(component, name)
    moment = getattr(values[0], "dt", None) if values else None
    return moment if isinstance(moment, (datetime, date)) else None


def _utc(moment: datetime | date) -> datetime | date:
    return moment.astimezone(UTC) if isinstance(moment, datetime) and moment.tzinfo else moment
