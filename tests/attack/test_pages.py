"""Attacks on what users may open: somebody else's explanation, appeal, challenge or secure link."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from calguard import guard, keyed, links
from calguard.conf import conf
from calguard.incidents.models import Incident
from calguard.models import Appeal, Decision
from outbound.models import Submission
from tests.guard.events import LURE, invitation

pytestmark = pytest.mark.django_db(transaction=True)


def client_of(user, **options):
    client = Client(**options)
    client.force_login(user)
    return client


@pytest.fixture
def held(person):
    user = person("x@free.example", days=0.5)
    with guard.sending(user, invitation(organizer="x@free.example", summary=LURE), reference="1") as decision:
        pass
    return user, decision


@pytest.mark.parametrize("way", ["explain", "appeal"])
def test_somebody_elses_decision_is_as_absent_as_one_that_never_was(person, held, way):
    _, decision = held
    other = client_of(person("eve@free.example"))
    there = other.get(f"/calguard/{way}/{decision.reference}/")
    absent = other.get(f"/calguard/{way}/ZZZZ-ZZZZ/")
    assert there.status_code == absent.status_code == 404
    assert there.content.replace(decision.reference.encode(), b"") == absent.content.replace(b"ZZZZ-ZZZZ", b"")
    assert other.post(f"/calguard/{way}/{decision.reference}/", {"text": "x", "altcha": "x"}).status_code == 404
    assert not Appeal.objects.exists()


def test_nothing_changes_without_a_token_or_by_reading(held):
    user, decision = held
    strict = client_of(user, enforce_csrf_checks=True)
    assert strict.post(f"/calguard/appeal/{decision.reference}/", {"text": "mine"}).status_code == 403
    assert strict.get(f"/calguard/appeal/{decision.reference}/?text=mine").status_code == 302
    assert not Appeal.objects.exists()
    assert client_of(user).post(f"/calguard/appeal/{decision.reference}/", {"text": "mine"}).status_code == 302
    assert Appeal.objects.count() == 1


def test_a_secure_link_is_for_one_account_one_use_and_no_other_purpose(person):
    user, other = person(), person("b@x.example")
    at, account = timezone.now(), conf.host.account(user)
    incident = Incident.objects.create(account=account, since=at, opened_at=at, due_at=at + timedelta(days=3))
    signed = links.secure(account, incident.pk).rstrip("/").rpartition("/")[2]
    mine, theirs = client_of(user), client_of(other)
    forged = keyed.sign("challenge", {"account": conf.host.account(other), "incident": incident.pk})
    assert Client().post(f"/calguard/secure/{forged}/").status_code == 404
    assert Client().get(f"/calguard/secure/{signed}/").status_code == 200
    assert mine.get("/calguard/explain/ZZZZ-ZZZZ/").status_code == 404, "reading ended no session"
    assert Client().post(f"/calguard/secure/{signed}/").status_code == 200
    assert mine.get("/calguard/explain/ZZZZ-ZZZZ/").status_code == 302
    assert theirs.get("/calguard/explain/ZZZZ-ZZZZ/").status_code == 404
    assert Client().post(f"/calguard/secure/{signed}/").status_code == 409


@pytest.mark.parametrize("code", ["..%2f", "%00", "ß" * 9, "a" * 5000, "%F0%9F%98%80", "<script>"])
def test_codes_nobody_made_are_not_found(person, code):
    assert client_of(person()).get(f"/calguard/explain/{code}/").status_code == 404


def test_appeals_of_any_kind_are_answered(held):
    user, decision = held
    for text in ("", " ", "x" * 5000, "\0", "\u202e<script>alert(1)</script>"):
        answer = client_of(user).post(f"/calguard/appeal/{decision.reference}/", {"text": text})
        assert answer.status_code in (302, 422)
        assert b"<script>alert" not in answer.content
    assert b"<script>alert" not in client_of(user).get(f"/calguard/explain/{decision.reference}/").content


def test_a_challenge_answer_of_others_or_of_another_event_frees_nothing(person):
    user, other = person("x@free.example", days=0.5), person("y@free.example", days=0.5)
    first = guard.check(user, invitation(organizer="x@free.example"))
    second = guard.check(other, invitation(organizer="y@free.example", summary="Other"))
    from django.utils import timezone

    from calguard import challenge
    from calguard.challenges import altcha

    row = Submission.objects.get(pk=first.submission)
    binding = challenge.Binding(account=row.account, content_hash=row.content_hash, guests_hash=row.guests_hash)
    token = solve(altcha.question(binding.signed_part(), at=timezone.now()))
    assert not guard.challenge_passed(second.submission, token)
    assert guard.challenge_passed(first.submission, token)
    assert not guard.challenge_passed(first.submission, token), "once"


def solve(question):
    import base64
    import hashlib
    import json

    for number in range(question["maxNumber"] + 1):
        if hashlib.sha256(f"{question['salt']}{number}".encode()).hexdigest() == question["challenge"]:
            answer = {key: question[key] for key in ("algorithm", "challenge", "salt", "signature")}
            return base64.b64encode(json.dumps({**answer, "number": number}).encode()).decode()
    raise AssertionError


def test_withdrawn_is_withdrawn_whatever_is_solved_later(person):
    user = person("x@free.example", days=0.5)
    decision = guard.check(user, invitation(organizer="x@free.example"))
    guard.withdraw(decision)
    guard.confirm(decision)
    guard.challenge_passed(decision.submission, "anything")
    assert Submission.objects.get().state == "withdrawn"
    assert Decision.objects.count() == 1
