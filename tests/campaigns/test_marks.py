"""Marks are keyed, bounded, forgotten, and written only for who is not trusted yet and writes to strangers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calguard import people, sweeping
from calguard.campaigns import growth, marks
from calguard.campaigns.models import Campaign, Mark, Member
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.models import Decision
from tests.campaigns.conftest import Service
from tests.campaigns.test_orders import PITCH, attack

pytestmark = pytest.mark.django_db(transaction=True)

LINKS = "See https://us02web.zoom.us/j/855123 and https://forms.gle/abc and https://www.pottery.example/x?y=1 "


def kinds() -> dict[str, int]:
    return {kind: Mark.objects.filter(kind=kind).count() for kind in Mark.Kind.values}


def test_what_is_written_of_a_new_account(service: Service, now: datetime) -> None:
    guests = tuple(f"g{number}@mail{number}.example" for number in range(8))
    service.send(service.account("new", now), now, "Pottery", LINKS + PITCH, guests)
    written = kinds()
    assert written["text"] == 8
    assert written["phone"] == 1
    assert written["host"] == 2  # the form and the site; a conference is everybody's
    assert 2 <= written["guests"] <= marks.GUEST_SLOTS
    row = Mark.objects.first()
    assert row is not None
    assert row.strangers == 8
    assert "mail" not in repr(list(Mark.objects.values()))
    assert "pottery" not in repr(list(Mark.objects.values()))


@pytest.mark.parametrize("guests", [(), ("new@free.example",)])
def test_nothing_is_written_where_nobody_else_is_written_to(service: Service, now: datetime, guests: Any) -> None:
    service.send(service.account("new", now), now, "Pottery", PITCH, guests)
    assert not Mark.objects.filter(strangers__gt=1).exists()
    assert guests or not Mark.objects.exists()


def test_an_established_account_asks_and_writes_nothing(service: Service, now: datetime) -> None:
    user = service.account("old", now, days=400)
    service.send(user, now, "Pottery", PITCH, ("a@b.example",))
    with CaptureQueriesContext(connection) as asked:
        service.send(user, now + timedelta(minutes=5), "Pottery", PITCH, ("c@b.example",))
    assert not Mark.objects.exists()
    assert not [query for query in asked if "calguard_mark" in query["sql"]]


def test_one_query_and_one_insert_whatever_others_wrote(service: Service, now: datetime) -> None:
    user = service.account("new", now)
    service.send(service.account("first", now), now, "Pottery", PITCH, ("a@b.example",))
    one = Mark.objects.first()
    assert one is not None
    flood = list(Mark.objects.values("kind", "value"))
    Mark.objects.bulk_create(
        Mark(
            decision=one.decision,
            account=f"bot{number}",
            party=f"bot{number}",
            guests=number,
            strangers=1,
            prefix=0,
            client=0,
            cohort=0,
            at=now,
            **mark,
        )
        for number in range(400)
        for mark in flood
    )
    with CaptureQueriesContext(connection) as asked:
        decision = service.send(user, now + timedelta(minutes=5), "Pottery", PITCH, ("c@b.example",))
    touching = [query["sql"] for query in asked if "calguard_mark" in query["sql"]]
    assert len(touching) == 2
    assert touching[1].startswith("INSERT")
    row = Decision.objects.get(pk=decision.id)
    assert 0 < row.facts["crowd"]["accounts"] <= marks.NEWEST
    mine = list(Mark.objects.filter(decision=row))
    window = timedelta(days=7)
    found = marks.others(marks.stored(mine), row.account, at=now + timedelta(hours=1), window=window, using="default")
    assert len(found) <= marks.NEWEST * len(mine)


def test_a_lost_wake_up_costs_time_only(service: Service, now: datetime) -> None:
    at = attack(service, now)
    assert not Campaign.objects.exists()  # no worker ran
    assert sweeping.sweep(at=at)["joined"] > 0
    campaign = Campaign.objects.get()
    assert sweeping.sweep(at=at)["joined"] == 0
    assert Campaign.objects.get().attempts == campaign.attempts == Decision.objects.count()


def test_an_attempt_that_cannot_be_counted_keeps_no_other_from_being_counted(
    service: Service, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor the orders on campaigns that are tended after it."""
    at = attack(service, now)
    waiting = Mark.objects.filter(todo=True).order_by("at")
    ill, before = waiting[0].decision_id, waiting.count()
    places = growth._place

    def fails(trace: Any, account: str, at: datetime) -> Any:
        if account == Decision.objects.get(pk=ill).account:
            raise LookupError("of this one alone")
        return places(trace, account, at)

    monkeypatch.setattr(growth, "_place", fails)
    found = sweeping.sweep(at=at)
    assert found["joined"] > 0
    assert found["campaign_orders"] == 1
    assert 0 < waiting.count() < before / 2
    monkeypatch.undo()
    sweeping.sweep(at=at)
    assert not waiting.exists()


def test_marks_are_forgotten_before_what_was_decided(service: Service, now: datetime) -> None:
    at = attack(service, now)
    service.work(at)
    sweeping.purge(at=at + timedelta(days=6))
    assert Mark.objects.exists()
    sweeping.purge(at=at + timedelta(days=8))
    assert not Mark.objects.exists()
    assert Campaign.objects.get().members.exists()


@pytest.mark.requirement("R22")
@pytest.mark.django_db(transaction=True)
def test_nobody_hides_the_others_behind_a_hundred_attempts_of_their_own(service: Service, now: datetime) -> None:
    """What is looked up is bounded, so one account must not fill it."""
    bots, decoy = [service.account(f"bot{number}", now) for number in range(14)], service.account("decoy", now)
    for turn in range(2):
        for number, bot in enumerate(bots):
            at = now + timedelta(hours=3 * turn, minutes=2 * number)
            service.send(bot, at, "Pottery evening", PITCH.format(salt=at.minute), (f"p{turn}-{number}@mail.example",))
        for number in range(101):
            guest = f"d{turn}-{number}@mail.example"
            service.send(decoy, at + timedelta(seconds=number), "Pottery evening", PITCH.format(salt=number), (guest,))
    late = service.account("late", now)
    seen = service.send(
        late, at + timedelta(minutes=10), "Pottery evening", PITCH.format(salt="q"), ("zoe@mail.example",)
    )
    assert seen.verdict >= Verdict.HOLD
    assert Decision.objects.get(pk=seen.id).facts["crowd"]["accounts"] >= 14


@pytest.mark.requirement("R22")
@pytest.mark.django_db(transaction=True)
def test_who_is_copied_by_a_campaign_is_no_member_of_it(service: Service, now: datetime) -> None:
    """A verdict on the copies must not fall on whoever wrote the text, and has guests who accepted."""
    club = service.account("club", now)
    for number in range(3):
        people.accepted(conf.host.account(club), f"{number:064x}", "key", at=now, counted=True)
    for turn in range(2):
        at = now + timedelta(hours=3 * turn)
        service.send(club, at, "Pottery evening", PITCH.format(salt=turn), (f"friend{turn}@mail.example",))
    service.work(attack(service, now + timedelta(hours=8)))
    assert Campaign.objects.exists()
    assert Member.objects.exists()
    assert not Member.objects.filter(account=conf.host.account(club)).exists()
