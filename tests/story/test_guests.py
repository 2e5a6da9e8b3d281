"""What guests do with an invitation, and what they are told when it changes."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from tests.story.acting import PATIENCE, Person, Stage, calendar_of
from tests.support.worker import until

EMIL = "emil@lakeside-choir.example"


@pytest.fixture(scope="module")
def emil(stage: Stage) -> Person:
    return stage.person(EMIL)


def in_inbox(guest: Person, title: str) -> str:
    """The form by which a guest answers the invitation of that title, waited for."""
    until(lambda: title in guest.get("/inbox/"), seconds=PATIENCE, what=f"{title} in the inbox")
    item = re.search(rf'id="item-(\d+)".{{0,200}}<h2>{title}</h2>', guest.page, re.DOTALL)
    assert item, guest.page
    return f'form[action="/inbox/{item.group(1)}/"]'


def test_who_accepts_answers_by_reply(stage: Stage, emil: Person) -> None:
    """Lou's address is not confirmed, so that her mail comes to her provider, not into Almanac's own inbox."""
    lou = stage.sign_up("Lou")
    lou.write(EMIL, title="Choir rehearsal")
    assert lou.settled() == {"delivered": 1} or lou.settled() == {"sent": 1}
    emil.press(in_inbox(emil, "Choir rehearsal"), answer="accept")
    reply = calendar_of(stage.arrived(lou.email, "REPLY"))
    assert reply is not None
    attendee = reply.walk("VEVENT")[0]["ATTENDEE"]
    assert attendee.lower() == f"mailto:{EMIL}"
    assert attendee.params["PARTSTAT"] == "ACCEPTED"
    assert not stage.mail_to(EMIL)  # his own came without mail


def test_the_organiser_here_sees_the_answer_beside_the_guest(stage: Stage, emil: Person) -> None:
    mia = stage.newcomer("Mia")
    mia.write(EMIL, title="Summer concert")
    emil.press(in_inbox(emil, "Summer concert"), answer="accept")
    until(lambda: "Accepted" in mia.get(mia.url), seconds=PATIENCE, what="the answer on Mia's page")
    assert not stage.invitations_to(mia.email, "REPLY")


@pytest.mark.requirement("R81")
def test_junk_is_gone_and_the_organiser_is_not_told(stage: Stage, emil: Person) -> None:
    ned = stage.sign_up("Ned")
    ned.write(EMIL, title="Vitamin evening")
    ned.settled()
    before = ned.get(ned.url)
    emil.press(in_inbox(emil, "Vitamin evening"), answer="junk")
    assert "Reported as junk" in emil.text()
    assert "Vitamin evening" not in emil.get("/inbox/")
    # Another answer of his, given later, has arrived: the worker has been through everything that came before it.
    ned.write(EMIL, title="Plain dinner")
    emil.press(in_inbox(emil, "Plain dinner"), answer="decline")
    stage.arrived(ned.email, "REPLY")
    replies = [calendar_of(mail) for mail in stage.invitations_to(ned.email, "REPLY")]
    assert [str(reply.walk("VEVENT")[0]["SUMMARY"]) for reply in replies if reply] == ["Plain dinner"]
    event = re.search(r'action="(/events/[^"]+)/cancel/', before) or re.search(r'href="(/events/[^"]+)/cancel/', before)
    assert event
    assert _guests(ned.get(f"{event.group(1)}/")) == _guests(before)


def test_who_was_invited_is_told_when_it_is_cancelled(stage: Stage) -> None:
    ola = stage.newcomer("Ola")
    ola.write("pal@riverbank.example", title="Rowing")
    assert ola.settled() == {"sent": 1}
    ola.get(f"{ola.url}cancel/")
    ola.press("form.card")
    off = calendar_of(stage.arrived("pal@riverbank.example", "CANCEL"))
    assert off is not None
    event = off.walk("VEVENT")[0]
    assert event["STATUS"] == "CANCELLED"
    first = calendar_of(stage.arrived("pal@riverbank.example"))
    assert first is not None
    assert event["UID"] == first.walk("VEVENT")[0]["UID"]
    assert event["SEQUENCE"] > first.walk("VEVENT")[0].get("SEQUENCE", 0)


def test_what_never_left_is_cancelled_in_silence(stage: Stage) -> None:
    pat = stage.newcomer("Pat")
    pat.write("stranger@far-away.example", hurried=True, title="Your card was charged 399.99, call +1 805 302 8041 now")
    assert pat.settled() == {"review": 1}
    pat.get(f"{pat.url}cancel/")
    assert "nobody will be told" in pat.text()
    pat.press("form.card")
    assert "nobody was told" in pat.text()
    assert not stage.mail_to("stranger@far-away.example")


def test_an_import_invites_only_when_asked(stage: Stage) -> None:
    quin = stage.newcomer("Quin")
    quin.upload(calendar(quin.email, "Moved in quietly", "silent@old-friends.example"))
    quin.press("form.card")
    quin.get(_event(quin, "Moved in quietly"))
    assert quin.states() == {"": 1}
    quin.upload(calendar(quin.email, "Moved in loudly", "loud@old-friends.example"))
    quin.press("form.card", send_invitations="on")
    assert stage.arrived("loud@old-friends.example")["subject"]
    quin.get(_event(quin, "Moved in quietly"))
    assert quin.states() == {"": 1}
    assert not stage.mail_to("silent@old-friends.example")


def calendar(organiser: str, title: str, *guests: str) -> bytes:
    """An export of somebody's other calendar."""
    start = datetime.now() + timedelta(days=15)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Old Calendar//EN",
        "BEGIN:VEVENT",
        f"UID:{uuid4()}",
        f"DTSTAMP:{datetime.now():%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start:%Y%m%dT%H0000Z}",
        f"DTEND:{start + timedelta(hours=1):%Y%m%dT%H0000Z}",
        f"SUMMARY:{title}",
        f"ORGANIZER:mailto:{organiser}",
        *(f"ATTENDEE:mailto:{guest}" for guest in guests),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines).encode()


def _event(who: Person, title: str) -> str:
    """The address of their event of that title, from the list."""
    start = datetime.now() + timedelta(days=10)
    who.get(f"/list/?from={start:%Y-%m-%d}")
    found = re.search(rf'href="(/events/[^"]+/)"(?:(?!</a>).)*{title}', who.page, re.DOTALL)
    assert found, who.text()
    return found.group(1)


def _guests(page: str) -> list[str]:
    return re.findall(r"<tr data-guest=.*?</tr>", page, re.DOTALL)
