"""What the properties of an object tell a guest: texts, addresses of the web, files, alarms."""

# ruff: noqa: SIM905  (word lists read better as words)

from __future__ import annotations

import re
from functools import lru_cache

from calguard.content import blobs
from calguard.content.components import TAME_PARAM, TAME_PARAMS, Component, written_person
from calguard.content.gather import Gathered
from calguard.content.lines import Line, unescape
from calguard.content.people import normalise, written_address
from calguard.content.types import Alarm, Attachment

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
_MACHINE_VALUE = re.compile(r"[\w.:;,=/+{}@%-]{0,120}")
_TOLD_BY_PRODID = re.compile(r"\d[\d ().-]{6,}\d|://|@|\bwww\.")
_ZONE_NAME = re.compile(r"(?!.*\d{3}.*\d{4})(?:\([A-Z]{3}[+-]?\d{0,2}:?\d{0,2}\) ?)?[A-Za-z /_.,&()+:\d-]{0,60}")
_IDENTIFIER = re.compile(r"[A-Za-z_-]{0,24}|-?\d{1,6}|(?=[^g-zG-Z]*[a-fA-F])[{]?[0-9A-Fa-f-]{8,}[}]?|\d{8}T\d{6}Z?")
_NO_ADDRESS = re.compile(r"\s|://")
_SILENT_PARAMS = frozenset((("VALUE", kind),) for kind in ("DATE", "DATE-TIME", "URI", "TEXT"))
_ADDRESS_PARAMS = frozenset({"SENT-BY", "EMAIL", "MEMBER", "DELEGATED-TO", "DELEGATED-FROM"})


def read_property(line: Line, component: Component, into: Gathered) -> None:
    """Everything one property line says, filed where it belongs."""
    if component.name == "VALARM":
        _read_of_alarm(line, component, into)
    else:
        _read(line, component, into)


def _read_of_alarm(line: Line, component: Component, into: Gathered) -> None:
    """The same, and whether it leads anywhere; what was read before is not read again, and leads where it led."""
    said = (line.name, line.value)
    before = into.leads
    _read(line, component, into)
    if into.leads > before:
        into.leading.add(said)
    component.has_link = component.has_link or said in into.leading


def _read(line: Line, component: Component, into: Gathered) -> None:
    name, params, value = line
    if params and params not in _SILENT_PARAMS:
        _read_params(line, component, into)
    if name in MACHINE:
        _machine(line, component, into)
    elif name == "UID":
        if " " in value.strip():  # an identity has no words
            into.text(component.prefix + name, unescape(value))
    elif name in ("ORGANIZER", "ATTENDEE"):
        if _NO_ADDRESS.search(value) and not normalise(written_person(value, line.param("EMAIL"))):
            into.text(component.prefix + name, unescape(value))
    elif name in URIS or (line.params and name not in TEXTS and line.param("VALUE").upper() in ("URI", "BINARY")):
        _uri(line, component, into)
    elif line.params and line.param("ENCODING").upper() in ("BASE64", "B"):
        into.octets(component.prefix + name, blobs.from_base64(value), line.param("FMTTYPE"))
    elif name.startswith("X-") and _IDENTIFIER.fullmatch(value):
        pass
    else:
        markup = name in MARKUP or (bool(line.params) and "html" in line.param("FMTTYPE").lower())
        into.text(component.prefix + name, unescape(value), markup=markup)


def _read_params(line: Line, component: Component, into: Gathered) -> None:
    """Parameters are shown too, or fetched: display names, labels, file names, alternative texts."""
    for key, text in line.params:
        if not text and " " in key:  # words where a parameter's name belongs
            into.text(f"{component.prefix}{line.name};", key)
        if not text or (key in TAME_PARAMS and TAME_PARAM.fullmatch(text)):
            continue
        where = f"{component.prefix}{line.name};{key}"
        if key in ("ALTREP", "DIR"):
            into.uri(where, text)
        elif key in _ADDRESS_PARAMS:
            if not normalise(written_address(text)):
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


def _machine(line: Line, component: Component, into: Gathered) -> None:
    name, value = line.name, line.value.strip()
    told = _TOLD.get(name)
    if told:
        told(name, value, component, into)
    elif name not in _DATA and not (value.isalnum() and len(value) <= 120) and not _MACHINE_VALUE.fullmatch(value):
        into.text(component.prefix + name, unescape(value))
    elif "://" in value:
        into.uri(component.prefix + name, unescape(value))


def _maker(name: str, value: str, component: Component, into: Gathered) -> None:
    if len(value) > 120 or _tells(value):  # a maker's name says nothing about the event
        into.text(component.prefix + name, unescape(value))


@lru_cache(maxsize=512)
def _tells(maker: str) -> bool:
    return bool(_TOLD_BY_PRODID.search(maker))


def _zone(name: str, value: str, component: Component, into: Gathered) -> None:
    if not _ZONE_NAME.fullmatch(value):
        into.text(component.prefix + name, unescape(value))


def _always(name: str, value: str, component: Component, into: Gathered) -> None:
    into.text(component.prefix + name, unescape(value))


def _calendar_address(name: str, value: str, component: Component, into: Gathered) -> None:
    if not normalise(written_address(value)):
        into.uri(component.prefix + name, unescape(value))


_TOLD = {
    "PRODID": _maker,
    "TZID": _zone,
    "TZNAME": _zone,
    "REQUEST-STATUS": _always,
    "CALENDAR-ADDRESS": _calendar_address,
}


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
