"""Who sends: trust earned slowly, guests who vouch, crowds made at once, strangers day after day, and thieves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.test import RequestFactory
from django.utils import timezone

from accounts_risk import ledger as people
from accounts_risk.models import Profile
from calguard import client, enforcement, feedback, guard, keyed
from calguard.campaigns.models import Campaign, Member
from calguard.conf import conf
from calguard.guard import Verdict
from calguard.models import Decision
from tests.guard.events import LURE, invitation
from tests.guard.test_actions import order_for
from tests.guard.test_challenge import solved
from tests.guard.test_check import send, to_guests

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)
NAMES = ("ada", "ben", "cleo", "dora", "emil", "fynn", "gina", "hugo", "ida", "jan")
Person = Callable[..., Any]
Work = Callable[[], None]


def facts(part: str) -> dict[str, Any]:
    """What the judge knew at the last attempt."""
    found: dict[str, Any] = Decision.objects.latest("created_at").facts[part]
    return found


def account(user: Any) -> str:
    return conf.host.account(user)


def request(ip: str, device: str = "", user: Any = None) -> Any:
    made = RequestFactory().post("/", REMOTE_ADDR=ip, headers={"user-agent": "Mozilla/5.0", "accept-language": "de"})
    made.user = user
    if device:
        made.COOKIES[client.COOKIE] = keyed.sign("device", {"n": device})
    return made


def guests(*, start: int, count: int) -> list[str]:
    return [f"guest{n}@firm{n}.example" for n in range(start, start + count)]


def to_strangers(user: Any, *, start: int, count: int) -> Any:
    content = invitation(
        organizer=user.email, guests=guests(start=start, count=count), uid=f"u{start}@x", summary=f"Appointment {start}"
    )
    return send(user, content)


@pytest.mark.requirement("R21")
class TestLowAndSlow:
    def test_days_of_small_invitations_to_strangers_wait_and_then_are_looked_at(
        self, person: Person, work: Work, clock: time_machine.Traveller
    ) -> None:
        user = person("drip@free.example", days=5)
        verdicts = []
        for day in range(8):
            verdicts.append(to_strangers(user, start=1000 * day, count=45).verdict)
            work()
            clock.shift(DAY)
        assert max(verdicts[:4]) <= Verdict.OBSERVE
        assert verdicts[4:] == [Verdict.THROTTLE] * 2 + [Verdict.HOLD] * 2
        assert len(to_guests()) <= 200, "what was throttled waits for room in its week, and not for half an hour"

    def test_a_hairdresser_has_new_clients_every_day(self, person: Person, clock: time_machine.Traveller) -> None:
        user = person("anna@salon.example", days=5)
        for client_number in range(60):
            assert to_strangers(user, start=client_number, count=1).verdict is Verdict.ALLOW
            clock.shift(DAY / 8)

    def test_a_correction_goes_to_the_same_people(self, person: Person, clock: time_machine.Traveller) -> None:
        user = person("club@free.example", days=5)
        for hour in range(1, 7):
            content = invitation(
                organizer=user.email, guests=guests(start=0, count=15), sequence=hour, summary=f"Meeting at {hour}"
            )
            assert send(user, content).verdict is Verdict.ALLOW
            clock.shift(timedelta(hours=7))
        assert [row.strangers for row in Decision.objects.order_by("created_at")] == [15, 0, 0, 0, 0, 0]

    def test_guests_who_accepted_are_no_strangers(self, person: Person) -> None:
        user = person("club@free.example", days=5)
        for guest in guests(start=0, count=10):
            feedback.answered(account(user), guest, accepted=True)
        to_strangers(user, start=0, count=12)
        assert Decision.objects.get().strangers == 2


@pytest.mark.requirement("R23")
class TestMadeTogether:
    def crowd(self, count: int, *, ip: str = "203.0.113.5") -> list[Any]:
        users = []
        for n in range(count):
            user = get_user_model().objects.create_user(username=f"c{n}", email=f"c{n}@gmail.com")
            feedback.signed_up(user, request(ip))
            users.append(user)
        return users

    def test_a_farm_is_asked_before_it_writes_to_people_outside(self, person: Person) -> None:
        user = self.crowd(12)[-1]
        assert send(user, invitation(organizer=user.email)).verdict is Verdict.CHALLENGE
        assert Decision.objects.get().tier == "new"

    def test_a_conference_is_a_question_at_most_and_nobody_is_held(self) -> None:
        for user in self.crowd(40)[::8]:
            verdict = send(user, invitation(organizer=user.email, uid=f"{user.pk}@x")).verdict
            assert verdict is Verdict.CHALLENGE

    def test_a_family_is_welcome(self) -> None:
        for user in self.crowd(3):
            assert send(user, invitation(organizer=user.email, uid=f"{user.pk}@x")).verdict is Verdict.ALLOW

    def test_once_independent_guests_have_accepted_it_is_over(self, person: Person) -> None:
        user = self.crowd(12)[-1]
        for n in range(2):
            guest = person(f"old{n}@gmail.com", days=300)
            feedback.answered(account(user), guest.email, accepted=True)
        assert send(user, invitation(organizer=user.email)).verdict <= Verdict.OBSERVE

    @pytest.mark.requirement("R55")
    def test_who_has_answered_once_is_not_asked_again(self, clock: time_machine.Traveller) -> None:
        user, other = self.crowd(12)[-2:]
        lunch = invitation(organizer=user.email)
        asked = send(user, lunch, request=request("203.0.113.5"))
        assert asked.verdict is Verdict.CHALLENGE
        answer = solved(asked.challenge)
        assert guard.check(user, lunch, request=request("203.0.113.5"), token=answer).may_send
        for days in (1, 20):
            clock.shift(timedelta(days=days))
            dinner = invitation(organizer=user.email, uid=f"{days}@x", summary=f"Dinner {days}")
            assert send(user, dinner, request=request("203.0.113.5")).verdict <= Verdict.OBSERVE
        clock.shift(timedelta(days=-20))
        assert send(other, invitation(organizer=other.email, uid="o@x")).verdict is Verdict.CHALLENGE

    def test_addresses_of_one_odd_domain_and_one_device(self) -> None:
        for n in range(6):
            user = get_user_model().objects.create_user(username=f"c{n}", email=f"c{n}@catch-all.example")
            feedback.signed_up(user, request(f"198.51.{n}.5", device="farm"))
        send(user, invitation(organizer=user.email))
        found = facts("account")
        assert (found["signups_same_device"], found["signups_same_domain_day"]) == (5, 5)
        assert found["signups_same_prefix_hour"] == 0

    def test_freemail_is_everybodys(self) -> None:
        self.crowd(6)
        assert set(Profile.objects.values_list("signup_domain", flat=True)) == {""}


@pytest.mark.requirement("R24")
class TestTrust:
    def test_narrowing_is_immediate_and_the_way_back_takes_a_clean_stretch(
        self, person: Person, clock: time_machine.Traveller
    ) -> None:
        user = person(days=400)
        send(user, invitation(uid="1@x"))
        enforcement.registry()["restrict"].carry_out(order_for(user))
        clock.shift(timedelta(hours=25))
        enforcement.lapse(timezone.now())
        send(user, invitation(uid="2@x"))
        clock.shift(13 * DAY)
        send(user, invitation(uid="3@x"))
        clock.shift(DAY)
        send(user, invitation(uid="4@x"))
        mine = Decision.objects.filter(uid__in=[f"{n}@x" for n in range(1, 5)]).order_by("created_at")
        assert list(mine.values_list("tier", flat=True)) == ["established", "trial", "trial", "established"]
        assert facts("account")["earned_at_hours"] < 24, "and it has only just been reached again"

    def test_what_is_overturned_leaves_no_trace(self, person: Person) -> None:
        user = person(days=400)
        order = order_for(user)
        enforcement.registry()["restrict"].carry_out(order)
        enforcement.lapse(timezone.now() + timedelta(hours=25))
        enforcement.lift(order.owner)
        send(user, invitation(uid="2@x"))
        assert Decision.objects.get(uid="2@x").tier == "established"

    def test_paying_widens_nothing(self, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        user = person(days=3)
        send(user, invitation(uid="1@x"))
        monkeypatch.setattr("calguard.host.Facts.paid", True)
        send(user, invitation(uid="2@x"))
        assert set(Decision.objects.values_list("tier", flat=True)) == {"trial"}


@pytest.mark.requirement("R84")
class TestGuestsWhoVouch:
    def signed_up(self, user: Any, ip: str, device: str = "", *, days: int = 100) -> Any:
        feedback.signed_up(user, request(ip, device), at=timezone.now() - days * DAY)
        return user

    def related(self, user: Any, *addresses: str) -> int:
        send(user, invitation(organizer=user.email, guests=list(addresses), uid=f"{timezone.now()}@x"))
        return int(facts("audience")["related"])

    def vouched(self, user: Any) -> int:
        return int(facts("account")["accepted_invitations"]) if self.related(user, "x@y.example") >= 0 else 0

    def test_an_independent_account_vouches_for_the_pair_and_for_the_sender(self, person: Person) -> None:
        ann = self.signed_up(person("ann@gmail.com"), "192.0.2.1", "one")
        bob = self.signed_up(person("bob@gmail.com"), "198.51.100.1", "two")
        cleo = self.signed_up(person("cleo@gmail.com"), "203.0.113.1", "three")
        for _ in range(3):
            feedback.answered(account(ann), bob.email, accepted=True)
        assert self.related(ann, "bob@gmail.com", "cleo@gmail.com") == 1
        assert self.vouched(ann) == 1
        assert self.related(cleo, "bob@gmail.com") == 0, "of that pair only"
        feedback.junk(account(ann), bob.email)
        assert (self.related(ann, "bob@gmail.com"), self.vouched(ann)) == (0, 0)

    @pytest.mark.parametrize(
        ("ip", "device", "days"),
        [("192.0.2.77", "two", 100), ("198.51.100.1", "one", 100), ("198.51.100.1", "two", 20)],
        ids=["one network", "one device", "itself untrusted"],
    )
    def test_accounts_that_accept_each_other_earn_nothing(
        self, person: Person, ip: str, device: str, days: int
    ) -> None:
        ann = self.signed_up(person("ann@gmail.com"), "192.0.2.1", "one")
        bob = self.signed_up(person("bob@gmail.com", days=days), ip, device, days=days)
        for one, other in ((ann, bob), (bob, ann)):
            feedback.contact_added(account(one), other.email)
            feedback.answered(account(one), other.email, accepted=True)
        assert self.related(ann, "bob@gmail.com") == 0
        assert self.vouched(ann) == 0

    @pytest.mark.parametrize(("state", "worth"), [("watched", 0), ("held", 0), ("cleared", 1)])
    def test_members_of_one_campaign_do_not_vouch_for_each_other(self, person: Person, state: str, worth: int) -> None:
        """Unless a person found nothing wrong with it; and for others they do."""
        ann = self.signed_up(person("ann@gmail.com"), "192.0.2.1", "one")
        bob = self.signed_up(person("bob@gmail.com"), "198.51.100.1", "two")
        cleo = self.signed_up(person("cleo@gmail.com"), "203.0.113.1", "three")
        now = timezone.now()
        campaign = Campaign.objects.create(reference="C-1", state=state, first_seen=now, last_seen=now)
        for user in (ann, bob):
            send(user, invitation(organizer=user.email, uid=f"{user.pk}@x"))
            Member.objects.create(
                campaign=campaign, decision=Decision.objects.latest("created_at"), account=account(user), at=now
            )
        feedback.answered(account(ann), bob.email, accepted=True)
        feedback.answered(account(cleo), bob.email, accepted=True)
        assert (self.vouched(ann), self.related(ann, bob.email)) == (worth, worth)
        assert (self.vouched(cleo), self.related(cleo, bob.email)) == (1, 1)

    def apart(self, person: Person, count: int) -> list[Any]:
        """Aged accounts that nothing connects: networks, devices and days of their own."""
        return [
            self.signed_up(person(f"p{n}@gmail.com"), f"192.0.{n}.1", f"device {n}", days=60 + 3 * n)
            for n in range(count)
        ]

    @pytest.mark.parametrize("by_rounds", [False, True])
    def test_a_ring_of_aged_accounts_vouches_for_few_of_its_members(self, person: Person, by_rounds: bool) -> None:
        """Eleven that accept each other, in whatever order, would otherwise all have earned what ten guests earn."""
        ring = self.apart(person, 11)
        pairs = [(one, (one + step) % 11) for one in range(11) for step in range(1, 11)]
        for one, other in sorted(pairs, key=lambda pair: (pair[1] - pair[0]) % 11) if by_rounds else pairs:
            feedback.answered(account(ring[one]), ring[other].email, accepted=True)
        earned = sorted(self.vouched(one) for one in ring)
        assert (earned[-2], earned[-1]) == ((1, 1) if by_rounds else (1, 10))
        assert self.related(ring[1], ring[2].email, ring[3].email) == 2, "the pairs know each other all the same"

    def test_helpers_who_accept_all_of_a_farm_vouch_for_its_first(self, person: Person) -> None:
        first, second, third, *helpers = self.apart(person, 9)
        for sender in (first, second, third):
            for helper in helpers:
                feedback.answered(account(sender), helper.email, accepted=True)
        assert [self.vouched(sender) for sender in (first, second, third)] == [6, 1, 1]

    def test_who_changes_addresses_vouches_once(self, person: Person) -> None:
        ann, bob = self.apart(person, 2)
        for n in range(4):
            bob.email = f"bob@domain{n}.example"
            bob.save()
            feedback.answered(account(ann), bob.email, accepted=True)
        assert self.vouched(ann) == 1

    def test_a_new_key_makes_nobody_vouch_again(self, person: Person, settings: Any) -> None:
        ann, bob, cleo = self.apart(person, 3)
        feedback.answered(account(bob), cleo.email, accepted=True)
        feedback.answered(account(ann), bob.email, accepted=True)
        settings.CALGUARD = settings.CALGUARD | {"KEYS": {"newer": "x" * 40, **conf.keys}}
        feedback.answered(account(ann), bob.email, accepted=True)
        feedback.answered(account(ann), cleo.email, accepted=True)
        assert self.vouched(ann) == 1

    def test_guests_of_several_circles_vouch_once_for_each(self, person: Person) -> None:
        """A seller whose customers invite their own friends, and each other's, where they know each other."""
        seller, *others = self.apart(person, 9)
        customers, friends = others[:4], others[4:]
        for customer, friend in zip(customers, friends, strict=False):
            feedback.answered(account(customer), friend.email, accepted=True)
            feedback.answered(account(friend), customer.email, accepted=True)
        feedback.answered(account(friends[0]), customers[3].email, accepted=True)  # two of them know one person
        for customer in customers:
            feedback.answered(account(seller), customer.email, accepted=True)
        assert self.vouched(seller) == 3
        assert self.related(seller, *(customer.email for customer in customers)) == 4

    def test_what_is_asked_of_a_guest_does_not_grow_with_whom_they_know(
        self, person: Person, django_assert_max_num_queries: Any
    ) -> None:
        seller, guest, *others = self.apart(person, 8)
        feedback.answered(account(seller), others[0].email, accepted=True)
        for other in others[1:]:
            feedback.answered(account(other), guest.email, accepted=True)
        with django_assert_max_num_queries(24) as asked:
            feedback.answered(account(seller), guest.email, accepted=True)
        assert sum("voice" in query["sql"] and query["sql"].startswith("SELECT") for query in asked) <= 6

    def test_mailboxes_vouch_for_their_pair_and_organisations_only_together(self, person: Person) -> None:
        ann = person("ann@gmail.com")
        for n in range(30):
            feedback.answered(account(ann), f"me{n}@gmail.com", accepted=True)
            feedback.answered(account(ann), f"me{n}@one-domain.example", accepted=True)
        assert self.related(ann, "me1@gmail.com", "me2@one-domain.example", "else@gmail.com") == 2
        assert self.vouched(ann) == 0
        for n in range(9):
            feedback.answered(account(ann), f"someone@firm{n}.example", accepted=True)
        assert self.vouched(ann) == 10

    def test_after_half_a_year_it_is_forgotten(self, person: Person, clock: time_machine.Traveller) -> None:
        ann = person("ann@gmail.com")
        feedback.answered(account(ann), "ben@home.example", accepted=True)
        assert self.related(ann, "ben@home.example") == 1
        clock.shift(190 * DAY)
        assert self.related(ann, "ben@home.example") == 0


class TestRates:
    def test_bounces_need_a_volume_and_each_address_counts_once(self, person: Person) -> None:
        user = person()
        people.note_seen(account(user), at=timezone.now())
        for _ in range(9):
            feedback.bounced(account(user), "typo@home.example")
        send(user, invitation(uid="1@x"))
        assert facts("behaviour")["bounce_rate"] is None
        people.note_answers(account(user), at=timezone.now(), sent=100)
        send(user, invitation(uid="2@x"))
        assert facts("behaviour")["bounce_rate"] == 0.01
        for n in range(11):
            feedback.bounced(account(user), f"made-up{n}@home.example")
        send(user, invitation(uid="3@x"))
        assert facts("behaviour")["bounce_rate"] == 0.12
        assert "many" in {signal["code"] for signal in Decision.objects.latest("created_at").signals}

    def test_what_leaves_is_counted(self, person: Person, work: Work) -> None:
        user = person()
        people.note_seen(account(user), at=timezone.now())
        for n in range(3):
            send(user, invitation(uid=f"{n}@x", guests=guests(start=0, count=20), summary=f"Talk {n}"))
            work()
        send(user, invitation(uid="last@x"))
        assert facts("behaviour")["bounce_rate"] == 0.0

    def test_acceptance_is_known_from_ten_answers_on(self, person: Person) -> None:
        user = person()
        for n in range(12):
            feedback.answered(account(user), f"g{n}@home.example", accepted=n % 3 == 0)
        send(user, invitation())
        assert facts("behaviour")["acceptance_rate"] == pytest.approx(1 / 3)

    def test_one_guest_makes_nobody_unwelcome(self, person: Person) -> None:
        user = person()
        for n in range(10):
            feedback.answered(account(user), f"g{n}@home.example", accepted=True)
        for _ in range(300):
            feedback.answered(account(user), "enemy@elsewhere.example", accepted=False)
        send(user, invitation())
        assert facts("behaviour")["acceptance_rate"] == pytest.approx(10 / 11)


@pytest.mark.requirement("R57")
class TestThief:
    @pytest.fixture
    def owner(self, person: Person, work: Work, clock: time_machine.Traveller) -> Any:
        """Writes in German to two firms, from one laptop, for three weeks."""
        user = person("ada@clinic.example")
        for kind, value in (("device", "laptop"), ("prefix", "192.0.2.0/24")):
            people.sighted(account(user), kind, keyed.pseudonym(kind, value)[0], at=timezone.now() - 60 * DAY)
        for n in range(20):
            clock.shift(DAY)
            content = invitation(
                uid=f"{n}@x",
                guests=["ben@home.example", "eva@firma.example"],
                summary=f"Besprechung {n}",
                description="Wir gehen die Zahlen durch und sehen uns die Plaene fuer den Sommer an",
            )
            assert send(user, content, request=request("192.0.2.9", "laptop")).verdict is Verdict.ALLOW
            work()
        return user

    def strange(self, **changes: Any) -> bytes:
        given = {
            "uid": "new@x",
            "guests": guests(start=0, count=6),
            "summary": "Meeting",
            "description": "Please see the agenda for the meeting and let us know at https://agenda.example/today",
        }
        return invitation(**{**given, **changes})

    def test_unlike_the_owner_in_everything_is_asked_and_no_more(self, owner: Any) -> None:
        decision = send(owner, self.strange(), request=request("198.51.100.7", "burner"))
        assert decision.verdict is Verdict.CHALLENGE
        assert set(facts("behaviour")["breaks"]) == {"language", "hosts", "guests"}

    @pytest.mark.requirement("R21")
    def test_no_proof_buys_more_strangers_than_a_trial_has(self, owner: Any) -> None:
        """Whoever pays for challenges to be solved still waits; nothing of theirs is held."""
        feedback.credential_changed(owner)
        found = []
        for n in range(3):
            content = self.strange(uid=f"s{n}@x", guests=guests(start=100 * n, count=35), summary=f"Meeting {n}")
            found.append(send(owner, content, request=request("198.51.100.7", f"burner{n}")).verdict)
        assert found == [Verdict.CHALLENGE, Verdict.CHALLENGE, Verdict.THROTTLE]

    def test_the_owner_with_everything_new_writes_to_known_people(self, owner: Any) -> None:
        """A new telephone, a journey, a new password, and whom they always write to: asked once at most."""
        feedback.credential_changed(owner)
        known = [f"{name}.{family}@home.example" for name in NAMES for family in NAMES]
        for guest in known:
            feedback.answered(account(owner), guest, accepted=True)
        content = invitation(uid="new@x", guests=known, summary="Besprechung am Telefon")
        decision = send(owner, content, request=request("198.51.100.7", "telephone"))
        assert decision.verdict is Verdict.CHALLENGE
        assert {signal["code"] for signal in Decision.objects.latest("created_at").signals} == {"signs"}

    def test_with_a_lure_it_is_held_and_the_owner_told(self, owner: Any) -> None:
        feedback.credential_changed(owner)
        lure = self.strange(summary=LURE, description="")
        assert send(owner, lure, request=request("198.51.100.7", "burner")).verdict >= Verdict.HOLD
        assert "alert" in Decision.objects.latest("created_at").actions

    def test_the_owner_on_a_journey_with_a_new_telephone_is_left_alone(self, owner: Any) -> None:
        content = invitation(uid="new@x", guests=["ben@home.example"], summary="Besprechung am Telefon")
        assert send(owner, content, request=request("198.51.100.7", "telephone")).verdict <= Verdict.OBSERVE

    def test_on_the_laptop_everything_may_be_different(self, owner: Any) -> None:
        assert send(owner, self.strange(), request=request("192.0.2.9", "laptop")).verdict is Verdict.ALLOW

    def test_silence_is_known(self, owner: Any, clock: time_machine.Traveller) -> None:
        clock.shift(90 * DAY)
        for n in range(15):
            to_strangers(owner, start=n, count=1)
            clock.shift(60)
        assert 89 < facts("behaviour")["dormant_days"] < 92
        assert "after_silence" in {signal["code"] for signal in Decision.objects.latest("created_at").signals}


def test_an_account_that_was_watched_and_never_sent_was_asleep(person: Person, clock: time_machine.Traveller) -> None:
    user = person()
    clock.shift(100 * DAY)
    send(user, invitation(uid="1@x"))
    assert facts("behaviour")["dormant_days"] == pytest.approx(100)
    send(user, invitation(uid="2@x", summary="Another"))
    assert facts("behaviour")["dormant_days"] is None
