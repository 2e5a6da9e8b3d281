"""One pass over the lines of an object: its components, times, people and rules; what it says waits to be read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from itertools import groupby
from operator import methodcaller

from calguard.content import fingerprint
from calguard.content.components import SCHEDULED, Component, People, Plan, file_property, plan_of
from calguard.content.guests import read_guests
from calguard.content.lines import MAX_OCTETS, logical_lines, parse, sample_octets
from calguard.content.recurrence import bound
from calguard.content.times import after, duration, moment
from calguard.content.types import Event

MAX_PROPERTIES = 100_000
MAX_IN_ONE = 5_000  # properties of one component, guests not counted
MAX_NESTING = 8
MAX_EVENTS = 20_000

_TIMEZONES = frozenset({"VTIMEZONE", "STANDARD", "DAYLIGHT"})
_OF_ZONES = frozenset({"DTSTART", "RRULE", "RDATE", "EXDATE", "TZOFFSETFROM", "LAST-MODIFIED", "TZUNTIL", "DTSTAMP"})
# What a component is closed or another begun by, and guests: read however many lines came before.
_COUNTS = re.compile(r"(?i)[ \t]*+(?:[a-z0-9_-]++\.)?+(?:BEGIN|END|ATTENDEE)[ \t]*[;:]")
_is_guest = methodcaller("startswith", "ATTENDEE")


class Reading:
    """What an object is. `telling` holds in order the lines that may say something, and "" where an alarm closes."""

    def __init__(self, octets: bytes) -> None:
        self.people = People()
        self.stack: list[Component] = []
        self.events: list[Component] = []
        self.calendars: list[Component] = []
        self.zones: dict[str, timezone] = {}
        self.outside: list[str] = []
        self.properties = 0
        self.rest: list[str] = []
        self.telling: list[tuple[str, Component]] = []
        self.closed: list[Component] = []  # inner ones before outer ones
        self.problems: set[str] = set()
        self.whole = ""  # hash of all octets, where not all of them are read
        self._read(octets)
        self._finish()
        self.scheduled = self._events()

    @property
    def guest_total(self) -> int:
        """Guests without the organiser, each once."""
        guests = self.people.guests
        owner = next((one.email for one in self.people.special if one.role == "organizer" and one.email), "")
        return len(guests) - (owner in guests)

    def told(self, name: str) -> list[str]:
        """What the calendars say of themselves: METHOD, PRODID, CALSCALE."""
        return [value for calendar in self.calendars for said, value in calendar.marks if said == name]

    def _read(self, octets: bytes) -> None:
        if len(octets) > MAX_OCTETS:
            self.whole = hashlib.sha256(octets).hexdigest()
            octets = sample_octets(octets, MAX_OCTETS)
            self.problems.add("oversize")
        lines, good = logical_lines(octets)
        if not good:
            self.problems.add("bad_encoding")
        stack = self.stack
        for are_guests, group in groupby(lines, _is_guest):
            if are_guests and stack and not stack[-1].prefix:
                read_guests(list(group), self.people, self._line)
                continue
            self._lines(group)
        if self.rest:
            self.problems.add("too_many_properties")

    def _lines(self, lines: Iterable[str]) -> None:
        """File many lines. Flat on purpose: a feed has tens of thousands, and most of them only wait to be read."""
        stack, people, telling = self.stack, self.people, self.telling
        for text in lines:
            if not text:
                continue
            if stack and stack[-1].lines >= MAX_IN_ONE and not _COUNTS.match(text):
                self.rest.append(text)
                continue
            head, colon, value = text.partition(":")
            plan = plan_of(head) if colon and len(head) < 100 else None
            if plan is None or plan.structure or not stack or self.properties >= MAX_PROPERTIES:
                self._seldom(text, plan, value)
                continue
            self.properties += 1
            component = stack[-1]
            component.lines += plan.name != "ATTENDEE"
            if component.in_timezone and plan.name in _OF_ZONES:
                continue
            if plan.filing:
                plan.filing(component, value.strip(), plan, people)
            if not plan.silent or not value.isalnum() or len(value) > 120:
                telling.append((text, component))

    def _line(self, text: str) -> None:
        self._lines((text,))

    def _seldom(self, text: str, plan: Plan | None, value: str) -> None:
        """A line that opens or closes a component, stands outside of all, or is written in no usual way."""
        self.properties += 1
        if self.properties > MAX_PROPERTIES:
            self.rest.append(text)
        elif plan is None:
            self._odd(text)
        elif plan.structure:
            (self._begin if plan.name == "BEGIN" else self._end)(value.strip().upper()[:64])
        else:
            self._stray(text)

    def _odd(self, text: str) -> None:
        """A line whose value begins who knows where, or that is no property at all."""
        if text.isspace():
            return
        line = parse(text.lstrip() if text[0] in " \t" else text)
        if line.name in ("BEGIN", "END"):
            (self._begin if line.name == "BEGIN" else self._end)(line.value.strip().upper()[:64])
        elif not self.stack or not line.name:
            self._stray(text)
        elif not self.stack[-1].in_timezone or line.name not in _OF_ZONES:
            file_property(line, self.stack[-1], self.people)
            self.telling.append((text.lstrip(), self.stack[-1]))

    def _stray(self, text: str) -> None:
        """Text where no text belongs: outside every component, or a line that is no property."""
        self.problems.add("malformed_line" if self.stack else "outside_component")
        self.outside.append(text)

    def _begin(self, name: str) -> None:
        if name == "VCALENDAR" and self.stack:
            self.problems.add("nested_calendar")
        if len(self.stack) >= MAX_NESTING:
            self.problems.add("nested_too_deep")
            if len(self.stack) > 64:
                return
        prefix = "" if name in SCHEDULED else f"{name}."
        inside = name in _TIMEZONES or bool(self.stack and self.stack[-1].in_timezone)
        parent = self.stack[-1] if self.stack else None
        listed = self.calendars if name == "VCALENDAR" else self.events if name in SCHEDULED else None
        component = Component(name=name, prefix=prefix, in_timezone=inside, listed=listed is not None, parent=parent)
        if listed is not None and len(listed) < MAX_EVENTS:
            listed.append(component)
        elif listed is not None:
            component.listed = False
            self.problems.add("oversize")
        self.stack.append(component)

    def _end(self, name: str) -> None:
        stack = self.stack
        if not stack or (stack[-1].name != name and name not in [component.name for component in stack]):
            self.problems.add("malformed_line")
            return
        while stack:
            component = stack.pop()
            self._close(component)
            if component.name == name:
                break

    def _close(self, component: Component) -> None:
        self.closed.append(component)
        parent = self.stack[-1] if self.stack else None
        if component.name == "VALARM":
            self.telling.append(("", component))
        if component.in_timezone:
            if component.absurd:
                self.problems.add("absurd_zone")
            if component.name == "STANDARD" and parent and component.standard:
                parent.standard = parent.standard or component.standard
            elif component.name == "VTIMEZONE" and component.tzid and component.standard:
                self.zones[component.tzid] = component.standard

    def _finish(self) -> None:
        while self.stack:
            self.problems.add("malformed_line")
            self._close(self.stack.pop())
        if not self.calendars or (not self.events and "outside_component" in self.problems):
            self.problems.add("unparseable")

    def _events(self) -> tuple[Event, ...]:
        problems = self.problems
        overrides: dict[str, int] = {}
        for component in self.events:
            if "RECURRENCE-ID" in component.times:
                overrides[component.uid] = overrides.get(component.uid, 0) + 1
        events = tuple(self._event(component, overrides.get(component.uid, 0)) for component in self.events)
        if any(not event.uid for event in events if event.component != "VFREEBUSY"):
            problems.add("missing_uid")
        if len({event.uid for event in events}) > 1:
            problems.add("several_uids")
        if len({method.upper() for method in self.told("METHOD")}) > 1:
            problems.add("several_methods")
        if any(scale.upper() != "GREGORIAN" for scale in self.told("CALSCALE")):
            problems.add("calscale")
        return events

    def _event(self, component: Component, overrides: int) -> Event:
        start, all_day = self._time(component, "DTSTART")
        end, _ = self._time(component, "DTEND" if "DTEND" in component.times else "DUE")
        span = component.times.get("DURATION")
        if end is None and span:
            length = duration(span[0])
            if length is None:
                self.problems.add("bad_time")
            end = after(start, length)
        elif end is None and all_day and start and component.name == "VEVENT":
            end = after(start, timedelta(days=1))
        identity, _ = self._time(component, "RECURRENCE-ID")
        recurrence_id = component.times.get("RECURRENCE-ID", ("", ""))[0]
        component.moments = (start, end, identity, all_day)
        is_master = not recurrence_id
        return Event(
            component=component.name,
            uid=component.uid,
            recurrence_id=recurrence_id[:64],
            sequence=component.sequence,
            status=component.status,
            start=start,
            end=end,
            all_day=all_day,
            recurrence=bound(
                component.rrules,
                rdates=component.rdates,
                exdates=component.exdates,
                exrules=component.exrules,
                overrides=overrides if is_master or overrides > 400 else 0,
                start=start,
            ),
        )

    def _time(self, component: Component, name: str) -> tuple[datetime | None, bool]:
        written = component.times.get(name)
        if written is None:
            return None, False
        found, all_day = moment(written[0], written[1], self.zones.get(written[1]))
        if found is None and (written[0] or name == "DTSTART"):
            self.problems.add("bad_time")
            component.entries.append(fingerprint.entry(name, (), written[0]))
        return found, all_day
