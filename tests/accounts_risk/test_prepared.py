"""Queries written once say what the ORM would say anew, for every value and shape."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts_risk.models import Profile
from accounts_risk.prepared import Prepared, given, many, several

NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def made(**moments: datetime) -> None:
    for account, first in moments.items():
        Profile.objects.create(account=account, first_seen_at=first, created_at=first, accepted_total=len(account))


def test_what_is_asked_changes_and_the_query_is_written_once() -> None:
    made(ada=NOON, bob=NOON + timedelta(hours=1))
    written = []

    def build() -> Any:
        written.append(1)
        rows = Profile.objects.filter(account=given("account", str)).order_by("account")
        return rows.values_list("account", "first_seen_at", "accepted_total", "credential_changed_at")

    query = Prepared(build)
    assert query.rows("default", account="ada") == [("ada", NOON, 3, None)]
    assert query.rows("default", account="bob") == [("bob", NOON + timedelta(hours=1), 3, None)]
    assert query.rows("default", account="'; DROP TABLE accounts_risk_profile; --") == []
    assert written == [1]


def test_a_moment_may_be_named_by_what_lies_between() -> None:
    made(early=NOON - timedelta(hours=2), late=NOON)
    at = given("at", datetime)
    query = Prepared(
        lambda: (
            Profile.objects.filter(first_seen_at__gt=at - timedelta(hours=1), first_seen_at__lt=at + timedelta(hours=1))
            .order_by("account")
            .values_list("account")
        )
    )
    assert query.rows("default", at=NOON) == [("late",)]
    assert query.rows("default", at=NOON - timedelta(hours=2)) == [("early",)]
    assert query.rows("default", at=NOON - timedelta(minutes=90)) == [("early",)]


def test_a_shape_is_a_query_of_its_own() -> None:
    made(ada=NOON, bob=NOON)
    query = Prepared(
        lambda backwards: Profile.objects.order_by("-account" if backwards else "account").values_list("account")
    )
    assert query.rows("default", False) == [("ada",), ("bob",)]
    assert query.rows("default", True) == [("bob",), ("ada",)]
    assert query.rows("default", False) == [("ada",), ("bob",)]


@pytest.mark.parametrize(("names", "size"), [([], 0), (["ada"], 1), (["ada", "bob"], 2), (["ada", "bob", "cyd"], 4)])
def test_several_values_fill_up_to_a_power_of_two(names: list[str], size: int) -> None:
    made(ada=NOON, bob=NOON, cyd=NOON, dan=NOON)
    asked = many("name", names)
    assert len(asked) == size
    if not names:
        return
    query = Prepared(
        lambda size: (
            Profile.objects.filter(account__in=several("name", str, size)).order_by("account").values_list("account")
        )
    )
    assert [name for (name,) in query.rows("default", size, **asked)] == names


def test_days_are_told_as_days() -> None:
    made(ada=NOON)
    query = Prepared(lambda: Profile.objects.filter(first_seen_at__date=given("day", date)).values_list("account"))
    assert query.rows("default", day=date(2026, 6, 15)) == [("ada",)]
    assert query.rows("default", day=date(2026, 6, 16)) == []


def test_a_connection_that_was_closed_is_opened_again(transactional_db: None) -> None:
    """Nothing of the connection on which the query was written is kept with it."""
    made(ada=NOON)
    query = Prepared(lambda: Profile.objects.filter(account=given("account", str)).values_list("first_seen_at"))
    assert query.rows("default", account="ada") == [(NOON,)]
    connection.close()
    assert query.rows("default", account="ada") == [(NOON,)]
