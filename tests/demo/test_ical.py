"""Events as iCalendar and back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from icalendar import Calendar

from demo import ical
from demo.models import Event, Guest, InboxItem, User
from demo.reading import UnreadableError, read

OWNER = User(email="ada@clinic.example", first_name="Ada", last_name="Okafor")


def event(**fields):
    start = datetime(2026, 6, 20, 9, tzinfo=UTC)
    given = {
        "owner": OWNER, "uid": "u-1@almanac.example", "title": "Lunch", "starts_at": start, "sequence": 3,
        "ends_at": start + timedelta(hours=1), "time_zone": "Europe/Berlin", "changed_at": start,
    }  # fmt: skip
    return Event(**{**given, **fields})


GUESTS = [Guest(address="sam@x.example"), Guest(address="jo@y.example", answer="ACCEPTED")]


def component(content):
    return Calendar.from_ical(content).walk("VEVENT")[0]


def test_an_invitation_has_what_a_calendar_needs():
    content = ical.build(
        event(
            notes="Bring soup",
            place="Garden",
            link="https://clinic.example/",
            reminder=10,
            recurrence="weekly",
            count=4,
        ),
        GUESTS,
    )
    calendar = Calendar.from_ical(content)
    one = component(content)
    assert (calendar["METHOD"], one["UID"], one["SEQUENCE"]) == ("REQUEST", "u-1@almanac.example", 3)
    assert one["ORGANIZER"] == "mailto:ada@clinic.example"
    assert one["ORGANIZER"].params["CN"] == "Ada Okafor"
    assert [str(guest) for guest in one["ATTENDEE"]] == ["mailto:sam@x.example", "mailto:jo@y.example"]
    assert [guest.params["PARTSTAT"] for guest in one["ATTENDEE"]] == ["NEEDS-ACTION", "ACCEPTED"]
    assert one["RRULE"].to_ical() == b"FREQ=WEEKLY;COUNT=4"
    assert (one["DESCRIPTION"], one["LOCATION"], one["URL"]) == ("Bring soup", "Garden", "https://clinic.example/")
    assert one.walk("VALARM")[0]["TRIGGER"].dt == timedelta(minutes=-10)
    assert one.decoded("dtstart").isoformat() == "2026-06-20T11:00:00+02:00"
    assert len(calendar.walk("VTIMEZONE")) == 1


def test_it_is_the_same_each_time_it_is_read():
    assert ical.build(event(), GUESTS) == ical.build(event(), GUESTS)


def test_the_last_day_is_whole_where_the_event_is():
    rule = component(ical.build(event(recurrence="daily", until=date(2026, 6, 30)), []))["RRULE"]
    assert rule["UNTIL"] == [datetime(2026, 6, 30, 21, 59, 59, tzinfo=UTC)]


def test_line_breaks_in_a_title_make_no_properties():
    content = ical.build(event(title="Lunch\r\nATTENDEE:mailto:evil@x.example\r\nX:"), [])
    assert component(content).get("ATTENDEE") is None
    assert b"\r\nATTENDEE" not in content


def test_a_cancellation_has_no_alarm():
    content = ical.build(event(reminder=10), GUESTS, "CANCEL")
    assert (Calendar.from_ical(content)["METHOD"], component(content)["STATUS"]) == ("CANCEL", "CANCELLED")
    assert component(content).walk("VALARM") == []


def test_an_answer_names_nobody_but_the_guest():
    start = datetime(2026, 6, 20, 9, tzinfo=UTC)
    item = InboxItem(
        user=User(email="emil@choir.example"), organiser="ada@clinic.example", uid="u-1", sequence=3, title="Lunch",
        starts_at=start, ends_at=start, time_zone="UTC", state="accepted", received_at=start, answered_at=start,
    )  # fmt: skip
    content = ical.reply(item)
    one = component(content)
    assert Calendar.from_ical(content)["METHOD"] == "REPLY"
    assert (str(one["ATTENDEE"]), one["ATTENDEE"].params["PARTSTAT"]) == ("mailto:emil@choir.example", "ACCEPTED")
    assert (one["ORGANIZER"], one["UID"], one["SEQUENCE"]) == ("mailto:ada@clinic.example", "u-1", 3)


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        ({}, False),
        ({"changed_at": datetime(2026, 7, 1, tzinfo=UTC)}, False),
        ({"sequence": 9}, False),
        ({"title": "Dinner"}, True),
        ({"notes": "x"}, True),
        ({"reminder": 5}, True),
        ({"time_zone": "Europe/London"}, True),
    ],
)
def test_what_a_guest_would_see(fields, seen):
    assert (ical.visible(event(**fields)) != ical.visible(event())) is seen


def test_what_is_built_can_be_read_again():
    given = event(notes="a, b; c\nd", place="Garden", recurrence="weekly", until=date(2026, 9, 1))
    (found,) = read(ical.build(given, GUESTS))
    for name in ical.SHOWN:
        assert (found.values.get(name) or None) == (getattr(given, name) or None), name
    assert (found.organiser, found.organiser_name) == ("ada@clinic.example", "Ada Okafor")
    assert found.guests == ("sam@x.example", "jo@y.example")
    assert found.dropped == ()


def file(*lines):
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""]
    ).encode()


def test_what_almanac_cannot_show_is_said():
    (found,) = read(file("UID:1", "DTSTART:20260620T090000Z", "RRULE:FREQ=SECONDLY;COUNT=1000000000"))
    assert found.values["recurrence"] == "none"
    assert "repeats" in found.dropped[0]


def test_days_and_floating_times_are_read():
    (day,) = read(file("UID:1", "DTSTART;VALUE=DATE:20260620"))
    assert day.values["ends_at"] - day.values["starts_at"] == timedelta(days=1)
    (floating,) = read(file("UID:1", "DTSTART:20260620T090000", "DURATION:PT90M"))
    assert floating.values["ends_at"] - floating.values["starts_at"] == timedelta(minutes=90)


def test_links_that_are_no_web_addresses_stay_out():
    (found,) = read(file("UID:1", "DTSTART:20260620T090000Z", "URL:javascript:alert(1)"))
    assert found.values["link"] == ""


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x00\xff", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", b"BEGIN:VEVENT"]
)
def test_what_is_no_calendar_is_refused_in_words(content):
    with pytest.raises(UnreadableError):
        read(content)


@pytest.mark.parametrize(
    ("lines", "dropped"),
    [
        (["DTSTART:20300101T100000Z", "DTEND:tomorrow"], ("its end",)),
        (["DTSTART:20300101T100000Z", "DURATION:P9999999D"], ("its end",)),
        (["DTSTART:20300101T100000Z", f"SEQUENCE:{'9' * 40}"], ()),
        (
            ["DTSTART:20300101T100000Z", f"RRULE:FREQ=DAILY;COUNT={'9' * 40}"],
            ("the way it repeats; its first time is kept",),
        ),
    ],
)
def test_what_is_broken_about_an_event_costs_no_more_than_itself(lines, dropped):
    (found,) = read(file("UID:1", *lines))
    assert found.dropped == dropped
    assert found.values["starts_at"].year == 2030
    assert found.values["sequence"] < 2**31


@pytest.mark.parametrize("start", ["99999999T999999Z", "99991231T235959Z", "00010101", "soon"])
def test_a_time_that_no_calendar_shows_is_refused_in_words(start):
    with pytest.raises(UnreadableError, match="time"):
        read(file("UID:1", f"DTSTART:{start}"))
