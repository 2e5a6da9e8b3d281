"""Nobody is asked for ever, nobody alone decides for others, and an answer counts once however often it is sent."""

from __future__ import annotations

import json
import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from calguard import challenge, guard
from calguard.conf import conf
from calguard.guard import Verdict
from calguard.integrations import rest
from calguard.models import Case, Decision, Notice
from outbound.models import Hold, Submission
from tests.guard.events import invitation
from tests.guard.test_challenge import hasty, solved
from tests.guard.test_check import send, to_guests

__all__ = ["hasty"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R55")]

SHOWN = {challenge.SHOWN_FIELD: "1"}
AT_ONCE = 20
PASSING = "ada@mailinator.com"  # an address that is thrown away is asked about, on every channel


def asked_until_held(user: Any, hasty: Any, most: int, **fields: str) -> int:
    """How often the same form was given back before a person was asked."""
    lunch = invitation()
    for number in range(most + 1):
        if send(user, lunch, request=hasty(user, **fields)).verdict is not Verdict.CHALLENGE:
            return number
    raise AssertionError("asked for ever")


class TestTries:
    @pytest.mark.parametrize("fields", [{}, SHOWN, SHOWN | {"altcha": "wrong"}], ids=["silent", "empty", "wrong"])
    def test_one_event_is_asked_about_a_few_times_and_then_a_person_looks(self, person, hasty, work, fields):
        most = conf.policy.challenge.attempts
        user = person()
        assert asked_until_held(user, hasty, most, **fields) == most
        work()
        assert Case.objects.get().account == conf.host.account(user)
        assert to_guests() == []

    def test_the_right_answer_in_the_last_try_passes(self, person, hasty, work):
        user, lunch = person(), invitation()
        for _ in range(conf.policy.challenge.attempts):
            asked = send(user, lunch, request=hasty(user, altcha="wrong", **SHOWN))
        assert asked.verdict is Verdict.CHALLENGE
        assert send(user, lunch, request=hasty(user, altcha=solved(asked.challenge), **SHOWN)).may_send
        work()
        assert len(to_guests()) == 1

    def test_edits_do_not_go_on_for_ever_either(self, person, hasty, clock):
        user, most = person(), conf.policy.challenge.account_attempts
        for number in range(most):
            clock.shift(40 * 60)  # slower than what is delayed for its pace
            edited = invitation(summary=f"Lunch {number}", uid=f"u{number}")
            assert send(user, edited, request=hasty(user)).verdict is Verdict.CHALLENGE
        assert send(user, invitation(summary="Lunch!"), request=hasty(user)).verdict is Verdict.HOLD

    def test_tomorrow_begins_anew(self, person, hasty, clock):
        user, most = person(), conf.policy.challenge.attempts
        assert asked_until_held(user, hasty, most) == most
        clock.shift(25 * 3600)
        assert send(user, invitation(summary="Lunch after all"), request=hasty(user)).verdict is Verdict.CHALLENGE

    def test_others_are_asked_as_before(self, person, hasty):
        ada, eve = person(), person("eve@clinic.example")
        asked_until_held(ada, hasty, conf.policy.challenge.attempts)
        lunch = invitation(organizer="eve@clinic.example")
        assert send(eve, lunch, request=hasty(eve)).verdict is Verdict.CHALLENGE

    def test_what_visitors_do_on_a_page_is_not_counted_against_its_owner(self, person, hasty):
        from calguard import tries

        account = conf.host.account(person())
        most = conf.policy.challenge.account_attempts
        for number in range(most + 5):
            booked = challenge.Binding(account=account, content_hash=str(number), guests_hash="g")
            assert tries.room(booked, own=False, at=timezone.now())
        mine = challenge.Binding(account=account, content_hash="mine", guests_hash="g")
        assert tries.room(mine, own=True, at=timezone.now())

    def test_a_client_that_stores_the_same_again_by_itself_is_not_held_for_it(self, person, hasty, clock):
        user = person(PASSING, days=10)
        for number in range(conf.policy.challenge.attempts + 2):
            clock.shift((40 + 7 * number) * 60)
            verdict = send(user, lunch(), request=hasty(user), channel="caldav").verdict
            assert verdict is Verdict.CHALLENGE

    def test_where_nothing_may_be_held_the_check_is_put_again(self, person, hasty, settings, clock):
        settings.CALGUARD = {**settings.CALGUARD, "DISABLED_ACTIONS": ["hold"]}
        user = person()
        for _ in range(conf.policy.challenge.attempts + 2):
            clock.shift(40 * 60)
            assert send(user, invitation(), request=hasty(user, altcha="wrong")).verdict is Verdict.CHALLENGE


class TestOnce:
    """R55: of many submissions with one answer exactly one passes."""

    def test_of_twenty_at_the_same_time_one_passes_and_the_others_hear_why(self, person, hasty, work):
        user, lunch = person(), invitation()
        asked = send(user, lunch, request=hasty(user))
        answer = solved(asked.challenge)
        start, decisions, broken = threading.Barrier(AT_ONCE), [], []

        def submit() -> None:
            start.wait()
            try:
                decisions.append(send(user, lunch, request=hasty(user, altcha=answer, **SHOWN)))
            except Exception as error:  # noqa: BLE001  whatever it is, it would be the host's 500
                broken.append(error)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=submit) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert broken == []
        assert Counter(decision.may_send for decision in decisions) == {True: 1, False: AT_ONCE - 1}
        rest = [decision for decision in decisions if not decision.may_send]
        assert {decision.verdict for decision in rest} <= {Verdict.CHALLENGE, Verdict.THROTTLE, Verdict.HOLD}
        work()
        assert len(to_guests()) == 1

    def test_a_double_click_is_told_that_the_first_counted_and_is_held_against_nobody(self, person, hasty, work, clock):
        user, lunch = person(), invitation()
        answer = solved(send(user, lunch, request=hasty(user)).challenge)
        assert send(user, lunch, request=hasty(user, altcha=answer, **SHOWN)).may_send
        for _ in range(conf.policy.challenge.attempts + 1):
            twice = send(user, lunch, request=hasty(user, altcha=answer, **SHOWN))
            assert twice.verdict is Verdict.CHALLENGE
            assert twice.challenge.problem == challenge.USED
            assert "the first one counted" in twice.challenge.said
        work()
        assert len(to_guests()) == 1
        assert not Case.objects.exists()
        clock.shift(3600)
        other = invitation(uid="2@x", summary="Tea")
        assert send(user, other).may_send, "and the next event is sent as ever"

    def test_an_answer_that_the_host_could_not_save_is_not_used_up(self, person, hasty):
        user, lunch = person(), invitation()
        answer = solved(send(user, lunch, request=hasty(user)).challenge)
        with pytest.raises(RuntimeError), guard.sending(user, lunch, request=hasty(user, altcha=answer)):
            raise RuntimeError("the host's save failed")
        assert send(user, lunch, request=hasty(user, altcha=answer)).may_send


class TestWords:
    @pytest.mark.parametrize(
        ("fields", "problem"),
        [
            ({}, ""),
            (SHOWN, challenge.MISSING),
            ({"altcha": "wrong"}, challenge.INVALID),
            (SHOWN | {"altcha": "wrong"}, challenge.INVALID),
        ],
    )
    def test_the_first_time_nothing_is_wrong_yet(self, person, hasty, fields, problem):
        user = person()
        asked = send(user, invitation(), request=hasty(user, **fields)).challenge
        assert asked.problem == problem
        assert bool(asked.said) is bool(problem)

    def test_what_was_changed_after_the_check_is_named(self, person, hasty):
        user, start = person(), timezone.now() + timedelta(days=2)
        answer = solved(send(user, invitation(start=start), request=hasty(user)).challenge)
        edited = send(user, invitation(start=start, summary="Late lunch"), request=hasty(user, altcha=answer))
        assert edited.challenge.problem == challenge.OTHER_CONTENT
        more = invitation(start=start, guests=["ben@home.example", "cleo@home.example"])
        assert send(user, more, request=hasty(user, altcha=answer)).challenge.problem == challenge.OTHER_GUESTS


def lunch(**options: Any) -> bytes:
    return invitation(organizer=PASSING, **options)


def stored(user: Any, hasty: Any, channel: str = "caldav", **options: Any) -> Decision:
    """A challenged attempt of a client without pages, whose event its host has stored."""
    decision = send(user, lunch(**options), request=hasty(user), channel=channel)
    assert decision.verdict is Verdict.CHALLENGE
    guard.confirm(decision)
    return Decision.objects.get(pk=decision.id)


class TestOnItsPage:
    def page(self, row: Decision) -> str:
        return reverse("calguard:explain", args=[row.code])

    @pytest.mark.parametrize("channel", ["caldav", "api"])
    def test_its_owner_is_mailed_a_link_answers_there_and_the_stored_event_goes(
        self, person, hasty, work, client, channel
    ):
        user = person(PASSING, days=10)
        row = stored(user, hasty, channel)
        work()
        [told] = [message for message in mail.outbox if message.to == [user.email]]
        assert f"https://calendar.example{self.page(row)}" in told.body
        client.force_login(user)
        shown = client.get(self.page(row))
        offered = shown.context["challenge"]
        assert client.post(self.page(row), {"altcha": solved(offered)}).status_code == 302
        work()
        assert [message.to for message in to_guests()] == [["ben@home.example"]]
        after = client.get(self.page(row)).content.decode()
        assert "altcha-widget" not in after
        assert "Complete the check below" not in after

    def test_nobody_else_answers_there(self, person, hasty, client):
        row = stored(person(PASSING, days=10), hasty)
        assert client.get(self.page(row)).status_code == 302
        client.force_login(person("eve@clinic.example"))
        assert client.post(self.page(row), {"altcha": "x"}).status_code == 404

    def test_wrong_answers_end_with_a_person_and_not_with_another_question(self, person, hasty, work, client):
        user = person(PASSING, days=10)
        row = stored(user, hasty)
        client.force_login(user)
        for _ in range(conf.policy.challenge.attempts):
            assert client.post(self.page(row), {"altcha": "wrong"}).status_code == 422
        assert client.post(self.page(row), {"altcha": "wrong"}).status_code == 302
        shown = client.get(self.page(row)).content.decode()
        assert "waiting for a person" in shown
        assert "altcha-widget" not in shown
        assert [hold.kind for hold in Hold.objects.all()] == [Hold.Kind.REVIEW]
        work()
        assert Case.objects.get().decisions.get() == row
        assert to_guests() == []

    def test_an_empty_answer_is_no_try(self, person, hasty, client):
        user = person(PASSING, days=10)
        row = stored(user, hasty)
        client.force_login(user)
        for _ in range(conf.policy.challenge.attempts + 2):
            answer = client.post(self.page(row), {})
            assert answer.status_code == 422
            assert "complete the check first" in answer.content.decode()
        assert Hold.objects.get().kind == Hold.Kind.CHALLENGE

    def test_whoever_cannot_answer_asks_for_a_person_there(self, person, hasty, work, client):
        user = person(PASSING, days=10)
        row = stored(user, hasty)
        client.force_login(user)
        for _ in range(2):  # pressed twice
            client.post(self.page(row), {challenge.REVIEW: "1"})
        work()
        assert Case.objects.count() == 1
        assert Hold.objects.get().kind == Hold.Kind.REVIEW
        shown = client.get(self.page(row)).content.decode()
        assert "One short check will tell" not in shown
        assert 'id="calguard-text"' in shown, "and may say what it is"

    def test_a_program_whose_host_stored_nothing_sends_the_same_again(self, person, hasty, work, client):
        user, sent = person(PASSING, days=10), lunch()
        asked = send(user, sent, request=hasty(user), channel="api")
        assert asked.verdict is Verdict.CHALLENGE
        row = Decision.objects.get(pk=asked.id)
        client.force_login(user)
        offered = client.get(self.page(row)).context["challenge"]
        assert client.post(self.page(row), {"altcha": solved(offered)}).status_code == 302
        shown = client.get(self.page(row)).content.decode()
        assert "send the event once more" in shown
        assert "altcha-widget" not in shown
        work()
        assert to_guests() == []
        changed = send(user, lunch(summary="Not lunch"), request=hasty(user), channel="api")
        assert changed.verdict is Verdict.CHALLENGE
        assert send(user, sent, request=hasty(user), channel="api").may_send
        work()
        assert len(to_guests()) == 1
        assert send(user, sent, request=hasty(user), channel="api").verdict is Verdict.CHALLENGE, "once"

    def test_such_an_answer_does_not_last(self, person, hasty, client, clock):
        user = person(PASSING, days=10)
        sent = lunch(start=timezone.now() + timedelta(days=9))
        row = Decision.objects.get(pk=send(user, sent, request=hasty(user), channel="api").id)
        client.force_login(user)
        offered = client.get(self.page(row)).context["challenge"]
        client.post(self.page(row), {"altcha": solved(offered)})
        clock.shift(25 * 3600)
        assert send(user, sent, request=hasty(user), channel="api").verdict is Verdict.CHALLENGE

    def test_a_program_that_goes_on_does_not_fill_its_owners_mailbox(self, person, hasty, work):
        user = person(PASSING, days=10)
        for number in range(8):
            send(user, lunch(summary=f"Lunch {number}", uid=f"u{number}"), request=hasty(user), channel="api")
        work()
        assert Notice.objects.filter(kind="challenge").count() == 3

    @pytest.mark.requirement("R03")
    @pytest.mark.parametrize(
        ("tier", "held"), [("established", []), ("trial", [Hold.Kind.CHALLENGE]), ("new", [Hold.Kind.REVIEW])]
    )
    def test_while_no_provider_answers_the_policy_decides_here_too(
        self, person, hasty, client, settings, monkeypatch, tier, held
    ):
        user = person(PASSING, days=10)
        row = stored(user, hasty)
        Decision.objects.filter(pk=row.pk).update(tier=tier)
        monkeypatch.setattr(challenge, "verify", lambda *_, **__: challenge.Unavailable())
        client.force_login(user)
        client.post(self.page(row), {"altcha": "x"})
        assert [hold.kind for hold in Hold.objects.all()] == held


def test_an_answer_for_what_is_over_frees_nothing(person, hasty):
    user = person()
    decision = send(user, invitation(), request=hasty(user))
    answer = solved(decision.challenge)
    guard.withdraw(decision)
    assert not guard.challenge_passed(decision.submission, answer)
    assert Submission.objects.get().state == Submission.State.WITHDRAWN


def test_a_program_hears_what_was_wrong_with_its_answer(person, hasty):
    user = person()
    document = json.loads(rest.problem(send(user, invitation(), request=hasty(user, altcha="wrong"))).content)
    assert document["challenge"]["problem"] == challenge.INVALID
    assert document["challenge"]["problem_text"] == str(challenge.NOT_YET)
    assert document["challenge"]["answer_at"].startswith("https://calendar.example/")
    assert "problem" not in json.loads(rest.problem(send(user, invitation(), request=hasty(user))).content)["challenge"]
