"""A copy whose end nobody knows: a person says what became of it, and what leaves then leaves once, to that guest."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from calguard import arrivals, cases, dispatch, guard, handover, people, sweeping
from calguard.models import AuditEntry, Decision
from outbound import ledger
from outbound.models import Charge, Delivery, Submission
from tests.guard.events import invitation
from tests.guard.test_check import send, to_guests
from tests.guard.test_dispatch import calendar
from tests.outbound.events import at_once

__all__ = ["calendar"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R04")]

GUESTS = ("ben@home.example", "cleo@home.example", "dora@home.example")
START = timezone.now().replace(microsecond=0) + timedelta(days=9)
EVENT = invitation(guests=GUESTS, start=START)


@pytest.fixture
def doubted(person, work, calendar, monkeypatch):
    """Three guests; of one nobody knows, as two workers died on it. The others have it."""
    calendar.events["7"] = EVENT
    user = person()
    decision = send(user, EVENT, reference="7")
    at = timezone.now()
    monkeypatch.setattr(handover, "batch", lambda *_: 0)
    dispatch.send(decision.submission, at=at)  # who gets it is written down, and nothing leaves yet
    monkeypatch.undo()
    for days in range(2):
        claim = uuid4()
        then = at + timedelta(minutes=20 * days)
        (copy,) = ledger.claim(decision.submission, limit=1, claim=claim, at=then)
        assert ledger.begin_sending(copy.pk, claim, at=then)
        sweeping.sweep(at=then + timedelta(minutes=11))
    work()
    assert states() == ["sent", "sent", "uncertain"]
    assert Submission.objects.get().state == "sent"
    return user, Decision.objects.get(), copy


def states():
    return sorted(state.state for state in guard.guest_states("7"))


def mails():
    return sorted(address for one in to_guests() for address in one.to)


def test_what_arrived_counts_as_sent_and_nothing_leaves(doubted, work):
    _, decision, copy = doubted
    before = mails()
    assert arrivals.by_owner(decision, copy.pk, has_it=True, by="auth.user:1", at=timezone.now()) == "arrived"
    work()
    assert (states(), mails()) == (["sent"] * 3, before)
    copy.refresh_from_db()
    assert copy.sent_at == copy.claimed_at
    assert AuditEntry.objects.get(action="copy.arrived").data["message_id"] == copy.mail_id


def test_what_did_not_arrive_goes_once_more_to_that_guest_alone(doubted, work):
    _, decision, copy = doubted
    before, charged = mails(), list(Charge.objects.values_list("scope", "units"))
    assert arrivals.by_owner(decision, copy.pk, has_it=False, by="auth.user:1", at=timezone.now()) == "again"
    assert states() == ["queued", "sent", "sent"]
    work()
    assert states() == ["sent"] * 3
    assert mails() == sorted([*before, "ben@home.example"])
    copy.refresh_from_db()
    assert to_guests()[-1].message()["Message-ID"] == copy.mail_id, "so that a calendar takes two of them as one"
    assert (copy.recipient, Submission.objects.get().state, Submission.objects.get().snapshot) == ("", "sent", None)
    assert list(Charge.objects.values_list("scope", "units")) == charged, "its room had been taken the first time"
    assert AuditEntry.objects.get(action="copy.again").actor == "auth.user:1"


@pytest.mark.parametrize("second", [True, False])
def test_of_two_persons_the_first_one_counts(doubted, work, second):
    _, decision, copy = doubted
    now = timezone.now()
    assert arrivals.by_owner(decision, copy.pk, has_it=not second, by="a", at=now) in {"again", "arrived"}
    assert arrivals.by_owner(decision, copy.pk, has_it=second, by="b", at=now) == "settled"
    work()
    sent = mails().count("ben@home.example")
    assert sent == (1 if second else 0), "and it is sent no more than once"
    assert AuditEntry.objects.filter(action__startswith="copy.").count() == 1


def test_eight_persons_at_once_send_it_once(doubted, work):
    _, decision, copy = doubted
    now = timezone.now()
    words = at_once([lambda: arrivals.by_owner(decision, copy.pk, has_it=False, by="a", at=now) for _ in range(8)])
    assert sorted(words) == ["again", *["settled"] * 7]
    work()
    assert mails().count("ben@home.example") == 1


def test_a_worker_that_was_only_slow_is_still_believed(doubted, work):
    _, decision, copy = doubted
    arrivals.by_owner(decision, copy.pk, has_it=False, by="a", at=timezone.now())
    assert ledger.mark_sent(copy.pk, Delivery.objects.get(pk=copy.pk).claim, at=timezone.now())
    work()
    assert mails().count("ben@home.example") == 0


@pytest.mark.parametrize("what", ["changed", "gone", "guests", "newer", "begun", "refused"])
def test_what_cannot_go_as_it_was_does_not_go(doubted, work, calendar, what):
    user, decision, copy = doubted
    at = timezone.now()
    if what == "changed":
        calendar.events["7"] = invitation(guests=GUESTS, start=START, summary="Team dinner")
    elif what == "gone":
        del calendar.events["7"]
    elif what == "guests":
        calendar.events["7"] = invitation(guests=(*GUESTS, "eve@home.example"), start=START)
    elif what == "newer":
        send(user, invitation(guests=GUESTS, start=START, summary="Team dinner", sequence=1), reference="7")
        work()
    elif what == "begun":
        at += timedelta(days=30)
    else:
        assert cases.open_for(decision, at=at).state == "open"
    before = mails()
    assert arrivals.by_owner(decision, copy.pk, has_it=False, by="a", at=at) == "missed"
    work()
    assert mails() == before
    copy.refresh_from_db()
    assert (copy.state, copy.error) == ("failed", ledger.MISSED)


def test_it_goes_once_more_while_others_are_still_on_their_way(person, work, calendar, monkeypatch):
    calendar.events["7"] = EVENT
    decision = send(person(), EVENT, reference="7")
    monkeypatch.setattr(handover, "batch", lambda *_: 0)
    dispatch.send(decision.submission, at=timezone.now())
    monkeypatch.undo()
    first = Delivery.objects.order_by("pk").first()
    Delivery.objects.filter(pk=first.pk).update(state="claimed", claimed_at=timezone.now())
    Delivery.objects.filter(pk=first.pk).update(state="uncertain", recipient="")
    row = Decision.objects.get()
    assert arrivals.by_owner(row, first.pk, has_it=False, by="a", at=timezone.now()) == "again"
    assert Submission.objects.get().state == "accepted"
    work()
    assert mails() == sorted(GUESTS)


def test_what_began_before_it_went_expires(doubted, work, calendar):
    _, decision, copy = doubted
    assert arrivals.by_owner(decision, copy.pk, has_it=False, by="a", at=timezone.now()) == "again"
    dispatch.send(decision.submission_id, at=timezone.now() + timedelta(days=30))
    work()
    assert "ben@home.example" not in mails()
    assert Submission.objects.get().state == "expired"


def test_a_restricted_account_waits(doubted, work):
    _, decision, copy = doubted
    at = timezone.now()
    people.restrict(
        decision.account, "sending", "case:1", "spam", by_human=True, at=at, expires_at=at + timedelta(hours=1)
    )
    assert arrivals.by_owner(decision, copy.pk, has_it=False, by="a", at=at) == "again"
    work()
    assert "ben@home.example" not in mails()


def test_the_copy_of_another_attempt_is_not_named_by_it(doubted, work, person):
    """Whoever owns one attempt says nothing of the copies of another's."""
    _, _, copy = doubted
    other = person("eve@else.example")
    send(other, invitation(organizer="eve@else.example", uid="other@calendar.example"), reference="8")
    work()
    decision = Decision.objects.get(account__endswith=f":{other.pk}")
    assert arrivals.by_owner(decision, copy.pk, has_it=False, by="e", at=timezone.now()) == "settled"
    assert states() == ["sent", "sent", "uncertain"]


class TestPages:
    @pytest.fixture
    def owner(self, doubted):
        client = Client()
        client.force_login(doubted[0])
        return client

    def test_the_owner_finds_it_on_the_page_of_the_decision_and_answers_there(self, doubted, owner, work):
        _, decision, copy = doubted
        (state,) = [state for state in guard.guest_states("7") if state.state == "uncertain"]
        assert state.explain_url.endswith(f"/explain/{decision.code}/")
        page = owner.get(f"/calguard/explain/{decision.code}/")
        assert f'data-copy="{copy.pk}"' in page.content.decode()
        assert "ben@home.example" in page.content.decode()
        answer = owner.post(f"/calguard/arrival/{decision.code}/", {"copy": copy.pk, "arrived": "no"})
        assert answer.status_code == 200
        assert "to this guest and to nobody else" in answer.content.decode()
        again = owner.post(f"/calguard/arrival/{decision.code}/", {"copy": copy.pk, "arrived": "yes"})
        assert again.status_code == 409
        work()
        assert mails().count("ben@home.example") == 1

    def test_a_get_changes_nothing(self, doubted, owner):
        _, decision, copy = doubted
        answer = owner.get(f"/calguard/arrival/{decision.code}/", {"copy": copy.pk, "arrived": "no"})
        assert answer.status_code == 302
        assert states() == ["sent", "sent", "uncertain"]

    @pytest.mark.parametrize("given", [{}, {"copy": "x"}, {"copy": "9" * 40, "arrived": "no"}, {"arrived": "maybe"}])
    def test_nonsense_changes_nothing(self, doubted, owner, given):
        _, decision, copy = doubted
        answer = owner.post(f"/calguard/arrival/{decision.code}/", {"copy": copy.pk, **given})
        assert answer.status_code == 409
        assert states() == ["sent", "sent", "uncertain"]

    def test_nobody_else_answers_or_learns_of_it(self, doubted, person):
        _, decision, copy = doubted
        client = Client()
        client.force_login(person("eve@else.example"))
        given = {"copy": copy.pk, "arrived": "no"}
        assert client.post(f"/calguard/arrival/{decision.code}/", given).status_code == 404
        assert Client().post(f"/calguard/arrival/{decision.code}/", given).status_code == 302
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(doubted[0])
        assert strict.post(f"/calguard/arrival/{decision.code}/", given).status_code == 403
        assert states() == ["sent", "sent", "uncertain"]

    def test_programs_are_told_the_same(self, doubted, owner):
        _, decision, _ = doubted
        told = owner.get(f"/calguard/explain/{decision.code}/", headers={"accept": "application/json"}).json()
        assert told["unsure"][0]["guest"] == "ben@home.example"
        given = {"copy": told["unsure"][0]["copy"], "arrived": "yes"}
        answer = owner.post(told["arrival_url"], given, headers={"accept": "application/json"})
        assert (answer.status_code, answer.json()["answer"]) == (200, "arrived")


class TestSendingAgain:
    def test_who_surely_has_it_is_left_out_where_the_owner_wants_that(self, doubted, work):
        user, _, _ = doubted
        before, spent = (
            mails(),
            sum(Charge.objects.filter(scope__startswith="account:").values_list("units", flat=True)),
        )
        send(user, EVENT, reference="7", resend="missing")
        work()
        assert mails() == sorted([*before, "ben@home.example"])
        assert states() == ["sent"] * 3
        now = sum(Charge.objects.filter(scope__startswith="account:").values_list("units", flat=True))
        assert now == spent + 1, "and costs nothing"

    def test_once_more_nobody_is_left(self, doubted, work):
        user, _, _ = doubted
        send(user, EVENT, reference="7", resend="missing")
        work()
        before = mails()
        send(user, EVENT, reference="7", resend="missing")
        work()
        assert mails() == before

    def test_everybody_gets_it_where_the_owner_wants_that(self, doubted, work):
        user, _, _ = doubted
        before = mails()
        send(user, EVENT, reference="7", resend=True)
        work()
        assert mails() == sorted([*before, *GUESTS])

    def test_whom_it_was_refused_for_gets_it_too(self, doubted, work):
        user, _, copy = doubted
        Delivery.objects.filter(pk=copy.pk).update(state="failed")
        send(user, EVENT, reference="7", resend="missing")
        work()
        assert mails().count("ben@home.example") == 1

    def test_an_unknown_word_is_no_way_to_send_again(self, person):
        with pytest.raises(ValueError, match="missing"):
            guard.check(person(), EVENT, resend="mising")  # type: ignore[arg-type]
