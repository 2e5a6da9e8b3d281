"""Mail: calendar parts by content, bodies beside them, whatever the structure claims."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calguard.content.mail import calendars
from tests.content.calendars import event

LURE = "Call +1 (805) 302-8040"


def mail(*parts: tuple[bytes, str], text: str = "Hello", html: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"] = '"Ann Example" <ann@example.com>'
    message["To"] = "bob@example.org, Carl <carl@example.org>"
    message["Subject"] = "Einladung: Grüße"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    for octets, kind in parts:
        maintype, _, subtype = kind.partition("/")
        message.add_attachment(octets, maintype, subtype)
    return message


def test_an_invitation() -> None:
    parts = calendars(bytes(mail((event("SUMMARY:x"), "text/calendar"), (event("SUMMARY:x"), "application/ics"))))
    assert [calendar.summary for calendar in parts.calendars] == ["x", "x"]
    assert parts.problems == set()
    assert parts.subject == "Einladung: Grüße"
    content = parts.content()
    assert content.method == "REQUEST"
    assert [text.field for text in content.texts] == ["SUMMARY", "mail.subject", "mail.from", "mail.text"]
    assert [(a.role, a.email) for a in content.addresses] == [
        ("sent_by", "ann@example.com"),
        ("contact", "bob@example.org"),
        ("contact", "carl@example.org"),
    ]
    assert content.problems == set()


@pytest.mark.requirement("R74")
@pytest.mark.parametrize(
    "kind", ["text/calendar", "application/ics", "application/octet-stream", "image/png", "text/html"]
)
def test_a_calendar_is_known_by_its_content(kind: str) -> None:
    parts = calendars(bytes(mail((event("SUMMARY:x"), kind))))
    assert [calendar.summary for calendar in parts.calendars] == ["x"]


def test_a_calendar_in_a_forwarded_mail_is_found() -> None:
    outer = EmailMessage()
    outer["Subject"] = "Fwd"
    outer.set_content("see below")
    outer.add_attachment(mail((event("SUMMARY:x"), "text/calendar")))
    assert [calendar.summary for calendar in calendars(bytes(outer)).calendars] == ["x"]


def test_a_bare_calendar_as_body_is_found() -> None:
    raw = b"Subject: x\r\nContent-Type: text/plain\r\n\r\n" + event("SUMMARY:x")
    assert [calendar.summary for calendar in calendars(raw).calendars] == ["x"]


@pytest.mark.requirement("R50")
@pytest.mark.parametrize("where", ["text", "html", "attachment"])
def test_a_payload_outside_the_calendar_is_judged_with_it(where: str) -> None:
    calendar = (event("SUMMARY:x"), "text/calendar")
    message = {
        "text": mail(calendar, text=LURE),
        "html": mail(calendar, html=f"<p>{LURE}</p>"),
        "attachment": mail(calendar, (f"<html><p>{LURE}".encode(), "application/pdf")),
    }[where]
    content = calendars(bytes(message)).content()
    assert content.uid == "1@example.com"
    assert [phone.number for phone in content.phones] == ["+18053028040"]


@pytest.mark.requirement("R73")
@pytest.mark.parametrize(
    ("second", "problems"),
    [
        (event("SUMMARY:x"), set()),
        (event("SUMMARY:x", "SEQUENCE:2"), {"part_mismatch"}),
        (event("SUMMARY:y"), {"part_mismatch"}),
        (event("SUMMARY:x", "DESCRIPTION:more"), {"part_mismatch"}),
    ],
)
def test_parts_that_disagree(second: bytes, problems: set[str]) -> None:
    parts = calendars(bytes(mail((event("SUMMARY:x"), "text/calendar"), (second, "application/ics"))))
    assert parts.problems == problems
    assert parts.content().problems == problems


def test_a_method_that_lies_is_named() -> None:
    raw = b"Subject: x\r\nContent-Type: text/calendar; method=REPLY\r\n\r\n" + event("SUMMARY:x")
    assert calendars(raw).problems == {"method_mismatch"}


def test_a_mail_without_a_calendar_is_read_too() -> None:
    content = calendars(bytes(mail(text=LURE))).content()
    assert content.events == ()
    assert content.phones


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0\xff" * 100,
        b"Subject: =?x?b?!!!?=\r\nFrom: <<>>@@\r\nTo: =?\r\n\r\n\xff",
        b"Content-Type: text/html; charset=nonsense\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!",
        b"Content-Type: multipart/mixed\r\n\r\n--x\r\n",
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(3_000)),
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 5_000,
    ],
    ids=["empty", "octets", "headers", "encoding", "no boundary", "deep", "many parts"],
)
def test_broken_mail_is_read(raw: bytes) -> None:
    parts = calendars(raw)
    assert len(parts.content().hash) == 64


@settings(max_examples=60, deadline=None)
@given(noise=st.binary(max_size=200), at=st.integers(0, 900))
def test_noise_in_a_mail_makes_nothing_raise(noise: bytes, at: int) -> None:
    raw = bytes(mail((event("SUMMARY:x"), "text/calendar"), html="<b>x</b>"))
    calendars(raw[:at] + noise + raw[at:]).content()
