"""A submission's life: every step changes it once, and closing leaves nothing that could leave or be read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from outbound import ledger
from outbound.models import Delivery, Submission
from tests.conftest import NOW
from tests.outbound.events import ANN, UID, accepted, at_once, draft, expand, guest, guests, proposed, send_all

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=1)
CLOSING = [(ledger.refuse, "refused"), (ledger.withdraw, "withdrawn"), (ledger.expire, "expired")]


def test_submit_writes_one_row_in_one_statement(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(1):
        submission = ledger.submit(draft(), at=NOW)
    stored = Submission.objects.get(pk=submission.pk)
    assert (stored.state, stored.closed_at, bytes(stored.snapshot or b"")) == ("proposed", None, b"BEGIN:VCALENDAR")


def test_what_is_refused_at_once_keeps_no_snapshot() -> None:
    submission = ledger.submit(draft(state="refused"), at=NOW)
    stored = Submission.objects.get(pk=submission.pk)
    assert (stored.closed_at, stored.snapshot) == (NOW, None)


def test_the_caller_may_choose_the_id() -> None:
    chosen = uuid4()
    assert ledger.submit(draft(id=chosen), at=NOW).pk == chosen


@pytest.mark.parametrize("uid", ["u" * 5000, "a\x00b", "lone \ud800 surrogate", "", "ü" * 500])
def test_whatever_uid_the_sender_chose_is_stored_and_found_again(uid: str) -> None:
    accepted(uid=uid)
    assert ledger.replace(ANN, uid, proposed(uid=uid, at=LATER), at=LATER) == 1


def test_two_long_uids_are_two() -> None:
    accepted(uid="u" * 600 + "1")
    assert ledger.replace(ANN, "u" * 600 + "2", proposed(at=LATER), at=LATER) == 0


@pytest.mark.parametrize("sequence", [10**30, -(10**30)])
def test_an_absurd_sequence_is_stored(sequence: int) -> None:
    assert accepted(sequence=sequence)


def test_confirm_counts_once_and_makes_it_due_now() -> None:
    submission = proposed()
    assert ledger.due(at=LATER, limit=10) == ()
    assert ledger.confirm(submission, at=LATER)
    assert not ledger.confirm(submission, at=LATER)
    assert ledger.due(at=LATER, limit=10) == (submission,)


@pytest.mark.parametrize(("close", "state"), CLOSING)
@pytest.mark.parametrize("make", [proposed, accepted])
def test_closing_is_final(close: Callable[..., bool], state: str, make: Callable[..., object]) -> None:
    submission = make()
    assert close(submission, "why", at=LATER)
    stored = Submission.objects.get(pk=submission)
    assert (stored.state, stored.note, stored.closed_at, stored.snapshot) == (state, "why", LATER, None)
    assert not any(again(submission, "again", at=LATER) for again, _ in CLOSING)
    assert not ledger.confirm(submission, at=LATER)
    assert not ledger.postpone(submission, LATER)
    assert not ledger.hold(submission, "review", "case:1", "late", at=LATER)
    assert ledger.due(at=LATER, limit=10) == ()


@pytest.mark.requirement("R52")
@pytest.mark.parametrize(("close", "_state"), CLOSING)
def test_closing_takes_back_what_has_not_left_and_every_address(close: Callable[..., bool], _state: str) -> None:
    submission, claim = accepted(), uuid4()
    expand(submission, [guest("ann", rendered=b"mail", envelope_from="b@x.example"), *guests(3)])
    first, second, _ = ledger.claim(submission, limit=3, claim=claim, at=NOW)
    assert ledger.begin_sending(first.pk, claim, at=NOW)
    close(submission, "why", at=LATER)
    states = list(Delivery.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["sending", "cancelled", "cancelled", "cancelled"]
    assert not ledger.begin_sending(second.pk, claim, at=LATER)
    assert ledger.mark_sent(first.pk, claim, at=LATER)  # it was on its way; the record says so
    assert not Delivery.objects.exclude(recipient="", envelope_from="", rendered=None).exists()


def test_a_copy_to_be_retried_after_closing_is_taken_back() -> None:
    submission, claim = accepted(), uuid4()
    expand(submission, guests(1))
    (delivery,) = ledger.claim(submission, limit=1, claim=claim, at=NOW)
    ledger.begin_sending(delivery.pk, claim, at=NOW)
    ledger.withdraw(submission, "why", at=NOW)
    assert not ledger.mark_retry(delivery.pk, claim, LATER, "451 later")
    delivery.refresh_from_db()
    assert (delivery.state, delivery.recipient) == ("cancelled", "")


def test_finish_waits_for_every_copy() -> None:
    submission, claim = accepted(), uuid4()
    assert not ledger.finish(submission, at=NOW)  # nobody has been written down yet
    expand(submission, guests(2))
    one, two = ledger.claim(submission, limit=2, claim=claim, at=NOW)
    ledger.mark_failed(one.pk, claim, "550 no such user", at=NOW)
    assert not ledger.finish(submission, at=NOW)
    ledger.begin_sending(two.pk, claim, at=NOW)
    assert not ledger.finish(submission, at=NOW)
    ledger.mark_sent(two.pk, claim, at=NOW)
    assert ledger.finish(submission, at=LATER)
    assert not ledger.finish(submission, at=LATER)
    stored = Submission.objects.get(pk=submission)
    assert (stored.state, stored.closed_at, stored.snapshot) == ("sent", LATER, None)


def test_finish_of_an_event_nobody_is_left_to_hear_of() -> None:
    submission = accepted()
    assert expand(submission, []) == 0
    assert ledger.finish(submission, at=NOW)


def test_the_sweep_finds_old_proposals_and_nothing_else() -> None:
    old = proposed(due_at=NOW - timedelta(minutes=1))
    proposed()
    accepted(due_at=NOW - timedelta(minutes=1))
    assert ledger.proposed_too_long(at=NOW, limit=10) == (old,)


def test_due_skips_what_is_held_postponed_or_closed_and_gives_the_longest_overdue_first() -> None:
    second, first = accepted(), accepted(at=NOW - timedelta(hours=1))
    held, postponed, closed = accepted(), accepted(), accepted()
    ledger.hold(held, "review", "case:1", "look", at=NOW)
    assert ledger.postpone(postponed, LATER, note="no_room")
    ledger.withdraw(closed, "gone", at=NOW)
    assert ledger.due(at=NOW, limit=10) == (first, second)
    assert ledger.due(at=NOW, limit=1) == (first,)
    assert postponed in ledger.due(at=LATER, limit=10)
    assert Submission.objects.get(pk=postponed).note == "no_room"
    assert ledger.postpone(postponed, LATER)
    assert Submission.objects.get(pk=postponed).note == "no_room"


class TestReplace:
    def test_withdraws_what_the_account_had_open_for_the_uid(self) -> None:
        older, newer = [proposed(), accepted()], accepted(at=LATER)
        assert ledger.replace(ANN, UID, newer, at=LATER) == 2
        assert set(Submission.objects.filter(state="withdrawn").values_list("pk", flat=True)) == set(older)
        assert ledger.replace(ANN, UID, newer, at=LATER) == 0

    def test_leaves_later_ones_other_uids_and_what_was_sent(self) -> None:
        newer = accepted()
        later, other, sent = accepted(at=LATER), accepted(uid="other"), accepted()
        expand(sent, guests(1))
        send_all(sent)
        ledger.finish(sent, at=NOW)
        assert ledger.replace(ANN, UID, newer, at=LATER) == 0
        assert ledger.is_free(later)
        assert ledger.is_free(other)

    @pytest.mark.requirement("R04")
    def test_never_touches_another_accounts_submission_with_the_same_uid(self) -> None:
        theirs = accepted(account="shop.user:2")
        assert ledger.replace(ANN, UID, accepted(at=LATER), at=LATER) == 0
        assert ledger.is_free(theirs)

    def test_an_unknown_newer_one_replaces_nothing(self) -> None:
        older = accepted()
        assert ledger.replace(ANN, UID, uuid4(), at=LATER) == 0
        assert ledger.is_free(older)


def test_purge_deletes_what_closed_before_and_leaves_what_is_open() -> None:
    old, open_one = accepted(at=NOW - timedelta(days=200)), accepted(at=NOW - timedelta(days=200))
    expand(old, guests(2))
    ledger.withdraw(old, "gone", at=NOW - timedelta(days=100))
    recent = accepted()
    ledger.withdraw(recent, "gone", at=NOW)
    assert ledger.purge(before=NOW - timedelta(days=90)) == 4  # submission, message, two deliveries
    assert set(Submission.objects.values_list("pk", flat=True)) == {open_one, recent}
    assert ledger.purge(before=NOW - timedelta(days=90)) == 0


@pytest.mark.django_db(transaction=True)
def test_of_a_confirmation_and_an_expiry_at_once_one_wins() -> None:
    for _ in range(5):
        submission = proposed()
        answers = at_once(
            [partial(ledger.confirm, submission, at=NOW), partial(ledger.expire, submission, "late", at=NOW)]
        )
        state = Submission.objects.get(pk=submission).state
        assert answers[1] is (state == "expired")
        assert any(answers)
