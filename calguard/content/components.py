"""The components of one object and their properties, told apart by what a guest would be shown of them."""

# ruff: noqa: SIM905  (word lists read better as words)

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timezone
from functools import lru_cache

from calguard.content import blobs, fingerprint
from calguard.content.gather import Gathered
from calguard.content.lines import Line, unescape
from calguard.content.people import normalise, written_address
from calguard.content.times import offset
from calguard.content.types import Address, Alarm, Attachment, Role

SCHEDULED = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY", "VPOLL"})
TIMES = frozenset({"DTSTART", "DTEND", "DUE", "DURATION", "RECURRENCE-ID"})
MAX_ADDRESSES = 60_000
FARTHEST_ZONE = 16  # hours; Manila and Alaska before they crossed the date line
MAX_ALARMS = 1_000
MAX_ATTACHMENTS = 500

URIS = frozenset({"URL", "ATTACH", "CONFERENCE", "IMAGE", "SOURCE", "TZURL", "STRUCTURED-DATA", "LINK", "X-URL", "DIR"})
TEXTS = frozenset({"SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT", "CATEGORIES", "RESOURCES", "NAME"})
MARKUP = frozenset({"X-ALT-DESC", "STYLED-DESCRIPTION"})
# Values no client shows as text, as long as they look the part; anything else in their place is read as text.
MACHINE = frozenset(
    "DTSTAMP CREATED LAST-MODIFIED SEQUENCE STATUS CLASS TRANSP PRIORITY PERCENT-COMPLETE COMPLETED GEO VERSION "
    "CALSCALE FREEBUSY TRIGGER REPEAT ACTION ACKNOWLEDGED TZOFFSETFROM "
    "TZOFFSETTO COLOR REFRESH-INTERVAL X-PUBLISHED-TTL "
    "DTSTART DTEND DUE DURATION RECURRENCE-ID RDATE EXDATE RRULE EXRULE METHOD PRODID TZID TZNAME TZUNTIL "
    "REQUEST-STATUS CALENDAR-ADDRESS RELATED-TO PROXIMITY BUSYTYPE POLL-ITEM-ID PARTICIPANT-TYPE LOCATION-TYPE "
    "RESOURCE-TYPE CONCEPT REFID".split()
)
_DATA = frozenset({"RRULE", "EXRULE", "RDATE", "EXDATE", "FREEBUSY"})  # long by nature, and read for what they mean
_UNHASHED = fingerprint.EXCLUDED | TIMES | {"RDATE", "EXDATE", "RRULE"}  # the latter by what they mean
_MACHINE_VALUE = re.compile(r"[\w.:;,=/+{}@%-]{0,120}")
_TOLD_BY_PRODID = re.compile(r"\d[\d ().-]{6,}\d|://|@|\bwww\.")
_ZONE_NAME = re.compile(r"(?!.*\d{3}.*\d{4})(?:\([A-Z]{3}[+-]?\d{0,2}:?\d{0,2}\) ?)?[A-Za-z /_.,&()+:\d-]{0,60}")
_IDENTIFIER = re.compile(r"[A-Za-z_-]{0,24}|-?\d{1,6}|(?=[^g-zG-Z]*[a-fA-F])[{]?[0-9A-Fa-f-]{8,}[}]?|\d{8}T\d{6}Z?")
_HEX = re.compile(r"[0-9A-Fa-f]{16,}|(?:[0-9A-Fa-f]{2}[ :-]?){8,}")
_TAME_PARAM = re.compile(r"[A-Za-z0-9_./+-]{0,64}")
_TAME_PARAMS = frozenset(
    "VALUE ENCODING FMTTYPE LANGUAGE TZID RELATED RANGE FBTYPE RELTYPE ROLE CUTYPE PARTSTAT RSVP CHARSET DERIVED GAP "
    "SCHEDULE-AGENT SCHEDULE-FORCE-SEND SCHEDULE-STATUS X-NUM-GUESTS DISPLAY FEATURE ORDER SCHEMA LINKREL SIZE "
    "MANAGED-ID X-RESPONSE-COMMENT-TYPE X-VOBJ-ORIGINAL-TZID ORIG-OBJ".split()
)
_SILENT_PARAMS = frozenset((("VALUE", kind),) for kind in ("DATE", "DATE-TIME", "URI", "TEXT"))
_ADDRESS_PARAMS = {"SENT-BY": "sent_by", "EMAIL": "", "MEMBER": "", "DELEGATED-TO": "", "DELEGATED-FROM": ""}


@dataclass(kw_only=True, slots=True, eq=False)
class Component:
    """One component while its lines pass by."""

    name: str
    prefix: str  # before the names of its fields: "" for events, "VALARM." inside an alarm
    in_timezone: bool = False
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
    entries: list[str] = field(default_factory=list)  # of the canonical form
    tzid: str = ""
    standard: timezone | None = None
    absurd: bool = False


@dataclass(kw_only=True, slots=True)
class People:
    """Guests of the object, each once."""

    guests: dict[str, str] = field(default_factory=dict)  # normalised address, or what stands for it: display name
    names: dict[str, None] = field(default_factory=dict)
    known: set[tuple[str, str]] = field(default_factory=set)

    def guest(self, into: Gathered, written: str, name: str, where: str) -> None:
        """One attendee; somebody invited twice, however spelt, is one guest."""
        email = normalise(written)
        key = email or written.lower()
        if not key:
            return
        if name:
            self.names[name] = None
        if key in self.guests:
            return
        self.guests[key] = name
        if len(self.guests) > MAX_ADDRESSES:
            into.problems.add("oversize")
            return
        into.addresses.append(
            Address(email=email, written=written[:320], name=name[:256] or written[:256], role="attendee", field=where)
        )

    def add(self, into: Gathered, role: Role, written: str, name: str, where: str) -> None:
        """Anybody else the object names, once per role."""
        key = (role, written.lower())
        if not written or key in self.known:
            return
        self.known.add(key)
        if len(into.addresses) >= MAX_ADDRESSES:
            into.problems.add("oversize")
            return
        into.addresses.append(
            Address(email=normalise(written), written=written[:320], name=name[:256], role=role, field=where)
        )


def read_property(line: Line, component: Component, into: Gathered, people: People) -> None:
    """Everything one property line says, filed where it belongs."""
    if component.name == "VALARM":
        _read_of_alarm(line, component, into, people)
    else:
        _read(line, component, into, people)


def _read_of_alarm(line: Line, component: Component, into: Gathered, people: People) -> None:
    """The same, and whether it leads anywhere; what was read before is not read again, and leads where it led."""
    said = (line.name, line.value)
    before = into.leads
    _read(line, component, into, people)
    if into.leads > before:
        into.leading.add(said)
    component.has_link = component.has_link or said in into.leading


def _read(line: Line, component: Component, into: Gathered, people: People) -> None:
    name, params, value = line
    if params and params not in _SILENT_PARAMS:
        _read_params(line, component, into, people)
    if name in MACHINE:
        _machine(line, component, into, people)
    elif name == "UID":
        component.uid = component.uid or value.strip()[:1024]
        if " " in value.strip():  # an identity has no words
            into.text(component.prefix + name, unescape(value))
    elif name in ("ORGANIZER", "ATTENDEE"):
        _person(line, component, into, people)
        return
    elif name in URIS or (line.params and name not in TEXTS and line.param("VALUE").upper() in ("URI", "BINARY")):
        _uri(line, component, into)
    elif line.params and line.param("ENCODING").upper() in ("BASE64", "B"):
        into.octets(component.prefix + name, blobs.from_base64(value), line.param("FMTTYPE"))
    elif name.startswith("X-") and _IDENTIFIER.fullmatch(value):
        pass
    else:
        markup = name in MARKUP or (bool(line.params) and "html" in line.param("FMTTYPE").lower())
        into.text(component.prefix + name, unescape(value), markup=markup)
        if name == "CONTACT" and "@" in value:
            _contact(unescape(value), component, into, people)
    if name not in _UNHASHED and value:
        component.entries.append(fingerprint.entry(name, _seen_params(line) if params else (), unescape(value)))


def _seen_params(line: Line) -> list[tuple[str, str]]:
    return [(key, text) for key, text in line.params if key not in _TAME_PARAMS]


def _read_params(line: Line, component: Component, into: Gathered, people: People) -> None:
    """Parameters are shown too, or fetched: display names, labels, file names, alternative texts."""
    for key, text in line.params:
        if not text or (key in _TAME_PARAMS and _TAME_PARAM.fullmatch(text)):
            continue
        where = f"{component.prefix}{line.name};{key}"
        if key in ("ALTREP", "DIR"):
            into.uri(where, text)
        elif key in _ADDRESS_PARAMS:
            written = written_address(text)
            if key == "SENT-BY":
                people.add(into, "sent_by", written, "", where)
            if not normalise(written):
                into.text(where, text)
        elif key == "TZID":
            if not _ZONE_NAME.fullmatch(text):
                into.text(where, text)
        elif key == "CN":
            _display_name(text, line, component, into)
        elif not _IDENTIFIER.fullmatch(text):
            into.text(where, unescape(text))


def _display_name(text: str, line: Line, component: Component, into: Gathered) -> None:
    if line.name != "ATTENDEE" or component.name == "VALARM":  # guests' names are read all at once
        into.text(f"{component.prefix}{line.name};CN", unescape(text))


def _machine(line: Line, component: Component, into: Gathered, people: People) -> None:
    name, value = line.name, line.value.strip()
    told = _TOLD.get(name)
    if told:
        told(name, value, component, into, people)
    elif name not in _DATA and not (value.isalnum() and len(value) <= 120) and not _MACHINE_VALUE.fullmatch(value):
        into.text(component.prefix + name, unescape(value))
    elif "://" in value:
        into.uri(component.prefix + name, unescape(value))
    reader = _MACHINE_READERS.get(name)
    if reader:
        reader(component, value, line)
    elif name in TIMES:
        component.times.setdefault(name, (value, line.param("TZID") if line.params else ""))


def _maker(name: str, value: str, component: Component, into: Gathered, people: People) -> None:
    if len(value) > 120 or _TOLD_BY_PRODID.search(value):  # a maker's name says nothing about the event
        into.text(component.prefix + name, unescape(value))


def _zone(name: str, value: str, component: Component, into: Gathered, people: People) -> None:
    if not _ZONE_NAME.fullmatch(value):
        into.text(component.prefix + name, unescape(value))


def _always(name: str, value: str, component: Component, into: Gathered, people: People) -> None:
    into.text(component.prefix + name, unescape(value))


def _calendar_address(name: str, value: str, component: Component, into: Gathered, people: People) -> None:
    written = written_address(value)
    if normalise(written):
        people.add(into, "contact", written, "", component.prefix + name)
    else:
        into.uri(component.prefix + name, unescape(value))


_TOLD = {
    "PRODID": _maker,
    "TZID": _zone,
    "TZNAME": _zone,
    "REQUEST-STATUS": _always,
    "CALENDAR-ADDRESS": _calendar_address,
}


def _rrule(component: Component, value: str, line: Line) -> None:
    component.rrules.append(value)
    component.entries.append(_rule_entry(value) if len(value) < 200 else _canonical(value[:8192]))


def _canonical(value: str) -> str:
    return fingerprint.entry("RRULE", (), ";".join(sorted(value.upper().split(";"))))


_rule_entry = lru_cache(maxsize=512)(_canonical)  # of short rules, so that the memory is bounded too


def _dates(component: Component, value: str, line: Line) -> None:
    count = value.count(",") + 1 if value else 0
    if line.name == "RDATE":
        component.rdates += count
    else:
        component.exdates += count
    component.entries.append(fingerprint.entry(line.name, (), ",".join(sorted(value.split(",")))))


def _exrule(component: Component, value: str, line: Line) -> None:
    component.exrules += 1


def _sequence(component: Component, value: str, line: Line) -> None:
    component.sequence = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


def _status(component: Component, value: str, line: Line) -> None:
    component.status = value.upper()[:32]


def _action(component: Component, value: str, line: Line) -> None:
    component.action = value.upper()[:32]


def _repeat(component: Component, value: str, line: Line) -> None:
    component.repeat = min(int(value), 10**9) if value.isascii() and value.isdigit() and len(value) < 20 else 0


def _tzid(component: Component, value: str, line: Line) -> None:
    component.tzid = value[:256]


def _offset_to(component: Component, value: str, line: Line) -> None:
    component.standard = offset(value)
    hours = value.strip().lstrip("+-")[:2]
    component.absurd = component.absurd or (hours.isdecimal() and int(hours) > FARTHEST_ZONE)


_MACHINE_READERS = {
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


def _person(line: Line, component: Component, into: Gathered, people: People) -> None:
    where = component.prefix + line.name
    name = line.param("CN")
    written = written_address(line.value)
    if not normalise(written) and (told := line.param("EMAIL")):
        written = written_address(told)
    role: Role = "organizer" if line.name == "ORGANIZER" else "attendee"
    if component.name == "VALARM":
        role = "alarm"
        component.recipients += 1
        component.entries.append(fingerprint.entry("ATTENDEE", (), normalise(written) or written))
    elif role == "organizer":
        component.entries.append(fingerprint.entry("ORGANIZER", [("CN", name)] if name else [], normalise(written)))
    if role == "attendee":
        people.guest(into, written, name, where)
    else:
        people.add(into, role, written, name, where)
    if not normalise(written) and re.search(r"\s|://", line.value):
        into.text(where, unescape(line.value))


def _contact(value: str, component: Component, into: Gathered, people: People) -> None:
    for token in re.split(r"[\s,;<>()\"]+", value[:4096]):
        if "@" in token and normalise(written_address(token)):
            people.add(into, "contact", written_address(token), "", component.prefix + "CONTACT")


def _uri(line: Line, component: Component, into: Gathered) -> None:
    where, value = component.prefix + line.name, line.value.strip()
    if not line.params and line.name not in ("ATTACH", "IMAGE"):
        into.uri(where, unescape(value))
        return
    encoded = line.param("ENCODING").upper() in ("BASE64", "B") or line.param("VALUE").upper() == "BINARY"
    if line.name not in ("ATTACH", "IMAGE") and not encoded:
        into.uri(where, unescape(value))
        return
    inline = None if encoded or value[:5].lower() != "data:" else blobs.data_uri(value)
    declared, matter, size = line.param("FMTTYPE"), None, 0
    if encoded:
        matter, size = into.octets(where, blobs.from_base64(value), declared), blobs.size_of(value)
    elif inline:
        matter, size = into.octets(where, inline[1], inline[0]), inline[2]
        into.problems.add("data_uri")
    else:
        into.uri(where, unescape(value))
    named = next(
        (line.param(key) for key in ("FILENAME", "X-FILENAME", "X-ORACLE-FILENAME", "LABEL") if line.param(key)), ""
    )
    if len(into.attachments) >= MAX_ATTACHMENTS:
        into.problems.add("oversize")
    elif matter:
        into.attachments.append(matter.attachment(where, named, size))
    else:
        into.attachments.append(
            Attachment(
                field=where,
                media_type=declared.lower()[:128],
                name=named[:256] or _name_of(value),
                size=0,
                inline=False,
            )
        )


def _name_of(value: str) -> str:
    return re.split(r"[?#]", value[:2048])[0].rpartition("/")[2][:256]


def close_alarm(component: Component, into: Gathered) -> None:
    if len(into.alarms) >= MAX_ALARMS:
        into.problems.add("oversize")
        return
    into.alarms.append(
        Alarm(
            action=component.action,
            repeat=component.repeat,
            recipients=component.recipients,
            has_link=component.has_link,
        )
    )


def is_hex_padding(line: Line) -> bool:
    return line.name.startswith("X-") and bool(
        _HEX.fullmatch(line.value.strip()) or re.fullmatch(r"X-[0-9A-F]{8,}", line.name)
    )
