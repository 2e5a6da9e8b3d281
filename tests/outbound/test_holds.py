"""Holds: kept while any owner's row exists, and lifted by owner without touching another's."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from outbound import ledger
from outbound.models import Hold
from tests.conftest import NOW
from tests.outbound.events import accepted, at_once, expand, guests, proposed

pytestmark = pytest.mark.django_db

BOB = "shop.user:2"


def test_free_without_a_hold() -> None:
    submission = accepted()
    assert ledger.is_free(submission)
    assert not ledger.is_free(proposed())
    assert not ledger.is_free(uuid4())


def test_a_hold_by_one_owner_is_made_once() -> None:
    submission = accepted()
    assert ledger.hold(submission, "review", "decision:1", "look", at=NOW)
    assert not ledger.hold(submission, "review", "decision:1", "look", at=NOW)
    assert Hold.objects.count() == 1
    assert not ledger.is_free(submission)
    assert not ledger.hold(uuid4(), "review", "decision:1", "look", at=NOW)


def test_lifting_by_owner_leaves_other_owners_holds() -> None:
    both, only = accepted(), accepted()
    ledger.hold(both, "review", "decision:1", "look", at=NOW)
    ledger.hold(both, "containment", "case:9", "campaign", at=NOW)
    ledger.hold(only, "review", "decision:1", "look", at=NOW)
    assert ledger.lift("decision:1") == (only,)
    assert not ledger.is_free(both)
    assert ledger.lift("decision:1") == ()
    assert ledger.lift("case:9") == (both,)


def test_lifting_gives_nothing_that_may_not_go() -> None:
    unconfirmed, closed = proposed(), accepted()
    for submission in (unconfirmed, closed):
        ledger.hold(submission, "review", "decision:1", "look", at=NOW)
    ledger.withdraw(closed, "gone", at=NOW)
    assert ledger.lift("decision:1") == ()


def test_a_person_releases_one_submission_by_kind() -> None:
    submission, other = accepted(), accepted()
    ledger.hold(submission, "challenge", "decision:1", "robot", at=NOW)
    ledger.hold(submission, "review", "decision:2", "look", at=NOW)
    ledger.hold(other, "review", "decision:2", "look", at=NOW)
    assert not ledger.lift_submission(submission, kinds=["challenge"])
    assert ledger.lift_submission(submission)
    assert not ledger.is_free(other)


def test_holds_end_by_time_where_they_have_one() -> None:
    timed, review = accepted(), accepted()
    ledger.hold(timed, "throttle", "decision:1", "no_room", at=NOW, due_at=NOW + timedelta(hours=1))
    ledger.hold(review, "review", "decision:2", "look", at=NOW)
    assert ledger.lift_due(at=NOW + timedelta(minutes=59), limit=10) == ()
    assert ledger.lift_due(at=NOW + timedelta(hours=1), limit=10) == (timed,)
    assert not ledger.is_free(review)


@pytest.mark.requirement("R66")
class TestAccount:
    def test_everything_open_is_held_and_nothing_of_others(self) -> None:
        mine, theirs = [accepted(), proposed()], accepted(account=BOB)
        assert ledger.hold_account("shop.user:1", "containment", "case:1", "abuse", at=NOW) == 2
        assert ledger.hold_account("shop.user:1", "containment", "case:1", "abuse", at=NOW) == 0
        assert ledger.is_free(theirs)
        later = accepted()
        assert ledger.hold_account("shop.user:1", "containment", "case:1", "abuse", at=NOW) == 1
        assert set(ledger.lift("case:1")) == {mine[0], later}

    def test_more_than_one_chunk(self) -> None:
        for _ in range(501):
            accepted()
        assert ledger.hold_account("shop.user:1", "containment", "case:1", "abuse", at=NOW) == 501
        assert len(ledger.lift("case:1")) == 501

    @pytest.mark.requirement("R63")
    def test_cancellations_may_be_spared(self) -> None:
        cancel = accepted(method="CANCEL")
        request = accepted()
        assert ledger.hold_account("shop.user:1", "containment", "c:1", "x", at=NOW, except_methods=["CANCEL"]) == 1
        assert ledger.is_free(cancel)
        assert not ledger.is_free(request)


def test_a_hold_stops_what_a_worker_has_claimed_but_not_begun() -> None:
    submission, claim = accepted(), uuid4()
    expand(submission, guests(2))
    one, two = ledger.claim(submission, limit=2, claim=claim, at=NOW)
    assert ledger.begin_sending(one.pk, claim, at=NOW)
    ledger.hold(submission, "containment", "case:1", "abuse", at=NOW)
    assert not ledger.begin_sending(two.pk, claim, at=NOW)
    assert ledger.give_back(claim) == 1
    assert ledger.claim(submission, limit=2, claim=uuid4(), at=NOW) == []
    ledger.lift("case:1")
    (again,) = ledger.claim(submission, limit=2, claim=uuid4(), at=NOW)
    assert (again.pk, again.attempts) == (two.pk, 1)


@pytest.mark.django_db(transaction=True)
def test_one_owner_holding_from_many_workers_at_once_makes_one_hold() -> None:
    submission = accepted()
    answers = at_once([partial(ledger.hold, submission, "review", "decision:1", "look", at=NOW)] * 8)
    assert sum(answers) == 1
    assert Hold.objects.count() == 1
