"""Wherever words or addresses can stand in an iCalendar object they are read, and say where they stood (DOMAIN 3.1)."""

# ruff: noqa: SIM905  (word lists read better as words)

from __future__ import annotations

from collections.abc import Iterator

import pytest

from calguard.content.reader import read, read_text
from tests.content.calendars import event

LURE = "Call +1 (805) 302-8040 now"
NUMBER = "+18053028040"
PAGE = "https://payload.example/x"


def inside(name: str, *lines: str) -> tuple[str, ...]:
    return (f"BEGIN:{name}", *lines, f"END:{name}")


def alarm(*lines: str) -> tuple[str, ...]:
    return inside("VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", *lines)


def zone(*lines: str, standard: tuple[str, ...] = ()) -> tuple[str, ...]:
    offsets = ("DTSTART:20200101T000000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0100")
    return inside("VTIMEZONE", *lines, *inside("STANDARD", *offsets, *standard))


def besides(*lines: str) -> bytes:
    """An innocent event, and another component with these lines after it."""
    return event("SUMMARY:Lunch").replace(b"END:VCALENDAR", "\r\n".join([*lines, "END:VCALENDAR"]).encode())


def texts() -> Iterator[tuple[str, bytes]]:
    """(field, object) with the lure in that field and nowhere else."""
    for name in (
        "SUMMARY DESCRIPTION LOCATION COMMENT CONTACT CATEGORIES RESOURCES X-ALT-DESC STYLED-DESCRIPTION "
        "REQUEST-STATUS X-ANYTHING IANA-UNKNOWN RELATED-TO STATUS CLASS GEO DURATION PRIORITY COLOR CONCEPT UID TRANSP"
    ).split():
        yield name, event(f"{name}:{LURE}")
    for name in "NAME DESCRIPTION X-WR-CALNAME X-WR-CALDESC PRODID CALSCALE VERSION METHOD X-ANYTHING".split():
        yield f"VCALENDAR.{name}", event(head=(f"{name}:{LURE}",))
    for name in "TZID COMMENT DESCRIPTION X-ANYTHING".split():
        yield f"VTIMEZONE.{name}", event(head=zone(f"{name}:{LURE}"))
    for name in "TZNAME COMMENT SUMMARY X-ANYTHING".split():
        yield f"STANDARD.{name}", event(head=zone("TZID:X", standard=(f"{name}:{LURE}",)))
    for name in "CN SENT-BY DIR EMAIL DELEGATED-TO DELEGATED-FROM MEMBER X-ANYTHING LANGUAGE PARTSTAT".split():
        yield f"ATTENDEE;{name}", event(f'ATTENDEE;{name}="{LURE}":mailto:a@b.example')
        yield f"ORGANIZER;{name}", event(f'ORGANIZER;{name}="{LURE}":mailto:a@b.example')
    for name in "ALTREP LABEL FMTTYPE FILENAME X-FILENAME X-ANYTHING LANGUAGE FEATURE".split():
        yield f"ATTACH;{name}", event(f'ATTACH;{name}="{LURE}":https://files.example/a')
        yield f"CONFERENCE;{name}", event(f'CONFERENCE;{name}="{LURE}":https://files.example/a')
        yield f"SUMMARY;{name}", event(f'SUMMARY;{name}="{LURE}":Lunch')
    yield "DTEND;TZID", event(f'DTEND;TZID="{LURE}":20260301T110000')
    for name in "SUMMARY DESCRIPTION COMMENT X-ANYTHING TRIGGER ACTION ACKNOWLEDGED RELATED-TO PROXIMITY UID".split():
        yield f"VALARM.{name}", event(*alarm(f"{name}:{LURE}"))
    for component in ("PARTICIPANT", "VLOCATION", "VRESOURCE"):
        for name in "NAME DESCRIPTION SUMMARY COMMENT STRUCTURED-DATA LOCATION-TYPE X-ANYTHING".split():
            yield f"{component}.{name}", event(*inside(component, f"{name}:{LURE}"))
    yield "VLOCATION.NAME", event(*alarm(*inside("VLOCATION", f"NAME:{LURE}")))
    yield "X-COMPONENT.X-ANYTHING", event(*inside("X-COMPONENT", f"X-ANYTHING:{LURE}"))
    for component in ("VTODO", "VJOURNAL", "VFREEBUSY"):
        yield "COMMENT", besides(*inside(component, "UID:2", f"COMMENT:{LURE}"))
    yield (
        "SUMMARY",
        besides(*inside("VEVENT", "UID:1@example.com", "RECURRENCE-ID:20260308T100000Z", f"SUMMARY:{LURE}")),
    )
    yield "OUTSIDE", besides().replace(b"END:VCALENDAR\r\n", b"END:VCALENDAR\r\n" + LURE.encode())


def addresses() -> Iterator[tuple[str, bytes]]:
    """(field, object) with the page in that field and nowhere else."""
    for name in (
        "URL ATTACH CONFERENCE IMAGE SOURCE STRUCTURED-DATA LINK X-ANYTHING REFRESH-INTERVAL RELATED-TO CONCEPT "
        "CALENDAR-ADDRESS DESCRIPTION ATTENDEE ORGANIZER"
    ).split():
        yield name, event(f"{name}:{PAGE}")
        yield name, event(f"{name};VALUE=URI:{PAGE}")
    for name in ("URL", "SOURCE", "IMAGE", "LINK", "REFRESH-INTERVAL", "X-ANYTHING"):
        yield f"VCALENDAR.{name}", event(head=(f"{name}:{PAGE}",))
    yield "VTIMEZONE.TZURL", event(head=zone(f"TZURL:{PAGE}"))
    for name in "ALTREP DIR SENT-BY DELEGATED-TO DELEGATED-FROM MEMBER CN LABEL FMTTYPE FILENAME X-ANYTHING".split():
        yield f"ATTENDEE;{name}", event(f'ATTENDEE;{name}="{PAGE}":mailto:a@b.example')
        yield f"LOCATION;{name}", event(f'LOCATION;{name}="{PAGE}":Here')
    for name in ("ATTACH", "ATTENDEE", "URL", "DESCRIPTION"):
        yield f"VALARM.{name}", event(*alarm(f"{name}:{PAGE}"))
    for component in ("PARTICIPANT", "VLOCATION", "VRESOURCE"):
        for name in "URL STRUCTURED-DATA CALENDAR-ADDRESS ATTACH IMAGE LINK".split():
            yield f"{component}.{name}", event(*inside(component, f"{name}:{PAGE}"))


@pytest.mark.requirement("R26")
@pytest.mark.parametrize(("field", "data"), list(texts()))
def test_every_text_is_read_where_it_stands(field: str, data: bytes) -> None:
    content = read(data)
    assert [(phone.number, phone.field) for phone in content.phones] == [(NUMBER, field)]
    assert [text.field for text in content.texts if NUMBER[2:5] in text.folded] == [field]


@pytest.mark.requirement("R35")
@pytest.mark.parametrize(("field", "data"), list(addresses()))
def test_every_address_is_a_link_once_and_says_where_it_stands(field: str, data: bytes) -> None:
    found = [(link.url, link.field) for link in read(data).links if link.host == "payload.example"]
    assert found == [(PAGE, field)]


@pytest.mark.requirement("R35")
def test_a_link_in_many_fields_is_listed_once() -> None:
    data = event(f"DESCRIPTION:{PAGE} and {PAGE}", f"URL:{PAGE}", f"ATTACH:{PAGE}", *alarm(f"ATTACH:{PAGE}"))
    assert [link.url for link in read(data).links] == [PAGE]


@pytest.mark.parametrize(
    ("lines", "leads"),
    [
        (("ATTACH;VALUE=URI:Basso",), False),
        (("DESCRIPTION:Reminder",), False),
        (("ATTACH;FMTTYPE=audio/basic:CID:sound",), False),
        ((f"ATTACH;VALUE=URI:{PAGE}",), True),
        ((f"DESCRIPTION:See {PAGE}",), True),
        (("DESCRIPTION:See payload.example/x",), True),
        ((f'DESCRIPTION;ALTREP="{PAGE}":Reminder',), True),
    ],
)
@pytest.mark.requirement("R43")
def test_an_alarm_has_a_link_when_it_leads_somewhere(lines: tuple[str, ...], leads: bool) -> None:
    assert [found.has_link for found in read(event(*alarm(*lines), *alarm(*lines))).alarms] == [leads, leads]


@pytest.mark.parametrize(
    "line",
    [
        "UID:040000008200E00074C5B7101A82E00800000000",
        "UID:https://meet.example/e/1",
        "RELATED-TO:1@example.com",
        "GEO:52.5;13.4",
        "CONCEPT:arts",
        "REFRESH-INTERVAL;VALUE=DURATION:PT12H",
        "X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC",
        "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
        "CALENDAR-ADDRESS:mailto:a@b.example",
    ],
)
def test_what_machines_tell_each_other_is_no_text(line: str) -> None:
    content = read(event("SUMMARY:Lunch", line))
    assert [text.field for text in content.texts] == ["SUMMARY"]
    assert content.links == ()


@pytest.mark.requirement("R26")
@pytest.mark.parametrize("name", ["account.name", "calendar.name", "booking.title", "booking.answer", "file.name"])
def test_texts_around_an_event_are_read_like_its_own(name: str) -> None:
    content = read_text({name: f"{LURE} {PAGE}"})
    assert [(phone.number, phone.field) for phone in content.phones] == [(NUMBER, name)]
    assert [(link.url, link.field) for link in content.links] == [(PAGE, name)]
