"""Invitations from people here: accepted, declined, called junk."""

import pytest

from demo.models import Event
from outbound.models import Submission
from tests.demo.conftest import text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def emil(ada, visitor, work):
    """Emil, whom Ada has invited to lunch."""
    ada.send("/events/new/", title="Lunch", guests="emil@lakeside-choir.example")
    work()
    return visitor("emil")


def answer(who, choice):
    item = who.user.inbox.get()
    who.clock.shift(20)
    return who.client.post(f"/inbox/{item.pk}/", {"answer": choice})


def test_it_is_in_the_inbox_and_in_the_month(emil):
    assert "Lunch" in text_of(emil.get("/inbox/"))
    assert "Lunch" in text_of(emil.get("/calendar/2026/6/"))


@pytest.mark.parametrize(("choice", "kept"), [("accept", "ACCEPTED"), ("decline", "DECLINED")])
def test_the_organiser_learns_the_answer(emil, work, choice, kept):
    assert answer(emil, choice).status_code == 302
    work()
    assert Submission.objects.get(method="REPLY").account == f"demo.user:{emil.user.pk}"
    assert Event.objects.get().guests.get().answer == kept


def test_who_declines_has_it_out_of_the_month(emil):
    answer(emil, "decline")
    emil.get("/inbox/")  # says what was done
    assert "Lunch" not in text_of(emil.get("/calendar/2026/6/"))


@pytest.mark.requirement("R81")
def test_junk_disappears_and_the_organiser_is_not_told(emil, ada, work):
    page = f"/events/{Event.objects.get().pk}/"
    ada.get(page)  # says what was done
    before = text_of(ada.get(page))
    answer(emil, "junk")
    work()
    assert "Lunch" not in text_of(emil.get("/inbox/"))
    assert "Lunch" not in text_of(emil.get("/calendar/2026/6/"))
    assert not Submission.objects.filter(method="REPLY").exists()
    assert text_of(ada.get(page)) == before


def test_a_new_time_asks_again(emil, ada, work):
    answer(emil, "accept")
    work()
    event = Event.objects.get()
    ada.send(f"/events/{event.pk}/edit/", start="2026-06-18T12:00", end="2026-06-18T13:00")
    work()
    assert emil.user.inbox.get().state == "new"
    assert event.guests.get().answer == "NEEDS-ACTION"


def test_a_cancelled_one_takes_no_answer(emil, ada, work):
    ada.send(f"/events/{Event.objects.get().pk}/cancel/")
    work()
    assert "Cancelled by the organiser" in text_of(emil.get("/inbox/"))
    assert answer(emil, "accept").status_code == 400


def test_nobody_answers_for_somebody_else(emil, visitor):
    item = emil.user.inbox.get()
    assert visitor("ben").client.post(f"/inbox/{item.pk}/", {"answer": "accept"}).status_code == 404
    assert emil.client.post(f"/inbox/{item.pk}/", {"answer": "maybe"}).status_code == 400
