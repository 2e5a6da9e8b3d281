"""The figures of a transparency report, counted from what really happened in the period and nothing else."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calguard import cases, review, transparency
from calguard.engine.types import Verdict
from calguard.models import Appeal, Decision, Enforcement
from calguard.order import Order
from calguard.statements import ledger
from calguard.statements.models import Statement
from tests.review.factories import account_of, decision, make_user

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


@pytest.fixture
def reviewer() -> Any:
    return make_user("rita", "view_case", "decide_case", "suspend_case")


def held(name: str, at: datetime, **fields: Any) -> Decision:
    row = decision(account_of(make_user(name)), at=at, **fields)
    cases.open_for(row, at=at)
    row.refresh_from_db()
    return row


def decide(row: Decision, reviewer: Any, outcome: str, label: str, at: datetime) -> None:
    case = row.case
    assert case is not None
    case.refresh_from_db()
    review.claim(case.pk, reviewer, at=at)
    case.refresh_from_db()
    review.decide(case.pk, reviewer, version=case.version, outcome=outcome, reason="looked at", label=label, at=at)


def test_a_period_is_counted_and_its_neighbours_are_not(reviewer: Any, now: datetime) -> None:
    held("too_early", now - 40 * DAY)
    spam, wedding = held("spammer", now - 9 * DAY, recipients=12), held("bride", now - 8 * DAY, recipients=140)
    decision(account_of(make_user("ada")), at=now - 7 * DAY, verdict=Verdict.ALLOW, held=False, recipients=3)
    decide(spam, reviewer, "suspend", "spam", now - 9 * DAY + timedelta(hours=2))
    Appeal.objects.create(
        decision=wedding, account=wedding.account, text="It is our wedding.", created_at=now - 8 * DAY
    )
    decide(wedding, reviewer, "release", "innocent", now - 8 * DAY + timedelta(hours=4))
    Enforcement.objects.filter(action="suspend").update(state="done", done_at=now - 9 * DAY + timedelta(hours=2))

    found = transparency.figures(now - 30 * DAY, now)

    assert found["automated"]["attempts"] == 3
    assert found["automated"]["guests"] == 155
    assert found["automated"]["accounts_affected"] == 2
    assert found["automated"]["measures"] == {"CHALLENGE": 0, "THROTTLE": 0, "HOLD": 2, "DENY": 0}
    assert found["automated"]["grounds"] == {"content_looks_like_scam": 2}
    assert found["accounts"]["suspend"] == {"by_machine": 0, "by_people": 1}
    assert found["people"] == {
        "opened": 2,
        "closed": 2,
        "waiting_at_end": 1,
        "outcomes": {"suspend": 1, "release": 1},
        "labels": {"spam": 1, "innocent": 1},
        "hours_to_decide": 3.0,
    }
    assert found["appeals"] == {
        "received": 1,
        "decided": 1,
        "upheld": 0,
        "overturned": 1,
        "waiting_at_end": 0,
        "late": 0,
        "hours_to_decide": 4.0,
    }
    assert found["accuracy"]["HOLD"] == {"decided": 2, "released": 1}


@pytest.mark.requirement("R91")
def test_statements_are_counted_with_their_grounds_and_the_share_of_the_machine(now: datetime) -> None:
    def issue(days: int, measure: Statement.Measure, **given: Any) -> Statement:
        at = now - days * DAY
        order = Order(owner=f"case:{days}", account="shop.user:1", at=at, using="default", **given)
        return ledger.issue(order, measure)

    issue(40, Statement.Measure.SUSPENDED)
    issue(9, Statement.Measure.RESTRICTED)
    taken_back = issue(8, Statement.Measure.SUSPENDED, by_human=True)
    Statement.objects.filter(pk=taken_back.pk).update(overturned_at=now)
    late = Appeal.objects.create(
        statement=taken_back, account="shop.user:1", text="?", created_at=now - 8 * DAY, due_at=now - DAY
    )
    found = transparency.figures(now - 30 * DAY, now)
    assert found["statements"] == {
        "issued": 2,
        "measures": {"restricted": 1, "suspended": 1},
        "grounds": {"terms_of_service": 2},
        "sources": {"own": 2},
        "found_automatically": 0.0,
        "decided_automatically": 0.5,
        "not_told": 0,
        "overturned_since": 1,
    }
    assert (found["appeals"]["waiting_at_end"], found["appeals"]["late"]) == (1, 1)
    Appeal.objects.filter(pk=late.pk).update(state="upheld", decided_at=now - timedelta(hours=2))
    appeals = transparency.figures(now - 30 * DAY, now)["appeals"]
    assert (appeals["upheld"], appeals["waiting_at_end"], appeals["late"]) == (1, 0, 1)


def test_what_was_only_observed_is_no_measure(now: datetime) -> None:
    decision(account_of(make_user("ada")), at=now - DAY, enforced=False, held=False)
    found = transparency.figures(now - 2 * DAY, now)["automated"]
    assert (found["attempts"], found["measures"]["HOLD"], found["accounts_affected"]) == (1, 0, 0)


def test_nothing_happened(now: datetime) -> None:
    found = transparency.figures(now - DAY, now)
    assert found["automated"]["attempts"] == found["automated"]["guests"] == 0
    assert found["people"]["hours_to_decide"] is None


def test_the_number_of_queries_is_fixed(now: datetime) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            transparency.figures(now - 30 * DAY, now)
        return len(asked)

    one = queries()
    for number in range(12):
        held(f"user{number}", now - DAY)
    assert queries() == one


def test_the_command_says_it_for_people_and_for_programs(now: datetime) -> None:
    plain, machine = io.StringIO(), io.StringIO()
    period = {"since": "2026-01-01", "until": "2026-07-01"}
    call_command("calguard_transparency", "--since", "2026-01-01", "--until", "2026-07-01", stdout=plain, stderr=plain)
    call_command("calguard_transparency", "--since", "2026-01-01", "--until", "2026-07-01", "--json", stdout=machine)
    assert "automated.measures.HOLD" in plain.getvalue()
    assert json.loads(machine.getvalue())["period"] == {key: f"{day}T00:00:00+00:00" for key, day in period.items()}


@pytest.mark.parametrize("days", [("2026-07-01", "2026-07-01"), ("2026-07-02", "2026-07-01")])
def test_a_period_has_a_beginning_before_its_end(days: tuple[str, str]) -> None:
    with pytest.raises(CommandError, match="is not before"):
        call_command("calguard_transparency", "--since", days[0], "--until", days[1])


def test_what_is_no_date_is_said_to_be_none() -> None:
    with pytest.raises(CommandError, match="no date such as"):
        call_command("calguard_transparency", "--since", "last year")
