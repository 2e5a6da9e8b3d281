"""CalGuard's own pages, as the owner, a stranger and a double click meet them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import altcha
import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from calguard import explanation, guard, links
from calguard.conf import conf
from calguard.incidents.models import Incident
from calguard.models import Appeal, AuditEntry, Case, Decision
from calguard.statements.telling import LONGEST
from outbound import ledger
from outbound.models import Hold, Submission
from tests.guard.conftest import person, work
from tests.guard.events import LURE, invitation

__all__ = ["person", "work"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(person: Callable[..., Any]) -> Any:
    return person("x@free.example", days=0.1)


@pytest.fixture
def withheld(owner: Any) -> Decision:
    """A lure of a new account, kept from its guests."""
    with guard.sending(owner, invitation(organizer="x@free.example", summary=LURE), reference="7") as decision:
        pass
    row = Decision.objects.get(pk=decision.id)
    assert row.verdict >= guard.Verdict.HOLD
    return row


def signed_in(user: Any, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


def page(client: Client, code: str) -> str:
    response = client.get(f"/calguard/explain/{code}/")
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.requirement("R53")
def test_the_owner_reads_what_why_and_what_now(owner: Any, withheld: Decision) -> None:
    shown = page(signed_in(owner), withheld.code)
    assert withheld.code in shown
    assert "PayPal" in shown  # which event this is about
    for reason in explanation.explain(withheld).reasons:
        assert reason.replace("'", "&#x27;") in shown
    assert "No person has looked at it yet" in shown
    assert '<label for="calguard-text">' in shown


@pytest.mark.requirement("R53")
def test_the_page_tells_nothing_of_how_it_was_found(owner: Any, withheld: Decision) -> None:
    shown = page(signed_in(owner), withheld.code)
    for signal in withheld.signals:
        assert signal["code"] not in shown
        assert signal["reason"] not in shown
    assert str(withheld.score) not in shown
    assert withheld.policy_version not in shown


def test_nobody_else_learns_that_it_exists(person: Callable[..., Any], withheld: Decision) -> None:
    stranger = signed_in(person("eve@else.example"))
    missing = stranger.get("/calguard/explain/ZZZZ-ZZZZ/")
    theirs = stranger.get(f"/calguard/explain/{withheld.code}/")
    assert (missing.status_code, theirs.status_code) == (404, 404)
    assert stranger.post(f"/calguard/appeal/{withheld.code}/", {"text": "mine"}).status_code == 404
    assert Client().get(f"/calguard/explain/{withheld.code}/").status_code == 302  # to sign in
    assert Appeal.objects.count() == 0


def test_staff_see_no_more_than_others_here(person: Callable[..., Any], withheld: Decision) -> None:
    assert signed_in(person("s@x.example", is_staff=True)).get(f"/calguard/explain/{withheld.code}/").status_code == 404


def test_a_reference_may_be_typed_in_small_letters(owner: Any, withheld: Decision) -> None:
    assert withheld.code in page(signed_in(owner), withheld.code.lower())


def test_a_title_cannot_write_into_the_page(owner: Any) -> None:
    content = invitation(organizer="x@free.example", summary=f'<script>alert(1)</script> Fish & "Chips" {LURE}')
    with guard.sending(owner, content) as decision:
        pass
    shown = page(signed_in(owner), decision.reference)
    assert "<script>alert" not in shown
    assert "Fish &amp; &quot;Chips&quot;" in shown


def test_what_was_accepted_has_no_reasons_and_nothing_to_appeal(person: Callable[..., Any]) -> None:
    user = person()
    with guard.sending(user, invitation()) as decision:
        pass
    shown = page(signed_in(user), decision.reference)
    assert "accepted" in shown
    assert "<form" not in shown
    assert signed_in(user).post(f"/calguard/appeal/{decision.reference}/", {"text": "x"}).status_code == 422


@pytest.mark.requirement("R92")
def test_an_appeal_arrives_in_the_case_once(owner: Any, withheld: Decision) -> None:
    client = signed_in(owner)
    url = f"/calguard/appeal/{withheld.code}/"
    assert client.get(url)["Location"] == f"/calguard/explain/{withheld.code}/#appeal"
    assert client.post(url, {"text": " It is a party, \x00really. "}).status_code == 302
    assert client.post(url, {"text": "And again"}).status_code == 302  # a double click is no error
    assert Appeal.objects.get().text == "It is a party, really."
    withheld.refresh_from_db()
    assert withheld.case == Case.objects.get()
    assert AuditEntry.objects.filter(action="case.appealed").count() == 1
    shown = page(client, withheld.code)
    assert "We have received it" in shown
    assert "<textarea" not in shown


@pytest.mark.parametrize(("text", "said"), [("", "Please write"), ("  \n", "Please write"), ("x" * 4001, "4000")])
def test_an_appeal_needs_words_and_not_too_many(owner: Any, withheld: Decision, text: str, said: str) -> None:
    response = signed_in(owner).post(f"/calguard/appeal/{withheld.code}/", {"text": text})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert Appeal.objects.count() == 0


def test_the_longest_appeal_is_kept_whole(owner: Any, withheld: Decision) -> None:
    signed_in(owner).post(f"/calguard/appeal/{withheld.code}/", {"text": "ü" * LONGEST})
    assert len(Appeal.objects.get().text) == LONGEST


def test_an_appeal_needs_the_forms_own_token(owner: Any, withheld: Decision) -> None:
    client = signed_in(owner, enforce_csrf_checks=True)
    url = f"/calguard/appeal/{withheld.code}/"
    assert client.post(url, {"text": "forged"}).status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page(client, withheld.code))
    assert token
    assert client.post(url, {"text": "mine", "csrfmiddlewaretoken": token[1]}).status_code == 302


def test_appeals_are_limited(owner: Any, withheld: Decision, settings: Any) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "RATE_LIMITS": {"appeal": "2/h"}}
    client = signed_in(owner)
    answers = [client.post(f"/calguard/appeal/{withheld.code}/", {"text": ""}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [422, 422, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert client.get(f"/calguard/explain/{withheld.code}/").status_code == 200  # reading is not


def test_what_a_person_decided_is_told(owner: Any, withheld: Decision, now: Any) -> None:
    client = signed_in(owner)
    client.post(f"/calguard/appeal/{withheld.code}/", {"text": "A party"})
    Case.objects.update(state="closed", outcome="release", decided_by="auth.user:9", closed_at=now)
    shown = page(client, withheld.code)
    assert "released it" in shown
    assert "No person has looked" not in shown


@pytest.mark.requirement("R65")
def test_a_restricted_account_can_read_and_appeal(owner: Any, withheld: Decision, work: Callable[[], None]) -> None:
    with guard.sending(owner, invitation(organizer="x@free.example", summary=LURE, uid="2@x"), reference="8"):
        pass
    work()
    assert signed_in(owner).post(f"/calguard/appeal/{withheld.code}/", {"text": "Please look"}).status_code == 302


@pytest.fixture
def waiting(person: Callable[..., Any]) -> Decision:
    """A challenge that no page could show: it came by CalDAV, was stored, and waits."""
    with guard.sending(person(), invitation(), channel="caldav") as decision:
        pass
    ledger.hold(decision.submission, Hold.Kind.CHALLENGE, f"decision:{decision.id}", "test", at=timezone.now())
    Decision.objects.filter(pk=decision.id).update(verdict=guard.Verdict.CHALLENGE, reasons=["looks_automated"])
    return Decision.objects.get(pk=decision.id)


def solve(client: Client, shown: str) -> str:
    url = re.search(r'challengeurl="([^"]+)"', shown)
    assert url, shown
    question = client.get(url[1]).json()
    found = altcha.solve_challenge(question["challenge"], question["salt"], "SHA-256", question["maxNumber"])
    assert found is not None
    answer = {key: question[key] for key in ("algorithm", "challenge", "salt", "signature")} | {"number": found.number}
    return base64.b64encode(json.dumps(answer).encode()).decode()


@pytest.mark.requirement("R55")
def test_a_challenge_met_without_a_page_is_solved_here(waiting: Decision, work: Callable[[], None]) -> None:
    user = conf.host.user(waiting.account)
    client, url = signed_in(user), f"/calguard/explain/{waiting.code}/"
    assert client.post(url, {"altcha": "made-up"}).status_code == 422
    work()
    assert [message for message in mail.outbox if "ben@home.example" in message.to] == []
    answer = solve(client, page(client, waiting.code))
    assert client.post(url, {"altcha": answer}).status_code == 302
    work()
    assert [message.to for message in mail.outbox if "ben@home.example" in message.to] == [["ben@home.example"]]
    assert "<altcha-widget" not in page(client, waiting.code)
    assert client.post(url, {"altcha": answer}).status_code == 422


def test_a_challenge_is_not_shown_for_what_is_over(waiting: Decision, now: Any) -> None:
    ledger.withdraw(waiting.submission_id, "replaced", at=now)
    waiting.submission.refresh_from_db()
    assert waiting.submission.state == Submission.State.WITHDRAWN
    assert "<altcha-widget" not in page(signed_in(conf.host.user(waiting.account)), waiting.code)


def secure_path(user: Any) -> str:
    return links.secure(conf.host.account(user), incident_of(user).pk).removeprefix("https://calendar.example")


def incident_of(user: Any) -> Incident:
    """The account may be in other hands, and its owner has been asked."""
    at = timezone.now()
    account, later = conf.host.account(user), at + timedelta(days=3)
    return Incident.objects.create(account=account, since=at, opened_at=at, due_at=later)


def test_the_owner_ends_every_session_with_the_link_from_the_mail(person: Callable[..., Any]) -> None:
    user, other = person(), person("b@else.example")
    hijacker, bystander, mailbox = signed_in(user), signed_in(other), Client()
    url = secure_path(user)
    assert mailbox.get(url).status_code == 200
    assert mailbox.head(url).status_code == 200
    assert hijacker.get("/calguard/explain/ZZZZ-ZZZZ/").status_code == 404  # reading ended nothing
    assert mailbox.post(url).status_code == 200
    assert hijacker.get("/calguard/explain/ZZZZ-ZZZZ/").status_code == 302  # to sign in
    assert bystander.get("/calguard/explain/ZZZZ-ZZZZ/").status_code == 404
    assert AuditEntry.objects.filter(action="account.secured", target=conf.host.account(user)).count() == 1
    assert mailbox.post(url).status_code == 409  # once: what is asked for now is a new password


def test_the_owner_may_be_signed_in_meanwhile(person: Callable[..., Any]) -> None:
    user = person()
    client = signed_in(user)
    assert client.post(secure_path(user)).status_code == 200
    assert client.get("/calguard/explain/ZZZZ-ZZZZ/").status_code == 302


def test_a_link_of_this_kind_cannot_be_made_up_and_does_not_last(person: Callable[..., Any], clock: Any) -> None:
    url = secure_path(person())
    assert Client().post("/calguard/secure/forged/").status_code == 404
    assert Client().post(url.replace("/secure/", "/secure/x")).status_code == 404
    assert Client(enforce_csrf_checks=True).post(url).status_code == 403
    clock.shift(timedelta(days=8))
    assert Client().post(url).status_code == 404


def test_a_host_that_cannot_end_sessions_does_not_hide_it(
    person: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Any, account: str) -> int:
        raise RuntimeError("no session store")

    user = person()
    monkeypatch.setattr("calguard.host.Host.end_sessions", broken)
    response = Client().post(secure_path(user))
    assert response.status_code == 503
    assert "could not be ended" in response.content.decode()
