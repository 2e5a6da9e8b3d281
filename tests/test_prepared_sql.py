"""Queries written once say what the ORM would say anew, for every value and shape."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts_risk.models import Profile, Sighting
from calguard import at_once
from calguard.models import Decision
from calguard.recording import DECIDED
from calguard.sql import Added, Changed, Prepared, Whole, given, many, several
from outbound.models import Submission
from outbound.submissions import SUBMITTED

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


def test_whole_rows_are_what_the_orm_reads() -> None:
    made(ada=NOON, bob=NOON)
    query = Whole(lambda: Profile.objects.filter(account=given("account", str)))
    (found,) = query.all("default", account="bob")
    expected = Profile.objects.get(account="bob")
    assert found == expected
    assert {name: getattr(found, name) for name in vars(expected) if name != "_state"} == {
        name: value for name, value in vars(expected).items() if name != "_state"
    }
    assert query.first("default", account="cyd") is None
    found.tenant = "clinic"
    found.save()  # it knows where it came from, and that it is there
    assert Profile.objects.get(account="bob").tenant == "clinic"


def test_a_change_says_how_many_it_reached_and_takes_each_kind_of_value() -> None:
    made(ada=NOON, bob=NOON)
    change = Changed(
        lambda: (
            Profile.objects.filter(account=given("account", str), last_login_at=None),
            {
                "last_login_at": given("at", datetime),
                "habits": given("habits", dict),
                "accepted_total": F("accepted_total") + given("more", int),
            },
        )
    )
    habits = {"sends": 3, "hosts": ["it's", "%s"]}
    assert change.run("default", account="ada", at=NOON, habits=habits, more=2) == 1
    assert change.run("default", account="ada", at=NOON, habits={}, more=2) == 0
    assert change.run("default", account="bob", at=None, habits={}, more=0) == 1
    ada, bob = Profile.objects.order_by("account")
    assert (ada.last_login_at, ada.habits, ada.accepted_total) == (NOON, habits, 5)
    assert (bob.last_login_at, bob.habits, bob.accepted_total) == (None, {}, 3)


def test_a_row_is_added_once_and_its_defaults_with_it() -> None:
    add = Added(Profile, ignore=True)
    add.add(Profile(account="ada", first_seen_at=NOON, tenant="clinic"), "default")
    add.add(Profile(account="ada", first_seen_at=NOON, tenant="other"), "default")
    add.add(Profile(account="bob", first_seen_at=NOON, habits={"sends": 1}), "default")
    ada, bob = Profile.objects.order_by("account")
    assert (ada.tenant, ada.habits, bob.habits) == ("clinic", {}, {"sends": 1})


def test_a_row_that_is_there_is_written_over_as_far_as_is_said() -> None:
    add = Added(Sighting, update=["last_seen_at"], unique=["account", "kind", "value"])
    for hours in (0, 1):
        at = NOON + timedelta(hours=hours)
        add.add(Sighting(account="ada", kind="device", value="d", first_seen_at=at, last_seen_at=at), "default")
    (row,) = Sighting.objects.all()
    assert (row.first_seen_at, row.last_seen_at) == (NOON, NOON + timedelta(hours=1))


def test_two_rows_are_written_together(django_assert_num_queries: Any) -> None:
    submission = Submission(id=uuid4(), account="ada", recipients=1, created_at=NOON, due_at=NOON, snapshot=b"it's %s")
    decision = Decision(
        account="ada",
        code="ABCD-EFGH",
        verdict=0,
        enforced=True,
        recipients=1,
        score=1.5,
        created_at=NOON,
        submission=submission,
    )
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 2):
        Added(Submission).add(submission, "default", along=(Added(Decision), decision))
    found = Decision.objects.select_related("submission").get()
    assert (found.pk, found.score, found.signals) == (decision.pk, 1.5, [])
    assert found.submission is not None
    assert bytes(found.submission.snapshot or b"") == b"it's %s"
    assert not decision._state.adding
    again = Decision(account="ada", code="ABCD-EFGH", verdict=0, enforced=True, recipients=1, score=0, created_at=NOON)
    other = Submission(id=uuid4(), account="ada", recipients=1, created_at=NOON, due_at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Added(Submission).add(other, "default", along=(Added(Decision), again))
    assert Submission.objects.count() == 1


def test_an_error_spoils_the_transaction_as_the_orms_does() -> None:
    """Whoever goes on after it is told at once, and not by what is missing later."""
    add = Added(Submission)
    row = Submission(id=uuid4(), account="ada", recipients=1, created_at=NOON, due_at=NOON)
    add.add(row, "default")
    assert not row._state.adding

    def again() -> None:
        with transaction.atomic():
            with suppress(IntegrityError):
                add.add(row, "default")
            assert connection.needs_rollback

    again()
    assert Submission.objects.count() == 1


def test_the_two_rows_of_an_answer_are_few_enough_values() -> None:
    """Of a statement with more than fifty, psycopg looks for the places anew each time, which takes longer than all
    else that it does. What cannot be alike in both rows is sent twice, and is then as it was given."""
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL writes both rows in one statement")
    same = {"account": "ada", "uid": "1@x", "recipients": 1, "created_at": NOON}
    submission = Submission(id=uuid4(), due_at=NOON, **same)
    decision = Decision(code="ABCD-EFGH", verdict=0, enforced=True, score=0, submission=submission, **same)
    with CaptureQueriesContext(connection) as told, connection.execute_wrapper(counting := Counting()):
        SUBMITTED.add(submission, "default", along=(DECIDED, decision))
    assert (len(told), counting.values) == (1, [50])
    found = Decision.objects.get()
    assert (found.account, found.uid, found.recipients, found.created_at) == ("ada", "1@x", 1, NOON)
    assert found.submission_id == submission.pk
    other = Submission(id=uuid4(), due_at=NOON, **same | {"uid": "2@x"})
    another = Decision(code="IJKL-MNOP", verdict=0, enforced=True, score=0, submission=other, **same | {"uid": "3@x"})
    SUBMITTED.add(other, "default", along=(DECIDED, another))
    assert Submission.objects.get(pk=other.pk).uid == "2@x"
    assert Decision.objects.get(pk=another.pk).uid == "3@x"


def test_a_server_that_binds_values_writes_both_rows(transactional_db: None) -> None:
    """It finds their types by the columns, in a SELECT too, and takes one statement a message."""
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL writes both rows in one statement")
    bound = connection.copy("default")
    bound.settings_dict["OPTIONS"] = {**bound.settings_dict["OPTIONS"], "server_side_binding": True}
    before, connections["default"] = connections["default"], bound
    try:
        assert bound.features.uses_server_side_binding
        assert not at_once.can("default", several=False)
        same = {"account": "ada", "recipients": 1, "created_at": NOON}
        submission = Submission(id=uuid4(), due_at=NOON, **same)
        decision = Decision(code="ABCD-EFGH", verdict=0, enforced=True, score=0, submission=submission, **same)
        with CaptureQueriesContext(bound) as told:
            SUBMITTED.add(submission, "default", along=(DECIDED, decision))
        assert ["FROM first" in query["sql"] for query in told] == [True]
        assert Decision.objects.get().submission_id == submission.pk
    finally:
        bound.close()
        connections["default"] = before


class Counting:
    """How many values went with each statement."""

    def __init__(self) -> None:
        self.values: list[int] = []

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.values.append(len(params or ()))
        return execute(sql, params, many, context)


def test_a_row_that_has_what_it_never_has_is_not_written() -> None:
    add = Added(Decision, never=("case_id",))
    with pytest.raises(ValueError, match="case_id"):
        add.add(Decision(code="ABCD-EFGH", verdict=0, enforced=True, score=0, created_at=NOON, case_id=7), "default")
