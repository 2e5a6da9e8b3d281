"""reCAPTCHA against a real HTTPS server that answers as Google does, or does not answer."""

from __future__ import annotations

import socket
import ssl
import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import RequestFactory
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from calguard import alarm, challenge, keyed, siteverify
from calguard.challenge import Failed, Passed, Unavailable
from tests.support.parts import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R55")]

MINE = {"account": "auth.user:1", "content_hash": "c" * 64, "guests_hash": "g" * 64}
PATH = "/recaptcha/api/siteverify"
GOOD = {"success": True, "challenge_ts": "2026-06-15T10:00:00Z", "hostname": "calendar.example"}


@pytest.fixture
def google(server: HTTPServer, settings: Any) -> HTTPServer:
    server.clear()
    settings.RECAPTCHA_PUBLIC_KEY, settings.RECAPTCHA_PRIVATE_KEY = "site-key", "secret-key"
    settings.RECAPTCHA_DOMAIN = f"localhost:{server.port}"
    return server


def post(response: str = "response-1", **headers: str) -> Any:
    """What the browser sends once the box is ticked."""
    offered = challenge.offer(**MINE)
    data = {"g-recaptcha-response": response, "calguard_binding": offered.public["calguard_binding"]}
    return RequestFactory().post("/", data, REMOTE_ADDR="203.0.113.5", **headers)


def verify(given: Any, at: datetime, **binding: str) -> Any:
    return challenge.verify(given, **{**MINE, **binding}, at=at)


def test_a_ticked_box_passes_once(google: HTTPServer, now: datetime) -> None:
    google.expect_request(PATH, method="POST").respond_with_json(GOOD)
    request = post(HTTP_X_FORWARDED_FOR="6.6.6.6")
    assert verify(request, now) == Passed()
    assert verify(request, now) == Failed(challenge.USED)
    sent = google.log[0][0].form
    assert (sent["secret"], sent["response"]) == ("secret-key", "response-1")
    assert sent["remoteip"] == "203.0.113.5"  # not what the client claims in X-Forwarded-For


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"account": "auth.user:2"}, challenge.OTHER_ACCOUNT),
        ({"content_hash": "d" * 64}, challenge.OTHER_CONTENT),
        ({"guests_hash": "h" * 64}, challenge.OTHER_GUESTS),
    ],
)
def test_an_answer_for_something_else_is_not_even_asked_about(
    google: HTTPServer, now: datetime, other: dict[str, str], code: str
) -> None:
    assert verify(post(), now, **other) == Failed(code)
    assert google.log == []


@pytest.mark.parametrize("binding", ["", "forged", "x" * 9000])
def test_an_answer_without_our_word_is_none(google: HTTPServer, now: datetime, binding: str) -> None:
    data = {"g-recaptcha-response": "response-1", "calguard_binding": binding}
    assert verify(RequestFactory().post("/", data), now) == Failed(challenge.INVALID)
    assert verify(f"{binding}|response-1", now) == Failed(challenge.INVALID)
    assert google.log == []


def test_programs_send_both_in_one_string(google: HTTPServer, now: datetime) -> None:
    google.expect_request(PATH).respond_with_json(GOOD)
    bound = challenge.offer(**MINE).public["calguard_binding"]
    assert verify(f"{bound}|response-1", now) == Passed()


def test_our_word_grows_old(google: HTTPServer, now: datetime, clock: Any) -> None:
    request = post()
    clock.shift(timedelta(minutes=11))
    assert verify(request, now) == Failed(challenge.EXPIRED)
    assert google.log == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"success": False, "error-codes": ["invalid-input-response"]}, Failed(challenge.INVALID)),
        ({"success": False, "error-codes": ["timeout-or-duplicate"]}, Failed(challenge.EXPIRED)),
        ({"success": False}, Failed(challenge.INVALID)),
        ({"success": "yes", "hostname": "calendar.example"}, Failed(challenge.INVALID)),
        ({**GOOD, "hostname": "solver.example"}, Failed(challenge.INVALID)),  # ticked on somebody else's page
        ({"success": True}, Failed(challenge.INVALID)),
        ({"success": False, "error-codes": ["invalid-input-secret"]}, Unavailable()),  # our mistake, not the user's
        ({"error": "no such thing"}, Unavailable()),
        ([], Unavailable()),
    ],
)
def test_what_google_may_say(google: HTTPServer, now: datetime, said: Any, expected: Any) -> None:
    google.expect_request(PATH).respond_with_json(said)
    assert verify(post(), now) == expected


SCORED = {**GOOD, "action": "calguard"}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({**SCORED, "score": 0.9}, Passed()),
        ({**SCORED, "score": 0.5}, Passed()),
        ({**SCORED, "score": 1}, Passed()),
        ({**SCORED, "score": 0.3}, Failed(challenge.INVALID)),
        ({**SCORED, "score": True}, Failed(challenge.INVALID)),
        ({**SCORED, "score": "0.9"}, Failed(challenge.INVALID)),
        (SCORED, Failed(challenge.INVALID)),  # a box that was ticked, where a score is wanted
        ({**GOOD, "score": 0.9}, Failed(challenge.INVALID)),
        ({**GOOD, "score": 0.9, "action": "login"}, Failed(challenge.INVALID)),  # given for another page of the host's
    ],
)
def test_a_score_must_suffice_where_one_is_wanted(
    google: HTTPServer, now: datetime, settings: Any, said: dict[str, Any], expected: Any
) -> None:
    settings.RECAPTCHA_REQUIRED_SCORE = 0.5
    google.expect_request(PATH).respond_with_json(said)
    assert verify(post(), now) == expected


def test_without_a_wanted_score_none_is_needed(google: HTTPServer, now: datetime) -> None:
    google.expect_request(PATH).respond_with_json(GOOD)
    assert verify(post(), now) == Passed()


def test_the_server_is_asked_over_tls_by_a_client_that_looks_at_its_certificate(
    google: HTTPServer, now: datetime
) -> None:
    """The end of the path is what production has: TLS, a checked certificate, the secret in the body of a POST."""
    google.expect_request(PATH, method="POST").respond_with_json(GOOD)
    assert google.ssl_context is not None
    with (
        socket.create_connection(("localhost", google.port), timeout=5) as plain,
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost") as wrapped,
    ):
        assert str(wrapped.version()).startswith("TLSv1.")
        assert wrapped.getpeercert()["subjectAltName"] == (("DNS", "localhost"),)  # type: ignore[index]
    assert verify(post(), now) == Passed()
    [(asked, _)] = google.log
    assert asked.form["secret"] == "secret-key"
    assert "secret-key" not in asked.url


@pytest.mark.parametrize(("status", "body"), [(500, "oops"), (503, ""), (200, "<html>"), (200, "")])
def test_an_outage_is_an_alarm_and_no_answer(google: HTTPServer, now: datetime, status: int, body: str) -> None:
    google.expect_request(PATH).respond_with_data(body, status=status)
    before = alarm.counts().get("recaptcha", 0)
    assert verify(post(), now) == Unavailable()
    assert alarm.counts()["recaptcha"] == before + 1


def test_nobody_listening_is_an_outage(google: HTTPServer, now: datetime, settings: Any) -> None:
    settings.RECAPTCHA_DOMAIN = f"localhost:{free_port()}"
    assert verify(post(), now) == Unavailable()


def test_a_certificate_nobody_vouches_for_is_an_outage(google: HTTPServer, now: datetime, settings: Any) -> None:
    settings.RECAPTCHA_DOMAIN = f"127.0.0.1:{google.port}"  # the certificate is for another name
    assert verify(post(), now) == Unavailable()


def test_the_request_waits_two_seconds_at_most(
    google: HTTPServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is there while the question is still open, and the wait in between was the deadline's."""
    assert siteverify.DEADLINE == 2.0
    let_go, answered, waited, join = threading.Event(), threading.Event(), [], threading.Thread.join

    def never(_: Request) -> Response:
        let_go.wait(30)
        answered.set()
        return Response("{}")

    def joined(thread: threading.Thread, timeout: float | None = None) -> None:
        if thread.name == "calguard-recaptcha":
            waited.append(timeout)
        join(thread, timeout)

    monkeypatch.setattr(siteverify, "DEADLINE", 0.2)  # the same path, ten times as fast
    monkeypatch.setattr(threading.Thread, "join", joined)
    google.expect_request(PATH).respond_with_handler(never)
    try:
        assert verify(post(), now) == Unavailable()
        [asking] = [thread for thread in threading.enumerate() if thread.name == "calguard-recaptcha"]
        assert not answered.is_set()
        assert waited == [0.2]
    finally:
        let_go.set()
    join(asking, 30)  # the answer that came too late is not the next test's
    assert not asking.is_alive()
    assert answered.is_set()


def test_an_outage_is_no_answer_that_can_be_kept(google: HTTPServer, now: datetime) -> None:
    google.expect_ordered_request(PATH).respond_with_data("oops", status=500)
    google.expect_ordered_request(PATH).respond_with_json(GOOD)
    request = post()
    assert verify(request, now) == Unavailable()
    assert verify(request, now) == Passed()  # not spent by the failure


def test_keys_in_use_are_of_the_purpose() -> None:
    with pytest.raises(keyed.BadSignature):
        keyed.unsign("recaptcha", keyed.sign("challenge", {"a": ""}))
