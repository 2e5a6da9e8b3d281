"""Attacks on the time between the verdict and the sending."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from calguard import dispatch, guard
from calguard.guard import Verdict
from calguard.host import Host
from calguard.models import Decision
from outbound import ledger
from outbound.models import Submission
from tests.guard.events import invitation
from tests.guard.test_check import send, to_guests

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R02")]


class Calendar(Host):
    events: dict[str, bytes] = {}

    def load(self, reference):
        return self.events.get(reference)


@pytest.fixture
def calendar(settings):
    Calendar.events = {}
    settings.CALGUARD = {**settings.CALGUARD, "HOST": "tests.attack.test_dispatch.Calendar"}
    return Calendar


def test_guests_swapped_in_after_the_check_are_not_told(person, work, calendar):
    user = person("x@free.example", days=0.5)
    send(user, invitation(organizer="x@free.example"), reference="7")
    crowd = [f"victim{n}@firm{n}.example" for n in range(70)]
    calendar.events["7"] = invitation(organizer="x@free.example", guests=["ben@home.example", *crowd])
    work()
    assert to_guests() == []
    assert Decision.objects.get(gate="G3").verdict >= Verdict.THROTTLE


def test_a_guest_renamed_to_a_lure_after_the_check_is_seen(person, work, calendar):
    user = person("x@free.example", days=0.5)
    send(user, invitation(organizer="x@free.example", guests=["ben@home.example", "c@home.example"]), reference="7")
    calendar.events["7"] = invitation(
        organizer="x@free.example",
        extra='ATTENDEE;CN="Refund 499.99 USD PayPal, call +1 (805) 302-8040":mailto:c@home.example',
    )
    work()
    assert to_guests() == []


def test_a_guest_added_after_the_check_is_judged_and_told(person, work, calendar):
    send(person(), invitation(), reference="7")
    calendar.events["7"] = invitation(guests=["ben@home.example", "cleo@home.example"])
    work()
    work()
    assert sorted(message.to[0] for message in to_guests()) == ["ben@home.example", "cleo@home.example"]


def test_a_guest_taken_off_after_the_check_is_not_told(person, work, calendar):
    soon = timezone.now().replace(microsecond=0) + timedelta(days=2)
    send(person(), invitation(guests=["ben@home.example", "cleo@home.example"], start=soon), reference="7")
    calendar.events["7"] = invitation(start=soon)
    work()
    assert [message.to[0] for message in to_guests()] == ["ben@home.example"]
    assert not Decision.objects.filter(gate="G3").exists()


@pytest.mark.requirement("R60")
@pytest.mark.parametrize("method", ["PUBLISH", "ADD", "DECLINECOUNTER", "REQUEST", ""])
def test_every_method_is_charged(person, work, method):
    user = person()
    decision = send(user, invitation(method=method))
    work()
    if decision.is_refused:
        assert [reason.code for reason in decision.reasons] == ["method_not_supported"]
        assert to_guests() == []
    else:
        assert guard.budget(user).hour.used >= max(1, len(to_guests()))
    assert decision.is_refused is (method in {"PUBLISH", "ADD", "DECLINECOUNTER"}), "said at once, not after the fact"


@pytest.mark.requirement("R60")
def test_answers_to_strangers_have_an_end(person, work):
    user = person("x@free.example", days=10)
    for number in range(60):
        answer = invitation(
            organizer=f"victim{number}@firm.example",
            guests=["x@free.example"],
            method="REPLY",
            uid=f"{number}",
            summary=f"Hello {number}",
        )
        send(user, answer, channel="api")
    later = timezone.now() + timedelta(minutes=31)
    ledger.lift_due(at=later, limit=99)
    for pk in Submission.objects.filter(state="accepted", holds__isnull=True).values_list("pk", flat=True):
        dispatch.send(pk, at=later)
    assert 0 < len(to_guests()) <= 50
    assert guard.budget(user).hour.used == 0, "answers do not eat the room of invitations"


@pytest.mark.requirement("R63")
def test_a_cancellation_tells_no_stranger(person, work):
    user = person("x@free.example", days=10)
    send(user, invitation(organizer="x@free.example", method="CANCEL", guests=["stranger@y.example"]))
    work()
    assert to_guests() == []


def test_two_methods_are_no_way_around(person, work):
    user = person("x@free.example", days=10)
    twice = invitation(organizer="x@free.example", method="CANCEL\r\nMETHOD:REQUEST", guests=["stranger@y.example"])
    send(user, twice)
    work()
    assert to_guests() == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("PayPal Billing", False),
        ("Your subscription was renewed, call +1 (805) 302-8040", False),
        ("Verify your account at https://mail-verify.example/login", False),
        ("Grace Hopper", True),
        ("Praxis Dr. Berg & Söhne", True),
    ],
)
def test_a_name_taken_after_the_verdict_is_shown_only_where_it_is_one(person, work, name, shown):
    user = person("x@free.example", days=10, first_name="Ada")
    send(user, invitation(organizer="x@free.example").replace(b';CN="Ada Berg"', b""))
    user.first_name = name
    user.save()
    work()
    (message,) = to_guests()
    assert (name[:12] in str(message.message()["From"])) is shown
    assert "302-8040" not in message.message().as_string()
