"""Which accounts were made together, whether two are independent, what was answered, and what stays on record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts_risk import ledger
from tests.accounts_risk.test_ledger import ANN, BOB, DAY, HOUR, known, restrict
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


def signed_up(account: str, at: Any = NOW, **origin: Any) -> None:
    ledger.note_signup(account, **{"prefix": "", "device": "", "at": at, **origin})


@pytest.mark.requirement("R23")
class TestMadeTogether:
    def test_by_device_domain_and_autonomous_system(self) -> None:
        signed_up(ANN, device="d", domain="odd", asn=64500)
        for i, at in enumerate((NOW - 20 * DAY, NOW - 2 * HOUR, NOW)):
            signed_up(f"shop.user:9{i}", at=at, device="d", domain="odd", asn=64500)
        facts = known()
        assert facts.signups_same_device == 3
        assert facts.signups_same_domain_day == 2
        assert facts.signups_same_asn_hour == 1
        assert facts.signups_same_prefix_hour == 0

    def test_what_is_not_known_is_shared_with_nobody(self) -> None:
        for account in (ANN, BOB):
            signed_up(account)
        facts = known()
        assert (facts.signups_same_device, facts.signups_same_domain_day, facts.signups_same_asn_hour) == (0, 0, 0)

    @pytest.mark.requirement("R16")
    def test_a_shared_network_has_newcomers_every_hour(self) -> None:
        """Ten sign-ups within the hour are what the provider and its one exit have all week."""
        origin = {"asn": 64500, "prefix": "exit"}
        for i in range(450):
            signed_up(f"shop.user:1{i:03}", at=NOW - 2 * HOUR - timedelta(minutes=22 * i), **origin)
        for i in range(10):
            signed_up(f"shop.user:2{i:03}", **origin)
        signed_up(ANN, **origin)
        assert (known().signups_same_asn_hour, known().signups_same_prefix_hour) == (0, 0)
        for i in range(40):
            signed_up(f"shop.user:3{i:03}", **origin)
        assert known().signups_same_asn_hour == known().signups_same_prefix_hour > 10

    def test_a_crowd_of_any_size_is_counted_to_fifty(self, django_assert_num_queries: Any) -> None:
        for i in range(70):
            signed_up(f"shop.user:1{i:03}", prefix="p")
        signed_up(ANN, prefix="p")
        with django_assert_num_queries(3):
            assert known().signups_same_prefix_hour == 50

    def test_who_is_long_here_is_of_no_crowd(self) -> None:
        for account in (ANN, BOB):
            signed_up(account, prefix="p", device="d")
        assert known(at=NOW + 29 * DAY).signups_same_device == 1
        assert known(at=NOW + 31 * DAY).signups_same_device == 0


@pytest.mark.requirement("R84")
class TestIndependence:
    def test_two_people_with_nothing_in_common(self, django_assert_num_queries: Any) -> None:
        signed_up(ANN, prefix="p", device="d", asn=64500, domain="x")
        signed_up(BOB, at=NOW - 3 * DAY, prefix="q", device="e", asn=64500, domain="y")
        with django_assert_num_queries(2):
            assert ledger.independent(ANN, BOB)
        assert ledger.independent(BOB, ANN)

    @pytest.mark.parametrize("shared", [{"prefix": "p"}, {"device": "d"}, {"domain": "x"}, {"tenant": "t"}])
    def test_whoever_was_made_alike_is_not(self, shared: dict[str, Any]) -> None:
        signed_up(ANN, **shared)
        signed_up(BOB, at=NOW - 90 * DAY, **shared)
        assert not ledger.independent(ANN, BOB)

    @pytest.mark.parametrize(("apart", "independent"), [(HOUR, False), (3 * DAY, True)])
    def test_made_at_once_in_one_autonomous_system(self, apart: timedelta, independent: bool) -> None:
        signed_up(ANN, asn=64500)
        signed_up(BOB, at=NOW - apart, asn=64500)
        assert ledger.independent(ANN, BOB) is independent

    def test_one_device_in_both_is_one_person(self) -> None:
        signed_up(ANN)
        signed_up(BOB, at=NOW - 90 * DAY)
        assert ledger.independent(ANN, BOB)
        for account in (ANN, BOB):
            ledger.note_login(account, device="laptop", prefix="", at=NOW)
        assert not ledger.independent(ANN, BOB)

    def test_oneself_and_the_unknown_are_not(self) -> None:
        signed_up(ANN)
        assert not ledger.independent(ANN, ANN)
        assert not ledger.independent(ANN, BOB)


class TestAnswers:
    def test_five_weeks_count(self, django_assert_num_queries: Any) -> None:
        ledger.note_seen(ANN, at=NOW)
        for weeks in range(8):
            ledger.note_answers(ANN, at=NOW - 7 * DAY * weeks, sent=10, bounced=1, accepted=2, declined=3)
        ledger.note_answers(BOB, at=NOW, sent=99)
        with django_assert_num_queries(3):
            facts = known()
        assert facts.answers == ledger.Answers(sent=50, bounced=5, accepted=10, declined=15)

    def test_one_guest_refuses_once_in_five_weeks_and_not_after_an_acceptance(self) -> None:
        said = [ledger.declined(ANN, "g1", "k", at=NOW + timedelta(days=day)) for day in range(0, 71, 7)]
        assert [number for number, counts in enumerate(said) if counts] == [0, 5, 10]
        assert ledger.declined(ANN, "g2", "k", at=NOW)
        assert ledger.declined(BOB, "g1", "k", at=NOW)
        ledger.accepted(ANN, "g2", "k", at=NOW + DAY)
        assert not ledger.declined(ANN, "g2", "k", at=NOW + 90 * DAY)
        assert ledger.related(ANN, ["g1", "g2"], at=NOW + 90 * DAY) == {"g2"}  # who refuses is no acquaintance

    def test_they_are_forgotten_on_the_clock(self) -> None:
        ledger.note_answers(ANN, at=NOW - 400 * DAY, sent=1)
        ledger.note_answers(ANN, at=NOW, sent=1)
        assert ledger.purge(before=NOW - 365 * DAY) == 1


class TestHabits:
    def learn(self, times: int = 1, **given: Any) -> None:
        for _ in range(times):
            ledger.note_habits(ANN, **{"hour": 9, "language": "de", "hosts": ["h"], "circles": ["c"], **given})

    def test_they_are_counted(self) -> None:
        ledger.note_seen(ANN, at=NOW)
        self.learn(3)
        self.learn(hour=10, language="", hosts=["i"], circles=[])
        habits = known().habits
        assert (habits.sends, habits.hours[9], habits.hours[10], habits.languages) == (4, 3, 1, {"de": 3})
        assert (habits.hosts, habits.circles) == (("h", "i"), ("c",))

    def test_they_stay_small_whatever_is_sent(self) -> None:
        ledger.note_seen(ANN, at=NOW)
        for i in range(60):
            self.learn(hosts=[f"h{i}", f"g{i}"], circles=[f"c{i}"], language=f"l{i}", hour=i % 24)
        habits = known().habits
        assert len(habits.hosts) == len(habits.circles) == 24
        assert habits.circles[-1] == "c59"
        assert len(habits.languages) == 4

    def test_old_ones_fade(self) -> None:
        habits = ledger.Habits()
        for _ in range(399):
            habits = habits.after(hour=1, language="de", hosts=(), circles=())
        habits = habits.after(hour=2, language="en", hosts=(), circles=())
        assert (habits.sends, habits.hours[1], habits.hours[2], habits.languages) == (200, 200, 1, {"de": 200, "en": 1})

    def test_who_is_not_known_has_none(self) -> None:
        self.learn()
        assert known().habits == ledger.Habits()

    @pytest.mark.parametrize("stored", [{}, {"hours": [1]}, {"sends": 3}])
    def test_damaged_ones_are_unknown(self, stored: dict[str, Any]) -> None:
        assert ledger.Habits.read(stored).hours == (0,) * 24


@pytest.mark.requirement("R24")
class TestRecord:
    def lapse(self, owner: str = "decision:1", at: Any = NOW + 2 * DAY) -> None:
        with ledger.ran_out(owner, at=at):
            ledger.lift(owner, at=at)

    def test_a_restriction_that_ran_out_stays_on_record(self) -> None:
        restrict()
        assert known().restricted_until is None
        assert ledger.lapsed(at=NOW + 2 * DAY) == ("decision:1",)
        self.lapse()
        assert ledger.lapsed(at=NOW + 3 * DAY) == ()
        facts = known(at=NOW + 3 * DAY)
        assert (facts.restrictions, facts.restricted_until) == ((), NOW + DAY)
        assert ledger.active(ANN, at=NOW + 3 * DAY) == ()
        assert known(at=NOW + 200 * DAY).restricted_until is None

    def test_one_that_is_overturned_does_not(self) -> None:
        restrict()
        ledger.lift("decision:1", at=NOW)
        assert known(at=NOW + DAY).restricted_until is None

    def test_nor_one_that_is_overturned_later(self) -> None:
        restrict()
        self.lapse()
        ledger.lift("decision:1", at=NOW + 3 * DAY)
        assert known(at=NOW + 3 * DAY).restricted_until is None

    def test_who_is_free_again_is_said_although_it_is_on_record(self) -> None:
        restrict(owner="decision:1")
        self.lapse()
        restrict(owner="decision:2", at=NOW + 3 * DAY, expires_at=NOW + 4 * DAY)
        assert ledger.lift("decision:2") == (ANN,)
