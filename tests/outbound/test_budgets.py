"""Budgets hold exactly, also when many workers reserve at once."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from outbound import ledger
from outbound.models import Budget, Charge
from tests.conftest import NOW
from tests.outbound.events import at_once

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def demand(units: int, limit: int = 10, *, scope: str = "account:shop.user:1", day: int = 1000) -> ledger.Demand:
    return ledger.Demand(scope=scope, units=units, limits=[(HOUR, limit), (DAY, day)])


@pytest.mark.django_db
def test_there_is_room() -> None:
    assert ledger.reserve([demand(10)], "s:1", at=NOW) == ledger.Reserved()
    assert ledger.usage("account:shop.user:1", [HOUR, DAY], at=NOW) == {HOUR: 10, DAY: 10}


@pytest.mark.django_db
@pytest.mark.parametrize("nothing", [[], [demand(0)]])
def test_nothing_wanted_is_nothing_charged(nothing: list[ledger.Demand]) -> None:
    assert ledger.reserve(nothing, "s:1", at=NOW) == ledger.Reserved()
    assert not Charge.objects.exists()


@pytest.mark.django_db
def test_the_same_owner_is_charged_once() -> None:
    for _ in range(3):
        assert ledger.reserve([demand(7)], "s:1", at=NOW) == ledger.Reserved()
    assert ledger.usage("account:shop.user:1", [HOUR], at=NOW) == {HOUR: 7}
    assert isinstance(ledger.reserve([demand(7)], "s:2", at=NOW), ledger.Short)


@pytest.mark.django_db
def test_a_repeat_is_reserved_even_when_the_budget_is_gone_by_now() -> None:
    ledger.reserve([demand(7)], "s:1", at=NOW)
    ledger.reserve([demand(3)], "s:2", at=NOW)
    assert ledger.reserve([demand(7)], "s:1", at=NOW) == ledger.Reserved()


@pytest.mark.django_db
@pytest.mark.requirement("R54")
def test_all_scopes_or_none() -> None:
    ledger.reserve([demand(8, scope="tenant:t")], "s:0", at=NOW)
    answer = ledger.reserve([demand(5), demand(5, scope="tenant:t")], "s:1", at=NOW)
    assert answer == ledger.Short(scope="tenant:t", available=2, retry_at=NOW + HOUR)
    assert ledger.usage("account:shop.user:1", [HOUR], at=NOW) == {HOUR: 0}


@pytest.mark.django_db
def test_retry_at_is_when_enough_has_rolled_off_and_not_before() -> None:
    for minute, units in ((0, 4), (10, 3), (20, 3)):
        assert ledger.reserve([demand(units)], f"s:{minute}", at=NOW + timedelta(minutes=minute)) == ledger.Reserved()
    at = NOW + timedelta(minutes=30)
    answer = ledger.reserve([demand(6)], "s:late", at=at)
    assert answer == ledger.Short(scope="account:shop.user:1", available=0, retry_at=NOW + timedelta(minutes=70))
    assert isinstance(ledger.reserve([demand(6)], "s:late", at=NOW + timedelta(minutes=69)), ledger.Short)
    assert ledger.reserve([demand(6)], "s:late", at=NOW + timedelta(minutes=70)) == ledger.Reserved()


@pytest.mark.django_db
def test_the_longest_wait_of_several_windows_is_told() -> None:
    ledger.reserve([demand(9, day=9)], "s:1", at=NOW)
    answer = ledger.reserve([demand(5, day=9)], "s:2", at=NOW)
    assert answer == ledger.Short(scope="account:shop.user:1", available=0, retry_at=NOW + DAY)


@pytest.mark.django_db
def test_what_never_fits_has_no_time_to_retry() -> None:
    answer = ledger.reserve([demand(11), demand(5, scope="tenant:t")], "s:1", at=NOW)
    assert answer == ledger.Short(scope="account:shop.user:1", available=10, retry_at=None)


@pytest.mark.django_db
def test_one_scope_asked_for_twice_is_one_demand() -> None:
    assert isinstance(ledger.reserve([demand(6), demand(6)], "s:1", at=NOW), ledger.Short)
    assert ledger.reserve([demand(5), demand(5)], "s:1", at=NOW) == ledger.Reserved()


@pytest.mark.django_db
def test_a_charge_by_a_fast_clock_counts_already() -> None:
    ledger.reserve([demand(10)], "s:1", at=NOW + timedelta(seconds=5))
    assert isinstance(ledger.reserve([demand(1)], "s:2", at=NOW), ledger.Short)


@pytest.mark.django_db
def test_a_negative_demand_is_an_error() -> None:
    with pytest.raises(ValueError, match="-5"):
        ledger.reserve([demand(-5)], "s:1", at=NOW)


@pytest.mark.django_db
@pytest.mark.requirement("R60")
def test_purge_forgets_only_what_no_window_reaches() -> None:
    ledger.reserve([demand(4)], "s:1", at=NOW - timedelta(days=40))
    ledger.reserve([demand(3)], "s:2", at=NOW)
    ledger.reserve([demand(1, scope="old")], "s:3", at=NOW - timedelta(days=40))
    assert ledger.purge(before=NOW - timedelta(days=30)) == 3
    assert ledger.usage("account:shop.user:1", [timedelta(days=365)], at=NOW) == {timedelta(days=365): 3}
    assert list(Budget.objects.values_list("scope", flat=True)) == ["account:shop.user:1"]


@pytest.mark.django_db
def test_a_scope_longer_than_the_column_is_its_own_scope() -> None:
    one, other = "x" * 300 + "1", "x" * 300 + "2"
    ledger.reserve([demand(10, scope=one)], "s:1", at=NOW)
    assert isinstance(ledger.reserve([demand(1, scope=one)], "s:2", at=NOW), ledger.Short)
    assert ledger.reserve([demand(1, scope=other)], "s:2", at=NOW) == ledger.Reserved()
    assert ledger.usage(one, [HOUR], at=NOW) == {HOUR: 10}


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("R61")
def test_of_many_workers_at_once_exactly_the_budget_passes() -> None:
    """Eight workers, 40 reservations of 3 units in two scopes each, room for 50: exactly 16 pass."""

    def worker(number: int) -> list[bool]:
        answers = []
        for i in range(5):
            both = [demand(3, 50), demand(3, 1000, scope="tenant:t")]
            ordered = both if number % 2 else both[::-1]  # in whichever order the caller names them
            answers.append(ledger.reserve(ordered, f"s:{number}/{i}", at=NOW) == ledger.Reserved())
        return answers

    answers = at_once([partial(worker, number) for number in range(8)])
    assert sum(sum(part) for part in answers) == 16
    assert ledger.usage("account:shop.user:1", [HOUR], at=NOW) == {HOUR: 48}
    assert ledger.usage("tenant:t", [HOUR], at=NOW) == {HOUR: 48}


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("R61")
def test_one_owner_in_many_workers_at_once_is_charged_once() -> None:
    answers = at_once([partial(ledger.reserve, [demand(7)], "s:1", at=NOW)] * 8)
    assert answers == [ledger.Reserved()] * 8
    assert ledger.usage("account:shop.user:1", [HOUR], at=NOW) == {HOUR: 7}
