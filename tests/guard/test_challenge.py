"""A challenge stands until it is answered, by the person it was put to, for what it was put for."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from calguard import guard
from calguard.guard import Verdict
from calguard.models import Case
from outbound.models import Submission
from tests.guard.events import LURE, invitation
from tests.guard.test_check import send, to_guests

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R55")]


@pytest.fixture
def hasty(rf: Any) -> Any:
    """A post in which the field hidden from people is filled in."""
    from calguard import client

    def make(user: Any, **more: str) -> Any:
        request = rf.post("/", {client.HONEYPOT: "https://x.example", **more}, headers={"user-agent": BROWSER})
        request.user = user
        return request

    return make


BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def solved(challenge: Any) -> str:
    question = Client().get(challenge.url).json()
    for number in range(question.get("maxnumber", question.get("maxNumber", 1_000_000)) + 1):
        if hashlib.sha256(f"{question['salt']}{number}".encode()).hexdigest() == question["challenge"]:
            kept = {key: question[key] for key in ("algorithm", "challenge", "salt", "signature")}
            return base64.b64encode(json.dumps({**kept, "number": number}).encode()).decode()
    raise AssertionError("no solution")


def test_solved_it_goes_and_the_same_answer_counts_once(person, work, hasty):
    user, lunch = person(), invitation()
    asked = send(user, lunch, request=hasty(user))
    assert asked.verdict is Verdict.CHALLENGE
    work()
    assert to_guests() == []
    answer = solved(asked.challenge)
    assert send(user, lunch, request=hasty(user, altcha=answer)).may_send
    work()
    assert len(to_guests()) == 1
    other = invitation(uid="another@x", summary="Something else")
    assert send(user, other, request=hasty(user, altcha=answer)).verdict is Verdict.CHALLENGE


def test_an_answer_is_good_for_its_account_content_and_guests_only(person, hasty):
    ada, eve = person(), person("eve@clinic.example")
    answer = solved(send(ada, invitation(), request=hasty(ada)).challenge)
    for user, content in [
        (eve, invitation(organizer="eve@clinic.example")),
        (ada, invitation(summary="Another lunch")),
        (ada, invitation(guests=["ben@home.example", "more@home.example"])),
    ]:
        assert send(user, content, request=hasty(user, altcha=answer)).verdict is Verdict.CHALLENGE


@pytest.mark.requirement("R56")
def test_a_passed_challenge_does_not_excuse_what_is_written(person, hasty, work):
    user = person("x@free.example", days=0.1)
    lure = invitation(organizer="x@free.example", summary=LURE)
    from calguard import challenge
    from calguard.content import reader

    content = reader.read(lure)
    offered = challenge.offer(account=_account(user), content_hash=content.hash, guests_hash=content.guests_hash)
    decision = send(user, lure, request=hasty(user, altcha=solved(offered)))
    assert decision.verdict >= Verdict.HOLD
    work()
    assert to_guests() == []


def test_trying_again_more_slowly_is_no_answer(person, hasty):
    user, lunch = person(), invitation()
    assert send(user, lunch, request=hasty(user)).verdict is Verdict.CHALLENGE
    again = send(user, lunch)
    assert again.verdict is Verdict.CHALLENGE
    assert send(user, lunch, token=solved(again.challenge)).may_send
    assert send(user, lunch).may_send, "it was answered; nobody is asked twice"


def test_whoever_is_shut_out_by_it_gets_a_person_instead(person, hasty, work):
    user = person()
    decision = send(user, invitation(), request=hasty(user, calguard_review="1"))
    assert decision.verdict is Verdict.HOLD
    work()
    assert Case.objects.count() == 1


def test_a_client_without_forms_answers_on_the_page_of_the_decision(person, hasty, work):
    user = person()
    decision = send(user, invitation(), request=hasty(user))
    assert guard.challenge_passed(decision.submission, "garbage") is False
    assert guard.challenge_passed(decision.submission, solved(decision.challenge)) is True
    work()
    assert len(to_guests()) == 1


@pytest.mark.requirement("R03")
@override_settings(ROOT_URLCONF="tests.guard.no_urls")
def test_a_host_without_our_pages_holds_what_it_cannot_ask(person, hasty, work):
    user = person()
    decision = send(user, invitation(), request=hasty(user))
    assert decision.verdict is Verdict.HOLD
    work()
    assert to_guests() == []
    assert Submission.objects.get().holds.exists()


@pytest.mark.parametrize("answer", ["", "x", "a" * 100_000, base64.b64encode(b"[]").decode(), "{}", "\x00"])
def test_garbage_is_no_answer_and_no_error(person, hasty, answer):
    user = person()
    assert send(user, invitation(), request=hasty(user, altcha=answer)).verdict is Verdict.CHALLENGE


def _account(user: Any) -> str:
    from calguard.conf import conf

    return conf.host.account(user)


def test_the_page_of_a_decision_asks_only_for_what_the_host_has_saved(person, hasty, client):
    user = person()
    decision = send(user, invitation(), request=hasty(user))
    client.force_login(user)
    address = reverse("calguard:explain", args=[decision.reference])
    assert "altcha-widget" not in client.get(address).content.decode(), "the form is still open, and asks itself"
    guard.confirm(decision)  # as a CalDAV server does, which stores first
    assert "altcha-widget" in client.get(address).content.decode()
