"""Each copy leaves at most once, whatever is delivered twice and whoever dies in between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from outbound import ledger
from outbound.models import Delivery
from tests.conftest import NOW
from tests.outbound.events import accepted, at_once, expand, guest, guests, proposed, send_all

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R04")]

LATER = NOW + timedelta(minutes=10)
STALE = timedelta(minutes=5)


def one_claimed() -> tuple[Delivery, UUID]:
    submission, claim = accepted(), uuid4()
    expand(submission, guests(1))
    (delivery,) = ledger.claim(submission, limit=1, claim=claim, at=NOW)
    return delivery, claim


def test_a_copy_goes_its_way() -> None:
    delivery, claim = one_claimed()
    assert delivery.message.method == "REQUEST"
    assert ledger.begin_sending(delivery.pk, claim, at=NOW)
    assert ledger.mark_sent(delivery.pk, claim, at=LATER)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.sent_at, delivery.attempts, delivery.recipient) == ("sent", LATER, 1, "")


def test_claiming_takes_no_more_than_asked_and_nothing_twice() -> None:
    submission = accepted()
    expand(submission, guests(5))
    first = ledger.claim(submission, limit=3, claim=uuid4(), at=NOW)
    second = ledger.claim(submission, limit=3, claim=uuid4(), at=NOW)
    assert (len(first), len(second)) == (3, 2)
    assert {d.pk for d in first}.isdisjoint(d.pk for d in second)


def test_one_claim_may_take_several_batches() -> None:
    submission, claim = accepted(), uuid4()
    expand(submission, guests(5))
    batches = [ledger.claim(submission, limit=3, claim=claim, at=NOW) for _ in range(3)]
    assert [len(batch) for batch in batches] == [3, 2, 0]


@pytest.mark.parametrize("close", [ledger.withdraw, ledger.refuse])
def test_nothing_is_claimed_of_what_is_closed_held_or_only_proposed(close) -> None:  # type: ignore[no-untyped-def]
    closed, held = accepted(), accepted(uid="other")
    for submission in (closed, held):
        expand(submission, guests(2), uid="u" if submission is held else "v")
    close(closed, "why", at=NOW)
    ledger.hold(held, "review", "case:1", "look", at=NOW)
    for submission in (closed, held, proposed()):
        assert ledger.claim(submission, limit=9, claim=uuid4(), at=NOW) == []


def test_a_copy_to_be_retried_waits_for_its_time() -> None:
    delivery, claim = one_claimed()
    ledger.begin_sending(delivery.pk, claim, at=NOW)
    assert ledger.mark_retry(delivery.pk, claim, LATER, "451 " + "x" * 1000)
    submission = delivery.message.submission_id
    assert ledger.claim(submission, limit=1, claim=uuid4(), at=LATER - timedelta(seconds=1)) == []
    (again,) = ledger.claim(submission, limit=1, claim=uuid4(), at=LATER)
    assert (again.attempts, again.error[:4], again.recipient) == (2, "451 ", "guest0@guests.example")


def test_only_the_claimant_changes_a_copy_and_only_in_order() -> None:
    delivery, claim = one_claimed()
    stranger = uuid4()
    assert not ledger.mark_sent(delivery.pk, claim, at=NOW)  # not begun
    assert not ledger.begin_sending(delivery.pk, stranger, at=NOW)
    assert ledger.begin_sending(delivery.pk, claim, at=NOW)
    assert not ledger.begin_sending(delivery.pk, claim, at=NOW)
    assert not ledger.mark_sent(delivery.pk, stranger, at=NOW)
    assert not ledger.mark_failed(delivery.pk, stranger, "550", at=NOW)
    assert not ledger.mark_doubtful(delivery.pk, stranger, "broke", at=NOW, retry_at=LATER)
    assert not ledger.mark_retry(delivery.pk, stranger, LATER, "451")
    delivery.refresh_from_db()
    assert delivery.state == "sending"
    assert ledger.mark_sent(delivery.pk, claim, at=NOW)
    assert not ledger.mark_retry(delivery.pk, claim, LATER, "451")
    assert not ledger.mark_failed(delivery.pk, claim, "550", at=NOW)
    delivery.refresh_from_db()
    assert delivery.state == "sent"


@pytest.mark.parametrize("begun", [False, True])
def test_a_failed_copy_is_final_and_keeps_no_address(begun: bool) -> None:
    delivery, claim = one_claimed()
    if begun:
        ledger.begin_sending(delivery.pk, claim, at=NOW)
    assert ledger.mark_failed(delivery.pk, claim, "cannot be built", at=LATER)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error, delivery.recipient) == ("failed", "cannot be built", "")
    assert ledger.claim(delivery.message.submission_id, limit=1, claim=uuid4(), at=LATER) == []


class TestRecover:
    def test_what_was_only_claimed_is_pending_again(self) -> None:
        delivery, claim = one_claimed()
        assert ledger.recover(at=LATER, stale=STALE) == ledger.Recovered(reclaimed=1, uncertain=0)
        assert not ledger.begin_sending(delivery.pk, claim, at=LATER)  # the slow worker finds it is not its own
        assert send_all(delivery.message.submission_id, at=LATER) == 1

    def test_what_was_being_handed_over_is_tried_once_more_under_the_same_name(self) -> None:
        delivery, claim = one_claimed()
        ledger.begin_sending(delivery.pk, claim)
        assert ledger.recover(at=LATER, stale=STALE) == ledger.Recovered(reclaimed=0, doubtful=1, uncertain=0)
        again = uuid4()
        (copy,) = ledger.claim(delivery.message.submission_id, limit=1, claim=again, at=LATER)
        assert (copy.pk, copy.mail_id, copy.doubtful_at) == (delivery.pk, delivery.mail_id, LATER)
        assert ledger.begin_sending(copy.pk, again, at=LATER)
        latest = LATER + 2 * STALE
        assert ledger.recover(at=latest, stale=STALE) == ledger.Recovered(reclaimed=0, uncertain=1)
        delivery.refresh_from_db()
        assert (delivery.state, delivery.recipient) == ("uncertain", "")
        assert send_all(delivery.message.submission_id, at=latest) == 0
        assert not ledger.mark_retry(delivery.pk, again, latest, "451")
        assert ledger.finish(delivery.message.submission_id, at=latest)

    def test_a_next_hop_that_falls_silent_gets_it_once_more(self) -> None:
        delivery, claim = one_claimed()
        ledger.begin_sending(delivery.pk, claim)
        assert ledger.mark_doubtful(delivery.pk, claim, "silence", at=NOW, retry_at=LATER)
        again = uuid4()
        assert ledger.claim(delivery.message.submission_id, limit=1, claim=again, at=NOW) == []
        ledger.claim(delivery.message.submission_id, limit=1, claim=again, at=LATER)
        ledger.begin_sending(delivery.pk, again, at=LATER)
        assert not ledger.mark_doubtful(delivery.pk, again, "silence", at=LATER, retry_at=LATER)
        delivery.refresh_from_db()
        assert (delivery.state, delivery.recipient) == ("uncertain", "")

    def test_a_doubtful_copy_refused_for_now_keeps_its_doubt(self) -> None:
        delivery, claim = one_claimed()
        ledger.begin_sending(delivery.pk, claim)
        ledger.mark_doubtful(delivery.pk, claim, "silence", at=NOW, retry_at=NOW)
        ledger.claim(delivery.message.submission_id, limit=1, claim=claim, at=NOW)
        ledger.begin_sending(delivery.pk, claim)
        assert ledger.mark_retry(delivery.pk, claim, LATER, "451")
        delivery.refresh_from_db()
        assert (delivery.state, delivery.doubtful_at) == ("pending", NOW)

    @pytest.mark.parametrize("close", [ledger.withdraw, ledger.refuse, ledger.expire])
    @pytest.mark.parametrize("when", ["before it is found", "while it waits", "while it is tried"])
    def test_a_doubtful_copy_of_what_ended_stays_uncertain(self, close: Callable[..., bool], when: str) -> None:
        """It may have arrived: to say that it was taken back would be a guess."""
        delivery, claim = one_claimed()
        submission = delivery.message.submission_id
        ledger.begin_sending(delivery.pk, claim)
        if when == "before it is found":
            close(submission, "gone", at=NOW)
        ledger.recover(at=LATER, stale=STALE)
        if when == "while it is tried":
            ledger.claim(submission, limit=1, claim=claim, at=LATER)
        close(submission, "gone", at=LATER)
        delivery.refresh_from_db()
        assert (delivery.state, delivery.recipient) == ("uncertain", "")
        assert not delivery.dedupe_key.startswith("cancelled:")
        assert send_all(submission, at=LATER) == 0

    def test_a_doubtful_copy_waits_while_it_is_held_and_says_what_is_known(self) -> None:
        delivery, claim = one_claimed()
        submission = delivery.message.submission_id
        ledger.begin_sending(delivery.pk, claim)
        ledger.hold(submission, "containment", "case:1", "look", at=NOW)
        assert ledger.recover(at=LATER, stale=STALE).doubtful == 1
        assert send_all(submission, at=LATER) == 0
        assert [state.state for state in ledger.guest_states("17")] == ["uncertain"]
        ledger.lift("case:1")
        assert [state.state for state in ledger.guest_states("17")] == ["uncertain"]
        assert send_all(submission, at=LATER) == 1
        assert [state.state for state in ledger.guest_states("17")] == ["sent"]

    def test_guests_who_may_have_it_are_told_that_it_is_off(self) -> None:
        delivery, claim = one_claimed()
        ledger.begin_sending(delivery.pk, claim)
        ledger.recover(at=LATER, stale=STALE)
        ledger.withdraw(delivery.message.submission_id, "gone", at=LATER)
        account, hashed = delivery.message.account, delivery.recipient_hash
        assert ledger.invited_before(account, delivery.message.uid, [hashed]) == {hashed}

    def test_what_its_host_mails_is_left_to_its_host(self) -> None:
        submission, claim = accepted(sender="host"), uuid4()
        expand(submission, guests(1))
        (delivery,) = ledger.claim(submission, limit=1, claim=claim, at=NOW)
        ledger.begin_sending(delivery.pk, claim)
        assert ledger.recover(at=LATER, stale=STALE) == ledger.Recovered(reclaimed=0, uncertain=1)

    def test_a_calendar_here_may_be_given_it_again(self) -> None:
        submission, claim = accepted(), uuid4()
        expand(submission, [guest("ann", route="internal")])
        for attempt in range(3):
            (delivery,) = ledger.claim(submission, limit=1, claim=claim, at=LATER)
            assert delivery.attempts == attempt + 1
            ledger.begin_sending(delivery.pk, claim, at=NOW)
            assert ledger.recover(at=LATER, stale=STALE) == ledger.Recovered(reclaimed=1, uncertain=0)

    def test_what_a_calendar_here_did_not_take_goes_by_mail_and_is_doubted_as_mail(self) -> None:
        submission, claim = accepted(), uuid4()
        expand(submission, [guest("ann", route="internal")])
        (delivery,) = ledger.claim(submission, limit=1, claim=claim, at=NOW)
        ledger.begin_sending(delivery.pk, claim)
        assert ledger.by_mail(delivery.pk, claim)
        assert ledger.begin_sending(delivery.pk, claim)
        assert ledger.recover(at=LATER, stale=STALE).doubtful == 1

    @pytest.mark.parametrize("ended", [False, True])
    def test_a_slow_worker_that_comes_back_is_believed(self, ended: bool) -> None:
        delivery, claim = one_claimed()
        ledger.begin_sending(delivery.pk, claim)
        if ended:
            ledger.withdraw(delivery.message.submission_id, "gone", at=NOW)
        ledger.recover(at=LATER, stale=STALE)
        assert ledger.mark_sent(delivery.pk, claim, at=LATER)
        assert send_all(delivery.message.submission_id, at=LATER) == 0

    def test_a_slow_worker_is_not_believed_of_what_another_has(self) -> None:
        delivery, claim = one_claimed()
        ledger.begin_sending(delivery.pk, claim)
        ledger.recover(at=LATER, stale=STALE)
        ledger.claim(delivery.message.submission_id, limit=1, claim=uuid4(), at=LATER)
        assert not ledger.mark_sent(delivery.pk, claim, at=LATER)
        assert not ledger.mark_failed(delivery.pk, claim, "550", at=LATER)

    def test_what_is_given_back_for_want_of_a_server_waits_and_counts_as_no_try(self) -> None:
        delivery, claim = one_claimed()
        assert ledger.give_back(claim, retry_at=LATER, error="away") == 1
        delivery.refresh_from_db()
        assert (delivery.state, delivery.attempts, delivery.retry_at, delivery.error) == ("pending", 0, LATER, "away")

    def test_a_worker_at_work_is_left_alone(self) -> None:
        delivery, claim = one_claimed()
        assert ledger.recover(at=NOW + STALE - timedelta(seconds=1), stale=STALE) == ledger.Recovered(
            reclaimed=0, uncertain=0
        )
        ledger.begin_sending(delivery.pk, claim, at=LATER)  # late in a long batch
        assert ledger.recover(at=LATER + timedelta(minutes=1), stale=STALE).uncertain == 0

    def test_what_is_done_is_left_alone(self) -> None:
        delivery, claim = one_claimed()
        ledger.begin_sending(delivery.pk, claim)
        ledger.mark_sent(delivery.pk, claim, at=NOW)
        assert ledger.recover(at=LATER, stale=STALE) == ledger.Recovered(reclaimed=0, uncertain=0)


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_once_each_copy_leaves_once() -> None:
    submission = accepted()
    expand(submission, guests(120))

    def worker() -> list[int]:
        claim, sent = uuid4(), []
        while batch := ledger.claim(submission, limit=7, claim=claim, at=NOW):
            for delivery in batch:
                if ledger.begin_sending(delivery.pk, claim, at=NOW):
                    sent.append(delivery.pk)
                    ledger.mark_sent(delivery.pk, claim, at=NOW)
        return sent

    sent = [pk for part in at_once([worker] * 8) for pk in part]
    assert len(sent) == len(set(sent)) <= 120
    sent += [d.pk for d in ledger.claim(submission, limit=200, claim=uuid4(), at=NOW)]  # seen locked by all the others
    assert len(sent) == len(set(sent)) == 120


@pytest.mark.django_db(transaction=True)
def test_a_copy_recovered_while_its_worker_begins_leaves_at_most_once() -> None:
    for _ in range(10):
        delivery, claim = one_claimed()
        begun, recovered = at_once(
            [
                partial(ledger.begin_sending, delivery.pk, claim),
                partial(ledger.recover, at=LATER, stale=STALE),
            ]
        )
        assert begun is (recovered.reclaimed == 0)  # type: ignore[attr-defined]
        Delivery.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_of_withdrawing_and_beginning_at_once_one_wins() -> None:
    for _ in range(10):
        delivery, claim = one_claimed()
        begun, closed = at_once(
            [
                partial(ledger.begin_sending, delivery.pk, claim),
                partial(ledger.withdraw, delivery.message.submission_id, "gone", at=NOW),
            ]
        )
        assert closed
        delivery.refresh_from_db()
        assert delivery.state == ("sending" if begun else "cancelled")
        Delivery.objects.all().delete()


@pytest.mark.requirement("R78")
def test_a_message_id_leads_to_its_copy() -> None:
    submission = accepted()
    expand(submission, [guest("ann"), guest("bob", message_id="<their-own@host.example>")])
    ours = Delivery.objects.exclude(mail_id="<their-own@host.example>").get()
    found = ledger.by_message_id(ours.mail_id)
    assert found is not None
    assert (found.pk, found.message.submission.account) == (ours.pk, "shop.user:1")
    theirs = ledger.by_message_id("<their-own@host.example>")
    assert theirs is not None
    assert theirs.recipient == "bob@guests.example"
    assert ledger.by_message_id("<nobody@calendar.example>") is None
    assert ledger.by_message_id("") is None
