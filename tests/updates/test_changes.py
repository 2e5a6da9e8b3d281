"""Guests are told of what changed for them: once, at once where the time is new, and together where it is too often."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone
from django.utils.formats import time_format

from calguard import guard, updates
from calguard.guard import Verdict
from outbound import ledger
from outbound.models import Charge, Submission
from tests.guard.events import invitation
from tests.updates.events import HOUR, START, mails_to, run, save

pytestmark = pytest.mark.django_db(transaction=True)
BEN, CLEO = "ben@home.example", "cleo@home.example"
CROWD = [f"guest{n}@home.example" for n in range(200)]


def passes(clock: Any, number: int) -> None:
    """A person's pace: no pause is like the one before."""
    clock.shift(100 + 37 * (number % 4) + 11 * (number % 3))


def charged(user: Any) -> int:
    rows = Charge.objects.filter(scope__startswith="account:")
    return sum(rows.values_list("units", flat=True))


@pytest.mark.requirement("R62")
@pytest.mark.parametrize("again", [{}, {"sequence": 4}, {"extra": "LAST-MODIFIED:20310101T000000Z"}])
def test_a_save_that_changes_nothing_tells_nobody(person: Any, again: dict[str, Any]) -> None:
    user = person()
    save(user)
    save(user, **again)
    assert len(mails_to(BEN)) == 1
    assert charged(user) == 1
    assert Submission.objects.filter(note__contains=updates.UNCHANGED, state="sent").count() == 1
    assert [state.state for state in guard.guest_states("e1")] == ["sent"]


@pytest.mark.requirement("R62")
def test_a_new_guest_alone_is_written_to(person: Any, clock: Any) -> None:
    user = person()
    for number in range(8):  # a guest more is no version of its own, however often
        save(user, guests=[BEN, *CROWD[: number + 1]], sequence=number)
        passes(clock, number)
    assert len(mails_to(BEN)) == 1
    assert all(len(mails_to(guest)) == 1 for guest in CROWD[:8])
    assert charged(user) == 9


@pytest.mark.requirement("R60", "R62")
def test_a_change_is_told_to_all_and_charged_for_all(person: Any) -> None:
    user = person()
    save(user, guests=[BEN, CLEO])
    save(user, guests=[BEN, CLEO], summary="Team lunch, now with cake", sequence=1)
    save(user, guests=[BEN, CLEO], sequence=2)  # back again: that is what they must know now
    assert len(mails_to(BEN)) == len(mails_to(CLEO)) == 3
    assert charged(user) == 6


@pytest.mark.requirement("R60", "R62")
def test_what_the_owner_asks_to_be_sent_again_is_sent_and_charged(person: Any, clock: Any) -> None:
    user = person()
    for number in range(6):
        save(user, resend=True)
        passes(clock, number)
    assert len(mails_to(BEN)) == 6
    assert charged(user) == 6


@pytest.mark.requirement("R62")
def test_many_changes_of_an_hour_are_told_together(person: Any, clock: Any) -> None:
    user = person()
    for number in range(9):
        save(user, summary=f"Plan, draft {number}", sequence=number)
        passes(clock, number)
    assert len(mails_to(BEN)) == 4
    assert "draft 3" in mails_to(BEN)[-1]
    waiting = Submission.objects.get(state="accepted")
    assert updates.COALESCED in waiting.note
    assert waiting.due_at - waiting.created_at < HOUR
    clock.shift(30 * 60)
    run()
    assert len(mails_to(BEN)) == 4
    clock.move_to(waiting.due_at)
    run()
    assert len(mails_to(BEN)) == 5, "the last one, once"
    assert "draft 8" in mails_to(BEN)[-1]
    assert set(Submission.objects.values_list("state", flat=True)) == {"sent", "withdrawn"}


@pytest.mark.requirement("R62")
def test_the_owner_sees_when_it_goes(person: Any, clock: Any) -> None:
    user = person()
    for number in range(5):
        save(user, summary=f"Plan, draft {number}", sequence=number)
        passes(clock, number)
    waiting = Submission.objects.get(state="accepted")
    first, *others = guard.guest_states("e1")
    assert (first.state, first.due_at) == ("delayed", waiting.due_at)
    assert time_format(timezone.localtime(waiting.due_at)) in first.text
    assert not first.explain_url, "nothing is withheld"
    assert [state.state for state in others] == ["sent"]


@pytest.mark.requirement("R62")
def test_a_new_time_for_two_hundred_guests_goes_at_once(person: Any, clock: Any) -> None:
    user = person()
    save(user, guests=CROWD, summary="All hands, draft")
    clock.shift(130)
    save(user, guests=CROWD, summary="All hands", sequence=1)
    clock.shift(70)
    decision = save(user, guests=CROWD, summary="All hands", start=START + timedelta(days=1), sequence=2)
    assert decision.verdict <= Verdict.OBSERVE
    assert len(mail.outbox) == 3 * 200
    assert charged(user) == 3 * 200


@pytest.mark.requirement("R62")
def test_a_new_time_waits_for_no_hour(person: Any, clock: Any) -> None:
    user = person()
    for number in range(5):
        save(user, summary=f"Plan, draft {number}", sequence=number)
        passes(clock, number)
    assert len(mails_to(BEN)) == 4
    save(user, summary="Plan", start=START + timedelta(days=1), sequence=5)
    assert len(mails_to(BEN)) == 5
    assert Submission.objects.filter(state="accepted").count() == 0, "what waited is told with it"


@pytest.mark.requirement("R62")
def test_times_that_change_for_ever_are_told_together_too(person: Any, clock: Any) -> None:
    user = person()
    for number in range(15):
        save(user, start=START + timedelta(hours=number), sequence=number)
        passes(clock, number)
    assert len(mails_to(BEN)) == 10


@pytest.mark.requirement("R62")
def test_other_events_do_not_count(person: Any, clock: Any) -> None:
    user = person()
    for number in range(6):
        save(user, uid=f"{number}@x.example", reference=f"e{number}", summary="Weekly")
        passes(clock, number)
    assert len(mails_to(BEN)) == 6


@pytest.mark.requirement("R62")
def test_a_host_that_sends_its_own_mail_is_let_go_once_for_the_same(
    person: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, released = person(), []
    monkeypatch.setattr("calguard.host.Host.released", lambda _self, reference: released.append(reference))
    for number, said in enumerate(["Plan", "Plan", "Plan, later"]):
        save(user, summary=said, sequence=number, dispatch="host")
        for submission in Submission.objects.filter(state="accepted"):
            ledger.finish(submission.pk, by_host=True, at=timezone.now())
    assert released == ["e1", "e1"]


def test_what_makes_a_rescheduling() -> None:
    """RFC 5546 2.1.4; times of reminders and zones are none of it, nor the order of what is written."""
    event = invitation(start=START).decode()
    base = updates.schedule_of(event.encode())

    def changed(old: str, new: str) -> bool:
        assert old in event
        return updates.schedule_of(event.replace(old, new).encode()) != base

    end = "END:VEVENT"
    assert not changed("SUMMARY:Team lunch", "SUMMARY:Lunch")
    assert not changed("SEQUENCE:0", "SEQUENCE:9")
    assert not changed(end, "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nDURATION:PT5M\r\nEND:VALARM\r\n" + end)
    zone = "BEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nRRULE:FREQ=YEARLY\r\n"
    assert not changed("BEGIN:VEVENT", zone + "END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT")
    for line in ("RRULE:FREQ=DAILY", "RDATE:20310507T090000Z", "EXDATE:20310507T090000Z", "STATUS:CANCELLED"):
        assert changed(end, f"{line}\r\n{end}"), line
    assert changed("DTSTART:20310506T090000Z", "DTSTART:20310506T093000Z")
    assert changed("DTEND:20310506T100000Z", "DURATION:PT2H")
    one = event.replace(end, f"EXDATE:20310507T090000Z,20310508T090000Z\r\n{end}").encode()
    two = event.replace(end, f"EXDATE:20310508T090000Z,20310507T090000Z\r\n{end}").encode()
    assert updates.schedule_of(one) == updates.schedule_of(two)


def test_who_could_not_be_reached_is_written_to_again(person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    user = person()
    with monkeypatch.context() as busy:
        busy.setattr("calguard.handover.batch", lambda *_args: 0)
        save(user)
    claim = uuid4()
    (copy,) = ledger.claim(Submission.objects.get().pk, limit=1, claim=claim, at=timezone.now())
    ledger.mark_failed(copy.pk, claim, "550 no such user", at=timezone.now())
    ledger.finish(Submission.objects.get().pk, at=timezone.now())
    save(user, sequence=1)
    assert len(mails_to(BEN)) == 1
