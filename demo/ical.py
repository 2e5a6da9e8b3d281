"""An event as iCalendar: what the guard is asked about, and what guests get."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from icalendar import Alarm, Calendar, vCalAddress, vText
from icalendar import Event as Component

from demo.models import Event, Guest, InboxItem, Recurrence, User
from demo.zones import zone

PRODID = "-//Almanac//Almanac demo calendar//EN"
Method = Literal["REQUEST", "CANCEL", "REPLY"]


def build(event: Event, guests: Iterable[Guest], method: Method = "REQUEST") -> bytes:
    """The event with all its guests, METHOD included, the same bytes each time."""
    component = _component(event, event.owner)
    component.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    for guest in guests:
        attendee = vCalAddress(f"mailto:{guest.address}")
        attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
        attendee.params["PARTSTAT"] = vText(guest.answer)
        attendee.params["RSVP"] = vText("TRUE")
        component.add("attendee", attendee, encode=False)
    if event.reminder is not None and method == "REQUEST":
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", event.title)
        alarm.add("trigger", timedelta(minutes=-event.reminder))
        component.add_component(alarm)
    return _calendar(component, method)


def reply(item: InboxItem) -> bytes:
    """A guest's answer to the organiser (RFC 5546, 3.2.3): nobody else is named, nothing else repeated."""
    component = Component()
    component.add("uid", item.uid)
    component.add("sequence", item.sequence)
    component.add("dtstamp", item.answered_at or item.received_at)
    component.add("summary", item.title)
    component.add("dtstart", item.local_start)
    component.add("dtend", item.local_end)
    component.add("organizer", _person(item.organiser, item.organiser_name), encode=False)
    attendee = _person(item.user.email, item.user.get_full_name())
    attendee.params["PARTSTAT"] = vText(item.state.upper())
    component.add("attendee", attendee, encode=False)
    return _calendar(component, "REPLY")


def visible(event: Event) -> bytes:
    """All that a guest can see of the event itself, to tell a change that matters to them from one that does not."""
    probe = Event(**{name: getattr(event, name) for name in (*SHOWN, "id", "owner", "uid", "reminder")})
    probe.changed_at = datetime(2000, 1, 1, tzinfo=UTC)
    return build(probe, ())


SHOWN = ("title", "notes", "place", "link", "starts_at", "ends_at", "time_zone", "recurrence", "until", "count")
SCHEDULE = ("starts_at", "ends_at", "time_zone", "recurrence", "until", "count")  # a change raises SEQUENCE


def _component(event: Event, owner: User) -> Component:
    component = Component()
    component.add("uid", event.uid)
    component.add("sequence", event.sequence)
    component.add("dtstamp", event.changed_at)
    component.add("summary", event.title)
    start, end = event.local_start, event.local_end
    if event.recurrence == Recurrence.NONE and event.time_zone == "UTC":
        start, end = event.starts_at.astimezone(UTC), event.ends_at.astimezone(UTC)
    component.add("dtstart", start)
    component.add("dtend", end)
    component.add("organizer", _person(owner.email, owner.get_full_name()), encode=False)
    for name, value in (("description", event.notes), ("location", event.place), ("url", event.link)):
        if value:
            component.add(name, value)
    if event.recurrence != Recurrence.NONE:
        rule: dict[str, Any] = {"freq": event.recurrence.upper()}
        if event.until:
            rule["until"] = datetime.combine(event.until, time(23, 59, 59), tzinfo=zone(event.time_zone)).astimezone(
                UTC
            )
        elif event.count:
            rule["count"] = event.count
        component.add("rrule", rule)
    return component


def _calendar(component: Component, method: Method) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(component)
    year = component.decoded("dtstart").year
    calendar.add_missing_timezones(date(max(1970, year - 1), 1, 1), date(max(2038, year + 5), 1, 1))
    return bytes(calendar.to_ical())


def _person(address: str, name: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    if name:
        person.params["CN"] = vText(name)
    return person
