"""The iCalendar reader: every field is read, however it is written, and nothing makes it raise."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calguard.content.reader import read, read_text, split
from calguard.content.types import Content
from tests.content.calendars import event, folded
from tests.support.growth import growth


def whole(data: bytes) -> Content:
    """Read to the end: what the texts say is otherwise read only when it is asked for."""
    content = read(data)
    assert content.texts is not None
    assert content.hash
    return content


LURE = "Call +1 (805) 302-8040 to cancel PayPal order of USD 499.99"
ALARM = ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT10M")
ENCODED = base64.b64encode(f"<p>{LURE}</p>".encode()).decode()


def nested(name: str, line: str) -> tuple[str, ...]:
    return (f"BEGIN:{name}", line, f"END:{name}")


FIELDS = [
    pytest.param((f"SUMMARY:{LURE}",), "SUMMARY", id="summary"),
    pytest.param((f"DESCRIPTION:{LURE}",), "DESCRIPTION", id="description"),
    pytest.param((f"LOCATION:{LURE}",), "LOCATION", id="location"),
    pytest.param((f"COMMENT:{LURE}",), "COMMENT", id="comment"),
    pytest.param((f"CONTACT:{LURE}",), "CONTACT", id="contact"),
    pytest.param((f"CATEGORIES:WORK,{LURE}",), "CATEGORIES", id="categories"),
    pytest.param((f"RESOURCES:{LURE}",), "RESOURCES", id="resources"),
    pytest.param((f"REQUEST-STATUS:2.0;{LURE}",), "REQUEST-STATUS", id="request status"),
    pytest.param((f'ATTENDEE;CN="{LURE}":mailto:a@example.com',), "ATTENDEE;CN", id="attendee name"),
    pytest.param((f'ORGANIZER;CN="{LURE}":mailto:a@example.com',), "ORGANIZER;CN", id="organiser name"),
    pytest.param((f"X-ALT-DESC;FMTTYPE=text/html:<p>{LURE}</p>",), "X-ALT-DESC", id="alternative description"),
    pytest.param((f"STYLED-DESCRIPTION;FMTTYPE=text/html:<p>{LURE}</p>",), "STYLED-DESCRIPTION", id="styled"),
    pytest.param((*ALARM, f"DESCRIPTION:{LURE}", "END:VALARM"), "VALARM.DESCRIPTION", id="alarm description"),
    pytest.param((*ALARM, f"SUMMARY:{LURE}", "END:VALARM"), "VALARM.SUMMARY", id="alarm summary"),
    pytest.param((f'ATTACH;FILENAME="{LURE}":https://example.com/a',), "ATTACH;FILENAME", id="file name"),
    pytest.param((f'ATTACH;X-FILENAME="{LURE}":cid:a',), "ATTACH;X-FILENAME", id="file name of old clients"),
    pytest.param((f'CONFERENCE;LABEL="{LURE}":https://example.com/a',), "CONFERENCE;LABEL", id="conference label"),
    pytest.param((f"X-MYSTERY:{LURE}",), "X-MYSTERY", id="extension property"),
    pytest.param((f"FUTURE-PROPERTY:{LURE}",), "FUTURE-PROPERTY", id="IANA property of the future"),
    pytest.param((f'SUMMARY;X-NOTE="{LURE}":hello',), "SUMMARY;X-NOTE", id="extension parameter"),
    pytest.param((f"URL:{LURE}",), "URL", id="text where a URL belongs"),
    pytest.param((f'SUMMARY;ALTREP="{LURE}":hello',), "SUMMARY;ALTREP", id="text where an ALTREP belongs"),
    pytest.param((f"STATUS:{LURE}",), "STATUS", id="text where a keyword belongs"),
    pytest.param((f"DTEND:{LURE}",), "DTEND", id="text where a time belongs"),
    pytest.param((f"DTEND;TZID={LURE}:20260301T110000",), "DTEND;TZID", id="text where a zone belongs"),
    pytest.param((f"ATTACH;ENCODING=BASE64;VALUE=BINARY:{ENCODED}",), "ATTACH>text/html", id="inline attachment"),
    pytest.param((f"ATTACH:data:text/html;base64,{ENCODED}",), "ATTACH>text/html", id="attachment in a data URI"),
    pytest.param((f"DESCRIPTION:see {ENCODED * 3}",), "DESCRIPTION>text/html", id="base64 in running text"),
    pytest.param(nested("PARTICIPANT", f"DESCRIPTION:{LURE}"), "PARTICIPANT.DESCRIPTION", id="participant"),
    pytest.param(nested("VLOCATION", f"NAME:{LURE}"), "VLOCATION.NAME", id="location component"),
    pytest.param(nested("X-ANYTHING", f"NOTE:{LURE}"), "X-ANYTHING.NOTE", id="unknown component"),
]


@pytest.mark.requirement("R26")
@pytest.mark.parametrize(("lines", "field"), FIELDS)
def test_every_field_is_read(lines: tuple[str, ...], field: str) -> None:
    content = read(event(*lines))
    assert "paypal" in content.text(field)
    assert [phone.number for phone in content.phones] == ["+18053028040"]
    assert ("499.99", "USD") in {(money.amount, money.currency) for money in content.money}


@pytest.mark.requirement("R26")
@pytest.mark.parametrize(
    ("line", "field"),
    [
        (f"X-WR-CALNAME:{LURE}", "VCALENDAR.X-WR-CALNAME"),
        (f"X-WR-CALDESC:{LURE}", "VCALENDAR.X-WR-CALDESC"),
        (f"NAME:{LURE}", "VCALENDAR.NAME"),
        (f"DESCRIPTION:{LURE}", "VCALENDAR.DESCRIPTION"),
        (f"PRODID:{LURE}", "VCALENDAR.PRODID"),
    ],
)
def test_fields_of_the_calendar_are_read(line: str, field: str) -> None:
    assert "paypal" in read(event("SUMMARY:hello", head=(line,))).text(field)


def test_a_zone_may_have_any_usual_name() -> None:
    """Zone names are no text that says anything, and a zone is no event."""
    zone = ("BEGIN:VTIMEZONE", "TZID:Eastern Time (US & Canada)", "BEGIN:STANDARD", "DTSTART:19700101T000000",
            "TZOFFSETFROM:-0400", "TZOFFSETTO:-0500", "TZNAME:EST", "END:STANDARD", "END:VTIMEZONE")  # fmt: skip
    content = read(event("SUMMARY:hello", "DTEND;TZID=Eastern Time (US & Canada):20260301T110000", head=zone))
    assert [text.field for text in content.texts] == ["SUMMARY"]
    assert len(content.events) == 1
    assert content.events[0].end is not None
    assert content.events[0].end.hour == 16


@pytest.mark.requirement("R31")
@pytest.mark.parametrize("width", [1, 2, 3, 7, 75])
def test_folding_changes_nothing(width: int) -> None:
    plain = event("SUMMARY:Überweisung für Łukasz 会議 👩‍👩‍👧", "DESCRIPTION:https://example.com/a/b?c=d")
    again = read(folded(plain, width))
    assert again.texts == read(plain).texts
    assert again.links == read(plain).links
    assert again.hash == read(plain).hash


@pytest.mark.requirement("R31")
@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"\r\n", b"\n"),
        lambda data: data.replace(b"\r\n", b"\r"),
        lambda data: data.replace(b"\r\n", b"\r\r\n"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.decode().encode("utf-16"),
        lambda data: data.replace(b"SUMMARY", b"summary").replace(b"BEGIN:VEVENT", b"begin:vevent"),
        lambda data: data.replace(b"SUMMARY:", b"SUMMARY;LANGUAGE=de:"),
        lambda data: data.replace(b"\r\nSUMMARY", b"\r\n\r\nSUMMARY"),
        lambda data: data.decode(),
    ],
    ids=["LF", "CR", "CRCRLF", "BOM", "UTF-16", "lower case", "parameter", "blank line", "str"],
)
def test_spelling_of_the_format_changes_nothing(change) -> None:  # type: ignore[no-untyped-def]
    plain = event("SUMMARY:Grüße\\, alle\\nzusammen", "DESCRIPTION:a;b")
    assert read(change(plain)).summary == "Grüße, alle\nzusammen"
    assert read(change(plain)).hash == read(plain).hash


@pytest.mark.requirement("R31")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"SUMMARY:Caf\xe9", "Café"),
        (b"SUMMARY;CHARSET=windows-1251:\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"),
        (b"SUMMARY;ENCODING=QUOTED-PRINTABLE:Caf=C3=A9=\r\n =21", "Café!"),
        (b'SUMMARY;X-A="b;c:d":e', "e"),
        (b"SUMMARY;X-A=b^'c^nd:e", "e"),
        (b"item1.SUMMARY:grouped", "grouped"),
        (b"SUMMARY :spaced", "spaced"),
        (b"SUMMARY:", ""),
    ],
)
def test_values_are_read_leniently(line: bytes, expected: str) -> None:
    assert read(event().replace(b"END:VEVENT", line + b"\r\nEND:VEVENT")).summary == expected


PROBLEMS = [
    pytest.param(event("SUMMARY:hello"), set(), id="innocent"),
    pytest.param(event("SUMMARY:hello", "X-APPLE-TRAVEL:5"), set(), id="innocent extension"),
    pytest.param(event("SUMMARY:a").replace(b"UID:1@example.com\r\n", b""), {"missing_uid"}, id="no UID"),
    pytest.param(event("SUMMARY:a", head=("CALSCALE:GREGORIAN",)), set(), id="usual calendar scale"),
    pytest.param(event("SUMMARY:a", head=("CALSCALE:HEBREW",)), {"calscale"}, id="other calendar scale"),
    pytest.param(event("SUMMARY:a") + b"Call me now\r\n", {"outside_component"}, id="text after the end"),
    pytest.param(event("SUMMARY:a", "and a stray line"), {"malformed_line"}, id="text that is no property"),
    pytest.param(b"hello, this is a note", {"outside_component", "unparseable"}, id="no calendar"),
    pytest.param(b"", {"unparseable"}, id="nothing"),
    pytest.param(event("SUMMARY:a", "DTEND:whenever"), {"bad_time"}, id="no time"),
    pytest.param(event("SUMMARY:a", "DTEND:00010101T000000Z"), set(), id="a time long ago"),
    pytest.param(event("SUMMARY:a", head=("METHOD:CANCEL",)), {"several_methods"}, id="two methods"),
    pytest.param(event(*[f"X-{i:04X}:{i:032x}" for i in range(12)]), {"hex_padding"}, id="padding"),
    pytest.param(event("SUMMARY:" + "x" * 70_000), {"oversize"}, id="long text"),
    pytest.param(event("SUMMARY:a") + event("SUMMARY:b").replace(b"1@", b"2@"), {"several_uids"}, id="two events"),
]


@pytest.mark.requirement("R32")
@pytest.mark.parametrize(("data", "problems"), PROBLEMS)
def test_problems_are_named(data: bytes, problems: set[str]) -> None:
    assert read(data).problems == problems


@pytest.mark.requirement("R32")
def test_what_is_no_calendar_is_read_all_the_same() -> None:
    content = read(f"Dear customer, {LURE} at evil.example/pay".encode())
    assert [phone.number for phone in content.phones] == ["+18053028040"]
    assert [link.host for link in content.links] == ["evil.example"]


@pytest.mark.requirement("R27")
def test_a_number_split_over_guests_or_fields_is_seen() -> None:
    names = read(event("ATTENDEE;CN=Call +1 805:mailto:a@example.com", "ATTENDEE;CN=302 8040:mailto:b@example.com"))
    assert "+18053028040" in [phone.number for phone in names.phones]
    fields = read(event("SUMMARY:Call +1 805", "LOCATION:302 8040"))
    assert [phone.number for phone in fields.phones] == ["+18053028040"]


@pytest.mark.requirement("R44")
def test_guests_are_counted_once() -> None:
    guests = (
        "a@example.com",
        "A@Example.com",
        "a+x@example.com",
        "b.c@gmail.com",
        "bc@googlemail.com",
        "o@example.com",
    )
    content = read(event("ORGANIZER:mailto:o@example.com", *[f"ATTENDEE:mailto:{guest}" for guest in guests]))
    assert content.guest_total == 2
    assert [address.email for address in content.attendees] == ["a@example.com", "bc@gmail.com"]


def test_people_have_their_roles() -> None:
    content = read(
        event(
            'ORGANIZER;CN="Ann, B";SENT-BY="mailto:pa@example.com":mailto:ann@example.com',
            "ATTENDEE;CN=Bob;EMAIL=bob@example.com:urn:uuid:1",
            *(*ALARM, "ATTENDEE:mailto:x@example.com", "END:VALARM"),
            "CONTACT:Carl carl@example.com",
        )
    )
    assert {(address.role, address.email) for address in content.addresses} == {
        ("organizer", "ann@example.com"),
        ("sent_by", "pa@example.com"),
        ("attendee", "bob@example.com"),
        ("alarm", "x@example.com"),
        ("contact", "carl@example.com"),
    }
    assert content.organizer is not None
    assert content.organizer.name == "Ann, B"
    assert content.alarms[0].recipients == 1
    assert content.guest_total == 1


@pytest.mark.requirement("R49")
@pytest.mark.parametrize("place", [0, 2_565_000, 5_129_000], ids=["head", "middle", "tail"])
def test_a_payload_in_a_long_text_is_found(place: int) -> None:
    filler = "lorem ipsum dolor sit amet " * 190_000
    content = read(event(f"DESCRIPTION:{filler[:place]} {LURE} {filler[place:]}"))
    assert "oversize" in content.problems
    assert [phone.number for phone in content.phones] == ["+18053028040"]
    assert len(content.document) < 200_000


@pytest.mark.requirement("R49")
def test_fifty_thousand_guests_are_counted_exactly() -> None:
    lines = [f"ATTENDEE;CN=Guest;RSVP=TRUE:mailto:guest{i}@d{i % 97}.example.com" for i in range(50_000)]
    content = read(event(*lines, *lines[:10]))
    assert content.guest_total == len(content.attendees) == 50_000
    made = {count: event(*lines[:count], *lines[:10]) for count in (6_250, 50_000)}
    assert growth(lambda count: whole(made[count]), 6_250, 8) <= 2 * 8


HOSTILE: dict[str, tuple[int, Callable[[int], bytes]]] = {
    "unbroken token": (8_192, lambda count: event("DESCRIPTION:" + "a" * count)),
    "dots": (4_000, lambda count: event("DESCRIPTION:" + "a." * count)),
    "many links": (750, lambda count: event("DESCRIPTION:" + "http://a.b/" * count)),
    "different links": (200, lambda count: event("DESCRIPTION:" + " ".join(f"http://a{i}.b/" for i in range(count)))),
    "deep markup": (6_250, lambda count: event("X-ALT-DESC;FMTTYPE=text/html:" + "<div>" * count)),
    "hidden markup": (175, lambda count: event("X-ALT-DESC;FMTTYPE=text/html:" + "<p style='display:none'>x" * count)),
    "long line": (1_250, lambda count: event("DESCRIPTION:" + "x.y " * count)),
    "parameters": (1_250, lambda count: event("SUMMARY" + ";X-A=b c" * count + ":x")),
    "semicolons": (6_250, lambda count: event("SUMMARY" + ";" * count + ":x")),
    "quotes": (1_250, lambda count: event('SUMMARY;X="' * count)),
    "nesting": (2_500, lambda count: b"BEGIN:VEVENT\r\n" * count),
    "digits": (1_000, lambda count: event("DESCRIPTION:" + "1-2 " * count)),
    "invisible": (2_500, lambda count: event("DESCRIPTION:" + "a\u200b" * count)),
    "leet": (500, lambda count: event("DESCRIPTION:" + " ".join(f"pa{i}pal" for i in range(count)))),
    "folds": (25_000, lambda count: b"BEGIN:VCALENDAR\n" + b"\n " * count),
    "octets": (125, lambda count: bytes(range(256)) * count),
    "events": (50, lambda count: event(*["END:VEVENT\r\nBEGIN:VEVENT\r\nUID:x\r\nSUMMARY:y"] * count)),
}


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(("small", "made"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_input_costs_little(small: int, made: Callable[[int], bytes]) -> None:
    data = {count: made(count) for count in (small, 8 * small)}
    assert growth(lambda count: whole(data[count]), small, 8) <= 2 * 8


@pytest.mark.requirement("R49")
@settings(max_examples=150, deadline=None)
@given(data=st.one_of(st.binary(max_size=400), st.text(max_size=300)), split_at=st.integers(0, 300))
def test_no_input_makes_it_raise(data: bytes | str, split_at: int) -> None:
    octets = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    whole = event("SUMMARY:hello", "DESCRIPTION:<b>x</b> http://example.com")
    for given_data in (
        octets,
        whole[:split_at] + octets + whole[split_at:],
        event("SUMMARY:").replace(b"hello", octets),
    ):
        content = read(given_data)
        assert content.size == len(given_data)
        assert all(text.field for text in content.texts)
        assert len(content.hash) == 64
        split(content)


LINE = st.sampled_from(
    [
        "SUMMARY:Grüße an alle",
        "DESCRIPTION:a\\nb https://example.com/ö",
        "RRULE:FREQ=DAILY;COUNT=3",
        "LOCATION:Saal 会議",
    ]
)


@pytest.mark.requirement("R31")
@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(LINE, min_size=1, unique=True), width=st.integers(1, 80), ending=st.sampled_from([b"\n", b"\r\n"])
)
def test_folding_line_ends_and_order_do_not_change_the_hash(lines: list[str], width: int, ending: bytes) -> None:
    data = folded(event(*lines), width).replace(b"\r\n", ending)
    assert read(data).hash == read(event(*sorted(lines))).hash


def test_split_gives_one_content_per_uid() -> None:
    data = event("SUMMARY:a", "SEQUENCE:1") + event("SUMMARY:b").replace(b"1@", b"2@") + event("SUMMARY:c")
    parts = split(read(data))
    assert [(part.uid, [text.value for text in part.texts]) for part in parts] == [
        ("1@example.com", ["a", "c"]),
        ("2@example.com", ["b"]),
    ]
    assert split(parts[1]) == (parts[1],)
    assert {part.method for part in parts} == {"REQUEST"}


def test_texts_around_the_event() -> None:
    content = read_text({"account.name": "PаyPal", "page.note": f"<p>{LURE}</p>"}, html=frozenset({"page.note"}))
    assert [text.field for text in content.texts] == ["account.name", "page.note"]
    assert content.texts[0].folded == "paypal"
    assert content.phones[0].field == "page.note"


def test_parts_take_the_zones_they_name_along() -> None:
    zone = b"BEGIN:VTIMEZONE\r\nTZID:%s\r\nBEGIN:STANDARD\r\nTZOFFSETTO:%s\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    made = [
        b"BEGIN:VEVENT\r\nUID:%d\r\nDTSTART;TZID=%s:20260301T100000\r\nEND:VEVENT\r\n" % (number, name)
        for number, name in enumerate((b"Own/One", b'"Two, far"', b'"Two, far"'))
    ]
    zones = zone % (b"Own/One", b"+0100"), zone % (b"Two\\, far", b"+0200")
    parts = split(read(b"BEGIN:VCALENDAR\r\n" + b"".join(zones) + b"".join(made) + b"END:VCALENDAR\r\n"))
    assert [part.start.hour for part in parts if part.start] == [9, 8, 8]
    assert b"Own/One" not in parts[1].raw


@pytest.mark.requirement("R26")
@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("X-PLACE;X-TITLE=Street 1\\; " + LURE.replace(",", "") + ";X-R=1:geo:1,2", "X-PLACE;X-TITLE"),
        ("SUMMARY;" + LURE.replace(":", "") + ":hello", "SUMMARY;"),
    ],
    ids=["an escaped semicolon in a parameter", "words where a parameter's name belongs"],
)
def test_parameters_written_wrongly_are_read(line: str, field: str) -> None:
    content = read(event(line))
    assert field in {text.field for text in content.texts}
    assert [phone.number for phone in content.phones] == ["+18053028040"]


@pytest.mark.requirement("R27")
def test_names_of_guests_keep_their_order_whatever_their_shape() -> None:
    names = ["Call", "us ^'now^'", "+1 805 302", "8040"]
    content = read(event(*(f'ATTENDEE;CN="{name}":mailto:g{n}@a.example' for n, name in enumerate(names))))
    assert content.text("ATTENDEE;CN") == 'call us "now" +1 805 302 8040'
