"""What a budget's ledger keeps: totals for ever, what was given back, each scope by itself, in a fixed number of
queries."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outbound import ledger
from outbound.models import Budget, Charge
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


def demand(units: int, *limits: Any, scope: str = "account:a", **more: Any) -> ledger.Demand:
    return ledger.Demand(scope=scope, units=units, limits=limits or [(HOUR, 10), (DAY, 20)], **more)


def used(scope: str = "account:a", window: timedelta = WEEK, **later: float) -> int:
    return ledger.usage(scope, [window], at=NOW + timedelta(**later))[window]


def statements(units: int, scopes: int, owner: str, *, limit: int = 10**6) -> list[str]:
    """The queries of one reservation in so many scopes."""
    limits = [(HOUR, limit), (DAY, limit), (None, limit)]
    demands = [demand(units, *limits, scope=f"tenant:{n:03}") for n in range(scopes)]
    with CaptureQueriesContext(
        connection,
    ) as captured:
        ledger.reserve(demands, owner, at=NOW)
    return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]


@pytest.mark.requirement("R60")
def test_the_total_outlives_the_charges() -> None:
    ever = demand(4, (HOUR, 10), (None, 9))
    for number in range(2):
        assert ledger.reserve([ever], f"s:{number}", at=NOW - (300 - number) * DAY) == ledger.Reserved()
    ledger.purge(before=NOW - 30 * DAY)
    assert not Charge.objects.exists()
    assert Budget.objects.get().spent == 8
    assert ledger.reserve([ever], "s:2", at=NOW) == ledger.Short(scope="account:a", available=1, retry_at=None)
    assert ledger.reserve([demand(1, (None, 9))], "s:3", at=NOW) == ledger.Reserved()


def test_totals_are_kept_where_they_are_asked_for() -> None:
    ledger.reserve([demand(4), demand(4, scope="start:a", lasting=True)], "s:1", at=NOW)
    assert dict(Budget.objects.values_list("scope", "spent")) == {"account:a": 0, "start:a": 4}


def test_an_account_that_is_erased_takes_its_total_along_and_not_its_charges() -> None:
    ledger.reserve([demand(4, lasting=True)], "s:1", at=NOW)
    ledger.forget("a", totals=["account:a"])
    assert (Budget.objects.get().spent, used()) == (0, 4)


@pytest.mark.requirement("R60")
def test_what_we_could_not_send_is_given_back_once() -> None:
    ledger.reserve([demand(6, lasting=True)], "s:1", at=NOW)
    for _ in range(3):
        ledger.release([demand(1)], "s:1", "copy-1", at=NOW + HOUR / 2)
    ledger.release([demand(1)], "s:1", "copy-2", at=NOW + HOUR / 2)
    assert used() == 4
    assert Charge.objects.count() == 3, "rows are added, none is changed"


def test_no_more_is_given_back_than_was_taken_and_nothing_of_others() -> None:
    ledger.reserve([demand(2)], "s:1", at=NOW)
    ledger.reserve([demand(5)], "s:10", at=NOW)
    assert ledger.release([demand(9)], "s:1", "x", at=NOW) == 2
    assert ledger.release([demand(9)], "s:1", "y", at=NOW) == 0
    assert ledger.release([demand(1)], "s:never", "z", at=NOW) == 0
    assert used() == 5


def test_what_is_given_back_makes_no_window_larger_than_its_limit() -> None:
    """Ten are charged, five given back twelve hours later: when the charge has rolled off, so has what made up for
    it."""
    limits = [(DAY, 10)]
    ledger.reserve([demand(10, *limits)], "s:1", at=NOW)
    ledger.release([demand(5)], "s:1", "x", at=NOW + DAY / 2)
    assert used(window=DAY, hours=12) == 5
    later = NOW + DAY + HOUR
    assert ledger.usage("account:a", [DAY], at=later) == {DAY: 0}
    assert ledger.reserve([demand(10, *limits)], "s:2", at=later) == ledger.Reserved()
    assert isinstance(ledger.reserve([demand(1, *limits)], "s:3", at=later), ledger.Short)


def test_when_room_returns_counts_what_was_given_back() -> None:
    ledger.reserve([demand(10, (HOUR, 10))], "s:1", at=NOW)
    ledger.reserve([demand(0)], "s:2", at=NOW)
    ledger.release([demand(4)], "s:1", "x", at=NOW)
    ledger.reserve([demand(4, (HOUR, 10))], "s:3", at=NOW + HOUR / 2)
    answer = ledger.reserve([demand(6, (HOUR, 10))], "s:4", at=NOW + HOUR / 2)
    assert answer == ledger.Short(scope="account:a", available=0, retry_at=NOW + HOUR)


def test_each_scope_by_itself() -> None:
    limits = [(DAY, 2)]
    for number in range(2):
        ledger.reserve([demand(1, scope="guest:b")], f"s:{number}", at=NOW + number * HOUR)
    both = [demand(1, *limits, scope=f"guest:{name}") for name in "abc"]
    assert ledger.reserve_each(both, "s:9", at=NOW + HOUR) == {"guest:b": NOW + DAY}
    assert ledger.reserve_each(both, "s:9", at=NOW + HOUR) == {"guest:b": NOW + DAY}, "and nobody is charged twice"
    assert [used(f"guest:{name}", hours=2) for name in "abc"] == [1, 2, 1]
    assert ledger.reserve_each(both, "s:9", at=NOW + DAY) == {}


def test_what_would_be_answered_is_told_without_a_charge() -> None:
    assert ledger.outlook(demand(10), at=NOW) is None
    ledger.reserve([demand(8)], "s:1", at=NOW)
    short = ledger.outlook(demand(5), at=NOW)
    assert short == ledger.Short(scope="account:a", available=2, retry_at=NOW + HOUR)
    assert used() == 8


def test_what_is_spent_says_from_when_to_when() -> None:
    for minutes in (0, 50):
        ledger.reserve([demand(3, lasting=True)], f"s:{minutes}", at=NOW + timedelta(minutes=minutes))
    at = NOW + timedelta(minutes=70)
    spent = ledger.spending("account:a", [HOUR, DAY], at=at)
    late = NOW + timedelta(minutes=50)
    assert spent[HOUR] == ledger.Spent(units=3, first=late, last=late)
    assert spent[DAY] == ledger.Spent(units=6, first=NOW, last=late)
    assert spent[None] == ledger.Spent(units=6)


def test_a_reservation_is_six_queries_whatever_is_in_the_ledger() -> None:
    first = len(statements(1, 1, "s:1"))
    assert first == 6
    for number in range(60):
        ledger.reserve([demand(1, (DAY, 10**6), scope="tenant:000")], f"t:{number}", at=NOW)
    assert len(statements(1, 1, "s:2")) == len(statements(7, 40, "s:3")) == first


def test_a_refusal_is_five_queries_however_many_scopes_are_short() -> None:
    for number in range(30):
        ledger.reserve([demand(1, (DAY, 10**6), scope=f"tenant:{number:03}")], "t", at=NOW)
    assert len(statements(1, 1, "s:1", limit=1)) == len(statements(1, 30, "s:2", limit=1)) == 5
