"""One guest gets only so many copies from new senders they never had to do with; their real mail always arrives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calguard import actors, allowances, dispatch, feedback, guard
from calguard.conf import conf
from outbound.models import Charge, Delivery, Submission
from tests.budgets.conftest import freed, sent, strangers, used, waits
from tests.guard.events import invitation
from tests.guard.test_check import to_guests
from tests.guard.test_mail_gate import post

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R54", "R60")]

Person = Callable[..., Any]
Allow = Callable[..., None]
VICTIM = "victim@home.example"
DAY = timedelta(days=1)


def states(decision: guard.Decision) -> dict[str, str]:
    """How each guest's copy stands, as the sender is shown it."""
    reference = Submission.objects.get(pk=decision.submission).reference
    people = [VICTIM, *Delivery.objects.exclude(recipient="").values_list("recipient", flat=True)]
    return {p: found.state for found in guard.guest_states(reference) for p in people if found.matches(p)}


@pytest.fixture
def crowd(person: Person, allow: Allow) -> Callable[..., Any]:
    """Three new accounts, each in a network of its own, have written to the victim today; no fourth may."""

    def gather(count: int = 3) -> None:
        allow(recipient="{ day = 3 }")
        for number in range(count):
            bot = person(f"bot{number}@mail{number}.example", days=10)
            assert states(sent(bot, VICTIM, ip=f"198.51.{number}.1"))[VICTIM] == "sent"

    return gather


def test_only_that_guests_copy_waits_and_it_goes_by_itself(person: Person, crowd: Callable[..., Any]) -> None:
    crowd()
    bot = person("bot@free.example", days=10)
    decision = sent(bot, VICTIM, "friend@home.example")
    assert waits(decision) == [], "the event is not kept back"
    assert states(decision)[VICTIM] == "delayed"
    assert [m.to for m in to_guests()][-1] == ["friend@home.example"]
    assert Submission.objects.get(pk=decision.submission).state == "accepted"
    assert guard.budget(bot).hour.used == 2, "the copy that waits is charged like the other"
    freed(DAY / 2)
    assert states(decision)[VICTIM] == "delayed"
    freed(DAY * 1.01)
    assert [m.to for m in to_guests()][-1] == [VICTIM]
    assert Submission.objects.get(pk=decision.submission).state == "sent"
    assert guard.budget(bot).week.used == 2


def test_nobody_can_block_a_victims_real_mail(person: Person, crowd: Callable[..., Any]) -> None:
    """However many new accounts write, established senders and those the victim knows arrive, and do not count."""
    crowd()
    before = used("guest:")
    firm = person("clinic@clinic.example")
    friend = person("friend@free.example", days=10)
    feedback.answered(conf.host.account(friend), VICTIM, accepted=True)
    for sender in (firm, friend, firm):
        assert states(sent(sender, VICTIM, ip="203.0.113.5"))[VICTIM] == "sent"
    assert used("guest:") == before


def test_a_busy_person_with_many_known_senders_is_never_full(person: Person, allow: Allow) -> None:
    allow(recipient="{ day = 1 }")
    for number in range(4):
        assert states(sent(person(f"firm{number}@firm{number}.example"), VICTIM))[VICTIM] == "sent"
    assert states(sent(person("new@free.example", days=10), VICTIM))[VICTIM] == "sent"


def test_visitors_of_booking_pages_count_though_the_pages_are_established(person: Person, allow: Allow) -> None:
    """A victim's address entered on one page after the other."""
    allow(recipient="{ day = 2 }")
    found = []
    for number in range(3):
        owner = person(f"owner{number}@firm{number}.example")
        visitor = actors.booked_by(f"v{number}", None)
        booked = sent(owner, VICTIM, channel="booking", actor=visitor, ip=f"198.51.{number}.1")
        found.append(states(booked)[VICTIM])
    assert found == ["sent", "sent", "delayed"]


def test_the_owner_of_a_page_is_told_of_every_booking(person: Person, allow: Allow) -> None:
    allow(recipient="{ day = 2 }")
    owner = person("owner@free.example")
    for number in range(4):
        visitor = actors.booked_by(f"v{number}", None)
        sent(owner, owner.email, *strangers(1), channel="booking", actor=visitor, ip=f"198.51.{number}.1")
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    assert used("guest:") == 4


def test_who_was_invited_learns_that_it_is_off(person: Person, crowd: Callable[..., Any]) -> None:
    crowd(2)
    user = person("ann@free.example", days=10)
    calendar = {"organizer": user.email, "guests": [VICTIM], "uid": "off@x", "summary": "Flat viewing"}
    for method, sequence in (("REQUEST", 0), ("CANCEL", 1)):
        with guard.sending(user, invitation(**calendar, method=method, sequence=sequence), reference="off") as decision:
            pass
        dispatch.send(decision.submission, at=timezone.now())
    assert [m.to for m in to_guests()][-2:] == [[VICTIM]] * 2


def test_a_late_copy_of_an_event_that_is_over_is_not_sent(person: Person, crowd: Callable[..., Any]) -> None:
    crowd()
    decision = sent(person("bot@free.example", days=10), VICTIM, "friend@home.example")
    dispatch.send(decision.submission, at=timezone.now() + 5 * DAY)
    assert Submission.objects.get(pk=decision.submission).state == "expired"
    assert states(decision)[VICTIM] == "expired"
    assert len([m for m in to_guests() if m.to == [VICTIM]]) == 3


def test_one_event_is_one_however_often_its_worker_is_woken(person: Person, allow: Allow) -> None:
    allow(recipient="{ day = 2 }")
    decision = sent(person("ann@free.example", days=10), VICTIM)
    for _ in range(3):
        dispatch.send(decision.submission, at=timezone.now())
    assert used("guest:") == 1


def test_mail_that_the_host_built_waits_for_that_guest_alone(person: Person, crowd: Callable[..., Any]) -> None:
    crowd()
    user = person("host@free.example", days=10)
    ics = invitation(organizer=user.email, guests=["a@x.example", VICTIM, "b@x.example"])
    assert [post(to, ics=ics) for to in ("a@x.example", VICTIM, "b@x.example")] == [1, 0, 1]
    [submission] = Submission.objects.filter(account=conf.host.account(user))
    dispatch.send(submission.pk, at=timezone.now())
    copy = Delivery.objects.get(message__submission=submission, recipient=VICTIM)
    assert (copy.state, copy.error) == ("pending", "recipient_busy")
    assert guard.budget(user).hour.used == 3
    freed(DAY * 1.01)
    assert [m.to for m in to_guests()][-1] == [VICTIM]
    assert guard.budget(user).week.used == 3


def test_as_many_queries_for_forty_guests_as_for_one(
    person: Person, allow: Allow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calguard.handover.batch", lambda *_: 0)

    def queries(count: int) -> int:
        decision = sent(person(f"ann{count}@free.example", days=10), *strangers(count))
        Charge.objects.all().delete()
        submission = Submission.objects.get(pk=decision.submission)
        with CaptureQueriesContext(connection) as captured:
            assert allowances.let_in(submission, at=timezone.now()) == 0
        assert used("guest:") == count
        return len([query for query in captured if "SAVEPOINT" not in query["sql"] and "BEGIN" not in query["sql"]])

    assert queries(1) == queries(40) <= 9


class TestWhereTheHostSends:
    """What the gate does not see is counted where the host asks, and nobody twice."""

    def let_go(self, who: Any, *guests: str) -> str:
        event = invitation(organizer=who.email, guests=guests, uid=f"own-{who.email}")
        with guard.sending(who, event, reference=f"own-{who.pk}", dispatch="host"):
            pass
        return f"own-{who.pk}"

    def test_it_is_told_whom_to_leave_out_and_until_when(self, person: Person, crowd: Callable[..., Any]) -> None:
        crowd()
        reference = self.let_go(person("bot@free.example", days=10), VICTIM, "friend@home.example")
        told = guard.crowded(reference, [VICTIM, "friend@home.example"])
        assert set(told) == {VICTIM}
        assert timezone.now() < told[VICTIM] <= timezone.now() + DAY
        assert guard.crowded(reference, [VICTIM, "friend@home.example"]).keys() == {VICTIM}

    def test_what_it_sends_counts_once_and_others_wait_for_it(self, person: Person, allow: Allow) -> None:
        allow(recipient="{ day = 1 }")
        reference = self.let_go(person("bot@free.example", days=10), VICTIM)
        for _ in range(3):
            assert guard.crowded(reference, [VICTIM]) == {}
        assert Charge.objects.filter(scope__startswith="guest:").count() == 1
        other = self.let_go(person("other@mail.example", days=10), VICTIM)
        assert set(guard.crowded(other, [VICTIM])) == {VICTIM}

    def test_who_is_established_or_known_is_never_left_out(self, person: Person, crowd: Callable[..., Any]) -> None:
        crowd()
        assert guard.crowded(self.let_go(person()), [VICTIM]) == {}
        friend = person("friend@free.example", days=10)
        feedback.answered(conf.host.account(friend), VICTIM, accepted=True)
        assert guard.crowded(self.let_go(friend, VICTIM), [VICTIM]) == {}

    def test_what_was_never_let_go_is_nobodys(self, person: Person, crowd: Callable[..., Any]) -> None:
        crowd()
        ours = sent(person("bot@free.example", days=10), "friend@home.example")
        reference = Submission.objects.get(pk=ours.submission).reference
        for named in ("", None, "nothing", reference):
            assert guard.crowded(named, [VICTIM]) == {}
