"""What must not pass, for each provider alike: one table, and the answer that does pass beside it (R55)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import altcha
import pytest
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_httpserver import HTTPServer

from calguard import challenge
from calguard.challenge import Failed, Passed, Unavailable
from tests.support.parts import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R55")]

MINE = {"account": "auth.user:1", "content_hash": "c" * 64, "guests_hash": "g" * 64}
GOOD = {"success": True, "hostname": "calendar.example", "score": 0.9, "action": "calguard"}
PREFIXES = {"recaptcha": "RECAPTCHA", "turnstile": "TURNSTILE", "hcaptcha": "HCAPTCHA"}
Answered = Callable[..., HttpRequest]


@pytest.fixture(params=challenge.providers())
def name(request: Any, server: HTTPServer, settings: Any) -> str:
    """One provider in use, configured as its documentation says, against the local HTTPS server."""
    server.clear()
    cache.clear()
    provider = str(request.param)
    configure(settings, provider, server.port)
    settings.CALGUARD = {**settings.CALGUARD, "CHALLENGE": provider}
    return provider


def configure(settings: Any, provider: str, port: int) -> None:
    if provider == "recaptcha":
        settings.RECAPTCHA_PUBLIC_KEY, settings.RECAPTCHA_PRIVATE_KEY = "site-key", "secret-key"
        settings.RECAPTCHA_DOMAIN = f"localhost:{port}"
    elif provider != "altcha":
        prefix = PREFIXES[provider]
        setattr(settings, f"{prefix}_SITEKEY", "site-key")
        setattr(settings, f"{prefix}_SECRET", "secret-key")
        setattr(settings, f"{prefix}_VERIFY_URL", f"https://localhost:{port}/siteverify")


@pytest.fixture
def answered(name: str, server: HTTPServer) -> Answered:
    """What a browser posts after the check was done rightly, for the attempt given."""

    def make(**other: str) -> HttpRequest:
        offered = challenge.offer(**{**MINE, **other})
        if name == "altcha":
            return RequestFactory().post("/", {"altcha": solved(offered)})
        said = GOOD | {key: str(value) for key, value in offered.context.items() if key == "cdata"}
        server.expect_request("/siteverify").respond_with_json(said)
        server.expect_request("/recaptcha/api/siteverify").respond_with_json(said)
        fields = {offered.public["field"]: "response-1", "calguard_binding": offered.public["calguard_binding"]}
        return RequestFactory().post("/", fields, REMOTE_ADDR="203.0.113.5")

    return make


def solved(offered: challenge.Challenge) -> str:
    question = Client().get(offered.url).json()
    found = altcha.solve_challenge(question["challenge"], question["salt"], "SHA-256", question["maxNumber"])
    assert found is not None
    answer = {key: question[key] for key in ("algorithm", "challenge", "salt", "signature")} | {"number": found.number}
    return base64.b64encode(json.dumps(answer).encode()).decode()


def verify(given: HttpRequest | str, **other: str) -> Passed | Failed | Unavailable:
    return challenge.verify(given, **{**MINE, **other}, at=timezone.now())


def test_what_was_answered_passes_and_replayed_fails(answered: Answered) -> None:
    request = answered()
    assert verify(request) == Passed()
    assert verify(request) == Failed(challenge.USED)


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"account": "auth.user:2"}, challenge.OTHER_ACCOUNT),
        ({"content_hash": "d" * 64}, challenge.OTHER_CONTENT),
        ({"guests_hash": "h" * 64}, challenge.OTHER_GUESTS),
    ],
)
def test_for_another_account_content_or_guest_list_fails_and_is_not_used_up(
    answered: Answered, other: dict[str, str], code: str
) -> None:
    request = answered()
    assert verify(request, **other) == Failed(code)
    assert verify(request) == Passed()


def test_too_late_fails(answered: Answered, clock: Any) -> None:
    request = answered()
    clock.shift(timedelta(minutes=10, seconds=2))
    assert verify(request) == Failed(challenge.EXPIRED)


def test_of_a_provider_that_is_not_in_use_fails(answered: Answered, name: str, settings: Any) -> None:
    request = answered()
    others = [other for other in challenge.providers() if other != name]
    for other in others:
        configure(settings, other, free_port())
    settings.CALGUARD = {**settings.CALGUARD, "CHALLENGE": others}
    assert verify(request) == Failed(challenge.MISSING)


def test_without_an_answer_fails(name: str) -> None:
    field = challenge.provider(name).FIELD
    for data in ({}, {field: ""}, {"calguard_binding": "x"}, {"other": "answer"}):
        assert verify(RequestFactory().post("/", data)) == Failed(challenge.MISSING)


@pytest.mark.parametrize("garbage", ["x", "\x00", "é" * 100, "a b", "x" * 9000, "[" * 500, "|", "x|y", "<script>"])
def test_garbage_fails_and_no_provider_is_bothered_with_it(name: str, server: HTTPServer, garbage: str) -> None:
    field = challenge.provider(name).FIELD
    bound = challenge.offer(**MINE).public.get("calguard_binding", "")
    for request in (RequestFactory().post("/", {field: garbage}), f"|{garbage}", garbage):
        assert verify(request) == Failed(challenge.INVALID)
    if not challenge.TOKEN.fullmatch(garbage):
        bound_garbage = RequestFactory().post("/", {field: garbage, "calguard_binding": bound})
        assert verify(bound_garbage) == Failed(challenge.INVALID)
    assert server.log == []
