"""Writing guests down: once for each occasion, also after a crash, and one account never in the way of another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest

from outbound import ledger
from outbound.models import Delivery, Message
from tests.conftest import NOW
from tests.outbound.events import ANN, UID, accepted, at_once, expand, guest, guests, proposed, send_all

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R04")]

A, B = "a" * 64, "b" * 64
BOB = "shop.user:2"


def sent_of(content: str, **changes: object) -> int:
    """Submits, expands for two guests and sends. Says how many copies left."""
    submission = accepted(content_hash=content, **changes)
    account_free = {key: value for key, value in changes.items() if key in {"uid", "method", "sequence"}}
    expand(submission, guests(2), content_hash=content, **account_free)
    sent = send_all(submission)
    assert ledger.finish(submission, at=NOW)
    return sent


def test_a_copy_for_each_guest() -> None:
    submission = accepted()
    assert expand(submission, guests(3)) == 3
    message = Message.objects.get()
    assert (message.account, message.uid, message.occasion) == (ANN, UID, 1)
    assert set(Delivery.objects.values_list("recipient", "state", "key_id")) == {
        (f"guest{i}@guests.example", "pending", "k1") for i in range(3)
    }


def test_the_message_id_is_fixed_unguessable_and_silent() -> None:
    submission = accepted()
    expand(submission, guests(2))
    before = list(Delivery.objects.order_by("pk").values_list("mail_id", flat=True))
    expand(submission, guests(2))
    assert list(Delivery.objects.order_by("pk").values_list("mail_id", flat=True)) == before
    assert len(set(before)) == 2
    assert all(re.fullmatch(r"<[a-z2-7]{32}@calendar\.example>", mail_id) for mail_id in before)
    other = accepted(account=BOB)
    expand(other, guests(2), secret=b"another")
    assert not set(before) & set(Delivery.objects.filter(message__submission=other).values_list("mail_id", flat=True))


@pytest.mark.parametrize("domain", ["", "evil.example>\r\nBcc: x@y", "a b", "-x", "ümlaut.example"])
def test_a_domain_that_would_break_the_header_is_an_error(domain: str) -> None:
    with pytest.raises(ValueError, match="domain"):
        expand(accepted(), guests(1), domain=domain)
    assert not Delivery.objects.exists()


def test_repeated_it_changes_nothing() -> None:
    submission = accepted()
    for _ in range(3):
        assert expand(submission, guests(3)) == 3
    assert send_all(submission) == 3
    assert expand(submission, guests(3)) == 3
    assert send_all(submission) == 0


def test_after_a_crash_in_the_middle_it_completes() -> None:
    def dying() -> Iterator[ledger.Recipient]:
        yield from guests(600)
        raise KeyboardInterrupt  # as when the worker is told to go

    submission = accepted()
    with pytest.raises(KeyboardInterrupt):
        expand(submission, dying())
    assert Delivery.objects.count() == 500
    assert send_all(submission) == 500
    assert expand(submission, guests(700)) == 700
    assert send_all(submission) == 200


def test_a_guest_named_twice_gets_one_copy() -> None:
    submission = accepted()
    assert expand(submission, [guest("ann"), guest("ann", address="Ann+x@Guests.example")]) == 1


@pytest.mark.parametrize("make", [proposed, accepted])
def test_nobody_is_written_down_for_what_is_not_accepted(make) -> None:  # type: ignore[no-untyped-def]
    submission = make()
    if make is accepted:
        ledger.withdraw(submission, "gone", at=NOW)
    assert expand(submission, guests(2)) == 0
    assert not Message.objects.exists()


def test_closing_in_the_middle_stops_it() -> None:
    submission = accepted()

    def closing() -> Iterator[ledger.Recipient]:
        yield from guests(600)
        ledger.withdraw(submission, "gone", at=NOW)

    expand(submission, closing())
    assert Delivery.objects.count() == 500
    assert not Delivery.objects.exclude(state="cancelled", recipient="").exists()


def test_an_address_no_mail_can_have_fails_alone_and_visibly() -> None:
    submission = accepted()
    assert expand(submission, [guest("ann"), guest("bob", address="b" * 400 + "@x.example")]) == 2
    assert send_all(submission) == 1
    assert Delivery.objects.get(state="failed").error == "address_unusable"


class TestOccasion:
    def test_a_to_b_back_to_a_is_three_messages(self) -> None:
        assert [sent_of(A), sent_of(B), sent_of(A)] == [2, 2, 2]
        assert list(Message.objects.order_by("pk").values_list("occasion", flat=True)) == [1, 2, 3]

    def test_the_same_content_again_is_not_sent_again(self) -> None:
        assert [sent_of(A), sent_of(A), sent_of(A)] == [2, 0, 0]

    def test_unless_its_owner_asks_for_that(self) -> None:
        assert [sent_of(A), sent_of(A, resend=True), sent_of(A)] == [2, 2, 0]

    def test_a_cancellation_after_a_request_of_the_same_content(self) -> None:
        assert [sent_of(A), sent_of(A, method="CANCEL"), sent_of(A)] == [2, 2, 2]

    def test_one_accounts_uid_never_suppresses_anothers(self) -> None:
        assert [sent_of(A), sent_of(A, account=BOB)] == [2, 2]
        assert [sent_of(A), sent_of(A, account=BOB)] == [0, 0]

    def test_another_uid_is_another_message(self) -> None:
        assert [sent_of(A), sent_of(A, uid="other")] == [2, 2]

    def test_parts_of_the_key_cannot_be_shifted_into_each_other(self) -> None:
        assert [sent_of(A, uid='x","y'), sent_of(A, uid="x", account='shop.user:1","x')] == [2, 2]

    def test_what_was_withdrawn_before_it_left_can_be_submitted_again(self) -> None:
        first = accepted()
        expand(first, guests(2))
        ledger.withdraw(first, "gone", at=NOW)
        assert sent_of(A) == 2

    def test_guests_missed_by_a_withdrawal_get_theirs_and_the_others_no_second(self) -> None:
        first = accepted()
        expand(first, guests(2))
        (delivery,) = ledger.claim(first, limit=1, claim=first, at=NOW)
        ledger.begin_sending(delivery.pk, first, at=NOW)
        ledger.mark_sent(delivery.pk, first, at=NOW)
        ledger.withdraw(first, "gone", at=NOW)
        assert sent_of(A) == 1

    def test_a_change_taken_back_before_it_left_does_not_send_the_old_content_again(self) -> None:
        assert sent_of(A) == 2
        change = accepted(content_hash=B)
        expand(change, guests(2), content_hash=B)
        ledger.withdraw(change, "gone", at=NOW)
        assert sent_of(A) == 0

    def test_occurrences_of_a_series_count_for_themselves(self) -> None:
        submission = accepted()
        assert expand(submission, guests(2)) == 2
        assert expand(submission, guests(2), recurrence_id="20260616T100000Z") == 2
        assert send_all(submission) == 4


class TestChangedWhileItWaited:
    def test_copies_that_wait_carry_the_new_content(self) -> None:
        submission = accepted()
        expand(submission, guests(3))
        (gone,) = ledger.claim(submission, limit=1, claim=submission, at=NOW)
        ledger.begin_sending(gone.pk, submission, at=NOW)
        ledger.mark_sent(gone.pk, submission, at=NOW)
        (claimed,) = ledger.claim(submission, limit=1, claim=submission, at=NOW)
        assert expand(submission, guests(3), content_hash=B) == 3
        assert not ledger.begin_sending(claimed.pk, submission, at=NOW)  # its worker holds the old text
        assert send_all(submission) == 2
        message = Message.objects.get()
        assert (message.content_hash, message.occasion) == (B, 2)

    def test_the_change_itself_reaches_who_had_the_old_content_and_nobody_twice(self) -> None:
        submission = accepted()
        expand(submission, guests(2))
        (gone,) = ledger.claim(submission, limit=1, claim=submission, at=NOW)
        ledger.begin_sending(gone.pk, submission, at=NOW)
        ledger.mark_sent(gone.pk, submission, at=NOW)
        expand(submission, guests(2), content_hash=B)
        send_all(submission)
        assert sent_of(B) == 1


def test_a_hash_key_rotated_between_two_tries_sends_nothing_twice() -> None:
    submission = accepted()
    expand(submission, guests(2))
    rehashed = [guest("x", address="guest0@guests.example"), guest("y", address="guest1@guests.example")]
    assert expand(submission, rehashed, key_id="k2") == 2
    with pytest.raises(ValueError, match="older hash key"):
        expand(submission, [*rehashed, guest("z")], key_id="k2")
    with pytest.raises(ValueError, match="older hash key"):
        expand(submission, [guest("z")], key_id="k2")
    assert send_all(submission) == 2


@pytest.mark.django_db(transaction=True)
def test_expanded_by_many_workers_at_once_each_guest_has_one_copy() -> None:
    submission = accepted()
    at_once([partial(expand, submission, guests(60))] * 8)
    assert Message.objects.count() == 1
    assert Delivery.objects.count() == 60


class TestGuests:
    def test_a_state_for_each_guest_the_newest_one(self) -> None:
        first = accepted()
        expand(first, guests(2))
        send_all(first)
        second = accepted(at=NOW + timedelta(hours=1), content_hash=B)
        expand(second, guests(1), content_hash=B)
        states = {state.recipient_hash: state for state in ledger.guest_states("17")}
        assert states[guest("guest0").hash].state == "pending"
        assert states[guest("guest0").hash].submission_id == second
        assert states[guest("guest1").hash].state == "sent"
        assert states[guest("guest1").hash].at == NOW
        ledger.hold(second, "review", "case:1", "look", at=NOW)
        assert {s.state for s in ledger.guest_states("17")} == {"held", "sent"}

    def test_what_is_not_written_down_yet_answers_for_all(self) -> None:
        submission = proposed()
        (state,) = ledger.guest_states("17")
        assert (state.recipient_hash, state.state, state.submission_id) == ("", "proposed", submission)
        ledger.confirm(submission, at=NOW)
        ledger.hold(submission, "review", "case:1", "look", at=NOW)
        assert ledger.guest_states("17")[0].state == "held"
        ledger.refuse(submission, "denied", at=NOW)
        assert ledger.guest_states("17")[0].state == "refused"

    def test_an_old_refusal_is_not_told_once_a_later_version_is_on_its_way(self) -> None:
        ledger.refuse(proposed(), "denied", at=NOW)
        second = accepted(at=NOW + timedelta(hours=1))
        expand(second, guests(1))
        assert [state.state for state in ledger.guest_states("17")] == ["pending"]

    def test_no_reference_is_no_event(self) -> None:
        accepted(reference="")
        assert ledger.guest_states("") == []
        assert ledger.guest_states("another") == []

    def test_the_number_of_queries_is_fixed(self, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
        for i in range(5):
            expand(accepted(at=NOW + timedelta(hours=i)), guests(20))
        with django_assert_num_queries(2):
            ledger.guest_states("17")

    @pytest.mark.requirement("R63")
    def test_invited_before_are_those_an_earlier_request_reached(self) -> None:
        submission = accepted()
        expand(submission, guests(600))
        (one,) = ledger.claim(submission, limit=1, claim=submission, at=NOW)
        ledger.begin_sending(one.pk, submission, at=NOW)
        ledger.mark_sent(one.pk, submission, at=NOW)
        hashes = [g.hash for g in guests(600)]
        assert ledger.invited_before(ANN, UID, hashes) == {guest("guest0").hash}
        assert ledger.invited_before(BOB, UID, hashes) == frozenset()
        assert ledger.invited_before(ANN, "other", hashes) == frozenset()
        assert ledger.invited_before(ANN, UID, hashes[1:]) == frozenset()
        send_all(submission)
        assert len(ledger.invited_before(ANN, UID, hashes)) == 600

    def test_a_cancellation_does_not_count_as_an_invitation(self) -> None:
        assert sent_of(A, method="CANCEL") == 2
        assert ledger.invited_before(ANN, UID, [g.hash for g in guests(2)]) == frozenset()
