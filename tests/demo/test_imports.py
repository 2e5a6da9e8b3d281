"""Importing a file: seen first, inviting nobody unless asked, and never to what is over (R06)."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from calguard.models import Decision
from demo import mailbox
from demo.models import Event, Upload
from tests.demo.conftest import text_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R06")]


def vevent(uid, start, *lines):
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", f"DTSTART:{start}", f"SUMMARY:{uid}", *lines, "END:VEVENT"])


def file(*events):
    text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN", *events, "END:VCALENDAR", ""])
    return SimpleUploadedFile("old.ics", text.encode(), content_type="text/calendar")


GUEST = "ATTENDEE:mailto:sam@riverside-pharmacy.example"
PAST = vevent("past", "20250301T100000Z", GUEST)
NEXT = vevent("next", "20270301T100000Z", GUEST, "RRULE:FREQ=WEEKLY;COUNT=3")
SERIES = vevent("series", "20250301T100000Z", GUEST, "RRULE:FREQ=WEEKLY")
ENDED = vevent("ended", "20250301T100000Z", GUEST, "RRULE:FREQ=WEEKLY;COUNT=3")
FOREIGN = vevent("foreign", "20270301T100000Z", GUEST, "ORGANIZER:mailto:boss@corp.example")


def preview(who, *events):
    answer = who.client.post("/import/", {"file": file(*events)})
    assert answer.status_code == 302, text_of(answer)
    return answer.url


def test_looking_changes_nothing(ada):
    page = ada.get(preview(ada, PAST, NEXT))
    assert "2 events in old.ics" in text_of(page)
    assert (Event.objects.count(), Decision.objects.count()) == (0, 0)


def test_importing_invites_nobody_by_itself_nor_by_a_later_edit(ada, work):
    ada.send(preview(ada, PAST, NEXT, SERIES))
    work()
    assert (Event.objects.count(), Decision.objects.count(), mailbox.names()) == (3, 0, [])
    event = Event.objects.get(title="next")
    ada.send(f"/events/{event.pk}/edit/", title="renamed")
    work()
    assert (Decision.objects.count(), mailbox.names()) == (0, [])
    assert "no invitation was sent" in text_of(ada.get(f"/events/{event.pk}/"))


def test_asked_for_it_invites_to_what_lies_ahead_and_is_ones_own(ada, work):
    page = preview(ada, PAST, NEXT, SERIES, ENDED, FOREIGN)
    assert "Send invitations for 2 events to 1 guest" in text_of(ada.get(page))
    ada.send(page, send_invitations="on")
    work()
    asked = set(Decision.objects.values_list("uid", "channel"))
    assert asked == {("next", "import"), ("series", "import")}
    sent = {mailbox.load(name).subject for name in mailbox.names()}
    assert {subject.rpartition(" ")[2] for subject in sent} == {"next", "series"}
    assert Event.objects.get(title="foreign").guests.count() == 0


def test_invitations_can_be_sent_later(ada, work):
    ada.send(preview(ada, NEXT))
    event = Event.objects.get()
    ada.send(f"/events/{event.pk}/send/")
    work()
    assert len(mailbox.names()) == 1
    assert "Sent" in text_of(ada.get(f"/events/{event.pk}/"))


def test_the_same_file_twice_is_the_same_events(ada):
    ada.send(preview(ada, NEXT))
    page = preview(ada, NEXT, NEXT)
    assert "already in your calendar" in text_of(ada.get(page))
    ada.client.post(page)
    assert Event.objects.count() == 1


def test_only_its_owner_sees_an_upload(ada, visitor):
    page = preview(ada, NEXT)
    assert visitor("ben").get(page).status_code == 404


@pytest.mark.parametrize("content", [b"", b"no calendar", b"\xff\xfe\x00", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"])
def test_what_is_no_calendar_is_said_to_be_none(ada, content):
    page = ada.client.post("/import/", {"file": SimpleUploadedFile("x.ics", content)})
    assert page.status_code == 200
    assert Upload.objects.count() == 0
    assert b"errorlist" in page.content


def test_a_huge_file_is_refused(ada):
    page = ada.client.post("/import/", {"file": SimpleUploadedFile("x.ics", b"x" * 2_100_000)})
    assert "larger than 2 MB" in text_of(page)
