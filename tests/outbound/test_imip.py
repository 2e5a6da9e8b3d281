"""Invitation mail: the tree of CC A.1, correct under every text people and attackers write."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from outbound import imip
from outbound.plain import cut, display_name
from tests.conftest import NOW
from tests.support.parts import DATA

EVENT = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Host//EN\r
METHOD:REQUEST\r
BEGIN:VTIMEZONE\r
TZID:Europe/Berlin\r
COMMENT:call +1 800 555 0100\r
BEGIN:STANDARD\r
DTSTART:19701025T030000\r
TZOFFSETFROM:+0200\r
TZOFFSETTO:+0100\r
TZNAME:call +1 800 555 0100\r
END:STANDARD\r
END:VTIMEZONE\r
BEGIN:VEVENT\r
UID:meeting-1@calendar.example\r
SEQUENCE:2\r
DTSTAMP:20260615T090000Z\r
DTSTART;TZID=Europe/Berlin:20260620T100000\r
DTEND;TZID=Europe/Berlin:20260620T110000\r
SUMMARY:Tea at Ann's\r
LOCATION:Kitchen\r
DESCRIPTION:Bring cake.\\nhttps://example.org/cake?a=1&b=2\r
COMMENT:free text\r
X-ALT-DESC:<b>free text</b>\r
ORGANIZER;CN=Ann Example:mailto:ann@home.example\r
ATTENDEE;CN="free text";PARTSTAT=NEEDS-ACTION:mailto:bob@guests.example\r
BEGIN:VALARM\r
ACTION:DISPLAY\r
DESCRIPTION:free text\r
TRIGGER:-PT15M\r
END:VALARM\r
END:VEVENT\r
END:VCALENDAR\r
"""


def invitation(**changes: Any) -> imip.Invitation:
    fields: dict[str, Any] = {
        "calendar": EVENT,
        "method": "REQUEST",
        "organizer_name": "Ann Example",
        "organizer_address": "ann@home.example",
        "from_email": "Example Calendar <cal@calendar.example>",
        "recipient": "bob@guests.example",
        "message_id": "<abc234@calendar.example>",
        "date": NOW,
    }
    return imip.Invitation(**fields | changes)


def sent(**changes: Any) -> EmailMessage:
    """As the guest's program reads it: written out and parsed again."""
    raw = imip.rendered(invitation(**changes))
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    raw.decode("ascii")
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert not any(part.defects for part in parsed.walk())
    assert isinstance(parsed, EmailMessage)
    return parsed


def parts(mail: EmailMessage) -> tuple[str, str, bytes, bytes]:
    leaves = [part for part in mail.walk() if not part.is_multipart()]
    plain, html = (leaf.get_content() for leaf in leaves[:2])
    return plain, html, leaves[2].get_payload(decode=True), leaves[3].get_payload(decode=True)  # type: ignore[return-value]


BOUNDARY = re.compile(rb"={15}\d+==")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"recipient": "cyd@guests.example", "message_id": "<other@calendar.example>"},
        {"recipient": "guest@calguard.invalid", "message_id": "<any@calguard.invalid>"},
        {"organizer_name": "To: guest@calguard.invalid", "summary": "Message-ID: <any@calguard.invalid>"},
        {"organizer_name": "K\u00fcche\r\nTo: guest@calguard.invalid\r\n", "language": "de"},
        {"extra_headers": {"X-Own": "a"}, "texts": ["one", "two"]},
        {"extra_headers": {"X-Own": "b"}, "texts": ["one", "two"], "system_text": True},
    ],
)
def test_what_is_made_once_for_many_is_what_each_would_get(changes: dict[str, Any]) -> None:
    for recipient in (changes.get("recipient", "bob@guests.example"), "dan@other.example"):
        asked = invitation(**changes | {"recipient": recipient})
        octets, alone = (BOUNDARY.sub(b"=", raw) for raw in (imip.rendered(asked), imip.build(asked).as_bytes()))
        assert octets == alone


@pytest.mark.parametrize("changes", [{"recipient": "nobody"}, {"message_id": "none"}, {"method": "PUBLISH"}])
def test_nobody_gets_what_cannot_be_made_because_others_did(changes: dict[str, Any]) -> None:
    imip.rendered(invitation())
    with pytest.raises(imip.Unbuildable):
        imip.rendered(invitation(**changes))


@pytest.mark.requirement("R73")
class TestTree:
    @pytest.mark.parametrize(
        ("method", "name"), [("REQUEST", "invite.ics"), ("CANCEL", "cancel.ics"), ("REPLY", "reply.ics")]
    )
    def test_is_exactly_that_of_a1(self, method: str, name: str) -> None:
        mail = sent(calendar=imip.with_method(EVENT, method), method=method)
        assert [(part.get_content_type(), part.get_content_disposition()) for part in mail.walk()] == [
            ("multipart/mixed", None),
            ("multipart/alternative", None),
            ("text/plain", None),
            ("text/html", None),
            ("text/calendar", None),
            ("application/ics", "attachment"),
        ]
        assert [len(list(part.iter_parts())) for part in mail.walk() if part.is_multipart()] == [3, 2]
        calendar, attachment = list(mail.walk())[-2:]
        assert dict(calendar["Content-Type"].params) == {"method": method, "charset": "utf-8"}
        assert attachment["Content-Transfer-Encoding"] == "base64"
        assert attachment.get_filename() == attachment["Content-Type"].params["name"] == name

    def test_both_calendars_are_the_same_octets_also_where_a_relay_changes_line_ends(self) -> None:
        odd = EVENT.replace(b"Kitchen", "K\u00fcche \U0001f370".encode()).replace(b"\r\nLOCATION", b"\nLOCATION")
        raw = imip.build(invitation(calendar=odd)).as_bytes()
        for changed in (raw, raw.replace(b"\r\n", b"\n")):
            mail = email.message_from_bytes(changed, policy=email.policy.default)
            assert parts(mail)[2:] == (odd, odd)  # type: ignore[arg-type]

    def test_headers_are_there_once(self) -> None:
        mail = sent(extra_headers={"CFBL-Address": "fbl@calendar.example; report=arf"})
        names = [name.lower() for name in mail]
        assert sorted(names) == sorted(set(names))
        assert mail["From"] == "Ann Example via Example Calendar <cal@calendar.example>"
        assert mail["Reply-To"] == "Ann Example <ann@home.example>"
        assert (mail["To"], mail["Message-ID"]) == ("bob@guests.example", "<abc234@calendar.example>")
        assert mail["Date"].datetime == NOW
        assert mail["Subject"] == "Invitation: Tea at Ann's"
        assert mail["CFBL-Address"] == "fbl@calendar.example; report=arf"
        assert not {"sender", "auto-submitted", "bcc"} & set(names)

    @pytest.mark.parametrize("method", ["PUBLISH", "COUNTER", "", "REQUEST; x=y"])
    def test_other_methods_are_not_mailed(self, method: str) -> None:
        with pytest.raises(imip.Unbuildable, match="METHOD"):
            imip.build(invitation(method=method))

    @pytest.mark.parametrize(
        "calendar",
        [
            EVENT.replace(b"METHOD:REQUEST", b"METHOD:CANCEL"),
            EVENT.replace(b"METHOD:REQUEST\r\n", b""),
            EVENT.replace(b"METHOD:REQUEST", b"METHOD:REQUEST\r\nMETHOD:CANCEL"),
            EVENT.replace(b"METHOD:REQUEST", b"method;x=y:request\r\nMET\r\n HOD:CANCEL"),
        ],
    )
    def test_a_calendar_that_says_another_method_is_refused(self, calendar: bytes) -> None:
        with pytest.raises(imip.Unbuildable, match=r"METHOD|not a REQUEST"):
            imip.build(invitation(calendar=calendar))


class TestTexts:
    def test_the_body_says_what_the_event_says(self) -> None:
        plain, html, *_ = parts(sent())
        for text in ("Ann Example (ann@home.example)", "Kitchen", "Bring cake.", "20", "CEST"):
            assert text in plain
            assert text in html
        assert "Tea at Ann's" in plain
        assert "https://example.org/cake?a=1&b=2" in plain
        assert "https://example.org/cake?a=1&amp;b=2" in html

    def test_lines_of_the_caller_replace_our_own(self) -> None:
        plain, html, *_ = parts(sent(summary="Tee", texts=["Wann: morgen", "Wo: K\u00fcche"]))
        assert "Tee" in plain
        assert "Wann: morgen" in html
        assert "Kitchen" not in plain + html

    @pytest.mark.parametrize(
        ("answer", "subject"),
        [("ACCEPTED", "Accepted: "), ("DECLINED", "Declined: "), ("TENTATIVE", "Tentative: "), ("X-ODD", "Reply: ")],
    )
    def test_a_reply_says_what_was_answered(self, answer: str, subject: str) -> None:
        reply = imip.with_method(EVENT.replace(b"NEEDS-ACTION", answer.encode()), "REPLY")
        assert sent(calendar=reply, method="REPLY")["Subject"].startswith(subject)

    def test_the_guests_language(self) -> None:
        with translation.override("de"):
            assert 'lang="ar" dir="rtl"' in parts(sent(language="ar"))[1]
            assert 'lang="de"' in parts(sent())[1]

    @pytest.mark.requirement("R63")
    def test_system_text_says_nothing_the_sender_worded(self) -> None:
        bare = imip.cancellation(EVENT)
        mail = sent(
            calendar=bare, method="CANCEL", system_text=True, organizer_name="Call 0800", texts=["Call"], summary="Call"
        )
        everything = str(mail) + "".join(parts(mail)[:2])
        assert "Call" not in everything.replace("Example Calendar", "")
        assert mail["Subject"] == "Cancelled: an event"
        assert mail["From"] == "Example Calendar <cal@calendar.example>"


@pytest.mark.requirement("R50")
class TestHostile:
    @pytest.mark.parametrize(
        "title",
        [
            "Party \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f389",
            "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd",
            '"quoted" <b>bold</b> \\ back',
            "=?utf-8?q?encoded?=",
            "\u4f1a\u8bae " * 40,
        ],
    )
    def test_a_title_survives(self, title: str) -> None:
        mail = sent(summary=title)
        assert mail["Subject"] == f"Invitation: {title.strip()}"
        assert title.strip() in parts(mail)[0]

    def test_a_title_of_five_thousand_characters_is_cut_in_the_subject_only(self) -> None:
        for title in ("x" * 5000, "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 1000, "word " * 1000):
            mail = sent(summary=title)
            assert len(mail["Subject"]) <= 270
            assert mail["Subject"].endswith("…")
            assert title.strip() in parts(mail)[0]

    @pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x00", "\r\n ", "\r\n\r\n"])
    @pytest.mark.parametrize("where", ["summary", "organizer_name", "from_name"])
    def test_a_line_end_in_a_text_injects_no_header(self, end: str, where: str) -> None:
        mail = sent(**{where: f"Tea{end}Bcc: victim@x.example{end}{end}<html>"})
        innocent = sent()
        assert mail.keys() == innocent.keys()
        assert [p.get_content_type() for p in mail.walk()] == [p.get_content_type() for p in innocent.walk()]

    @pytest.mark.parametrize("field", ["recipient", "organizer_address", "from_email", "message_id"])
    @pytest.mark.parametrize(
        "bad", ["", "a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "no address", "<x>"]
    )
    def test_a_broken_address_is_unbuildable(self, field: str, bad: str) -> None:
        with pytest.raises(imip.Unbuildable):
            imip.build(invitation(**{field: bad}))

    @pytest.mark.parametrize(
        "headers",
        [{"X-A": "b\r\nBcc: c@d.example"}, {"X-A\r\nBcc": "x"}, {"Bcc": "c@d.example"}, {"from": "x"}, {"X:": "y"}],
    )
    def test_a_broken_extra_header_is_unbuildable(self, headers: dict[str, str]) -> None:
        with pytest.raises(imip.Unbuildable):
            imip.build(invitation(extra_headers=headers))

    @pytest.mark.parametrize(
        "name",
        ["ceo@bank.example", "ceo\uff20bank.example", "Support (help@paypal.com)", "https://bank.example", "a [at] b"],
    )
    def test_a_name_that_looks_like_an_address_is_not_shown_as_sender(self, name: str) -> None:
        mail = sent(organizer_name=name)
        assert mail["From"] == "Example Calendar <cal@calendar.example>"
        assert mail["Reply-To"] == "ann@home.example"

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("Ann O'Neil", "Ann O'Neil"),
            ("Dr. M\u00fcller, Praxis", "Dr. M\u00fcller Praxis"),
            ('"Bob" <the builder>', "Bob the builder"),
            ("\u202egnp.exe", "gnp.exe"),
            ("\u05d3\u05e0\u05d4 \u05dc\u05d5\u05d9", "\u05d3\u05e0\u05d4 \u05dc\u05d5\u05d9"),
        ],
    )
    def test_other_names_are_shown(self, name: str, shown: str) -> None:
        mail = sent(organizer_name=name)
        (address,) = mail["From"].addresses
        assert (address.display_name, address.addr_spec) == (f"{shown} via Example Calendar", "cal@calendar.example")

    @pytest.mark.parametrize("name", ["x" * 300, "\u4f1a\u8bae " * 40])
    def test_a_long_name_is_cut_and_written_without_a_space_too_many(self, name: str) -> None:
        raw = imip.build(invitation(organizer_name=name)).as_bytes()
        header = email.message_from_bytes(raw, policy=email.policy.compat32)["From"]
        phrase = str(make_header(decode_header(header.rpartition("<")[0])))
        assert phrase.strip() == f"{name[:59].strip()}… via Example Calendar"

    def test_markup_is_shown_and_links_are_text(self) -> None:
        evil = '<a href="https://evil.example">bank.example</a><script>x</script>" onload="y'
        html = parts(sent(summary=evil, organizer_name=evil, texts=[evil]))[1]
        assert re.findall(r"<(?!/?(?:html|head|meta|body|p|br)\b)[^>]*", html) == ["<!DOCTYPE html"]
        assert "href=" not in re.sub(r"&lt;.*?&gt;", "", html)
        assert html.count("&lt;a href=&quot;https://evil.example&quot;&gt;bank.example&lt;/a&gt;") == 3

    def test_international_addresses(self) -> None:
        assert sent(recipient="bob@stra\u00dfe.example")["To"] == "bob@xn--strae-oqa.example"
        assert sent(recipient="mailto:bob+tag@guests.example")["To"] == "bob+tag@guests.example"
        with pytest.raises(imip.Unbuildable, match="SMTPUTF8"):
            imip.build(invitation(recipient="b\u00f6b@guests.example"))

    @settings(max_examples=60, deadline=None)
    @given(st.text(max_size=400), st.text(max_size=200))
    def test_no_text_changes_who_gets_it_or_what_it_is(self, title: str, name: str) -> None:
        mail = sent(summary=title or "x", organizer_name=name)
        assert [address.addr_spec for address in mail["From"].addresses] == ["cal@calendar.example"]
        assert [address.addr_spec for address in mail["Reply-To"].addresses] == ["ann@home.example"]
        assert sorted(mail.keys()) == sorted([
            "Content-Type", "From", "Reply-To", "To", "Subject", "Date", "Message-ID", "MIME-Version",
        ])  # fmt: skip
        assert parts(mail)[2] == EVENT

    def test_no_emoji_is_cut_in_half(self) -> None:
        family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
        for limit in range(6, 20):
            assert cut(family * 4, limit).rstrip("…") in {family * i for i in range(1, 4)}
        assert cut("e\u0301" * 5, 4) == "e\u0301…"
        assert display_name("") == ""


class TestCalendars:
    def test_with_method_there_is_one(self) -> None:
        for object_ in (EVENT, EVENT.replace(b"METHOD:REQUEST", b"METHOD:PUBLISH\r\nMETHOD:ADD")):
            made = imip.with_method(object_, "cancel")
            assert made.count(b"METHOD:") == 1
            parsed = Calendar.from_ical(made)
            assert (parsed["METHOD"], parsed.events[0]["SUMMARY"]) == ("CANCEL", "Tea at Ann's")

    def test_what_readers_forgive_is_forgiven(self) -> None:
        for odd in (b"\xef\xbb\xbf" + EVENT, EVENT.replace(b"\r\n", b"\n"), EVENT.replace(b"SUMMARY", b"summary")):
            assert Calendar.from_ical(imip.with_method(odd, "REQUEST")).events[0]["SUMMARY"] == "Tea at Ann's"

    @pytest.mark.parametrize(
        "bad", [b"", b"garbage", b"BEGIN:VCALENDAR", EVENT + EVENT, b"\xff\xfe\x00", b"BEGIN:VEVENT\r\nEND:VEVENT"]
    )
    def test_what_cannot_be_read_is_unbuildable(self, bad: bytes) -> None:
        for act in (lambda: imip.with_method(bad, "REQUEST"), lambda: imip.cancellation(bad)):
            with pytest.raises(imip.Unbuildable, match="calendar object"):
                act()

    @pytest.mark.requirement("R63")
    def test_a_cancellation_carries_no_word_of_the_senders(self) -> None:
        made = imip.cancellation(EVENT)
        assert made.decode().split("\r\n") == [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//CalGuard//Invitations//EN", "METHOD:CANCEL", "BEGIN:VEVENT",
            "SUMMARY:Cancelled event", "DTSTART:20260620T080000Z", "DTEND:20260620T090000Z", "DTSTAMP:20260615T090000Z",
            "UID:meeting-1@calendar.example", "SEQUENCE:3", "ATTENDEE:mailto:bob@guests.example",
            "ORGANIZER:mailto:ann@home.example", "STATUS:CANCELLED", "END:VEVENT", "END:VCALENDAR", "",
        ]  # fmt: skip

    def test_a_cancellation_of_a_cancellation_does_not_raise_the_sequence(self) -> None:
        assert b"SEQUENCE:2\r\n" in imip.cancellation(imip.with_method(EVENT, "CANCEL"))

    def test_a_cancellation_keeps_which_occurrence_and_the_day(self) -> None:
        day = EVENT.replace(b"DTSTART;TZID=Europe/Berlin:20260620T100000", b"DTSTART;VALUE=DATE:20260620")
        day = day.replace(b"SEQUENCE:2", b"SEQUENCE:junk\r\nRECURRENCE-ID;TZID=Europe/Berlin:20260613T100000")
        made = imip.cancellation(day)
        assert b"DTSTART;VALUE=DATE:20260620\r\n" in made
        assert b"RECURRENCE-ID:20260613T080000Z\r\n" in made
        assert b"SEQUENCE:1\r\n" in made

    def test_addresses_that_are_none_do_not_carry_text(self) -> None:
        evil = EVENT.replace(b"mailto:bob@guests.example", b"mailto:Call 0800 555 <x@y.example>")
        assert b"ATTENDEE" not in imip.cancellation(evil)

    @pytest.mark.parametrize("line", [b"UID:meeting-1@calendar.example\r\n", b"DTSTAMP:20260615T090000Z\r\n"])
    def test_a_cancellation_without_what_it_must_have_is_unbuildable(self, line: bytes) -> None:
        with pytest.raises(imip.Unbuildable):
            imip.cancellation(EVENT.replace(line, b""))

    def test_the_time_of_the_cancellation_may_be_given(self) -> None:
        at = datetime(2026, 6, 16, 12, tzinfo=UTC)
        assert b"DTSTAMP:20260616T120000Z" in imip.cancellation(EVENT, at)
        assert imip.cancellation(EVENT, at + timedelta(hours=1)) != imip.cancellation(EVENT, at)

    @pytest.mark.needs("data")
    def test_every_hostile_calendar_is_built_or_refused_in_words(self) -> None:
        built = refused = 0
        for path in sorted((DATA / "hostile_ics").rglob("*.ics")):
            if path.stat().st_size > 100_000:
                continue  # only slow
            try:
                calendar = imip.with_method(path.read_bytes(), "REQUEST")
                sent(calendar=calendar)
                imip.cancellation(calendar, NOW)
                built += 1
            except imip.Unbuildable:
                refused += 1
        assert built > 100
        assert refused > 20
