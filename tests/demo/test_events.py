"""Writing events: who is asked, who is told, and what stays when something is held."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from icalendar import Calendar

from calguard import dispatch, handover
from calguard.models import Decision
from demo import mailbox
from demo.models import Event, User
from outbound.models import Delivery, Submission
from tests.demo.conftest import text_of

pytestmark = pytest.mark.django_db(transaction=True)

SAM = "sam@riverside-pharmacy.example"
LURE = "PayPal: you were charged $499.99. Call +1 (888) 555-0143 to cancel"


def to(address):
    return [mail for mail in map(mailbox.load, mailbox.names()) if mail.to == address]


def method(mail):
    return Calendar.from_ical(next(part.text for part in mail.parts if part.kind == "text/calendar"))["METHOD"]


def test_an_event_without_guests_asks_nobody(ada):
    answer = ada.send("/events/new/", title="Read", guests="")
    assert answer.status_code == 302
    assert (Event.objects.get().title, Decision.objects.count()) == ("Read", 0)


def test_oneself_is_no_guest(ada):
    ada.send("/events/new/", title="Read", guests=ada.user.email.upper())
    assert (Event.objects.get().guests.count(), Decision.objects.count()) == (0, 0)


def test_an_invitation_leaves_and_the_page_says_so(ada, work):
    answer = ada.send("/events/new/", title="Lunch", guests=f"Sam <{SAM}>, emil@lakeside-choir.example")
    assert "Queued" in text_of(ada.get(answer.url))
    work()
    (mail,) = to(SAM)
    assert "Lunch" in mail.subject
    assert method(mail) == "REQUEST"
    assert to("emil@lakeside-choir.example") == []
    said = text_of(ada.get(answer.url))
    assert f"{SAM} Sent" in said
    assert "emil@lakeside-choir.example Delivered" in said
    assert User.objects.get(first_name="Emil").inbox.get().title == "Lunch"


@pytest.mark.requirement("R62")
def test_what_no_guest_sees_is_not_sent_again(ada, work):
    ada.send("/events/new/", title="Lunch", guests=SAM)
    work()
    event = Event.objects.get()
    answer = ada.send(f"/events/{event.pk}/edit/")
    work()
    assert "nobody was told" in text_of(ada.get(answer.url))
    assert (Decision.objects.count(), len(to(SAM))) == (1, 1)


def test_a_new_title_is_sent_and_only_a_new_time_raises_the_sequence(ada, work):
    ada.send("/events/new/", title="Lunch", guests=SAM)
    work()
    edit = f"/events/{Event.objects.get().pk}/edit/"
    ada.send(edit, title="Long lunch")
    work()
    assert (Event.objects.get().sequence, len(to(SAM))) == (0, 2)
    later = Event.objects.get().local_end + timedelta(hours=1)
    ada.send(edit, end=later.strftime("%Y-%m-%dT%H:%M"))
    work()
    assert (Event.objects.get().sequence, len(to(SAM))) == (1, 3)


def test_a_guest_who_comes_later_is_invited_alone(ada, work):
    ada.send("/events/new/", title="Lunch", guests=SAM)
    work()
    ada.send(f"/events/{Event.objects.get().pk}/edit/", guests=f"{SAM}\nlee@new.example")
    work()
    assert (len(to(SAM)), len(to("lee@new.example"))) == (1, 1)


def test_a_guest_who_is_taken_off_is_told(ada, work):
    ada.send("/events/new/", title="Lunch", guests=f"{SAM}\nlee@new.example")
    work()
    ada.send(f"/events/{Event.objects.get().pk}/edit/", guests=SAM)
    work()
    assert [method(mail) for mail in to("lee@new.example")] == ["CANCEL", "REQUEST"]
    assert len(to(SAM)) == 1


def test_cancelling_tells_those_who_were_told(ada, work):
    ada.send("/events/new/", title="Lunch", guests=SAM)
    work()
    event = Event.objects.get()
    answer = ada.send(f"/events/{event.pk}/cancel/")
    work()
    assert [method(mail) for mail in to(SAM)] == ["CANCEL", "REQUEST"]
    assert "Cancelled on" in text_of(ada.get(answer.url))
    assert ada.get(f"/events/{event.pk}/edit/").status_code == 404


def test_cancelling_what_never_left_tells_nobody(visitor, work):
    dana = visitor("dana")
    dana.send("/events/new/", title=LURE, guests="victim@somewhere.example")
    event = Event.objects.get()
    answer = dana.send(f"/events/{event.pk}/cancel/")
    assert "nobody was told" in text_of(dana.get(answer.url))
    work()
    assert to("victim@somewhere.example") == []


@pytest.mark.requirement("R52", "R53")
def test_a_lure_stays_a_draft_and_is_explained(visitor, work):
    dana = visitor("dana")
    answer = dana.send("/events/new/", title=LURE, guests="victim@somewhere.example")
    work()
    event = Event.objects.get()
    said = text_of(dana.get(answer.url))
    assert event.title == LURE
    assert to("victim@somewhere.example") == []
    assert Delivery.objects.count() == 0
    code = event.told.get().code
    assert code in said
    assert "Waiting for review" in said
    assert dana.get(event.told.get().url).status_code == 200
    account = text_of(dana.get("/account/"))
    assert code in account


@pytest.mark.requirement("R12", "R55")
def test_a_challenge_saves_nothing_and_keeps_what_was_written(visitor, clock, work):
    dana = visitor("dana")
    with time_machine.travel(timezone.now(), tick=False) as dana.clock:  # a busy machine makes nobody slow
        page = dana.send("/events/new/", seconds=0.2, title="Lunch", guests=SAM, notes="With soup")
    assert page.status_code == 200
    assert Event.objects.count() == 0
    assert b"altcha-widget" in page.content
    assert b"With soup" in page.content
    dana.clock = clock
    answer = dana.again(page, "/events/new/", seconds=0.2, calguard_review="1")
    work()
    assert answer.status_code == 302
    assert Event.objects.get().notes == "With soup"
    assert to(SAM) == []
    assert "Waiting for review" in text_of(dana.get(answer.url))


def test_a_form_sent_twice_is_one_event(ada):
    page = ada.get("/events/new/")
    first = ada.again(page, "/events/new/", title="Lunch", guests="")
    second = ada.again(page, "/events/new/", title="Lunch", guests="")
    assert first.url == second.url
    assert Event.objects.count() == 1


def test_somebody_elses_key_opens_nothing(ada, visitor):
    ada.send("/events/new/", title="Lunch", guests="")
    key = Event.objects.get().pk
    ben = visitor("ben")
    ben.send("/events/new/", key=str(key), title="Mine", guests="")
    assert Event.objects.get(pk=key).title == "Lunch"
    assert Event.objects.get(owner=ben.user).title == "Mine"
    for page in ("", "edit/", "cancel/", "send/", "event.ics"):
        assert ben.get(f"/events/{key}/{page}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": ""}, "This field is required"),
        ({"guests": "sam@x.example, not an address"}, "Not a mail address: not an address"),
        ({"start": "2026-07-02T10:00", "end": "2026-07-02T09:00"}, "ends before it starts"),
        ({"start": "2027-03-28T02:30", "end": "2027-03-28T04:00"}, "does not exist"),
        ({"start": "yesterday"}, "Enter a valid date/time"),
        ({"recurrence": "daily", "until": "2020-01-01"}, "lies before the first"),
        ({"recurrence": "daily", "until": "2030-01-01", "count": "3"}, "either a last day or a number"),
        ({"time_zone": "Mars/Phobos"}, "Select a valid choice"),
        ({"notes": "x" * 20_001}, "at most 20000 characters"),
    ],
)
def test_mistakes_are_named_and_nothing_is_lost(ada, fields, said):
    page = ada.send("/events/new/", **{"title": "Lunch", "place": "Garden", "guests": SAM, **fields})
    assert page.status_code == 200
    assert said in text_of(page)
    assert b'value="Garden"' in page.content
    assert (Event.objects.count(), Submission.objects.count()) == (0, 0)


@pytest.mark.requirement("R50")
def test_a_title_with_line_breaks_reaches_no_header(ada, work):
    ada.send("/events/new/", title="Lunch\r\nBcc: evil@x.example", guests=SAM)
    work()
    (mail,) = to(SAM)
    assert not re.search(r"^Bcc:", mail.raw.partition("\n\n")[0], re.MULTILINE)


def test_pages_need_a_login(client, db):
    for path in ("/calendar/", "/list/", "/events/new/", "/inbox/", "/mail/", "/account/", "/import/"):
        assert client.get(path).url.startswith("/login/")


def test_who_surely_has_it_can_be_left_out_when_it_is_sent_again(ada, work, monkeypatch):
    ada.send("/events/new/", title="Lunch", guests=f"{SAM}, emil@lakeside-choir.example")
    event = Event.objects.get()
    monkeypatch.setattr(handover, "batch", lambda *_: 0)
    dispatch.send(Submission.objects.get().pk, at=timezone.now())
    monkeypatch.undo()
    lost = Delivery.objects.filter(recipient=SAM)
    for state in ("claimed", "uncertain"):  # as a mail server that fell silent leaves it
        assert lost.update(state=state, claimed_at=timezone.now())
    work()
    page = text_of(ada.get(f"/events/{event.pk}/send/?again=1"))
    assert "Send to 1 who may not have it" in page
    assert "Send to all 2" in page
    before = len(mailbox.names())
    ada.send(f"/events/{event.pk}/send/?again=1", to="missing")
    work()
    assert len(mailbox.names()) == before + 1
    assert "may not have it" not in text_of(ada.get(f"/events/{event.pk}/send/?again=1"))
