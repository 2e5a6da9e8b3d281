"""The components of one object and what their properties say of who, when and how often; texts are read elsewhere."""

# ruff: noqa: SIM905  (word lists read better as words)

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from calguard.content import fingerprint
from calguard.content.lines import Line, head_of, unescape
from calguard.content.people import normalise, written_address
from calguard.content.times import offset
from calguard.content.types import Address, Addresses, Role

SCHEDULED = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY", "VPOLL"})
TIMES = frozenset({"DTSTART", "DTEND", "DUE", "DURATION", "RECURRENCE-ID"})
MAX_ADDRESSES = 60_000
FARTHEST_ZONE = 16  # hours; Manila and Alaska before they crossed the date line

# Parameters for programs: no client shows them, and copies of one event may differ in them.
TAME_PARAMS = frozenset(
    "VALUE ENCODING FMTTYPE LANGUAGE TZID RELATED RANGE FBTYPE RELTYPE ROLE CUTYPE PARTSTAT RSVP CHARSET DERIVED GAP "
    "SCHEDULE-AGENT SCHEDULE-FORCE-SEND SCHEDULE-STATUS X-NUM-GUESTS DISPLAY FEATURE ORDER SCHEMA LINKREL SIZE "
    "MANAGED-ID X-RESPONSE-COMMENT-TYPE X-VOBJ-ORIGINAL-TZID ORIG-OBJ".split()
)
_UNHASHED = fingerprint.EXCLUDED | TIMES | {"RDATE", "EXDATE", "RRULE", "ORGANIZER"}  # these by what they mean
_HEX = re.compile(r"[0-9A-Fa-f]{16,}|(?:[0-9A-Fa-f]{2}[ :-]?){8,}")

_SILENT = frozenset({"DTSTAMP", "CREATED", "LAST-MODIFIED", "TRANSP", "CLASS", "SEQUENCE"} | TIMES)
TAME_PARAM = re.compile(r"[A-Za-z0-9_./+-]{0,64}")


@dataclass(kw_only=True, slots=True, eq=False)
class Component:
    """One component while its lines pass by."""

    name: str
    prefix: str  # before the names of its fields: "" for events, "VALARM." inside an alarm
    in_timezone: bool = False
    listed: bool = False  # it has a canonical form of its own, apart from its parent's
    parent: Component | None = None
    lines: int = 0
    uid: str = ""
    status: str = ""
    sequence: int = 0
    times: dict[str, tuple[str, str]] = field(default_factory=dict)  # name: value, TZID
    rrules: list[str] = field(default_factory=list)
    rdates: int = 0
    exdates: int = 0
    exrules: int = 0
    action: str = ""
    repeat: int = 0
    recipients: int = 0
    has_link: bool = False
    entries: list[str] = field(default_factory=list)  # of the canonical form, beside those of its telling lines
    marks: list[tuple[str, str]] = field(default_factory=list)  # what a calendar says of itself
    tzid: str = ""
    standard: timezone | None = None
    absurd: bool = False
    moments: tuple[datetime | None, datetime | None, datetime | None, bool] | None = None  # start, end, identity, day

    def moments_told(self) -> list[str]:
        """For the canonical form: equal moments are equal however they are written."""
        if not self.moments:
            return []
        *moments, all_day = self.moments
        named = zip(("start", "end", "identity"), moments, strict=True)
        return [*(f"{name}={when.isoformat()}" for name, when in named if isinstance(when, datetime)), f"day={all_day}"]


def canonical(line: Line) -> str:
    """A line of the canonical form; "" for what copies of one event may differ in, or what is filed by its meaning."""
    if line.name in _UNHASHED or not line.value:
        return ""
    seen = [(key, text) for key, text in line.params if key not in TAME_PARAMS] if line.params else ()
    return fingerprint.entry(line.name, seen, unescape(line.value))


@dataclass(kw_only=True, slots=True)
class People:
    """Everybody the object names, each once."""

    guests: dict[str, str] = field(default_factory=dict)  # normalised address, or what stands for it: display name
    written: dict[str, str] = field(default_factory=dict)  # of plain guests: the address as written, where it differs
    names: dict[str, None] = field(default_factory=dict)
    special: list[Address] = field(default_factory=list)  # all who are no plain guests
    too_many: bool = False
    _known: set[tuple[str, str]] = field(default_factory=set)
    _apart: set[str] = field(default_factory=set)  # guests among `special`

    def guest(self, written: str, name: str, where: str) -> None:
        """One attendee; somebody invited twice, however spelt, is one guest, and the order says nothing."""
        email = normalise(written)
        key = email or written.lower()
        if not key:
            return
        if name:
            self.names[name] = None
        known = self.guests.get(key)
        self.guests[key] = name if known is None else max(known, name)
        if known is not None:
            return
        if email and where == "ATTENDEE":
            if written != email:
                self.written[email] = written[:320]
        elif len(self._apart) < MAX_ADDRESSES:
            self._apart.add(key)
            named = name[:256] or written[:256]
            self.special.append(Address(email=email, written=written[:320], name=named, role="attendee", field=where))

    def plain(self, emails: list[str], names: list[str]) -> None:
        """Many attendees of events at once, addresses normalised."""
        self.names.update(dict.fromkeys(names))
        self.names.pop("", None)
        new = dict(zip(emails, names, strict=True))
        if len(new) < len(emails) or not self.guests.keys().isdisjoint(new):
            for email, name in zip(emails, names, strict=True):
                self.guests[email] = max(self.guests.get(email, ""), name)
        else:
            self.guests.update(new)

    def add(self, role: Role, written: str, name: str, where: str) -> None:
        """Anybody else the object names, once per role."""
        key = (role, written.lower())
        if not written or key in self._known:
            return
        self._known.add(key)
        if len(self.special) >= MAX_ADDRESSES:
            self.too_many = True
            return
        self.special.append(
            Address(email=normalise(written), written=written[:320], name=name[:256], role=role, field=where)
        )

    def addresses(self) -> Addresses:
        """All of them within the bound."""
        plain: Iterable[tuple[str, str]] = self.guests.items()
        if self._apart:
            plain = (item for item in plain if item[0] not in self._apart)
        self.too_many = self.too_many or len(self.guests) > MAX_ADDRESSES
        kept = dict(islice(plain, max(0, MAX_ADDRESSES - len(self._apart))))
        return Addresses(self.special, kept, self.written)


class Plan(NamedTuple):
    """What to do with every line that begins like this one."""

    name: str
    params: tuple[tuple[str, str], ...]
    filing: Filing | None
    silent: bool  # a value of one word is neither shown nor compared
    structure: bool  # BEGIN and END

    def param(self, name: str) -> str:
        return next((text for key, text in self.params if key == name), "")


Filing = Callable[[Component, str, Plan, People], None]


@lru_cache(maxsize=4096)
def plan_of(head: str) -> Plan | None:
    """The plan for what stands before the first colon; None where the value may begin elsewhere or is encoded."""
    known = head_of(head) if '"' not in head else None
    return _plan(known.name, known.params) if known else None


def _plan(name: str, params: tuple[tuple[str, str], ...]) -> Plan:
    tame = all(key in TAME_PARAMS and TAME_PARAM.fullmatch(text) for key, text in params)
    return Plan(
        name=name,
        params=params,
        filing=_with_sender if any(key == "SENT-BY" for key, _ in params) else _FILING.get(name),
        silent=tame and name in _SILENT,
        structure=name in ("BEGIN", "END"),
    )


def file_property(line: Line, component: Component, people: People) -> None:
    """What a property says of its component and of people; its texts are left alone."""
    plan = _plan(line.name, line.params)
    if plan.filing:
        plan.filing(component, line.value.strip(), plan, people)


def _with_sender(component: Component, value: str, plan: Plan, people: People) -> None:
    filing = _FILING.get(plan.name)
    if filing:
        filing(component, value, plan, people)
    people.add("sent_by", written_address(plan.param("SENT-BY")), "", f"{component.prefix}{plan.name};SENT-BY")


def _time(component: Component, value: str, plan: Plan, people: People) -> None:
    component.times.setdefault(plan.name, (value, plan.param("TZID") if plan.params else ""))


def _mark(component: Component, value: str, plan: Plan, people: People) -> None:
    if component.name == "VCALENDAR":
        component.marks.append((plan.name, value[:512]))


def _uid(component: Component, value: str, plan: Plan, people: People) -> None:
    component.uid = component.uid or value[:1024]


def _rrule(component: Component, value: str, plan: Plan, people: People) -> None:
    component.rrules.append(value)
    component.entries.append(_rule_entry(value) if len(value) < 200 else _canonical(value[:8192]))


def _canonical(value: str) -> str:
    return fingerprint.entry("RRULE", (), ";".join(sorted(value.upper().split(";"))))


_rule_entry = lru_cache(maxsize=512)(_canonical)  # of short rules, so that the memory is bounded too


def _dates(component: Component, value: str, plan: Plan, people: People) -> None:
    count = value.count(",") + 1 if value else 0
    if plan.name == "RDATE":
        component.rdates += count
    else:
        component.exdates += count
    component.entries.append(fingerprint.entry(plan.name, (), ",".join(sorted(value.split(",")))))


def _exrule(component: Component, value: str, plan: Plan, people: People) -> None:
    component.exrules += 1


def _sequence(component: Component, value: str, plan: Plan, people: People) -> None:
    component.sequence = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def _status(component: Component, value: str, plan: Plan, people: People) -> None:
    component.status = value.upper()[:32]


def _action(component: Component, value: str, plan: Plan, people: People) -> None:
    component.action = value.upper()[:32]


def _repeat(component: Component, value: str, plan: Plan, people: People) -> None:
    component.repeat = min(int(value), 10**9) if value.isascii() and value.isdigit() and len(value) < 20 else 0


def _tzid(component: Component, value: str, plan: Plan, people: People) -> None:
    component.tzid = unescape(value[:256])


def _offset_to(component: Component, value: str, plan: Plan, people: People) -> None:
    component.standard = offset(value)
    hours = value.strip().lstrip("+-")[:2]
    component.absurd = component.absurd or (hours.isdecimal() and int(hours) > FARTHEST_ZONE)


def _organizer(component: Component, value: str, plan: Plan, people: People) -> None:
    name, written = plan.param("CN") if plan.params else "", written_person(value, plan.param("EMAIL"))
    component.entries.append(fingerprint.entry("ORGANIZER", [("CN", name)] if name else [], normalise(written)))
    people.add("alarm" if component.name == "VALARM" else "organizer", written, name, component.prefix + "ORGANIZER")


def _attendee(component: Component, value: str, plan: Plan, people: People) -> None:
    name, written = plan.param("CN") if plan.params else "", written_person(value, plan.param("EMAIL"))
    where = component.prefix + "ATTENDEE"
    if component.name == "VALARM":
        component.recipients += 1
        component.entries.append(fingerprint.entry("ATTENDEE", (), normalise(written) or written))
        people.add("alarm", written, name, where)
    else:
        people.guest(written, name, where)


def written_person(value: str, told: str) -> str:
    """The address of an ORGANIZER or ATTENDEE, which may stand in the EMAIL parameter only (RFC 7986 6.2)."""
    written = written_address(value)
    return written_address(told) if told and not normalise(written) else written


def _contact(component: Component, value: str, plan: Plan, people: People) -> None:
    if "@" in value:
        for token in re.split(r"[\s,;<>()\"]+", unescape(value)[:4096]):
            if "@" in token and normalise(written_address(token)):
                people.add("contact", written_address(token), "", component.prefix + "CONTACT")


def _calendar_address(component: Component, value: str, plan: Plan, people: People) -> None:
    written = written_address(value)
    if normalise(written):
        people.add("contact", written, "", component.prefix + plan.name)


_FILING: dict[str, Filing] = {
    **dict.fromkeys(TIMES, _time),
    **dict.fromkeys(("METHOD", "PRODID", "CALSCALE"), _mark),
    "UID": _uid,
    "ORGANIZER": _organizer,
    "ATTENDEE": _attendee,
    "CONTACT": _contact,
    "CALENDAR-ADDRESS": _calendar_address,
    "RRULE": _rrule,
    "RDATE": _dates,
    "EXDATE": _dates,
    "EXRULE": _exrule,
    "SEQUENCE": _sequence,
    "STATUS": _status,
    "ACTION": _action,
    "REPEAT": _repeat,
    "TZID": _tzid,
    "TZOFFSETTO": _offset_to,
}


def is_hex_padding(line: Line) -> bool:
    return bool(_HEX.fullmatch(line.value.strip()) or re.fullmatch(r"X-[0-9A-F]{8,}", line.name))
