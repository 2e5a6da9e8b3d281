"""A booking page adds nothing to what an account of no standing may send, and its visitors leave its owner a part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from accounts_risk import ledger as people
from calguard import actors, dispatch, feedback, guard, notices
from calguard.conf import conf
from calguard.models import Notice
from outbound import ledger
from outbound.models import Charge, Delivery
from outbound.types import Demand
from tests.budgets.conftest import freed, sent, strangers, used, waits
from tests.guard.events import invitation
from tests.guard.test_check import to_guests

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R60")]

Person = Callable[..., Any]
Allow = Callable[..., None]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def book(owner: Any, *guests: str, number: int = 0, **more: Any) -> Any:
    """A visitor from a network of their own."""
    who = actors.booked_by(f"visitor {number}", None)
    ip = f"198.{18 + number // 250}.{number % 250}.1"
    return sent(owner, *(guests or strangers(1)), channel="booking", actor=who, ip=ip, **more)


def spend(owner: Any, units: int, *kinds: str) -> None:
    account = conf.host.account(owner)
    demands = [Demand(scope=f"{kind}:{account}", units=units, limits=(), lasting=kind == "start") for kind in kinds]
    ledger.reserve(demands, f"before {kinds} {units}", at=timezone.now())


@pytest.fixture
def organised(settings: Settings) -> None:
    settings.CALGUARD = settings.CALGUARD | {"HOST": "tests.budgets.host.Organised"}


class TestInnocent:
    @pytest.mark.parametrize("days", [0.2, 10])
    def test_a_new_coach_whose_page_is_booked_by_thirty_people_in_a_day(
        self, person: Person, clock: Any, days: float
    ) -> None:
        """Most of them at lunch, after a newsletter: whoever has to wait waits for an hour."""
        coach = person("coach@free.example", days=days)
        clock.move_to("2026-06-15 08:00+02:00")
        for number in range(30):
            book(coach, number=number)
            clock.shift(HOUR / 60)
        assert Delivery.objects.filter(state="sent").count() == (15 if days < 1 else 25)
        freed(HOUR * 1.1)
        assert Delivery.objects.filter(state="sent").count() == 30
        assert guard.can_send(coach).allowed

    def test_their_owner_invites_a_party_after_as_many_bookings_as_there_may_be(
        self, person: Person, clock: Any
    ) -> None:
        owner = person("coach@free.example", days=10)
        spend(owner, 23, "bookings", "reach", "start")
        found = [waits(book(owner, number=number)) for number in range(3)]
        assert found == [[], [], ["throttle"]]
        assert used("bookings:") == conf.policy.budget("trial").hour / 2
        assert waits(sent(owner, *strangers(25))) == []
        assert waits(sent(owner, *strangers(20))) == ["throttle"], "together they are never more than its tier's"

    def test_whoever_accepted_is_no_stranger(self, person: Person) -> None:
        owner, client = person("coach@free.example", days=10), "client@home.example"
        feedback.answered(conf.host.account(owner), client, accepted=True)
        book(owner, client)
        assert (used("bookings:"), used("reach:"), used("start:"), used("network:")) == (1, 0, 0, 0)

    def test_an_established_owners_page_costs_the_owner_nothing(self, person: Person) -> None:
        owner = person()
        spend(owner, 190, "bookings")
        for number in range(3):
            assert waits(book(owner, number=number)) == []
        assert guard.budget(owner).hour.left == conf.policy.budget("established").hour
        assert used("bookings:") == 193
        assert [used(kind) for kind in ("start:", "reach:", "network:", "strangers:")] == [0] * 4


class TestOneNetwork:
    """Who books a competitor's page out leaves room for the others."""

    @pytest.mark.parametrize(("days", "most"), [(400, 134), (10, 17), (0.2, 10)])
    def test_it_gets_two_thirds_of_a_page(self, person: Person, days: float, most: int) -> None:
        owner = person("coach@free.example", days=days)
        visit = partial(sent, owner, channel="booking", ip="198.51.100.7")
        visit(*strangers(1), actor=actors.booked_by("one", None))
        [charge] = Charge.objects.filter(scope__startswith="page:")
        ledger.reserve([Demand(scope=charge.scope, units=most - 1, limits=())], "before", at=timezone.now())
        assert waits(visit(*strangers(1), actor=actors.booked_by("two", None))) == ["throttle"]
        assert waits(book(owner, number=3)) == []


class TestOneGuest:
    """Anybody can type anybody's address."""

    def test_through_one_page_so_often_also_whom_the_owner_knows(self, person: Person, allow: Allow) -> None:
        allow(booked="{ day = 2 }")
        owner, client = person(), "client@home.example"
        feedback.answered(conf.host.account(owner), client, accepted=True)
        for number in range(4):
            book(owner, client, number=number)
        assert Delivery.objects.filter(state="sent").count() == 2
        other = person("carl@clinic.example")
        feedback.answered(conf.host.account(other), client, accepted=True)
        book(other, client, number=9)
        assert Delivery.objects.filter(state="sent").count() == 3

    def test_the_owner_of_the_page_is_told_of_each(self, person: Person, allow: Allow) -> None:
        allow(booked="{ day = 1 }")
        owner = person()
        for number in range(3):
            book(owner, owner.email, *strangers(1), number=number)
        assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}

    def test_a_booking_is_called_off_once_for_nothing(self, person: Person) -> None:
        owner, who = person(), actors.booked_by("visitor", None)
        calendar = {"organizer": owner.email, "guests": ["eve@home.example"], "uid": "b@x", "summary": "Talk"}
        for sequence, method in enumerate(("REQUEST", "CANCEL", "REQUEST", "CANCEL")):
            event = invitation(**calendar, method=method, sequence=sequence)
            with guard.sending(owner, event, channel="booking", actor=who, reference="b") as decision:
                pass
            dispatch.send(decision.submission, at=timezone.now())
        assert used("bookings:") == 3, "the second cancellation costs as an invitation does"


class TestOwner:
    def test_is_told_once_a_day_that_bookings_wait(self, person: Person, allow: Allow, clock: Any) -> None:
        allow(bookings="{ hour = 1 }")
        owner = person()
        for number in range(4):
            book(owner, number=number)
        (notice,) = Notice.objects.all()
        assert (notice.kind, notice.account) == ("bookings_wait", conf.host.account(owner))
        notices.send(notice.pk, at=timezone.now())
        assert "once a day at most" in mail.outbox[-1].body
        clock.shift(DAY)
        book(owner, number=8)
        book(owner, number=9)
        assert Notice.objects.count() == 2

    def test_and_of_what_they_send_themselves_each_time(self, person: Person, allow: Allow) -> None:
        allow(tenant="{ hour = 1 }")
        owner = person("new@free.example", days=10)
        spend(owner, 50, "account")
        for _ in range(2):
            sent(owner, *strangers(1))
        assert list(Notice.objects.values_list("kind", flat=True)) == ["over_budget"] * 2


class TestTotal:
    @pytest.mark.parametrize("order", ["page first", "own first"])
    def test_a_page_is_no_second_budget(self, person: Person, order: str) -> None:
        """Who plays their own visitors reaches no more strangers than without a page, in whatever order they try."""
        owner = person("bot@free.example", days=10)
        spend(owner, 20, "account", "reach")
        spend(owner, 20, "bookings", "reach")
        page = [partial(book, owner, number=number) for number in range(6)]
        own = [partial(sent, owner, *strangers(5)) for _ in range(2)]
        for deed in page + own if order == "page first" else own + page:
            deed()
        assert len(to_guests()) == 10
        assert used("reach:") == conf.policy.budget("trial").hour

    def test_in_its_first_weeks_all_in_all(self, person: Person, allow: Allow) -> None:
        allow(lifetime="{ trial = 12 }")
        owner = person("bot@free.example", days=10)
        found = [waits(book(owner, number=number)) for number in range(7)]
        assert found == [[]] * 6 + [["review"]], "half of it, then a person looks"
        assert waits(sent(owner, *strangers(6))) == []
        assert waits(sent(owner, *strangers(1))) == ["review"]
        assert guard.budget(owner).lifetime.left == 0  # type: ignore[union-attr]

    def test_forty_pages_of_one_network_share_what_it_has(self, person: Person, allow: Allow) -> None:
        allow(network="{ hour = 10 }")
        owners = [person(f"bot{n}@free.example", days=10) for n in range(4)]
        for owner in owners[:2]:
            sent(owner, *strangers(4))
        visitor = {"channel": "booking", "ip": "198.51.100.7"}
        found = [waits(sent(o, *strangers(1), actor=actors.booked_by(o.email, None), **visitor)) for o in owners]
        assert found == [[], [], ["throttle"], ["throttle"]]

    @pytest.mark.usefixtures("organised")
    def test_so_do_the_pages_of_one_organisation_that_proved_nothing(self, person: Person, allow: Allow) -> None:
        allow(tenant_untrusted="{ day = 8 }")
        owners = [person(f"bot{n}@club.example", days=10) for n in range(6)]
        found = [waits(book(owner, number=number)) for number, owner in enumerate(owners)]
        assert found == [[]] * 4 + [["throttle"]] * 2
        assert waits(sent(owners[5], *strangers(4))) == [], "the rest is its members'"
        assert waits(sent(owners[5], *strangers(1))) == ["throttle"]

    def test_who_falls_back_on_probation_shares_from_then_on(self, person: Person) -> None:
        owner = person()
        spend(owner, 40, "bookings")
        people.put_on_probation(conf.host.account(owner), until=timezone.now() + 9 * DAY, at=timezone.now())
        assert waits(book(owner, number=41)) == ["throttle"]
        assert waits(sent(owner, *strangers(20))) == []

    def test_what_is_left_says_what_visitors_used(self, person: Person) -> None:
        owner = person("coach@free.example", days=10)
        spend(owner, 19, "bookings", "reach")
        book(owner)
        hour = guard.budget(owner, guests=31).hour
        assert (hour.used, hour.visited, hour.left) == (0, 20, 30)
        told = guard.budget(owner, guests=31)
        assert not told.fits
        assert told.fits_at is not None
        assert told.fits_at > timezone.now()
        assert hour.as_dict()["visited"] == 20
