"""Many at once, and the same again and again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from calguard import guard
from calguard.conf import conf
from calguard.guard import Verdict
from outbound.models import Submission
from tests.guard.events import LURE, invitation
from tests.guard.test_check import send, to_guests

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.requirement("R60")
def test_recreating_events_and_spelling_guests_anew_gives_no_room_back(person, work):
    user = person("x@free.example", days=10)
    room = conf.policy.budget("trial").hour
    for number in range(room + 10):
        calendar = invitation(
            organizer="x@free.example", guests=[f"ben+{number}@home.example"], uid=f"u{number}", summary=f"Tea {number}"
        )
        decision = send(user, calendar, channel="api")
        work()
        guard.withdraw(decision)
    assert len(to_guests()) <= room


@pytest.mark.requirement("R21")
def test_a_refused_lure_does_not_pass_by_small_edits(person, work):
    user = person("x@free.example", days=10)
    for text in (LURE, f"{LURE}!", LURE.replace("499", "498"), f"Hi {LURE}", LURE.upper(), LURE.replace(" ", "  ")):
        assert send(user, invitation(organizer="x@free.example", summary=text)).verdict >= Verdict.HOLD
    work()
    assert to_guests() == []


def test_an_update_of_a_held_event_does_not_carry_it_out(person, work):
    user = person("x@free.example", days=10)
    held = send(user, invitation(organizer="x@free.example", summary=LURE))
    send(user, invitation(organizer="x@free.example", summary="Lunch", sequence=1))
    work()
    assert all("302-8040" not in message.message().as_string() for message in to_guests())
    assert Submission.objects.get(pk=held.submission).state in ("accepted", "withdrawn", "refused")


def test_somebody_elses_uid_and_reference_reach_nothing_of_theirs(person, work):
    ada, eve = person(), person("eve@free.example", days=10)
    send(ada, invitation(), reference="1")
    send(eve, invitation(organizer="eve@free.example", summary="Mine"), reference="2")
    send(
        eve,
        invitation(organizer="eve@free.example", method="CANCEL", sequence=9, guests=["ben@home.example"]),
        reference="2",
    )
    work()
    mine = [message for message in to_guests() if "Ada" in str(message.message()["From"])]
    assert len(mine) >= 1
    assert [state.state for state in guard.guest_states("1")] == ["sent"]


@pytest.mark.requirement("R66")
def test_no_confirmation_brings_a_refused_attempt_back(person, work):
    user = person("x@free.example", days=10)
    decision = guard.check(user, invitation(organizer="ceo@bank.example"))
    assert decision.is_refused
    guard.confirm(decision)
    guard.challenge_passed(decision.submission, "x")
    work()
    assert to_guests() == []
    old = guard.check(user, invitation(organizer="x@free.example"))
    from calguard import sweeping

    sweeping.sweep(at=timezone.now() + timedelta(days=2))
    guard.confirm(old)
    work()
    assert to_guests() == []
