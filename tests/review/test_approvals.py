"""What needs two people: one proposes, another carries it out or refuses, and never one alone (R64, R89)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from accounts_risk.models import Restriction
from calguard import audit, cases, enforcement, notices, review, sweeping
from calguard.conf import conf
from calguard.models import AuditEntry, Case, Enforcement, Notice
from calguard.sanctions.models import Approval
from outbound.models import Hold, Submission
from tests.review import factories
from tests.sanctions.conftest import protect

__all__ = ["protect"]

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R64")]

HOUR = timedelta(hours=1)
ALL = ("view_case", "decide_case", "suspend_case")


@pytest.fixture
def anna() -> Any:
    return factories.make_user("anna", *ALL)


@pytest.fixture
def ben() -> Any:
    return factories.make_user("ben", *ALL)


@pytest.fixture
def account() -> str:
    return factories.account_of(factories.make_user("ministry"))


@pytest.fixture
def case(account: str, now: datetime) -> Case:
    return cases.open_for(factories.decision(account, at=now), at=now)


def decide(case: Case, who: Any, now: datetime, outcome: str = "suspend_for_good", **changes: Any) -> Case:
    case.refresh_from_db()
    given = {"version": case.version, "label": "phish", "reason": "A forged bank.", "at": now} | changes
    return review.decide(case.pk, who, outcome=outcome, **given)


def answer(case: Case, who: Any, at: datetime, *, approve: bool = True, **changes: Any) -> Approval:
    case.refresh_from_db()
    given = {"version": case.version, "reason": "I see the same."} | changes
    return review.answer(Approval.objects.get(case=case, state="waiting").pk, who, approve=approve, at=at, **given)


def carried_out(case: Case, at: datetime) -> None:
    enforcement.run_owner(f"case:{case.pk}", at=at)


# Who needs no second person


@pytest.mark.parametrize("outcome", ["deny", "restrict", "suspend"])
def test_of_an_ordinary_account_one_person_decides(case: Case, anna: Any, now: datetime, outcome: str) -> None:
    assert decide(case, anna, now, outcome).state == Case.State.CLOSED
    assert not Approval.objects.exists()


@pytest.mark.parametrize(("outcome", "label"), [("deny", "spam"), ("release", "innocent"), ("restore", "innocent")])
def test_what_frees_or_refuses_one_event_of_a_protected_account_needs_none(
    protect: Callable[[str], None], case: Case, anna: Any, now: datetime, outcome: str, label: str
) -> None:
    protect(case.account)
    assert decide(case, anna, now, outcome, label=label).state == Case.State.CLOSED
    assert not Restriction.objects.exists()


# Who does


@pytest.mark.parametrize("outcome", ["restrict", "suspend", "suspend_for_good"])
def test_a_protected_account_is_restricted_by_two(
    protect: Callable[[str], None], case: Case, anna: Any, ben: Any, now: datetime, outcome: str
) -> None:
    protect(case.account)
    assert decide(case, anna, now, outcome).state == Case.State.OPEN
    assert not Enforcement.objects.exists()
    assert Hold.objects.exists(), "what it wrote stays held"
    row = answer(case, ben, now + HOUR)
    assert (row.state, row.answered_by) == (Approval.State.APPROVED, factories.account_of(ben))
    case.refresh_from_db()
    assert (case.state, case.outcome, case.label) == (Case.State.CLOSED, outcome, "phish")
    carried_out(case, now + HOUR)
    assert Restriction.objects.get().account == case.account
    assert Submission.objects.get().state == Submission.State.REFUSED


def test_nobody_is_shut_for_good_by_one_person(case: Case, anna: Any, ben: Any, now: datetime) -> None:
    decide(case, anna, now)
    carried_out(case, now)
    assert not Restriction.objects.exists()
    assert conf.host.user(case.account).is_active
    answer(case, ben, now + HOUR)
    carried_out(case, now + HOUR)
    standing = Restriction.objects.get()
    assert (standing.kind, standing.by_human, standing.expires_at) == ("suspension", True, None)
    assert not conf.host.user(case.account).is_active


def test_the_policy_says_what_two_people_decide(
    case: Case, anna: Any, now: datetime, settings: Any, tmp_path: Any
) -> None:
    from calguard.engine import shipped

    path = tmp_path / "mine.toml"
    path.write_text(shipped.text().replace('four_eyes = ["suspend_for_good"]', 'four_eyes = ["suspend"]'))
    settings.CALGUARD = {**settings.CALGUARD, "POLICY": str(path)}
    assert decide(case, anna, now, "suspend").state == Case.State.OPEN
    assert Approval.objects.get().outcome == "suspend"


def test_each_step_is_on_record(case: Case, anna: Any, ben: Any, now: datetime) -> None:
    decide(case, anna, now)
    answer(case, ben, now + HOUR)
    one, two = factories.account_of(anna), factories.account_of(ben)
    told = {entry.action: (entry.actor, entry.reason) for entry in AuditEntry.objects.filter(target=f"case:{case.pk}")}
    assert told["case.proposed"] == (one, "A forged bank.")
    assert told["case.approved"] == (two, "I see the same.")
    assert told["case.suspend_for_good"] == (one, "A forged bank.")
    assert audit.verify() is None


def test_staff_hear_that_somebody_is_wanted(case: Case, anna: Any, now: datetime, settings: Any) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "STAFF_EMAILS": ["trust@calendar.example"]}
    decide(case, anna, now)
    assert notices.send(Notice.objects.get(kind="approval_wanted").pk, at=now)
    assert f"Case {case.pk}" in mail.outbox[-1].body
    assert "ministry" not in mail.outbox[-1].body


# Who may answer, and how


def test_nobody_agrees_with_themselves(case: Case, anna: Any, now: datetime) -> None:
    decide(case, anna, now)
    for approve in (True, False):
        with pytest.raises(review.NotAllowed, match="your own proposal"):
            answer(case, anna, now, approve=approve)


@pytest.mark.parametrize("permissions", [("view_case",), ("view_case", "decide_case"), ()])
def test_who_may_not_decide_it_may_not_agree_to_it(
    case: Case, anna: Any, now: datetime, permissions: tuple[str, ...]
) -> None:
    decide(case, anna, now)
    with pytest.raises(review.NotAllowed, match="permission"):
        answer(case, factories.make_user("vera", *permissions), now)


def test_nobody_agrees_to_what_is_done_to_themselves(case: Case, anna: Any, now: datetime) -> None:
    own = cases.open_for(factories.decision(factories.account_of(anna), at=now), at=now)
    decide(own, factories.make_user("cleo", *ALL), now)
    with pytest.raises(review.NotAllowed, match="own account"):
        answer(own, anna, now)


@pytest.mark.parametrize("approve", [True, False])
def test_an_answer_needs_a_reason(case: Case, anna: Any, ben: Any, now: datetime, approve: bool) -> None:
    decide(case, anna, now)
    with pytest.raises(review.Invalid, match="reason"):
        answer(case, ben, now, approve=approve, reason="  ")
    assert Approval.objects.get().state == Approval.State.WAITING


def test_who_refuses_leaves_the_case_to_anybody(case: Case, anna: Any, ben: Any, now: datetime) -> None:
    decide(case, anna, now)
    row = answer(case, ben, now, approve=False, reason="It is a film prop.")
    assert (row.state, row.answer) == (Approval.State.REFUSED, "It is a film prop.")
    case.refresh_from_db()
    assert case.state == Case.State.OPEN
    assert Hold.objects.exists()
    assert not Enforcement.objects.exists()
    assert decide(case, ben, now, "release", label="innocent").state == Case.State.CLOSED


@pytest.mark.requirement("R89")
def test_what_came_since_is_looked_at_first(case: Case, anna: Any, ben: Any, now: datetime) -> None:
    decide(case, anna, now)
    case.refresh_from_db()
    looked_at = case.version
    cases.open_for(factories.decision(case.account, at=now), at=now)
    with pytest.raises(review.Conflict, match="has changed"):
        answer(case, ben, now, version=looked_at)
    assert Approval.objects.get().state == Approval.State.WAITING
    answer(case, ben, now)


def test_one_proposal_at_a_time(case: Case, anna: Any, ben: Any, now: datetime) -> None:
    decide(case, anna, now)
    with pytest.raises(review.Conflict, match="waits for a second person already"):
        decide(case, ben, now)


def test_who_decides_otherwise_ends_the_proposal(case: Case, anna: Any, ben: Any, now: datetime) -> None:
    decide(case, anna, now)
    decide(case, ben, now, "deny")
    row = Approval.objects.get()
    assert (row.state, row.answered_by) == (Approval.State.REFUSED, factories.account_of(ben))
    with pytest.raises(review.Conflict, match="ben already answered"):
        review.answer(row.pk, ben, approve=True, version=case.version, reason="x", at=now)


def test_a_proposal_that_nobody_answers_ends(case: Case, anna: Any, ben: Any, now: datetime) -> None:
    decide(case, anna, now)
    late = now + timedelta(hours=conf.policy.sanctions.approval_hours)
    with pytest.raises(review.Conflict, match="in time"):
        answer(case, ben, late)
    sweeping.sweep(at=late)
    assert Approval.objects.get().state == Approval.State.EXPIRED
    case.refresh_from_db()
    assert case.state == Case.State.OPEN
    assert decide(case, ben, late).state == Case.State.OPEN, "and may be proposed anew"
    assert Approval.objects.filter(state="waiting").count() == 1


def test_a_proposal_does_not_survive_somebody_elses_claim(case: Case, anna: Any, ben: Any, now: datetime) -> None:
    review.claim(case.pk, ben, at=now)
    with pytest.raises(review.Conflict, match="has claimed"):
        decide(case, anna, now)
    assert not Approval.objects.exists()


def test_of_many_cases_some_wait(case: Case, anna: Any, now: datetime) -> None:
    other = cases.open_for(factories.decision("shop.user:77", at=now), at=now)
    found = review.decide_many([case.pk, other.pk], anna, outcome="suspend_for_good", reason="x", label="phish", at=now)
    assert {row.status for row in found} == {"proposed"}


@pytest.mark.requirement("R89")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("others", [True, False], ids=["all agree", "half refuse"])
def test_of_four_who_answer_at_once_one_does(case: Case, anna: Any, now: datetime, others: bool) -> None:
    """On PostgreSQL too, by the matrix."""
    decide(case, anna, now)
    case.refresh_from_db()
    row = Approval.objects.get()
    people = [factories.make_user(f"second{number}", *ALL) for number in range(4)]
    ready = Barrier(4)

    def press(number: int) -> str:
        try:
            ready.wait(10)
            review.answer(
                row.pk,
                people[number],
                approve=others or bool(number % 2),
                version=case.version,
                reason=f"press {number}",
                at=now,
            )
        except review.Conflict as conflict:
            return str(conflict)
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(press, range(4)))
    assert answers.count("done") == 1
    row.refresh_from_db()
    winner = answers.index("done")
    assert row.answer == f"press {winner}"
    assert row.state == (Approval.State.APPROVED if others or winner % 2 else Approval.State.REFUSED)
    case.refresh_from_db()
    assert (case.state == Case.State.CLOSED) == (row.state == Approval.State.APPROVED)
    assert Enforcement.objects.filter(case=case, action="suspend").count() == int(case.state == Case.State.CLOSED)
    assert AuditEntry.objects.filter(action__in=("case.approved", "case.disapproved")).count() == 1
    assert audit.verify() is None


@pytest.mark.requirement("R89")
@pytest.mark.django_db(transaction=True)
def test_of_two_who_propose_at_once_one_does(case: Case, anna: Any, ben: Any, now: datetime) -> None:
    ready = Barrier(2)

    def press(who: Any) -> str:
        try:
            ready.wait(10)
            decide(case, who, now)
        except review.Conflict:
            return "conflict"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(press, (anna, ben)))
    assert answers == ["conflict", "done"]
    assert Approval.objects.count() == 1
