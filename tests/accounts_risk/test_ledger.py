"""What is known of accounts, and who outranks whom."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from accounts_risk import ledger
from accounts_risk.models import Profile, Relation, Sighting, Tally
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

ANN, BOB = "shop.user:1", "shop.user:2"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def known(account: str = ANN, *, device: str = "", prefix: str = "", at: datetime = NOW) -> ledger.Known:
    return ledger.known(account, device=device, prefix=prefix, at=at)


def restrict(account: str = ANN, owner: str = "decision:1", *, by_human: bool = False, **changes: Any) -> bool:
    given = {"kind": "sending", "reason": "abuse", "at": NOW, "expires_at": NOW + DAY} | changes
    return ledger.restrict(account, owner=owner, by_human=by_human, **given)


class TestProfile:
    def test_a_first_sight_makes_it_and_a_second_costs_one_query(self, django_assert_num_queries: Any) -> None:
        facts = {"tenant": "t", "created_at": NOW - DAY, "credential_changed_at": NOW - DAY}
        ledger.note_seen(ANN, at=NOW, **facts)
        with django_assert_num_queries(1):
            profile = ledger.note_seen(ANN, at=NOW + HOUR, **facts)
        assert (profile.first_seen_at, profile.tenant, profile.created_at) == (NOW, "t", NOW - DAY)

    def test_what_the_host_does_not_say_changes_nothing(self) -> None:
        ledger.note_seen(ANN, at=NOW, tenant="t", created_at=NOW - DAY, credential_changed_at=NOW)
        profile = ledger.note_seen(ANN, at=NOW)
        assert (profile.tenant, profile.created_at, profile.credential_changed_at) == ("t", NOW - DAY, NOW)

    def test_what_changed_is_stored(self) -> None:
        ledger.note_seen(ANN, at=NOW, tenant="t")
        ledger.note_seen(ANN, at=NOW, tenant="u", created_at=NOW - DAY, credential_changed_at=NOW)
        stored = Profile.objects.get(account=ANN)
        assert (stored.tenant, stored.created_at, stored.credential_changed_at) == ("u", NOW - DAY, NOW)

    def test_late_and_repeated_reports_never_turn_time_back(self) -> None:
        for at in (NOW, NOW - HOUR, NOW):
            ledger.note_login(ANN, device="d", prefix="p", at=at)
            ledger.note_credential_change(ANN, at=at)
            ledger.put_on_probation(ANN, until=at + DAY, at=at)
        ledger.note_seen(ANN, at=NOW, credential_changed_at=NOW - DAY)
        facts = known()
        stored = Profile.objects.get(account=ANN)
        assert (stored.last_login_at, facts.credential_changed_at) == (NOW, NOW)
        assert facts.probation_until == NOW + DAY

    def test_a_signup_after_a_first_sight_fills_in_what_was_missing(self) -> None:
        ledger.note_seen(ANN, at=NOW)
        ledger.note_signup(ANN, prefix="p", device="d", at=NOW)
        ledger.note_signup(ANN, prefix="q", device="e", at=NOW + DAY)
        stored = Profile.objects.get(account=ANN)
        assert (stored.created_at, stored.signup_prefix, stored.signup_device) == (NOW, "p", "d")

    def test_nothing_is_not_seen(self) -> None:
        ledger.sighted(ANN, "device", "", at=NOW)
        ledger.note_login(ANN, device="", prefix="", at=NOW)
        assert not Sighting.objects.exists()


class TestKnown:
    @pytest.mark.parametrize("history", [0, 40])
    def test_three_queries_whatever_the_history(self, history: int, django_assert_num_queries: Any) -> None:
        for i in range(history):
            ledger.note_login(ANN, device=f"d{i}", prefix=f"p{i}", at=NOW - DAY * i)
            ledger.strike(ANN, f"case:{i}", at=NOW, expires_at=NOW + DAY)
            restrict(owner=f"decision:{i}")
            ledger.accepted(ANN, f"h{i}", "k1", at=NOW, counted=True)
        with django_assert_num_queries(3):
            facts = known(device="d0", prefix="p0")
        assert (facts.strikes, len(facts.restrictions), facts.accepted_total) == (history, history, history)

    def test_a_stranger_is_unknown_not_new(self) -> None:
        assert known(device="d", prefix="p") == ledger.Known(account=ANN)

    def test_a_device_long_in_use_is_known(self) -> None:
        ledger.note_login(ANN, device="d", prefix="p", at=NOW - 40 * DAY)
        facts = known(device="d", prefix="p")
        assert (facts.known_device, facts.known_prefix) == (True, True)

    def test_a_stranger_among_known_devices_is_new_also_right_after_it_signed_in(self) -> None:
        ledger.note_login(ANN, device="d", prefix="p", at=NOW - 40 * DAY)
        ledger.note_login(ANN, device="thief", prefix="p", at=NOW - HOUR)
        facts = known(device="thief", prefix="elsewhere")
        assert (facts.known_device, facts.known_prefix) == (False, False)
        assert known(device="thief", at=NOW + 4 * DAY).known_device is True

    @pytest.mark.parametrize("days", [0, 29])
    def test_with_less_than_thirty_days_of_history_nothing_is_new(self, days: int) -> None:
        ledger.note_login(ANN, device="d", prefix="p", at=NOW - days * DAY)
        facts = known(device="new", prefix="new")
        assert (facts.known_device, facts.known_prefix) == (None, None)

    def test_history_of_networks_says_nothing_of_devices(self) -> None:
        ledger.sighted(ANN, "prefix", "p", at=NOW - 40 * DAY)
        ledger.note_seen(ANN, at=NOW - 40 * DAY)
        facts = known(device="first-ever", prefix="new")
        assert (facts.known_device, facts.known_prefix) == (None, False)

    def test_a_request_that_shows_no_device_says_nothing(self) -> None:
        ledger.note_login(ANN, device="d", prefix="p", at=NOW - 40 * DAY)
        facts = known()
        assert (facts.known_device, facts.known_prefix) == (None, None)

    def test_another_accounts_device_is_not_known(self) -> None:
        ledger.note_login(ANN, device="d", prefix="p", at=NOW - 40 * DAY)
        ledger.note_login(BOB, device="e", prefix="q", at=NOW - 40 * DAY)
        assert known(device="e").known_device is False

    @pytest.mark.requirement("R23")
    def test_other_signups_from_the_same_network_within_an_hour(self) -> None:
        for i, minutes in enumerate((-90, -59, 0, 30, 61)):
            ledger.note_signup(f"shop.user:9{i}", prefix="p", device="", at=NOW + timedelta(minutes=minutes))
        ledger.note_signup(ANN, prefix="p", device="", at=NOW)
        ledger.note_signup(BOB, prefix="q", device="", at=NOW)
        assert known().signups_same_prefix_hour == 3
        assert known(BOB).signups_same_prefix_hour == 0

    def test_accounts_of_unknown_origin_are_no_crowd(self) -> None:
        for account in (ANN, BOB):
            ledger.note_seen(account, at=NOW)
        assert known().signups_same_prefix_hour == 0

    def test_strikes_decay_and_are_undone_by_owner(self) -> None:
        assert ledger.strike(ANN, "case:1", at=NOW, expires_at=NOW + DAY)
        assert not ledger.strike(ANN, "case:1", at=NOW, expires_at=NOW + DAY)
        ledger.strike(ANN, "case:2", at=NOW, expires_at=NOW + 9 * DAY)
        ledger.strike(BOB, "case:1", at=NOW, expires_at=NOW + DAY)
        assert known().strikes == 2
        assert known(at=NOW + DAY).strikes == 1
        assert ledger.unstrike("case:2") == 1
        assert known().strikes == 1


class TestRestrictions:
    def test_an_account_without_any_is_free(self) -> None:
        restrict(BOB)
        assert ledger.active(ANN, at=NOW) == ()

    def test_one_owner_restricts_once_and_a_repeat_does_not_prolong_it(self) -> None:
        assert restrict()
        assert restrict(expires_at=NOW + 9 * DAY)
        (standing,) = ledger.active(ANN, at=NOW)
        assert standing == ledger.Restricted(
            kind="sending", owner="decision:1", by_human=False, reason="abuse", expires_at=NOW + DAY
        )
        assert ledger.active(ANN, at=NOW + DAY) == ()

    @pytest.mark.requirement("R64")
    def test_a_permanent_one_needs_a_person(self) -> None:
        with pytest.raises(ValueError, match="person"):
            restrict(expires_at=None)
        assert restrict(by_human=True, kind="suspension", expires_at=None)
        assert ledger.active(ANN, at=NOW + 9999 * DAY)[0].kind == "suspension"

    def test_undo_by_owner_leaves_other_owners_rows(self) -> None:
        restrict()
        restrict(owner="case:2", by_human=True)
        restrict(BOB)
        assert ledger.lift("decision:1") == (BOB,)
        assert [r.owner for r in ledger.active(ANN, at=NOW)] == ["case:2"]
        assert ledger.lift("decision:1") == ()
        assert ledger.lift("case:2") == (ANN,)

    def test_what_has_expired_does_not_keep_an_account_when_the_time_is_given(self) -> None:
        restrict(expires_at=NOW + HOUR)
        restrict(owner="decision:2")
        assert ledger.lift("decision:2", at=NOW + 2 * HOUR) == (ANN,)

    def test_a_person_lifts_all_and_a_machine_only_machines(self) -> None:
        restrict()
        restrict(kind="suspension")
        restrict(owner="case:1", by_human=True)
        restrict(BOB)
        assert ledger.lift_account(ANN, kinds=["suspension"], by_human=False) == 1
        assert ledger.lift_account(ANN, by_human=False) == 1
        assert ledger.lift_account(ANN, by_human=False) == 0
        assert ledger.lift_account(ANN, by_human=True) == 1
        assert len(ledger.active(BOB, at=NOW)) == 1

    def test_a_machines_restriction_is_refused_after_a_persons_clearance(self) -> None:
        ledger.clear(ANN, "case:1", at=NOW, until=NOW + 7 * DAY)
        assert not restrict(at=NOW + HOUR)
        assert not restrict(at=NOW - HOUR)  # a late task of an earlier decision
        assert ledger.active(ANN, at=NOW) == ()
        assert restrict(BOB)
        assert known().cleared_until == NOW + 7 * DAY

    def test_a_clearance_ends_and_can_be_taken_back(self) -> None:
        ledger.clear(ANN, "case:1", at=NOW, until=NOW + DAY)
        assert restrict(at=NOW + DAY, expires_at=NOW + 3 * DAY)
        ledger.clear(BOB, "case:2", at=NOW, until=NOW + DAY)
        assert ledger.unclear("case:2") == 1
        assert restrict(BOB)

    def test_a_persons_restriction_stands_beside_a_persons_clearance(self) -> None:
        ledger.clear(ANN, "case:1", at=NOW, until=NOW + DAY)
        assert restrict(owner="case:2", by_human=True)
        assert [r.owner for r in ledger.active(ANN, at=NOW)] == ["case:2"]

    def test_a_machines_restriction_that_slipped_in_beside_a_clearance_does_not_stand(self) -> None:
        restrict()
        ledger.clear(ANN, "case:1", at=NOW, until=NOW + DAY)
        assert ledger.active(ANN, at=NOW) == known().restrictions == ()

    def test_a_clearance_may_be_moved_by_its_owner(self) -> None:
        ledger.clear(ANN, "case:1", at=NOW, until=NOW + DAY)
        ledger.clear(ANN, "case:1", at=NOW, until=NOW + 2 * DAY)
        assert known().cleared_until == NOW + 2 * DAY


@pytest.mark.requirement("R84")
class TestRelations:
    def test_who_accepted_is_related_to_that_account_only(self, django_assert_num_queries: Any) -> None:
        ledger.accepted(ANN, "h1", "k1", at=NOW)
        ledger.accepted(ANN, "h1", "k1", at=NOW)
        with django_assert_num_queries(1):
            assert ledger.related(ANN, ["h1", "h2"], at=NOW) == {"h1"}
        assert ledger.related(BOB, ["h1"], at=NOW) == frozenset()

    def test_one_guest_speaks_for_the_account_once(self) -> None:
        for _ in range(3):
            ledger.accepted(ANN, "h1", "k1", at=NOW, counted=True)
            ledger.accepted(ANN, "h2", "k1", at=NOW)  # not independent, or by mail
        assert known().accepted_total == 1
        for _ in range(2):
            ledger.junked(ANN, "h1", "k1", at=NOW)
        assert known().accepted_total == 0

    def test_an_organisation_speaks_for_the_account_once(self) -> None:
        for guest, domain in (("h1", "d1"), ("h2", "d1"), ("h1", "d1"), ("h3", "d2"), ("h4", "")):
            ledger.accepted(ANN, guest, "k1", at=NOW, domain=domain)
        assert (known().accepted_domains, known().accepted_total) == (2, 0)
        ledger.junked(ANN, "h1", "k1", at=NOW)
        assert known().accepted_domains == 2  # h2 is of the same
        ledger.junked(ANN, "h2", "k1", at=NOW)
        assert known().accepted_domains == 1

    def test_people_of_one_organisation_are_one_source_of_a_welcome(self, django_assert_num_queries: Any) -> None:
        for guest, domain in (("h1", "d1"), ("h2", "d1"), ("h3", "d2"), ("h4", ""), ("h5", "")):
            ledger.accepted(ANN, guest, "k1", at=NOW, domain=domain)
        ledger.added(BOB, "h1", "k1", at=NOW)
        ledger.declined(BOB, "h2", "k1", at=NOW)
        ledger.accepted(BOB, "h3", "k1", at=NOW - 6 * DAY)
        with django_assert_num_queries(1):
            found = ledger.welcomed([ANN, BOB], since=NOW - 5 * DAY)
        assert found == ledger.Welcome(guests=6, sources=5)
        ledger.junked(ANN, "h4", "k1", at=NOW)
        assert ledger.welcomed([ANN], since=NOW - 5 * DAY) == ledger.Welcome(guests=4, sources=3)

    def test_after_half_a_year_two_people_are_strangers_again(self) -> None:
        ledger.accepted(ANN, "h1", "k1", at=NOW)
        ledger.added(ANN, "h2", "k1", at=NOW)
        assert ledger.related(ANN, ["h1", "h2"], at=NOW + 180 * DAY) == {"h1", "h2"}
        assert ledger.related(ANN, ["h1", "h2"], at=NOW + 184 * DAY) == frozenset()
        ledger.accepted(ANN, "h1", "k1", at=NOW + 100 * DAY)
        assert ledger.related(ANN, ["h1", "h2"], at=NOW + 184 * DAY) == {"h1"}

    def test_a_junk_report_takes_an_account_out_of_the_contacts(self) -> None:
        ledger.added(ANN, "h1", "k1", at=NOW)
        ledger.junked(ANN, "h1", "k1", at=NOW)
        assert ledger.related(ANN, ["h1"], at=NOW) == frozenset()

    def test_a_junk_report_ends_it_and_it_may_be_earned_anew(self) -> None:
        for _ in range(5):
            ledger.accepted(ANN, "h1", "k1", at=NOW)
        ledger.junked(ANN, "h1", "k1", at=NOW)
        assert ledger.related(ANN, ["h1"], at=NOW) == frozenset()
        ledger.accepted(ANN, "h1", "k1", at=NOW)
        assert ledger.related(ANN, ["h1"], at=NOW) == {"h1"}
        assert Relation.objects.get().junked == 1

    def test_a_junk_report_of_a_stranger_is_no_relation(self) -> None:
        ledger.junked(ANN, "h1", "k1", at=NOW)
        assert ledger.related(ANN, ["h1"], at=NOW) == frozenset()

    def test_nobody_asks_for_more_than_five_hundred(self) -> None:
        assert ledger.related(ANN, [f"h{i}" for i in range(500)], at=NOW) == frozenset()
        with pytest.raises(ValueError, match="501"):
            ledger.related(ANN, [f"h{i}" for i in range(501)], at=NOW)


def test_purge_forgets_what_is_over_and_keeps_the_rest() -> None:
    for at, name in ((NOW - 400 * DAY, "old"), (NOW, "new")):
        ledger.note_login(ANN, device=name, prefix="", at=at)
        ledger.accepted(ANN, name, "k1", at=at)
        ledger.strike(ANN, name, at=at, expires_at=at + DAY)
        ledger.clear(BOB, name, at=at, until=at + DAY)
        restrict(owner=name, at=at, expires_at=at + DAY)
    restrict(owner="case:1", by_human=True, expires_at=None, at=NOW - 400 * DAY)
    assert ledger.purge(before=NOW - 365 * DAY) == 5
    assert ledger.purge(before=NOW - 365 * DAY) == 0
    assert [r.owner for r in ledger.active(ANN, at=NOW)] == ["case:1", "new"]
    assert ledger.related(ANN, ["old", "new"], at=NOW) == {"new"}


@pytest.mark.requirement("R94")
def test_an_account_can_be_forgotten() -> None:
    for account in (ANN, BOB):
        ledger.note_login(account, device="d", prefix="p", at=NOW)
        ledger.accepted(account, "h", "k1", at=NOW)
        restrict(account)
    assert ledger.forget(ANN) == 5
    assert known() == ledger.Known(account=ANN)
    assert ledger.related(BOB, ["h"], at=NOW) == {"h"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("act", "count"),
    [
        (lambda: ledger.accepted(ANN, "h1", "k1", at=NOW), lambda: Relation.objects.get().accepted),
        (lambda: ledger.note_answers(ANN, at=NOW, sent=1), lambda: Tally.objects.get().sent),
    ],
)
def test_counters_lose_nothing_when_many_count_at_once(act: Callable[[], None], count: Callable[[], int]) -> None:
    at_once(act)
    assert count() == 8


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "act",
    [
        restrict,
        lambda: ledger.note_seen(ANN, at=NOW, tenant="t"),
        lambda: ledger.note_login(ANN, device="d", prefix="p", at=NOW),
        lambda: ledger.strike(ANN, "case:1", at=NOW, expires_at=NOW + DAY),
        lambda: ledger.clear(ANN, "case:1", at=NOW, until=NOW + DAY),
    ],
)
def test_one_event_reported_by_many_at_once_is_one_row(act: Callable[[], object]) -> None:
    at_once(act)
    assert Profile.objects.count() == 1
    facts = known()
    assert facts.strikes <= 1
    assert len(facts.restrictions) <= 1


def at_once(act: Callable[[], object], workers: int = 8) -> None:
    start = Barrier(workers)

    def run(_: int) -> None:
        try:
            start.wait(timeout=20)
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, range(workers)))
