"""Broken, absurd and forged input over HTTP: a clear answer, never a 500, and nothing leaves."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.story.acting import Person, Stage, fields
from tests.story.test_guests import calendar

LURE = "Your card was charged 399.99 USD, call +1 805 302 8044 now"


def vevent(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""]).encode()


MALFORMED = {
    "no calendar": b"PK\x03\x04 this is a zip file",
    "empty": b" ",
    "never ends": b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\n",
    "nested": b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 5000,
    "null bytes": vevent("SUMMARY:a\x00b", "DTSTART:20270101T100000Z"),
    "no time": vevent("DTSTART:99999999T999999Z"),
    "last year there is": vevent("DTSTART:99991231T235959Z", "DURATION:P9D"),
    "first year there is": vevent("DTSTART:00010101T000000", "RRULE:FREQ=DAILY"),
    "numbers without end": vevent(
        "UID:1", "DTSTART:20300101T100000Z", f"SEQUENCE:{'9' * 40}", f"RRULE:FREQ=DAILY;COUNT={'9' * 40}"
    ),
    "a billion times": vevent(
        "UID:2", "DTSTART:20300101T100000Z", "RRULE:FREQ=DAILY;COUNT=1000000000", "ATTENDEE:mailto:x@nowhere.example"
    ),
}


@pytest.fixture(scope="module")
def una(stage: Stage) -> Person:
    return stage.newcomer("Una")


@pytest.fixture(scope="module", autouse=True)
def log(stage: Stage) -> Iterator[None]:
    """What went wrong without anybody seeing it stands in the log of web and worker, since they began."""
    before = stage.demo.log.stat().st_size
    yield
    _, fault, what = stage.demo.log.read_bytes()[before:].decode(errors="replace").partition("Traceback")
    assert not fault, what[:6000]


def tidy(who: Person) -> str:
    """What the page says, which is no page of ours gone wrong."""
    assert who.status < 500, f"{who.url}: {who.text()}"
    assert "Traceback" not in who.page
    return who.text()


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_file_is_refused_in_words_or_imported_in_silence(una: Person, stage: Stage, content: bytes) -> None:
    una.upload(content)
    said = tidy(una)
    if LexborHTMLParser(una.page).css_first("[name=file]"):
        assert LexborHTMLParser(una.page).css_first(".errorlist"), said
    else:
        una.press("form.card", send_invitations="on")
        tidy(una)
        tidy_calendar(una)
    assert not stage.mail_to("nowhere.example")


def tidy_calendar(who: Person) -> None:
    for page in ("/calendar/", "/calendar/2030/1/", "/list/", "/calendar/9999/12/", "/calendar/1/1/"):
        who.get(page)
        tidy(who)


def test_five_megabytes_of_notes(una: Person, stage: Stage) -> None:
    una.write("reader@long-letters.example", hurried=True, title="Minutes", notes="All is well. " * 400_000)
    said = tidy(una)
    assert una.status in {200, 422}
    assert "Ensure this value has at most" in said
    assert not stage.mail_to("reader@long-letters.example")


def test_fifty_thousand_guests_in_one_file(stage: Stage) -> None:
    vera = stage.newcomer("Vera")
    vera.upload(calendar(vera.email, "Everybody", *(f"a{n}@b.example" for n in range(50_000))))
    tidy(vera)
    vera.press("form.card", send_invitations="on")
    tidy(vera)
    event = re.search(
        r'href="(/events/[0-9a-f-]{36}/)"', vera.get(f"/list/?from={datetime.now() + timedelta(days=10):%Y-%m-%d}")
    )
    assert event, vera.text()
    vera.get(event.group(1))
    assert vera.settled().keys() <= {"review", "refused", "delayed"}
    assert not stage.mail_to("@b.example")


def test_a_billion_times(una: Person, stage: Stage) -> None:
    una.write("friend@every-day.example", hurried=True, title="Forever", recurrence="daily", count="1000000000")
    tidy(una)
    if "/events/new/" not in una.url:
        una.settled()
    tidy_calendar(una)
    assert not stage.mail_to("friend@every-day.example")


def test_line_breaks_in_a_title_make_no_header(stage: Stage) -> None:
    will = stage.newcomer("Will")
    title = "Tea\r\nBcc: all@victims.example\r\nX-Forged: yes\r\n\r\nBEGIN:VCALENDAR"
    will.write("aunt@teapot.example", title=title)
    tidy(will)
    if will.states():
        assert will.settled()
        for mail in stage.mail_to("aunt@teapot.example"):
            assert mail["bcc"] is None
            assert mail["x-forged"] is None
            assert len(mail.get_all("subject", [])) == 1
            assert b"\nBEGIN:VCALENDAR" not in str(mail["subject"]).encode()
    assert not stage.mail_to("victims.example")


class TestChallenge:
    """What is sent in place of a solution."""

    @pytest.fixture
    def asked(self, stage: Stage) -> Person:
        """Somebody whose hasty event is challenged, with the page open."""
        xaver = stage.newcomer("Xaver")
        xaver.write("dentist@main-street.example", hurried=True, title="Check-up", place="Main Street 1")
        assert "altcha-widget" in xaver.page, xaver.text()
        assert fields(LexborHTMLParser(xaver.page).css_first("form.card"))["title"] == "Check-up"
        return xaver

    @pytest.mark.requirement("R55")
    def test_a_right_solution_sends(self, asked: Person, stage: Stage) -> None:
        asked.hurried = True
        assert asked.solve(lambda _: None)
        assert "/events/" in asked.url
        assert asked.settled() == {"sent": 1}
        stage.arrived("dentist@main-street.example")

    @pytest.mark.requirement("R56")
    @pytest.mark.parametrize(
        "answer",
        ["", "x", "A" * 100_000, base64.b64encode(b"[]").decode(), base64.b64encode(b'{"number": 1}').decode(), "\x00"],
        ids=["empty", "letter", "long", "list", "incomplete", "null"],
    )
    def test_a_wrong_one_asks_again(self, asked: Person, answer: str) -> None:
        asked.press("form.card", altcha=answer)
        tidy(asked)
        assert asked.url.endswith("/events/new/")
        assert "altcha-widget" in asked.page
        assert fields(LexborHTMLParser(asked.page).css_first("form.card"))["place"] == "Main Street 1"

    @pytest.mark.requirement("R56")
    def test_a_solution_serves_once_and_for_this_event_only(self, asked: Person, stage: Stage) -> None:
        solved = solution(asked)
        asked.press("form.card", altcha=solved)
        assert asked.settled() == {"sent": 1}
        asked.write("other@main-street.example", hurried=True, title="Another check-up")
        assert "altcha-widget" in asked.page
        asked.press("form.card", altcha=solved)
        tidy(asked)
        assert "altcha-widget" in asked.page
        assert not stage.mail_to("other@main-street.example")

    @pytest.mark.requirement("R56")
    def test_a_solution_for_harmless_words_does_not_send_others(self, asked: Person, stage: Stage) -> None:
        asked.press("form.card", altcha=solution(asked), title="Check-up, entirely different")
        tidy(asked)
        assert "altcha-widget" in asked.page or asked.settled().keys() <= {"review", "refused"}
        assert not stage.mail_to("dentist@elsewhere.example")


def solution(who: Person) -> str:
    """The answer to the question on the open page."""
    from demo.visitor import _solution

    where = re.search(r'challengeurl="([^"]+)"', who.page)
    assert where
    page, url = who.page, who.url
    question = json.loads(who.get(unescape(where.group(1))))
    who.page, who.url = page, url
    return _solution(question)


@pytest.mark.requirement("R13")
@pytest.mark.parametrize(
    "header",
    ["", ",,,", "unknown", "127.0.0.1, ::1", "' OR 1=1 --", "9" * 10_000, "256.1.1.1, [::1", "1.2.3.4:99999", "\u00e9"],
)
def test_an_odd_forwarded_for_changes_nothing(stage: Stage, header: str) -> None:
    who = stage.person("emil@lakeside-choir.example")
    who.address = header.encode().decode("latin-1") or " "
    who.write("target@odd-header.example", hurried=True, title=LURE)
    tidy(who)
    assert not stage.mail_to("target@odd-header.example")


@pytest.mark.requirement("R13")
def test_a_forged_forwarded_for_hides_no_farm(stage: Stage) -> None:
    """Each pretends to come from elsewhere; what the proxy saw stands behind it in the list, and counts. Nobody has
    confirmed an address."""
    for number in range(8):
        stage.sign_up("Zed", network=f"198.18.{number}.1, 10.1.2.3, 203.0.113.140")
    last = stage.sign_up("Zed", network="198.18.8.1, 10.1.2.3, 203.0.113.140")
    last.write("anybody@flat.example", title="House warming")
    assert "altcha-widget" in last.page, last.text()
    alone = stage.sign_up("Zoe", network="203.0.113.140, 198.18.77.1")
    alone.write("mother@flat.example", title="House warming at mine")
    assert alone.settled() == {"sent": 1}
    assert not stage.mail_to("anybody@flat.example")


def test_requests_that_no_form_makes(una: Person) -> None:
    for path, values in (
        ("/events/new/", {"title": "\x00", "start": "0000-00-00T00:00", "guests": "\x00@x"}),
        ("/events/new/", {"key": "1" * 40, "title": "x", "start": "9999-12-31T23:59", "end": "9999-12-31T23:59"}),
        (
            "/events/new/",
            {
                "title": "x",
                "time_zone": "UTC",
                "recurrence": "none",
                "start": "9999-12-31T23:59",
                "end": "9999-12-31T23:59",
            },
        ),
        (
            "/events/new/",
            {
                "title": "x",
                "time_zone": "UTC",
                "recurrence": "none",
                "start": "0001-01-01T00:00",
                "end": "0001-01-01T00:00",
            },
        ),
        ("/login/", {"username": "\x00", "password": "\x00"}),
        ("/password/reset/", {"email": "\x00@example.org"}),
    ):
        page = una if path.startswith("/events") else Person(una.base)
        page.get(path)
        token = fields(LexborHTMLParser(page.page).css("form")[-1])["csrfmiddlewaretoken"]
        page._open(page.url, {"csrfmiddlewaretoken": token, **values})
        tidy(page)
    tidy_calendar(una)
    odd = ("/mail/..%2f..%2fsecret-key/", "/events/%00/", "/guard/explain/%00/", "/guard/challenge/x/", "/list/?from=x")
    for path in odd:
        una.get(path)
        tidy(una)
