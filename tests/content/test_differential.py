"""Standard-conforming calendars read as icalendar reads them: every line, text, parameter, person, time and rule.

Where the two differ on purpose, the difference has a name here and a reason beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from icalendar import Calendar, Component
from icalendar.error import BrokenCalendarProperty
from icalendar.parser import Contentlines
from icalendar.prop import vRecur, vText

from calguard.content.components import SCHEDULED
from calguard.content.lines import logical_lines, parse, unescape
from calguard.content.people import normalise, written_address
from calguard.content.properties import MACHINE, TEXTS, URIS
from calguard.content.reader import read
from calguard.content.times import zone
from calguard.content.types import Content
from tests.content.strategies import Written, calendars
from tests.content.test_corpus import BENIGN, parsed

# Lines on which the two differ, by file: what ours does instead.
SOFT_BREAKS = {"048_ical.net_Parse1.ics"}  # joins quoted-printable lines that end in "=", as vCalendar 1.0 wants
NO_COLON = {"002_zm-soap-harness_test.ics"}  # takes a line without a colon for text, not for a property without value
# Events on which they differ.
BEGIN_WITH_SPACE = {"092_kcalendarcore_LibICal_TestCase01.ics"}  # reads a component whose BEGIN has a space behind it
QUOTED_PRINTABLE = {"007_ical4j_php-flp.ics", "048_ical.net_Parse1.ics"}  # decodes it; icalendar shows it as it is


@pytest.mark.needs("data")
@pytest.mark.requirement("R26", "R31")
def test_every_line_of_real_files_has_the_same_name_parameters_and_value() -> None:
    compared, different = 0, set()
    for path in BENIGN:
        data = path.read_bytes()
        ours = [line for line in logical_lines(data)[0] if line.strip()]
        theirs = [line for line in Contentlines.from_ical(data) if line]
        if path.name in NO_COLON:
            ours, theirs = ([line for line in lines if ":" in line] for lines in (ours, theirs))
        if len(ours) != len(theirs):
            different.add(path.name)
            continue
        for line, their in zip(ours, theirs, strict=True):
            compared += 1
            if line_of_ours(line) != line_of_theirs(their):
                different.add(path.name)
    assert compared > 36_000
    assert different <= SOFT_BREAKS | QUOTED_PRINTABLE


@pytest.mark.requirement("R26", "R31")
@settings(max_examples=80, deadline=None)
@given(calendar=calendars())
def test_every_line_of_a_valid_file_has_the_same_name_parameters_and_value(calendar: Written) -> None:
    data = calendar.gently_folded()
    ours = [line_of_ours(line) for line in logical_lines(data)[0] if line]
    assert ours == [line_of_theirs(line) for line in Contentlines.from_ical(data) if line]


def line_of_ours(written: str) -> tuple[str, list[tuple[str, str]], int]:
    """Name, parameters, and where the value begins; quoted-printable is decoded, and has no place in the line."""
    line = parse(written)
    begins = len(written) - len(line.value) if written.endswith(":" + line.value) else -1
    return line.name, sorted((key, unescape(text)) for key, text in line.params), begins


def line_of_theirs(line) -> tuple[str, list[tuple[str, str]], int]:  # type: ignore[no-untyped-def]
    name, params, _ = line.parts()  # the value comes back with some escapes undone twice
    listed = ((key.upper(), ",".join(text) if isinstance(text, list) else text) for key, text in params.items())
    begins = next(place for place, letter in enumerate(line) if letter == ":" and line[:place].count('"') % 2 == 0)
    return name.upper(), sorted((key, unescape(text)) for key, text in listed), begins + 1


def plainly(value: str) -> str:
    """icalendar leaves an escaped quote escaped: compared without escapes and spaces."""
    return value.replace("\\", "").replace("\n", "").replace(" ", "")


@pytest.mark.needs("data")
@pytest.mark.requirement("R26", "R31")
def test_real_files_say_the_same() -> None:
    different: dict[str, set[str]] = {}
    for path in BENIGN:
        data = path.read_bytes()
        theirs = parsed(data)
        if theirs is not None and (found := differences(read(data), theirs)):
            different[path.name] = found
    odd = {name for name in different if name not in BEGIN_WITH_SPACE | QUOTED_PRINTABLE}
    assert odd == set(), {name: different[name] for name in odd}


@pytest.mark.requirement("R26", "R31")
@settings(max_examples=80, deadline=None)
@given(calendar=calendars())
def test_valid_files_say_the_same(calendar: Written) -> None:
    data = calendar.gently_folded()
    assert differences(read(data), [Calendar.from_ical(data)]) == set()


def differences(content: Content, theirs: list[Calendar]) -> set[str]:
    """What the two do not agree on."""
    components = [(component, prefix) for calendar in theirs for component, prefix in walked(calendar, "")]
    events = [component for component, _ in components if component.name in SCHEDULED]
    found = texts_apart(content, components)
    if len(events) != len(content.events):
        return found | {"number of events"}
    for event, other in zip(content.events, events, strict=True):
        if event.component != other.name or event.uid != str(other.get("UID", "")).strip():
            found.add("UID")
        if event.sequence != int(other.get("SEQUENCE", 0)):
            found.add("SEQUENCE")
        if event.status != str(other.get("STATUS", "")).upper():
            found.add("STATUS")
        if bool(event.recurrence_id) != ("RECURRENCE-ID" in other):
            found.add("RECURRENCE-ID")
        found |= times_apart(event, other) | rules_apart(event, other)
    return found | people_apart(content, events)


def walked(component: Component, inside: str) -> Iterator[tuple[Component, str]]:
    """Every component with the prefix that our fields give its properties."""
    name = component.name or ""
    yield component, "" if name in SCHEDULED else f"{name}."
    for inner in component.subcomponents:
        yield from walked(inner, name)


def texts_apart(content: Content, components: list[tuple[Component, str]]) -> set[str]:
    """Texts, of which ours leaves out identifiers and spaces: both must have all the others, and none besides."""
    ours = {(text.field, plainly(text.value)) for text in content.texts}
    theirs = set()
    for component, prefix in components:
        if component.name in ("VTIMEZONE", "STANDARD", "DAYLIGHT"):
            continue
        for name, value in component.property_items(recursive=False):
            if name not in ("BEGIN", "END") and not (name in MACHINE or name in URIS or name in ("UID", *PEOPLE)):
                theirs.add((prefix + name, plainly(text_of(value))))
    lost = {field for field, value in theirs - ours if value and not left_out(field, value)}
    invented = {field for field, value in ours - theirs if field.rpartition(".")[2] in TEXTS}
    return {f"lost {field}" for field in lost} | {f"invented {field}" for field in invented}


PEOPLE = ("ORGANIZER", "ATTENDEE")
IDENTIFIER = re.compile(r"[\w-]{0,40}|-?\d{1,6}|\{?[0-9A-Fa-f-]+\}?|\d{8}T\d{6}Z?")


def left_out(field: str, value: str) -> bool:
    """Values of X- properties that only programs read, web addresses, and what is longer than is read closely."""
    name = field.rpartition(".")[2]
    return len(value) > 60_000 or (name.startswith("X-") and bool(IDENTIFIER.fullmatch(value) or "://" in value))


def text_of(value: object) -> str:
    if hasattr(value, "cats"):
        return ",".join(str(one) for one in value.cats)
    written = str(value) if isinstance(value, vText) else value.to_ical().decode()  # type: ignore[attr-defined]
    return written if type(value) is vText else unescape(written)


def times_apart(event, other: Component) -> set[str]:  # type: ignore[no-untyped-def]
    """Of a zone of the file's own only the standard offset is read; a day is a day, whatever zone it names."""
    found = set()
    for name, ours in (("DTSTART", event.start), ("DTEND", event.end), ("DUE", event.end)):
        value = other.get(name)
        moment = moment_of(value)
        if moment is None:
            continue
        own_zone = value.params.get("TZID") and zone(str(value.params["TZID"])) is None
        same = ours == in_utc(moment) or (own_zone and ours and abs((ours - in_utc(moment)).total_seconds()) <= 3_600)
        if not same and not (
            is_midnight(moment) and ours == datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
        ):
            found.add(f"{name}: {ours} for {moment}")
    start = moment_of(other.get("DTSTART"))
    if event.all_day != (start is not None and not isinstance(start, datetime)) and not (start and is_midnight(start)):
        found.add("all day")
    return found


def is_midnight(moment: date) -> bool:
    """icalendar takes a DATE with a TZID for midnight in that zone."""
    return isinstance(moment, datetime) and moment.tzinfo is not None and (moment.hour, moment.minute) == (0, 0)


def in_utc(moment: date) -> datetime:
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def moment_of(value: object) -> date | None:
    """What icalendar makes of a time; None where it can make nothing of it, or of several in one place."""
    try:
        return getattr(value, "dt", None)
    except BrokenCalendarProperty:
        return None


def rules_apart(event, other: Component) -> set[str]:  # type: ignore[no-untyped-def]
    rules = other.get("RRULE", [])
    rules = [rule for rule in (rules if isinstance(rules, list) else [rules]) if isinstance(rule, vRecur)]
    if not rules:  # none, or none that icalendar can read: ours forgives a space behind one
        return {"RRULE"} if event.recurrence.frequency and "RRULE" not in other else set()
    endless = any("COUNT" not in rule and "UNTIL" not in rule for rule in rules)
    same = event.recurrence.frequency in {str(rule["FREQ"][0]) for rule in rules}
    return set() if same and event.recurrence.endless == endless else {"RRULE"}


def people_apart(content: Content, events: list[Component]) -> set[str]:
    found = set()
    for role, name in (("attendee", "ATTENDEE"), ("organizer", "ORGANIZER")):
        theirs: dict[str, set[str]] = {}
        for event in events:
            value = event.get(name, [])
            for one in value if isinstance(value, list) else [value]:
                written = written_address(str(one))
                email = normalise(written) or normalise(str(one.params.get("EMAIL", ""))) or written
                theirs.setdefault(email, set()).add(plainly(str(one.params.get("CN", ""))))
        ours = {
            (one.email or one.written): one.name for one in content.addresses if one.role == role and one.field == name
        }
        if ours.keys() != theirs.keys() - {""}:
            found.add(f"{name} addresses")
        elif any(
            plainly(ours[email]) not in names and normalise(ours[email]) != email
            for email, names in theirs.items()
            if "@" in email
        ):
            found.add(f"{name} names")  # of somebody named twice, ours keeps one
    return found
