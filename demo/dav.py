"""The demo's calendars as CalDAV shows them: objects with their ETags, properties, filters, and what changed since."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID
from xml.etree import ElementTree as ET

from django.db.models import QuerySet
from django.urls import reverse

from demo import ical, scheduling
from demo.models import DavState, Event, InboxItem, User
from demo.occurrences import occurrences

D, C, CS = "DAV:", "urn:ietf:params:xml:ns:caldav", "http://calendarserver.org/ns/"
for _prefix, _namespace in (("D", D), ("C", C), ("CS", CS)):
    ET.register_namespace(_prefix, _namespace)
INVITE = "invitation-"  # names of objects that are somebody else's events
MOST_PROPERTIES, MOST_FILTERS = 100, 10  # of one request
KEPT_STATES = 20  # of one user: older clients read everything anew
T = TypeVar("T")
FOREVER = (datetime(1970, 1, 2, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC))


class BadRequestError(ValueError):
    """A body that is no request of WebDAV's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """One calendar object as a client reads it."""

    name: str
    what: Event | InboxItem
    content: bytes

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'


def thing(what: Event | InboxItem) -> Thing:
    """The object; its ETag changes with what it says of its guests, so that clients read that anew (RFC 6638)."""
    if isinstance(what, InboxItem):
        return Thing(name=f"{INVITE}{what.pk}.ics", what=what, content=ical.invited(what))
    guests = list(what.guests.all())
    content = ical.stored(what, guests, scheduling.statuses(what, guests))
    return Thing(name=what.dav_name or f"{what.pk}.ics", what=what, content=content)


def things(user: User) -> Iterator[Thing]:
    """Everything in a user's calendar."""
    for event in user.events.select_related("owner").filter(cancelled_at=None).order_by("pk"):
        yield thing(event)
    for item in _invitations(user).order_by("pk"):
        yield thing(item)


def _invitations(user: User) -> QuerySet[InboxItem]:
    """What was declined is out of the calendar, as in the month."""
    return user.inbox.select_related("user").exclude(state__in=[InboxItem.State.JUNK, InboxItem.State.DECLINED])


def find(user: User, name: str) -> Thing | None:
    """One object by its name."""
    stem = name.removesuffix(".ics")
    if not name or "\0" in name:
        return None
    if name.startswith(INVITE) and stem[len(INVITE) :].isdecimal():
        item = _invitations(user).filter(pk=stem[len(INVITE) :]).first()
        return thing(item) if item else None
    events = user.events.select_related("owner").filter(cancelled_at=None)
    event = events.filter(dav_name=name).first()
    if event is None and (key := _key(stem)) is not None and name == f"{key}.ics":
        event = events.filter(dav_name="", pk=key).first()
    return thing(event) if event else None


def _key(written: str) -> UUID | None:
    try:
        return UUID(written)
    except ValueError:
        return None


def parse(body: bytes) -> ET.Element | None:
    """The root of a request; None for an empty one. No document type: entities have no place in WebDAV."""
    if not body.strip():
        return None
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body or b"\0" in body[:200]:
        raise BadRequestError
    try:
        return ET.fromstring(body)  # noqa: S314  without a document type there is nothing to expand
    except ET.ParseError as error:
        raise BadRequestError from error


def multistatus(answers: Mapping[str, tuple[ET.Element, ...] | None], names: list[str], token: str = "") -> bytes:
    """Properties of each address, or None where it is gone; those asked for and not known are said to be missing."""
    root = ET.Element(f"{{{D}}}multistatus")
    for href, found in answers.items():
        response = ET.SubElement(root, f"{{{D}}}response")
        ET.SubElement(response, f"{{{D}}}href").text = href
        if found is None:
            ET.SubElement(response, f"{{{D}}}status").text = "HTTP/1.1 404 Not Found"
            continue
        known = {one.tag: one for one in found}
        chosen = [known[name] for name in names if name in known] if names else list(known.values())
        _propstat(response, chosen, "200 OK")
        _propstat(response, [ET.Element(name) for name in names if name not in known], "404 Not Found")
    if token:
        ET.SubElement(root, f"{{{D}}}sync-token").text = token
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _propstat(response: ET.Element, properties: list[ET.Element], status: str) -> None:
    if not properties:
        return
    propstat = ET.SubElement(response, f"{{{D}}}propstat")
    ET.SubElement(propstat, f"{{{D}}}prop").extend(properties)
    ET.SubElement(propstat, f"{{{D}}}status").text = f"HTTP/1.1 {status}"


def asked(root: ET.Element | None) -> list[str]:
    """The names of the properties a request asks for; none means all."""
    prop = root.find(f"{{{D}}}prop") if root is not None else None
    names = list(dict.fromkeys(child.tag for child in prop)) if prop is not None else []
    return _few(names, MOST_PROPERTIES)


def _few(found: list[T], most: int) -> list[T]:
    """All of them; what asks for more than any client does would be answered once for every object."""
    if len(found) > most:
        raise BadRequestError
    return found


def prop(name: str, /, *children: ET.Element, text: str = "", **attributes: str) -> ET.Element:
    """A property; `name` in Clark notation."""
    element = ET.Element(name, attributes)
    element.text = text or None
    element.extend(children)
    return element


def href(name: str, address: str) -> ET.Element:
    """A property that is an address."""
    return prop(name, prop(f"{{{D}}}href", text=address))


def principal(user: User) -> tuple[ET.Element, ...]:
    """Who the user is, and where their calendars are."""
    address = reverse("dav-principal", args=[user.pk])
    return (
        prop(f"{{{D}}}resourcetype", ET.Element(f"{{{D}}}principal")),
        prop(f"{{{D}}}displayname", text=str(user)),
        href(f"{{{D}}}current-user-principal", address),
        href(f"{{{D}}}principal-URL", address),
        href(f"{{{C}}}calendar-home-set", reverse("dav-home", args=[user.pk])),
        href(f"{{{C}}}calendar-user-address-set", f"mailto:{user.email}"),
    )


def home(user: User) -> tuple[ET.Element, ...]:
    """The folder of a user's calendars."""
    return (
        prop(f"{{{D}}}resourcetype", ET.Element(f"{{{D}}}collection")),
        prop(f"{{{D}}}displayname", text="Calendars"),
        href(f"{{{D}}}current-user-principal", reverse("dav-principal", args=[user.pk])),
        href(f"{{{D}}}owner", reverse("dav-principal", args=[user.pk])),
    )


def calendar(user: User, token: str) -> tuple[ET.Element, ...]:
    """The calendar itself."""
    reports = [
        prop(f"{{{D}}}supported-report", prop(f"{{{D}}}report", ET.Element(name)))
        for name in (f"{{{C}}}calendar-query", f"{{{C}}}calendar-multiget", f"{{{D}}}sync-collection")
    ]
    privileges = [prop(f"{{{D}}}privilege", ET.Element(f"{{{D}}}{name}")) for name in ("read", "write")]
    return (
        prop(f"{{{D}}}resourcetype", ET.Element(f"{{{D}}}collection"), ET.Element(f"{{{C}}}calendar")),
        prop(f"{{{D}}}displayname", text="Almanac"),
        href(f"{{{D}}}current-user-principal", reverse("dav-principal", args=[user.pk])),
        href(f"{{{D}}}owner", reverse("dav-principal", args=[user.pk])),
        prop(f"{{{D}}}current-user-privilege-set", *privileges),
        prop(f"{{{D}}}supported-report-set", *reports),
        prop(f"{{{C}}}supported-calendar-component-set", prop(f"{{{C}}}comp", name="VEVENT")),
        prop(f"{{{D}}}sync-token", text=token),
        prop(f"{{{CS}}}getctag", text=token),
    )


def properties(one: Thing) -> tuple[ET.Element, ...]:
    """An object's ETag and, for who asks for it, its content."""
    return (
        prop(f"{{{D}}}resourcetype"),
        prop(f"{{{D}}}getetag", text=one.etag),
        prop(f"{{{D}}}getcontenttype", text="text/calendar; charset=utf-8; component=VEVENT"),
        prop(f"{{{C}}}calendar-data", text=one.content.decode().replace("\r\n", "\n")),
    )


def filters(query: ET.Element) -> list[ET.Element]:
    """The conditions of a calendar-query."""
    _few(list(query.iter(f"{{{C}}}prop-filter")), MOST_FILTERS)
    return _few(list(query.iter(f"{{{C}}}comp-filter")), MOST_FILTERS)


def matches(one: Thing, conditions: list[ET.Element]) -> bool:
    """Whether an object fits a calendar-query: its component, its time, and the text of a property (RFC 4791 9.7)."""
    for component in conditions:
        if component.get("name", "").upper() not in {"VCALENDAR", "VEVENT"}:
            return False
        span = component.find(f"{{{C}}}time-range")
        if span is not None and not _within(one, span):
            return False
        if not all(_says(one, condition) for condition in component.findall(f"{{{C}}}prop-filter")):
            return False
    return True


def _within(one: Thing, span: ET.Element) -> bool:
    begin, end = (_instant(span.get(name, ""), other) for name, other in zip(("start", "end"), FOREVER, strict=True))
    end = min(end, begin + timedelta(days=366 * 20))
    return begin < end and bool(occurrences([one.what], begin, end))


def _instant(written: str, otherwise: datetime) -> datetime:
    try:
        return datetime.strptime(written, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return otherwise


def _says(one: Thing, condition: ET.Element) -> bool:
    texts = {"UID": one.what.uid, "SUMMARY": one.what.title, "DESCRIPTION": one.what.notes, "LOCATION": one.what.place}
    said = texts.get(condition.get("name", "").upper(), "")
    match = condition.find(f"{{{C}}}text-match")
    if match is None:
        return bool(said)
    found = (match.text or "").casefold() in said.casefold()
    return found is not (match.get("negate-condition") == "yes")


def state_now(user: User, held: Mapping[str, str], at: datetime) -> str:
    """The sync token of what the calendar holds: the last one where nothing changed since."""
    last = user.dav_states.order_by("-pk").first()
    if last is not None and last.objects_held == held:
        return _token(last.key)
    made = DavState.objects.create(user=user, key=secrets.token_hex(16), objects_held=dict(held), made_at=at)
    old = list(user.dav_states.order_by("-pk").values_list("pk", flat=True)[KEPT_STATES:])
    user.dav_states.filter(pk__in=old).delete()
    return _token(made.key)


def held_then(user: User, token: str) -> Mapping[str, str] | None:
    """What the calendar held at a sync token; None for one that is not known any more (RFC 6578 3.2)."""
    if not token:
        return {}
    state = user.dav_states.filter(key=token.rpartition("/")[2][:32]).first()
    return state.objects_held if state is not None else None


def _token(key: str) -> str:
    return f"urn:almanac:sync/{key}"
