"""An event as iCalendar: what the guard is asked about, and what guests get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from django.conf import settings
from icalendar import Alarm, Calendar, vCalAddress, vText
from icalendar import Event as Component

from demo.models import Event, Guest, Happening, InboxItem, Recurrence, Share, User
from demo.zones import zone

PRODID = "-//Almanac//Almanac demo calendar//EN"
Method = Literal["REQUEST", "CANCEL", "REPLY", "PUBLISH"]


def build(event: Event, guests: Iterable[Guest], method: Method = "REQUEST", *, comment: str = "") -> bytes:
    """The event with all its guests, METHOD included, the same bytes each time."""
    component = _component(event, event.owner)
    if comment:
        component.add("comment", comment)
    component.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    for guest in guests:
        component.add("attendee", _attendee(guest), encode=False)
    if method == "REQUEST":
        _remind(component, event)
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
    if item.comment:
        component.add("comment", item.comment)
    return _calendar(component, "REPLY")


def stored(event: Event, guests: Iterable[Guest], statuses: Mapping[str, str]) -> bytes:
    """The event as a CalDAV client reads it: no METHOD (RFC 4791 4.1), and beside each guest what became of their
    invitation (RFC 6638 3.2.9)."""
    component = _component(event, event.owner)
    component.add("status", "CANCELLED" if event.cancelled_at else "CONFIRMED")
    for guest in guests:
        attendee = _attendee(guest)
        if guest.address in statuses:
            attendee.params["SCHEDULE-STATUS"] = vText(statuses[guest.address])
        if guest.agent != Guest.Agent.SERVER:
            attendee.params["SCHEDULE-AGENT"] = vText(guest.agent)
        component.add("attendee", attendee, encode=False)
    _remind(component, event)
    return _calendar(component, None)


def invited(item: InboxItem) -> bytes:
    """Somebody else's event as its guest's CalDAV client reads it."""
    component = Component()
    component.add("uid", item.uid)
    component.add("sequence", item.sequence)
    component.add("dtstamp", item.received_at)
    _describe(component, item)
    component.add("organizer", _person(item.organiser, item.organiser_name), encode=False)
    cancelled = item.state == InboxItem.State.CANCELLED
    component.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    attendee = _person(item.user.email, item.user.get_full_name())
    attendee.params["PARTSTAT"] = vText(_PARTSTAT.get(item.state, "NEEDS-ACTION"))
    component.add("attendee", attendee, encode=False)
    return _calendar(component, None)


_PARTSTAT: Mapping[str, str] = {InboxItem.State.ACCEPTED: "ACCEPTED", InboxItem.State.DECLINED: "DECLINED"}


def share(invitation: Share) -> bytes:
    """An invitation to a shared calendar, as far as iCalendar can say it: who asks whom, and with which words."""
    component = Component()
    component.add("uid", f"share-{invitation.pk}@{settings.MAIL_DOMAIN}")
    component.add("dtstamp", invitation.created_at)
    component.add("summary", invitation.title)
    if invitation.words:
        component.add("description", invitation.words)
    component.add("organizer", _person(invitation.owner.email, invitation.owner.get_full_name()), encode=False)
    component.add("attendee", _person(invitation.address, ""), encode=False)
    return _calendar(component, "PUBLISH")


def visible(event: Event) -> bytes:
    """All that a guest can see of the event itself, to tell a change that matters to them from one that does not."""
    probe = Event(**{name: getattr(event, name) for name in (*SHOWN, "id", "owner", "uid", "reminder")})
    probe.changed_at = datetime(2000, 1, 1, tzinfo=UTC)
    return build(probe, ())


SHOWN = ("title", "notes", "place", "link", "starts_at", "ends_at", "time_zone", "recurrence", "until", "count")
SCHEDULE = ("starts_at", "ends_at", "time_zone", "recurrence", "until", "count")  # a change raises SEQUENCE


def _attendee(guest: Guest) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{guest.address}")
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText(guest.answer)
    attendee.params["RSVP"] = vText("TRUE")
    return attendee


def _remind(component: Component, event: Event) -> None:
    if event.reminder is not None:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", event.title)
        alarm.add("trigger", timedelta(minutes=-event.reminder))
        component.add_component(alarm)


def _component(event: Event, owner: User) -> Component:
    component = Component()
    component.add("uid", event.uid)
    component.add("sequence", event.sequence)
    component.add("dtstamp", event.changed_at)
    component.add("organizer", _person(owner.email, owner.get_full_name()), encode=False)
    _describe(component, event)
    return component


def _describe(component: Component, event: Happening) -> None:
    component.add("summary", event.title)
    start, end = event.local_start, event.local_end
    if event.recurrence == Recurrence.NONE and event.time_zone == "UTC":
        start, end = event.starts_at.astimezone(UTC), event.ends_at.astimezone(UTC)
    component.add("dtstart", start)
    component.add("dtend", end)
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


def _calendar(component: Component, method: Method | None) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    if method is not None:
        calendar.add("method", method)
    calendar.add_component(component)
    if "dtstart" in component:
        year = component.decoded("dtstart").year
        calendar.add_missing_timezones(date(max(1970, year - 1), 1, 1), date(max(2038, year + 5), 1, 1))
    return bytes(calendar.to_ical())


def _person(address: str, name: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    if name:
        person.params["CN"] = vText(name)
    return person
