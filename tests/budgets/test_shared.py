"""Budgets that several share: who counts in them, who never does, and what a sender finds out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from accounts_risk import ledger as people
from calguard import actors, dispatch, feedback, guard, notices
from calguard.campaigns.models import Campaign, Member
from calguard.conf import conf
from calguard.models import Case, Decision, Notice
from outbound import ledger
from outbound.models import Delivery, Hold, Submission
from outbound.types import Demand
from tests.budgets.conftest import freed, sent, strangers, used, waits
from tests.budgets.host import PROVED
from tests.guard.events import invitation
from tests.guard.test_check import send, to_guests
from tests.guard.test_mail_gate import post

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R60")]

Person = Callable[..., Any]
Allow = Callable[..., None]
HOUR = timedelta(hours=1)


@pytest.fixture
def organised(settings: Settings) -> None:
    settings.CALGUARD = settings.CALGUARD | {"HOST": "tests.budgets.host.Organised"}


@pytest.mark.requirement("R16")
class TestNetwork:
    def test_new_accounts_of_one_network_share_what_it_has(self, person: Person, allow: Allow) -> None:
        allow(network="{ hour = 10 }")
        one, other, elsewhere = (person(f"{name}@free.example", days=10) for name in ("ann", "bo", "cy"))
        assert waits(sent(one, *strangers(6))) == []
        decision = sent(other, *strangers(5))
        assert waits(decision) == ["throttle"]
        assert waits(sent(elsewhere, *strangers(5), ip="203.0.113.9")) == []
        assert used("network:") == 11
        assert len(to_guests()) == 11, "none of the five is told, as there is no room for all of them (R54)"
        assert freed(HOUR * 1.1) == 1
        assert len(to_guests()) == 16

    def test_established_accounts_neither_count_nor_wait(self, person: Person, allow: Allow) -> None:
        allow(network="{ hour = 10, day = 10 }")
        new = person("new@free.example", days=10)
        for number in range(5):
            assert waits(sent(person(f"old{number}@free.example"), *strangers(9))) == []
        assert used("network:") == 0
        sent(new, *strangers(10))
        assert waits(sent(person("older@free.example"), *strangers(9))) == []

    def test_guests_whom_the_sender_knows_do_not_count(self, person: Person, allow: Allow) -> None:
        allow(network="{ hour = 3 }")
        user, known = person("ann@free.example", days=10), strangers(8)
        for guest in known:
            feedback.answered(conf.host.account(user), guest, accepted=True)
        sent(person("bo@free.example", days=10), *strangers(3))
        assert waits(sent(user, *known)) == []
        assert used("network:") == 3

    def test_its_owner_is_told_that_it_is_not_about_them(self, person: Person, allow: Allow) -> None:
        allow(network="{ hour = 3 }")
        sent(person("ann@free.example", days=10), *strangers(3))
        decision = sent(person("bo@free.example", days=10), "g@friends.example")
        notice = Notice.objects.get(kind="over_budget")
        assert notice.context["shared"]
        notices.send(notice.pk, at=timezone.now())
        assert "not about what you wrote" in mail.outbox[-1].body
        assert [state.state for state in guard.guest_states(notice.context["reference"])] == ["delayed"]
        assert not Case.objects.filter(decisions=decision.id).exists()


@pytest.mark.usefixtures("organised")
class TestOrganisation:
    def test_all_its_accounts_together(self, person: Person, allow: Allow) -> None:
        allow(tenant="{ hour = 12 }")
        assert waits(sent(person(f"a@{PROVED}"), *strangers(8))) == []
        assert waits(sent(person(f"b@{PROVED}"), *strangers(8))) == ["throttle"]
        assert waits(sent(person("c@other-firm.example"), *strangers(8))) == []
        assert used("tenant:holm-werke") == 8

    def test_new_accounts_of_one_that_proved_no_domain(self, person: Person, allow: Allow) -> None:
        allow(tenant_untrusted="{ day = 10 }")
        assert waits(sent(person("a@club.example", days=10), *strangers(8))) == []
        assert waits(sent(person("b@club.example", days=10), *strangers(8))) == ["throttle"]
        assert waits(sent(person("c@club.example"), *strangers(8))) == [], "the club's old members go on"

    def test_a_firm_that_moves_in_with_all_its_staff_at_once(self, person: Person, allow: Allow) -> None:
        allow(tenant_untrusted="{ day = 10 }")
        for number in range(4):
            assert waits(sent(person(f"s{number}@{PROVED}", days=1.5), *strangers(8))) == []

    def test_colleagues_cost_nothing(self, person: Person) -> None:
        user = person(f"a@{PROVED}")
        sent(user, *(f"colleague{n}@{PROVED}" for n in range(300)), "guest@friends.example")
        assert guard.budget(user).hour.used == used("tenant:") == 1


class TestCampaign:
    def campaign(self, *members: Decision, state: str = "watched") -> Campaign:
        found = Campaign.objects.create(
            reference="C-1", state=state, first_seen=timezone.now(), last_seen=timezone.now()
        )
        for decision in members:
            row = Decision.objects.get(pk=decision.id)
            Member.objects.create(campaign=found, decision=row, account=row.account, at=row.created_at)
        return found

    def accepted(self, user: Any, count: int, monkeypatch: pytest.MonkeyPatch) -> guard.Decision:
        with monkeypatch.context() as patched:
            patched.setattr(dispatch, "send", lambda *_args, **_kwargs: 0)
            return sent(user, *strangers(count))

    @pytest.mark.parametrize(("state", "left"), [("watched", 3), ("held", 3), ("cleared", 4)])
    def test_members_have_one_budget_a_day(
        self, person: Person, state: str, left: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bots = [person(f"bot{n}@free{n}.example", days=10) for n in range(4)]
        decisions = [self.accepted(bot, 19, monkeypatch) for bot in bots]
        self.campaign(*decisions, state=state)
        for decision in decisions:
            dispatch.send(decision.submission, at=timezone.now())
        assert Submission.objects.filter(state="sent").count() == left
        assert set(Hold.objects.values_list("kind", flat=True)) == ({"throttle"} if left < 4 else set())

    def test_an_established_member_counts_and_does_not_wait(
        self, person: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        decision = self.accepted(person("old@free.example"), 70, monkeypatch)
        campaign = self.campaign(decision)
        dispatch.send(decision.submission, at=timezone.now())
        assert waits(decision) == []
        assert used(f"campaign:{campaign.pk}") == 70


class TestVisitors:
    def book(self, owner: Any, *guests: str, visitor: str = "1", ip: str = "198.51.100.7", **more: Any) -> Any:
        who = actors.booked_by(visitor, None)
        return sent(owner, *guests, channel="booking", actor=who, ip=ip, **more)

    def test_bookings_cost_the_owner_of_the_page_nothing(self, person: Person) -> None:
        owner = person()
        for number in range(12):
            self.book(owner, *strangers(2), visitor=str(number), ip=f"198.51.{number}.1")
        assert guard.budget(owner).hour.used == 0
        assert used("bookings:") == 24

    def test_a_page_has_its_own_room(self, person: Person, allow: Allow) -> None:
        allow(bookings="{ hour = 3 }")
        owner = person()
        assert waits(self.book(owner, *strangers(2))) == []
        assert waits(self.book(owner, *strangers(2), visitor="2")) == ["throttle"]
        assert waits(sent(owner, *strangers(30))) == [], "what the owner sends is another matter"

    def test_one_visitor_on_many_pages(self, person: Person, allow: Allow) -> None:
        allow(visitor="{ day = 3 }")
        owners = [person(f"owner{n}@firm{n}.example") for n in range(3)]
        found = [waits(self.book(owner, *strangers(2))) for owner in owners]
        assert found == [[], ["throttle"], ["throttle"]]

    def test_a_visitor_who_forgets_cookies_stays_in_the_network(self, person: Person, allow: Allow) -> None:
        allow(visitors="{ day = 3 }")
        owners = [person(f"owner{n}@firm{n}.example") for n in range(3)]
        found = [waits(self.book(o, *strangers(1), visitor=f"v{n}")) for n, o in enumerate([*owners, owners[0]])]
        assert found == [[], [], [], ["throttle"]]
        assert waits(self.book(owners[1], *strangers(1), visitor="v9", ip="203.0.113.1")) == []


class TestOthersWhoAct:
    def test_a_delegate_has_room_of_their_own_beside_the_accounts(self, person: Person, allow: Allow) -> None:
        allow(delegate="{ hour = 10 }")
        bosses = [person(f"boss{n}@firm.example") for n in range(3)]
        helper = actors.delegate("auth.user:77")
        assert [waits(sent(boss, *strangers(5), actor=helper)) for boss in bosses] == [[], [], ["throttle"]]
        assert guard.budget(bosses[0]).hour.used == 5
        assert waits(sent(bosses[2], *strangers(5))) == []

    def test_a_program_counts_for_new_accounts_only(self, person: Person, allow: Allow) -> None:
        allow(client="{ hour = 5 }")
        token = actors.client("crm")
        assert waits(sent(person("a@free.example"), *strangers(9), actor=token)) == []
        new = person("b@free.example", days=10)
        assert waits(sent(new, *strangers(5), actor=token)) == []
        assert waits(sent(new, *strangers(1), actor=token)) == ["throttle"]


class TestFirstWeeks:
    def test_beyond_all_an_account_may_send_while_it_is_new_a_person_looks(self, person: Person, allow: Allow) -> None:
        allow(lifetime="{ trial = 12 }")
        user = person("slow@free.example", days=10)
        assert waits(sent(user, *strangers(9))) == []
        decision = sent(user, *strangers(4))
        assert waits(decision) == ["review"]
        assert Case.objects.filter(state="open", decisions=decision.id).exists()
        assert guard.budget(user).lifetime.left == 3

    def test_what_it_sent_when_it_was_established_is_not_held_against_it(
        self, person: Person, allow: Allow, settings: Settings
    ) -> None:
        allow(lifetime="{ trial = 12 }")
        user = person()
        sent(user, *strangers(20))
        people.put_on_probation(conf.host.account(user), until=timezone.now() + timedelta(days=9), at=timezone.now())
        assert waits(sent(user, *strangers(9))) == []
        assert used("start:") == 9


@pytest.mark.requirement("R21", "R61")
class TestStrangers:
    @pytest.mark.parametrize(("before", "waiting"), [(75, ["throttle"]), (60, [])])
    def test_who_deletes_an_event_and_writes_it_anew_pays_for_its_guests(
        self, person: Person, before: int, waiting: list[str]
    ) -> None:
        user, guests = person("ann@free.example", days=10), strangers(10)
        earlier = Demand(scope=f"strangers:{conf.host.account(user)}", units=before, limits=())
        ledger.reserve([earlier], "before", at=timezone.now())
        send(user, invitation(organizer=user.email, guests=guests, uid="gone@calendar.example"), reference="gone")
        assert waits(sent(user, *guests)) == waiting
        assert used("strangers:") == before + (0 if waiting else 10)

    def test_a_correction_costs_nothing_more(self, person: Person) -> None:
        user, guests = person("ann@free.example", days=10), strangers(10)
        assert [waits(sent(user, *guests)) for _ in range(3)] == [[], [], []]
        assert used("strangers:") == 10


class TestMailOfTheHost:
    @pytest.mark.requirement("R21")
    def test_it_counts_for_strangers_by_each_mails_own_guests(self, person: Person) -> None:
        user = person("ann@free.example", days=10)
        feedback.answered(conf.host.account(user), "g0@x.example", accepted=True)
        ics = invitation(organizer=user.email, guests=[f"g{n}@x.example" for n in range(4)])
        assert sum(post(f"g{n}@x.example", ics=ics) for n in range(4)) == 4
        assert (used("account:"), used("strangers:")) == (4, 3)

    @pytest.mark.parametrize("rest", [1, 0])
    def test_what_had_to_wait_is_charged_when_it_leaves(self, person: Person, rest: int) -> None:
        """Whether or not another guest's mail of the same event had left before."""
        user, room = person("ann@free.example", days=10), conf.policy.budget("trial").hour
        ics = invitation(organizer=user.email, guests=["g1@x.example", "g2@x.example"])
        before = Demand(scope=f"account:{conf.host.account(user)}", units=room - rest, limits=())
        ledger.reserve([before], "before", at=timezone.now())
        assert [post(f"g{n}@x.example", ics=ics) for n in (1, 2)] == [rest, 0]
        freed(HOUR * 2)
        assert Delivery.objects.filter(state="sent").count() == 2
        assert used("account:") == room - rest + 2
