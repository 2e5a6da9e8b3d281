"""Attacks on the last gate: a mail that rides on the verdict of another one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from accounts_risk import ledger as people
from calguard import dispatch, guard, sweeping
from calguard.conf import conf
from calguard.integrations.mail import Denied
from outbound import ledger
from outbound.models import Submission
from tests.guard.events import LURE, invitation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R01")]


@pytest.fixture(autouse=True)
def gate(settings):
    settings.EMAIL_BACKEND = "calguard.integrations.mail.GuardedBackend"
    settings.CALGUARD = {**settings.CALGUARD, "EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}


def post(guest="ben@home.example", *, ics=None, body="You are invited.", name="invite.ics", subtype=None, **event):
    message = EmailMultiAlternatives("Invitation", body, "Calendar <no-reply@calendar.example>", [guest])
    message.attach(name, ics or invitation(guests=[guest], **event), subtype or "text/calendar; method=REQUEST")
    try:
        return message.send()
    except Denied:
        return 0


def left():
    return [m for m in mail.outbox if m.extra_headers.get("Auto-Submitted") is None]


def lured():
    return [m.to for m in left() if "302-8040" in m.message().as_string() or LURE[:20] in str(m.message())]


def sweep(at=None):
    sweeping.sweep(at=at or timezone.now())
    for pk in Submission.objects.filter(state="accepted").values_list("pk", flat=True):
        dispatch.send(pk, at=at or timezone.now())


@pytest.mark.parametrize("finished", [True, False])
def test_a_body_swapped_after_the_first_mail_is_another_attempt(person, finished):
    person("x@free.example", days=0.5)
    ics = invitation(organizer="x@free.example", guests=["a@x.example", "b@x.example"])
    assert post("a@x.example", ics=ics) == 1
    if finished:
        sweep()
        assert Submission.objects.get().state == "sent"
    post("b@x.example", ics=ics, body=LURE)
    assert lured() == []
    assert post("b@x.example", ics=ics) == 1, "the innocent one leaves"


def test_a_body_that_joins_what_only_waits_for_room_is_judged(person, work):
    user = person("x@free.example", days=10)
    room = conf.policy.budget("trial").hour
    scope = f"account:{conf.host.account(user)}"
    ledger.reserve(
        [ledger.Demand(scope=scope, units=room, limits=[(timedelta(hours=1), room)])], "before", at=timezone.now()
    )
    ics = invitation(organizer="x@free.example", guests=["a@x.example", "b@x.example"])
    assert post("a@x.example", ics=ics) == 0
    assert post("b@x.example", ics=ics, body=LURE) == 0
    later = timezone.now() + timedelta(hours=3)
    for freed in ledger.lift_due(at=later, limit=9):
        dispatch.send(freed, at=later)
    assert lured() == []
    assert [m.to for m in left()] == [["a@x.example"]], "the innocent one leaves when there is room"


@pytest.mark.requirement("R63")
@pytest.mark.parametrize("restricted", [True, False])
def test_a_cancellation_by_the_hosts_mail_says_only_our_words(person, work, restricted):
    user = person("x@free.example", days=10)
    assert post("a@x.example", organizer="x@free.example") == 1
    if restricted:
        people.restrict(
            conf.host.account(user), "sending", "case:1", "spam", by_human=True, at=timezone.now(), expires_at=None
        )
    for guest in ("a@x.example", "stranger@y.example"):
        cancel = invitation(organizer="x@free.example", guests=[guest], summary=LURE, method="CANCEL", sequence=1)
        post(guest, ics=cancel, body=LURE, subtype="text/calendar; method=CANCEL")
    work()
    assert lured() == []
    told = left()[1:]
    assert [m.to for m in told] == [["a@x.example"]], "who was invited learns that it is off, and nobody else"
    assert b"METHOD:CANCEL" in told[0].message().as_bytes() or "Cancelled" in str(told[0].message())


def test_an_innocent_cancellation_leaves_as_it_is(person):
    person()
    assert post("a@x.example") == 1
    assert post("a@x.example", method="CANCEL", sequence=1, body="Sorry", subtype="text/calendar; method=CANCEL") == 1
    assert "Sorry" in left()[-1].body


@pytest.mark.requirement("R60")
@pytest.mark.parametrize("method", ["PUBLISH", "ADD", "CANCEL", "DECLINECOUNTER", ""])
def test_no_method_mails_strangers_for_free(person, method):
    user = person()
    post("stranger@y.example", method=method, subtype="text/calendar")
    assert guard.budget(user).hour.used == 1


@pytest.mark.requirement("R66")
def test_an_approved_mail_of_an_account_restricted_since_stays(person, settings):
    settings.CALGUARD = {**settings.CALGUARD, "DISPATCH": "host"}
    user = person()
    ics = invitation(guests=["a@x.example", "b@x.example"])
    with guard.sending(user, ics):
        pass
    assert post("a@x.example", ics=ics) == 1
    people.restrict(
        conf.host.account(user), "sending", "case:1", "spam", by_human=True, at=timezone.now(), expires_at=None
    )
    assert post("b@x.example", ics=ics) == 0


@pytest.mark.requirement("R60")
def test_approved_mail_is_charged_once_per_guest(person, settings):
    settings.CALGUARD = {**settings.CALGUARD, "DISPATCH": "host"}
    user = person()
    ics = invitation(guests=["a@x.example", "b@x.example"])
    with guard.sending(user, ics):
        pass
    assert [post(f"{name}@x.example", ics=ics) for name in "aba"] == [1, 1, 1]
    assert guard.budget(user).hour.used == 2


@pytest.mark.requirement("R63")
def test_an_approved_cancellation_with_words_withheld_leaves_without_them(person, settings, work):
    user = person("x@free.example", days=10)
    post("a@x.example", organizer="x@free.example")
    settings.CALGUARD = {**settings.CALGUARD, "DISPATCH": "host"}
    cancel = invitation(organizer="x@free.example", guests=["a@x.example"], summary=LURE, method="CANCEL", sequence=1)
    with guard.sending(user, cancel) as decision:
        pass
    assert decision.system_text_only
    post("a@x.example", ics=cancel, subtype="text/calendar; method=CANCEL")
    work()
    assert lured() == []
    assert [m.to for m in left()] == [["a@x.example"]] * 2


@pytest.mark.parametrize(
    "ics",
    [
        invitation(organizer="x@free.example", summary=LURE).replace(b"BEGIN:VCALENDAR", b"BEGIN:VCAL\r\n ENDAR"),
        invitation(organizer="x@free.example", summary=LURE).decode().encode("utf-16"),
        b"\0" * 3 + invitation(organizer="x@free.example", summary=LURE),
        invitation(organizer="x@free.example", summary=LURE).replace(b"BEGIN:VCALENDAR", b"BEGIN;X=1:VCALENDAR"),
    ],
    ids=["folded", "utf-16", "nul", "parameter"],
)
@pytest.mark.parametrize("subtype", ["application/octet-stream", "text/calendar", "text/plain"])
def test_a_calendar_disguised_as_a_file_is_found(person, ics, subtype):
    person("x@free.example", days=0.5)
    if subtype == "text/plain" and ics.startswith(b"\xff"):
        pytest.skip("Django sends what is no text as octets")
    post(ics=ics, subtype=subtype)
    assert left() == []


def test_a_file_that_is_no_calendar_leaves(person):
    message = EmailMultiAlternatives("Minutes", "as promised", "ada@clinic.example", ["ben@home.example"])
    message.attach("minutes.txt", b"BEGIN: the meeting\n", "application/octet-stream")
    assert message.send() == 1


@pytest.mark.parametrize("finished", [True, False])
def test_no_guest_is_lost_because_the_sweep_came_between_two_mails(person, finished):
    user = person()
    ics = invitation(guests=[f"{name}@x.example" for name in "abc"])
    for name in "abca":
        assert post(f"{name}@x.example", ics=ics) == 1
        if finished:
            sweep()
    assert [m.to[0][0] for m in left()] == ["a", "b", "c", "a"]
    assert guard.budget(user).hour.used == 4


def test_fifteen_guests_are_fifteen_however_many_mails_they_get(person):
    person("x@free.example", days=0.5)
    ics = invitation(organizer="x@free.example", guests=[f"{name}@x.example" for name in "abcdefghijklmno"])
    assert sum(post(f"{name}@x.example", ics=ics) for name in "abcdefghijklmno") == 15


def test_a_mail_takes_no_other_guests_place(person):
    user = person(days=10)
    room = conf.policy.budget("trial").hour
    scope = f"account:{conf.host.account(user)}"
    ledger.reserve(
        [ledger.Demand(scope=scope, units=room - 1, limits=[(timedelta(hours=1), room)])], "before", at=timezone.now()
    )
    ics = invitation(guests=["a@x.example", "b@x.example", "c@x.example"])
    assert [post("a@x.example", ics=ics), post("b@x.example", ics=ics)] == [1, 0]
    from outbound.models import Charge, Hold

    Hold.objects.all().delete()  # lifted, and the worker has not come yet
    Charge.objects.all().delete()
    assert post("c@x.example", ics=ics) == 1
    sweep()
    assert sorted(m.to[0][0] for m in left()) == ["a", "b", "c"]
