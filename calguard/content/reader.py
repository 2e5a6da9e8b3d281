"""Reads iCalendar octets into Content: lenient, linear, bounded, and never by raising (R31, R32, R49)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from calguard.content import fingerprint
from calguard.content.components import (
    SCHEDULED,
    Component,
    People,
    close_alarm,
    is_hex_padding,
    read_property,
)
from calguard.content.gather import Gathered, make_text
from calguard.content.guests import read_guest
from calguard.content.lines import MAX_OCTETS, Line, logical_lines, parse, sample_octets
from calguard.content.parts import by_uid
from calguard.content.recurrence import bound
from calguard.content.times import after, duration, moment
from calguard.content.types import Content, Event, Text

MAX_PROPERTIES = 100_000
MAX_NESTING = 8
MAX_EVENTS = 20_000
NAMES_PER_TEXT = 16_384  # characters of guests' display names that are read as one text

_TIMEZONES = frozenset({"VTIMEZONE", "STANDARD", "DAYLIGHT"})
_OF_ZONES = frozenset({"DTSTART", "RRULE", "RDATE", "EXDATE", "TZOFFSETFROM", "LAST-MODIFIED", "TZUNTIL", "DTSTAMP"})
_FORMAT = frozenset({"bad_encoding", "oversize"})


def read(data: bytes | str) -> Content:
    """Everything an iCalendar object carries. Any octets will do: what is no calendar is read as one text."""
    octets = data.encode("utf-8", "replace") if isinstance(data, str) else bytes(data)
    reading = Reading()
    reading.read(octets)
    return reading.content(octets)


def read_nested(octets: bytes, depth: int) -> Gathered:
    """What a calendar inside an attachment says."""
    reading = Reading()
    reading.into.depth = depth
    reading.read(octets)
    reading.finish()
    return reading.into


def texts_of(field: str, value: str, html: bool = False) -> Text:
    """One text that is shown beside the event: an account's name, a question of a booking page, a file's name."""
    return make_text(field, value[:65_536], html)[0]


def read_text(fields: Mapping[str, str], *, html: frozenset[str] = frozenset()) -> Content:
    """Texts around an event, as content of their own; `html` names the fields that hold markup."""
    into = Gathered()
    for name, value in fields.items():
        into.text(name, value, markup=name in html)
    into.close()
    lines = [fingerprint.entry(name, (), value) for name, value in fields.items() if value]
    return Content(
        method="",
        texts=tuple(into.texts),
        links=tuple(into.links.values()),
        phones=tuple(into.phones.values()),
        money=tuple(into.money.values()),
        problems=frozenset(into.problems),
        size=sum(len(value) for value in fields.values()),
        hash=fingerprint.canonical_hash(lines),
    )


class Reading:
    """One pass over the lines of one object."""

    def __init__(self) -> None:
        self.into = Gathered()
        self.people = People()
        self.stack: list[Component] = []
        self.events: list[Component] = []
        self.zones: dict[str, timezone] = {}
        self.blocks: list[str] = []
        self.methods: list[str] = []
        self.prodid = ""
        self.calendars = 0
        self.hexes = 0
        self.outside: list[str] = []
        self.tame: set[str] = set()  # parameters of guests already found to say nothing

    def read(self, octets: bytes) -> None:
        if len(octets) > MAX_OCTETS:
            octets = sample_octets(octets, MAX_OCTETS)
            self.into.problems.add("oversize")
        lines, good = logical_lines(octets)
        if not good:
            self.into.problems.add("bad_encoding")
        properties, stack, into, people, tame = 0, self.stack, self.into, self.people, self.tame
        for line in lines:
            if line.startswith("ATTENDEE") and stack and not stack[-1].prefix and read_guest(line, into, people, tame):
                continue
            if not line or line.isspace():
                continue
            properties += 1
            if properties > MAX_PROPERTIES:
                into.problems.add("too_many_properties")
                into.text("REST", line)
                continue
            self._line(line)

    def _line(self, text: str) -> None:
        line = parse(text.lstrip() if text[0] in " \t" else text)
        name = line.name
        if name == "BEGIN":
            self._begin(line.value.strip().upper()[:64])
        elif name == "END":
            self._end(line.value.strip().upper()[:64])
        elif not self.stack or not name:
            self._stray(text)
        else:
            component = self.stack[-1]
            if component.in_timezone:
                if name in _OF_ZONES:
                    return
            else:
                if component.name == "VCALENDAR":
                    self._of_calendar(line)
                if name.startswith("X-") and is_hex_padding(line):
                    self.hexes += 1
            read_property(line, component, self.into, self.people)

    def _of_calendar(self, line: Line) -> None:
        value = line.value.strip()
        if line.name == "METHOD":
            self.methods.append(value.upper()[:32])
        elif line.name == "PRODID":
            self.prodid = self.prodid or value[:512]
        elif line.name == "CALSCALE" and value.upper() != "GREGORIAN":
            self.into.problems.add("calscale")

    def _stray(self, text: str) -> None:
        """Text where no text belongs: outside every component, or a line that is no property."""
        self.into.problems.add("malformed_line" if self.stack else "outside_component")
        if len(self.outside) < 20_000:
            self.outside.append(text)
        else:
            self.into.problems.add("oversize")

    def _begin(self, name: str) -> None:
        if name == "VCALENDAR":
            self.calendars += 1
            if self.stack:
                self.into.problems.add("nested_calendar")
        if len(self.stack) >= MAX_NESTING:
            self.into.problems.add("nested_too_deep")
            if len(self.stack) > 64:
                return
        prefix = "" if name in SCHEDULED else f"{name}."
        inside = name in _TIMEZONES or bool(self.stack and self.stack[-1].in_timezone)
        component = Component(name=name, prefix=prefix, in_timezone=inside)
        if name in SCHEDULED and len(self.events) < MAX_EVENTS:
            self.events.append(component)
        self.stack.append(component)

    def _end(self, name: str) -> None:
        stack = self.stack
        if not stack or (stack[-1].name != name and name not in [component.name for component in stack]):
            self.into.problems.add("malformed_line")
            return
        while stack:
            component = stack.pop()
            self._close(component)
            if component.name == name:
                break

    def _close(self, component: Component) -> None:
        parent = self.stack[-1] if self.stack else None
        if component.name == "VALARM":
            close_alarm(component, self.into)
        if component.in_timezone:
            if component.absurd:
                self.into.problems.add("absurd_zone")
            if component.name == "STANDARD" and parent and component.standard:
                parent.standard = parent.standard or component.standard
            elif component.name == "VTIMEZONE" and component.tzid and component.standard:
                self.zones[component.tzid] = component.standard
            return
        if component.name in SCHEDULED or component.name == "VCALENDAR":
            if component.name == "VCALENDAR" and component.entries:
                self.blocks.append(fingerprint.block("VCALENDAR", component.entries))
        elif component.entries and parent:
            parent.entries.append(fingerprint.block(component.name, component.entries))

    def finish(self) -> None:
        """What can only be said at the end: open components, guests' names, stray lines."""
        while self.stack:
            self.into.problems.add("malformed_line")
            self._close(self.stack.pop())
        if self.outside:
            stray = "\n".join(self.outside)
            self.into.text("OUTSIDE", stray)
            self.blocks.append(fingerprint.entry("OUTSIDE", (), stray))
        self._names()
        if not self.calendars or (not self.events and "outside_component" in self.into.problems):
            self.into.problems.add("unparseable")
        if self.hexes > 10:
            self.into.problems.add("hex_padding")
        self.into.close()

    def _names(self) -> None:
        """Guests' display names, many to a text: a payload split over them is seen whole (R27)."""
        batch: list[str] = []
        length = 0
        for name in self.people.names:
            batch.append(name)
            length += len(name)
            if length > NAMES_PER_TEXT:
                self.into.text("ATTENDEE;CN", "\n".join(batch))
                batch, length = [], 0
        if batch:
            self.into.text("ATTENDEE;CN", "\n".join(batch))

    def content(self, octets: bytes) -> Content:
        self.finish()
        events = self._events()
        into, guests = self.into, self.people.guests
        owners = [address.email for address in into.addresses if address.role == "organizer" and address.email]
        total = len(guests) - (1 if owners and owners[0] in guests else 0)
        return Content(
            method=self.methods[0] if self.methods else "",
            events=events,
            texts=tuple(into.texts),
            links=tuple(into.links.values()),
            phones=tuple(into.phones.values()),
            money=tuple(into.money.values()),
            addresses=tuple(into.addresses),
            alarms=tuple(into.alarms),
            attachments=tuple(into.attachments),
            prodid=self.prodid,
            guest_total=total,
            problems=frozenset(into.problems),
            size=len(octets),
            hash=fingerprint.canonical_hash([*self.blocks, *fingerprint.told_elsewhere(into.texts)]),
            guests_hash=fingerprint.guests_hash(guests),
            raw=octets,
        )

    def _events(self) -> tuple[Event, ...]:
        problems = self.into.problems
        overrides: dict[str, int] = {}
        for component in self.events:
            if "RECURRENCE-ID" in component.times:
                overrides[component.uid] = overrides.get(component.uid, 0) + 1
        events = tuple(self._event(component, overrides.get(component.uid, 0)) for component in self.events)
        if any(not event.uid for event in events if event.component != "VFREEBUSY"):
            problems.add("missing_uid")
        if len({event.uid for event in events}) > 1:
            problems.add("several_uids")
        if len(set(self.methods)) > 1:
            problems.add("several_methods")
        return events

    def _event(self, component: Component, overrides: int) -> Event:
        start, all_day = self._time(component, "DTSTART")
        end, _ = self._time(component, "DTEND" if "DTEND" in component.times else "DUE")
        span = component.times.get("DURATION")
        if end is None and span:
            length = duration(span[0])
            if length is None:
                self.into.problems.add("bad_time")
            end = after(start, length)
        elif end is None and all_day and start and component.name == "VEVENT":
            end = after(start, timedelta(days=1))
        identity, _ = self._time(component, "RECURRENCE-ID")
        recurrence_id = component.times.get("RECURRENCE-ID", ("", ""))[0]
        moments = [
            f"{name}={when.isoformat()}"
            for name, when in (("start", start), ("end", end), ("identity", identity))
            if when
        ]
        self.blocks.append(fingerprint.block(component.name, [*component.entries, *moments, f"day={all_day}"]))
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
            self.into.problems.add("bad_time")
            component.entries.append(fingerprint.entry(name, (), written[0]))
        return found, all_day


def split(content: Content) -> tuple[Content, ...]:
    """One content per UID, for imports and scans, where every event is a message of its own."""
    if len({event.uid for event in content.events}) < 2:
        return (content,)
    return tuple(read(part) for part in by_uid(content.raw))
