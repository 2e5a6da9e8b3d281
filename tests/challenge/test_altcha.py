"""The built-in challenge: solved once, for one account, content and guest list, within ten minutes (R55)."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import altcha
import pytest
from django.db import connections
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from calguard import challenge
from calguard.challenge import Failed, Passed
from calguard.models import SpentToken

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R55")]

MINE = {"account": "auth.user:1", "content_hash": "c" * 64, "guests_hash": "g" * 64}


def ask(client: Client, **binding: str) -> dict[str, Any]:
    """What a browser gets from the address that the page names."""
    offered = challenge.offer(**{**MINE, **binding})
    response = client.get(offered.url)
    assert response.status_code == 200, response.content
    return response.json()  # type: ignore[no-any-return]


def solve(question: dict[str, Any], **changed: Any) -> str:
    """What the widget puts into the form."""
    found = altcha.solve_challenge(
        challenge=question["challenge"],
        salt=question["salt"],
        algorithm=question["algorithm"],
        max_number=question["maxNumber"],
    )
    assert found is not None
    answer = {key: question[key] for key in ("algorithm", "challenge", "salt", "signature")}
    answer |= {"number": found.number, "took": 12, **changed}
    return base64.b64encode(json.dumps(answer).encode()).decode()


@pytest.fixture
def answer(client: Client) -> str:
    return solve(ask(client))


def verify(given: Any, at: datetime, **binding: str) -> Any:
    return challenge.verify(given, **{**MINE, **binding}, at=at)


@pytest.mark.usefixtures("clock")
def test_a_solved_challenge_passes_once(answer: str, now: datetime) -> None:
    assert verify(answer, now) == Passed()
    assert verify(answer, now) == Failed(challenge.USED)
    assert SpentToken.objects.count() == 1


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"account": "auth.user:2"}, challenge.OTHER_ACCOUNT),
        ({"content_hash": "d" * 64}, challenge.OTHER_CONTENT),
        ({"guests_hash": "h" * 64}, challenge.OTHER_GUESTS),
    ],
)
def test_it_is_good_for_nothing_else_and_still_good_for_its_own(
    answer: str, now: datetime, other: dict[str, str], code: str
) -> None:
    assert verify(answer, now, **other) == Failed(code)
    assert verify(answer, now) == Passed()


@pytest.mark.usefixtures("clock")
def test_it_expires(answer: str, now: datetime) -> None:
    assert verify(answer, now + timedelta(minutes=10, seconds=1)) == Failed(challenge.EXPIRED)
    assert verify(answer, now + timedelta(minutes=9)) == Passed()


@pytest.mark.usefixtures("clock")
def test_a_longer_life_cannot_be_written_in(client: Client, now: datetime) -> None:
    question = ask(client)
    later = {**question, "salt": question["salt"].replace("expires=1", "expires=2")}
    forged = base64.b64encode(json.dumps({**later, "number": 0}).encode()).decode()
    assert verify(forged, now) == Failed(challenge.INVALID)
    assert verify(solve(question, salt=question["salt"] + "a=x&"), now) == Failed(challenge.INVALID)


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    "changed",
    [
        {"number": -1},
        {"number": "1"},
        {"number": True},
        {"number": 10**400},
        {"number": 1.0},
        {"algorithm": "SHA-1"},
        {"algorithm": "md5"},
        {"signature": ""},
        {"signature": None},
        {"salt": "a?b?c?d"},
        {"salt": ""},
        {"salt": ["x"]},
        {"challenge": "0" * 64},
    ],
)
def test_a_changed_answer_fails(client: Client, now: datetime, changed: dict[str, Any]) -> None:
    assert verify(solve(ask(client), **changed), now) == Failed(challenge.INVALID)


def test_work_that_was_not_done_fails(client: Client, now: datetime) -> None:
    question = ask(client)
    lazy = base64.b64encode(json.dumps({**question, "number": 1}).encode()).decode()
    assert verify(lazy, now) in (Failed(challenge.INVALID), Passed())  # one in 100,000 is luck


@pytest.mark.parametrize("nothing", ["", None])
def test_no_answer_is_named_so(rf: RequestFactory, now: datetime, nothing: str | None) -> None:
    request = rf.post("/", {} if nothing is None else {"altcha": nothing})
    assert verify(request, now) == Failed(challenge.MISSING)


@hypothesis(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    garbage=st.one_of(st.text(max_size=6000), st.binary(max_size=3000).map(lambda raw: base64.b64encode(raw).decode()))
)
def test_garbage_fails_quietly(now: datetime, garbage: str) -> None:
    assert verify(garbage, now) in (Failed(challenge.INVALID), Failed(challenge.MISSING))


def test_nested_garbage_fails_quietly(now: datetime) -> None:
    for made in ("[" * 3000, "1" * 3000, '{"number": 1' + "0" * 2900 + "}", "{}", "[]", "null", '"x"'):
        assert verify(base64.b64encode(made.encode()).decode(), now) == Failed(challenge.INVALID)


JSON = "application/json"


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    "carry",
    [
        lambda rf, a: rf.post("/", {"altcha": a}),
        lambda rf, a: rf.post("/", {"altcha": [a, ""]}),  # an empty twin of the widget's field
        lambda rf, a: rf.post("/", {"altcha": ["", a]}),
        lambda rf, a: rf.post("/", {"title": "x"}, HTTP_X_CALGUARD_CHALLENGE=a),
        lambda rf, a: rf.put("/", b"BEGIN:VCALENDAR", content_type="text/calendar", HTTP_X_CALGUARD_CHALLENGE=a),
        lambda rf, a: rf.post("/", json.dumps({"challenge": a}), content_type=JSON),
        lambda rf, a: rf.put("/", json.dumps({"challenge": a}), content_type=JSON),
    ],
)
def test_forms_headers_and_json_carry_an_answer(
    rf: RequestFactory, answer: str, now: datetime, carry: Callable[[RequestFactory, str], Any]
) -> None:
    assert verify(carry(rf, answer), now) == Passed()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"\xff", b'{"challenge": 7}', b'{"challenge": {}}', b"[" * 100_000, b"x" * 3_000_000]
)
def test_a_json_body_without_an_answer_has_none(rf: RequestFactory, now: datetime, body: bytes, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None
    assert verify(rf.post("/", body, content_type=JSON), now) == Failed(challenge.MISSING)


def test_a_body_that_was_read_or_is_too_large_has_none(rf: RequestFactory, now: datetime) -> None:
    streamed = rf.post("/", b'{"challenge": "x"}', content_type=JSON)
    streamed.read(2)
    assert verify(streamed, now) == Failed(challenge.MISSING)
    assert verify(rf.post("/", b"x" * 3_000_000, content_type=JSON), now) == Failed(challenge.MISSING)
    broken = rf.post("/", b"--x\r\nbroken", content_type="multipart/form-data; boundary=y" * 9)
    assert verify(broken, now) == Failed(challenge.MISSING)


@pytest.mark.usefixtures("clock")
def test_questions_of_the_key_before_a_rotation_are_still_answered(
    client: Client, now: datetime, settings: Any
) -> None:
    given = settings.CALGUARD
    settings.CALGUARD = {**given, "KEYS": {"old": "o" * 40}}
    signed = solve(ask(client))
    settings.CALGUARD = {**given, "KEYS": {"new": "n" * 40}}
    assert verify(signed, now) == Failed(challenge.INVALID)
    settings.CALGUARD = {**given, "KEYS": {"new": "n" * 40, "old": "o" * 40}}
    assert verify(signed, now, account="auth.user:2") == Failed(challenge.OTHER_ACCOUNT)
    assert verify(signed, now) == Passed()


def test_the_address_of_questions_is_signed_and_not_for_ever(client: Client, clock: Any) -> None:
    url = challenge.offer(**MINE).url
    assert client.get(url).headers["Cache-Control"].find("no-store") > 0
    assert client.get("/calguard/challenge/forged/").status_code == 404
    assert client.get(url.replace("/challenge/", "/challenge/x")).json()["code"] == challenge.INVALID
    assert client.post(url).status_code == 405
    clock.shift(challenge.URL_LIFE + timedelta(minutes=1))
    assert client.get(url).status_code == 410


def test_neither_page_nor_question_tells_account_content_or_guests(client: Client) -> None:
    offered = challenge.offer(account="auth.user:424242", content_hash="cafe" * 16, guests_hash="beef" * 16)
    shown = (
        json.dumps([offered.url, dict(offered.public), dict(offered.context)])
        + client.get(offered.url).content.decode()
    )
    decoded = base64.urlsafe_b64decode(offered.url.split("/")[3].split(":")[0] + "==").decode()
    for secret in ("424242", "cafecafe", "beefbeef"):
        assert secret not in shown + decoded


@pytest.mark.usefixtures("clock")
def test_questions_are_limited(client: Client, settings: Any) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "RATE_LIMITS": {"challenge": "2/m"}}
    url = challenge.offer(**MINE).url
    assert [client.get(url).status_code for _ in range(3)] == [200, 200, 429]
    refused = client.get(url, headers={"accept": JSON})
    assert int(refused["Retry-After"]) > 0
    assert refused.json()["code"] == "asked_too_often"
    assert client.get(url, REMOTE_ADDR="198.51.100.1").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_passes(client: Client, now: datetime) -> None:
    question = ask(client)
    signed = solve(question)
    start, results = threading.Barrier(8), []

    def try_it() -> None:
        start.wait()
        try:
            results.append(challenge.verify(signed, **MINE, at=datetime.fromtimestamp(0, tz=now.tzinfo)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(result).__name__ for result in results) == ["Failed"] * 7 + ["Passed"]
