"""Workers killed at every step of dispatch: no invitation is lost, and none leaves twice but where nobody can know."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from pytest_django import Settings

from calguard import guard, provenance, sweeping
from calguard.conf import conf
from outbound.models import Charge, Delivery, Submission
from tests.guard.events import invitation
from tests.reliability.conftest import KILLED, SEED, Stem, forgotten
from tests.reliability.hosts import HERE, inbox
from tests.reliability.reaper import PHASES, Reaper
from tests.support.worker import Worker, until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R04")]

DISPATCH = "calguard.dispatch"
BY_MAIL = 3
WHOLE = django_settings.BROKER == "rabbitmq"  # in tests/matrix; elsewhere a part of it, on SQLite
AT_RANDOM = 330 if WHOLE else 30
WORDS = ("MAIL", "RCPT", "DATA", "text", "text", "accepted", "accepted", "accepted", "QUIT")


@dataclass
class Invited:
    """One event on its way to three guests by mail and one on the same system; what was seen at each death."""

    submission: UUID
    uid: str
    guests: list[str]
    user: Any
    unrecorded: Counter[str] = field(default_factory=Counter)  # accepted by the server, and we did not know it
    begun: Counter[str] = field(default_factory=Counter)  # killed with the copy in hand, whatever the server has

    def note_death(self, reaper: Reaper) -> None:
        for copy in Delivery.objects.filter(message__submission=self.submission, route="mail"):
            if copy.state == "sending":
                self.begun[copy.recipient] += 1
                if len(reaper.copies(copy.recipient)) > self.unrecorded[copy.recipient]:
                    self.unrecorded[copy.recipient] += 1


def submitted(user: Any, uid: str, guests: list[str], *, again: bool = False) -> Invited:
    content = invitation(organizer=user.email, guests=guests, uid=uid)
    with guard.sending(user, content, reference=uid, resend=again) as decision:
        assert decision.may_send
    assert decision.submission is not None
    return Invited(decision.submission, uid, guests, user)


@pytest.fixture
def invite(person: Callable[..., Any]) -> Callable[[], Invited]:
    """Each by an account of its own, so that no budget and no pace says anything."""

    def make() -> Invited:
        n = uuid4().hex[:12]
        sender = f"ada-{n}@clinic.example"
        guests = [f"g{i}-{n}@home{i}.example" for i in range(BY_MAIL)] + [f"cleo-{n}{HERE}"]
        return submitted(person(sender), f"{n}@x", guests)

    return make


@pytest.fixture
def stem(stem: Stem, invite: Callable[[], Invited]) -> Stem:
    """Its workers have worked before, as any worker that is not killed at its first task."""
    if not stem.warm:
        stem.warm_up((DISPATCH, str(invite().submission)))
    return stem


def recover(*, due: bool = False) -> None:
    """The sweep finds what dead workers left, long after, and wakes others for it where it is `due`."""
    if due:
        Submission.objects.filter(state="accepted").update(due_at=timezone.now())
    Delivery.objects.filter(state__in=["claimed", "sending"]).update(claimed_at=timezone.now() - timedelta(hours=1))
    found = sweeping.sweep(at=timezone.now())
    assert not found["failed"]


def finish(stem: Stem, invited: Iterable[Invited]) -> None:
    """What was left over is done by workers that live."""
    for _ in range(3):
        recover()
        open_ones = Submission.objects.filter(pk__in=[one.submission for one in invited], state="accepted")
        waiting = [(DISPATCH, str(pk)) for pk in open_ones.values_list("pk", flat=True)]
        if not waiting:
            return
        stem.run(*waiting, *waiting)
    assert not Submission.objects.filter(state="accepted").exists()


def assert_exactly_once_where_it_can_be(invited: Iterable[Invited], reaper: Reaper, *, here: bool = True) -> None:
    lines = inbox().read_text().splitlines()
    for one in invited:
        copies = {d.mail_id: d for d in Delivery.objects.filter(message__submission=one.submission)}
        assert len(copies) == len(one.guests)
        for guest in one.guests[:BY_MAIL]:
            arrived = reaper.copies(guest)
            unknown = one.unrecorded[guest]
            assert len({copy.message_id for copy in arrived}) <= 1, "tried again under the same Message-ID"
            assert len(arrived) <= 1 + bool(unknown), f"{guest}: {len(arrived)} copies, {unknown} deaths unrecorded"
            assert arrived or one.begun[guest] > 1, f"the invitation of {guest} is lost"
            for copy in arrived:
                state = copies[copy.message_id].state
                assert state == "sent" or (state == "uncertain" and one.begun[guest] > 1)
        assert not here or f"{one.guests[-1]} {one.uid}" in lines
        charged = Charge.objects.filter(owner=f"submission:{one.submission}", scope__startswith="account:")
        assert [row.units for row in charged] == [len(one.guests)]
    assert not Delivery.objects.exclude(recipient="").exists(), "no address is kept of what is done"


def test_killed_before_every_statement_of_the_database(
    stem: Stem, reaper: Reaper, invite: Callable[[], Invited]
) -> None:
    """Also before every commit. What is redelivered at once finds the rest; the sweep finds what the dead had."""
    whole = stem.run((DISPATCH, str(invite().submission)))
    invited = []
    for step in range(1, whole["steps"] + 1):
        one = invite()
        answer = stem.run((DISPATCH, str(one.submission)), kill=step)
        assert answer["killed"]
        one.note_death(reaper)
        invited.append(one)
    assert len(invited) >= 40
    finish(stem, invited)
    assert_exactly_once_where_it_can_be(invited, reaper)


def test_killed_at_every_word_with_the_mail_server(stem: Stem, reaper: Reaper, invite: Callable[[], Invited]) -> None:
    invited = []
    for phase in PHASES:
        for nth in range(1, 2 if phase in ("EHLO", "QUIT") else BY_MAIL + 1):
            one = invite()
            reaper.strike = (phase, nth)
            answer = stem.run((DISPATCH, str(one.submission)))
            assert answer["killed"] or phase == "answered", "it may have been done by then"
            one.note_death(reaper)
            invited.append(one)
            unknown = sum(one.unrecorded.values())
            assert unknown == (phase == "accepted") or phase == "answered"
            assert sum(one.begun.values()) == (phase in ("text", "accepted")) or phase == "answered"
    finish(stem, invited)
    assert_exactly_once_where_it_can_be(invited, reaper)


def test_killed_again_and_again(stem: Stem, reaper: Reaper, invite: Callable[[], Invited]) -> None:
    """At random, by the database's clock or the server's, up to three times each."""
    dice = random.Random(SEED)
    steps = stem.run((DISPATCH, str(invite().submission)))["steps"]
    deaths, seen = 0, []
    while deaths < AT_RANDOM:
        some = [invite() for _ in range(20 if WHOLE else 10)]
        for _ in range(3):
            for one in some:
                if dice.random() < 0.5:
                    reaper.strike = (dice.choice(WORDS), dice.randint(1, BY_MAIL - 1))
                    answer = stem.run((DISPATCH, str(one.submission)))
                    reaper.strike = None
                else:
                    answer = stem.run((DISPATCH, str(one.submission)), kill=dice.randint(1, steps))
                deaths += answer["killed"]
                one.note_death(reaper)
            recover()
        finish(stem, some)
        seen += some
    assert_exactly_once_where_it_can_be(seen, reaper)
    assert any(one.unrecorded for one in seen)


@pytest.mark.skipif(not WHOLE, reason="tests/matrix: RabbitMQ")
def test_killed_under_celery(
    celery_worker: Worker, reaper: Reaper, invite: Callable[[], Invited], settings: Settings
) -> None:
    """The children of a real worker, by the mail server; then the whole worker. The broker hands out again what was
    not acknowledged, the sweep what was."""
    settings.CALGUARD = {**settings.CALGUARD, "HOST": "calguard.host.Host"}
    invited = []
    for phase in ("EHLO", "RCPT", "DATA", "text", "accepted", "QUIT"):
        before = len(reaper.killed)
        reaper.strike = (phase, 1)
        one = invite()
        until(lambda before=before: len(reaper.killed) > before, what=f"the death at {phase}")
        forgotten()
        KILLED["of Celery"] += 1
        one.note_death(reaper)
        invited.append(one)
    last = invite()
    until(lambda: reaper.copies(last.guests[0]), what="some of it to leave")
    celery_worker.kill()
    KILLED["of Celery"] += 1
    forgotten()
    last.note_death(reaper)
    celery_worker.start()

    for _ in range(3):  # a copy may be in the hands of two dead workers one after the other
        recover(due=True)
        with suppress(AssertionError):
            until(lambda: not Submission.objects.filter(state="accepted").exists(), seconds=10)
            break
        forgotten()
    assert not Submission.objects.filter(state="accepted").exists()
    assert_exactly_once_where_it_can_be([*invited, last], reaper, here=False)


def test_what_ends_uncertain_says_so_and_its_owner_sends_again(
    stem: Stem, reaper: Reaper, invite: Callable[[], Invited]
) -> None:
    """Killed twice between the dot and the server's answer: nobody tries it a third time."""
    one = invite()
    for _ in range(2):
        reaper.strike = ("text", 1)
        assert stem.run((DISPATCH, str(one.submission)))["killed"]
        one.note_death(reaper)
        recover()
    finish(stem, [one])
    lost = next(guest for guest in one.guests if one.begun[guest] == 2)
    assert reaper.copies(lost) == []
    (copy,) = provenance.find(Delivery.objects.get(state="uncertain").mail_id)
    assert (copy.state, copy.account) == ("uncertain", conf.host.account(one.user)), "and a reviewer is told"
    shown = {state.state: state.text for state in guard.guest_states(one.uid)}
    assert shown["uncertain"] == "may not have arrived"

    finish(stem, [submitted(one.user, one.uid, one.guests, again=True)])
    assert len(reaper.copies(lost)) == 1
    assert "uncertain" not in {state.state for state in guard.guest_states(one.uid)}
