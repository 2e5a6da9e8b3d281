"""One mail, one story: its parts may say less than each other, and not something else."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from calguard.content.mail import calendars
from tests.content.calendars import event

TITLE = "SUMMARY:Choir rehearsal in the old mill"
PLAIN = "Ines invites you to the choir rehearsal in the old mill. Saturday, 10 to 12. Please bring the green scores."
FOOT = "Sent by Calendar, https://calendar.example/help"


def mail(
    *ics: bytes, text: str = PLAIN, html: str = "", subject: str = "Invitation: Choir rehearsal in the old mill"
) -> set[str]:
    """The problems of a mail with these parts."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Calendar <no-reply@calendar.example>", "ben@home.example", subject
    made.set_content(text)
    if html:
        made.add_alternative(html, subtype="html")
    for number, data in enumerate(ics or (event(TITLE), event(TITLE))):
        kind = (
            {"maintype": "text", "subtype": "calendar"} if not number else {"maintype": "application", "subtype": "ics"}
        )
        made.add_attachment(data, **kind, filename="invite.ics")
    return set(calendars(made.as_bytes()).problems)


@pytest.mark.requirement("R74")
@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"text": "You are invited."},
        {"text": "You are invited. Please open the attached calendar file to see all details of the event."},
        {"html": f"<p>{PLAIN}</p>"},
        {"html": f"<h1>Choir rehearsal</h1><p>{PLAIN}</p><a href='https://calendar.example/yes'>Yes</a>"},
        {"html": f"<p>{PLAIN}</p><img src='https://pictures.example/logo.png'>{FOOT}"},
        {"text": "This message is HTML.", "html": f"<p>{PLAIN}</p><a href='https://mill.example/'>The mill</a>"},
        {"text": f"{PLAIN} Call us: 030 901820", "html": f"<p>{PLAIN}</p><p>Call us: 030/901820</p>"},
        {"text": f"{PLAIN} https://mill.example", "html": f"<p>{PLAIN}</p><a href='https://mill.example/'>Mill</a>"},
        {"html": f"<p>{PLAIN}</p><a href='https://zoom.us/j/92345678901'>Join</a>"},
        {"subject": "Saturday"},
        {"subject": "Re: Saturday: what to bring for the picnic"},
        {"subject": "Einladung: Choir rehearsal in the old mill"},
    ],
)
def test_one_story(parts: dict[str, str]) -> None:
    assert "part_mismatch" not in mail(**parts)


@pytest.mark.requirement("R74")
@pytest.mark.parametrize(
    "line", ["LOCATION:The mill, Canal Street", "DESCRIPTION:Parking: 030 901820\\nhttps://mill.example/way"]
)
def test_a_calendar_may_say_more_than_the_letter(line: str) -> None:
    assert "part_mismatch" not in mail(event(TITLE, line), html=f"<p>{PLAIN}</p>")


LURE = "Your account was charged 499.99 USD for a renewal that you did not order, contact the desk to cancel today"


@pytest.mark.requirement("R74")
@pytest.mark.parametrize(
    "parts",
    [
        {"html": f"<p>{LURE}</p>"},
        {"html": f"<p>{PLAIN}</p><p>To cancel, call +1 (805) 302-8040</p>"},
        {"text": f"{PLAIN} To cancel, call +1 (805) 302-8040", "html": f"<p>{PLAIN}</p>"},
        {"html": f"<p>{PLAIN}</p><a href='https://payload.example/x'>Your ticket</a>"},
        {"text": f"{PLAIN} https://payload.example/x", "html": f"<p>{PLAIN}</p>"},
        {"subject": "Invitation: your annual renewal was charged"},
    ],
)
def test_a_letter_that_tells_another_story(parts: dict[str, str]) -> None:
    assert "part_mismatch" in mail(**parts)


@pytest.mark.requirement("R74")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"T100000Z", b"T230000Z"),
        (b"old mill", b"new town"),
        (b"UID:1@", b"UID:2@"),
        (b"METHOD:REQUEST", b"METHOD:CANCEL"),
        (b"UID:1@example.com", b"UID:1@example.com\r\nSEQUENCE:4"),
        (b"END:VEVENT", b"URL:https://payload.example/x\r\nEND:VEVENT"),
        (b"END:VEVENT", b"COMMENT:Call +1 (805) 302-8040\r\nEND:VEVENT"),
    ],
)
def test_two_calendars_that_are_not_one_message(old: bytes, new: bytes) -> None:
    ours = event(TITLE)
    assert old in ours
    assert "part_mismatch" in mail(ours, ours.replace(old, new))


@pytest.mark.requirement("R74")
def test_another_number_than_the_events() -> None:
    ours = event(TITLE, "DESCRIPTION:Parking: +49 30 901820")
    assert "part_mismatch" not in mail(ours, text=f"{PLAIN} Parking: +49 30 901820")
    assert "part_mismatch" in mail(ours, text=f"{PLAIN} Parking: +1 (805) 302-8040")
