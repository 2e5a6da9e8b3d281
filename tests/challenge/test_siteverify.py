"""Turnstile and hCaptcha against a real HTTPS server that answers as they do, and the ladder from one to the next."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import RequestFactory
from pytest_httpserver import HTTPServer

from calguard import alarm, challenge, siteverify
from calguard.challenge import Failed, Passed, Unavailable
from tests.support.parts import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R55")]

MINE = {"account": "auth.user:1", "content_hash": "c" * 64, "guests_hash": "g" * 64}
GOOD = {"success": True, "challenge_ts": "2026-06-15T10:00:00Z", "hostname": "calendar.example"}
FIELDS = {"turnstile": "cf-turnstile-response", "hcaptcha": "h-captcha-response"}
PATH = "/siteverify"


@pytest.fixture(params=sorted(FIELDS))
def service(request: Any, server: HTTPServer, settings: Any) -> SimpleNamespace:
    """One provider in use, and the server that stands for it."""
    name = request.param
    server.clear()
    cache.clear()
    use(settings, server, name)
    settings.CALGUARD = {**settings.CALGUARD, "CHALLENGE": name}
    return SimpleNamespace(name=name, field=FIELDS[name], server=server)


def use(settings: Any, server: HTTPServer, name: str, *, port: int | None = None) -> None:
    prefix = name.upper()
    setattr(settings, f"{prefix}_SITEKEY", "site-key")
    setattr(settings, f"{prefix}_SECRET", "secret-key")
    setattr(settings, f"{prefix}_VERIFY_URL", f"https://localhost:{port or server.port}{PATH}")


def shown_for() -> dict[str, str]:
    """What Cloudflare repeats of the widget that was solved; hCaptcha knows no such thing."""
    return {key: str(value) for key, value in challenge.offer(**MINE).context.items() if key == "cdata"}


def post(field: str, response: str = "response-1", **mine: str) -> Any:
    """What the browser sends once the check is done."""
    bound = challenge.offer(**{**MINE, **mine}).public["calguard_binding"]
    return RequestFactory().post("/", {field: response, "calguard_binding": bound}, REMOTE_ADDR="203.0.113.5")


def test_a_check_that_was_passed_counts_once(service: Any, now: datetime) -> None:
    request = post(service.field)
    service.server.expect_request(PATH, method="POST").respond_with_json({**GOOD, **shown_for()})
    assert challenge.verify(request, **MINE, at=now) == Passed()
    assert challenge.verify(request, **MINE, at=now) == Failed(challenge.USED)
    sent = service.server.log[0][0].form
    assert (sent["secret"], sent["response"], sent["remoteip"]) == ("secret-key", "response-1", "203.0.113.5")


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"account": "auth.user:2"}, challenge.OTHER_ACCOUNT),
        ({"content_hash": "d" * 64}, challenge.OTHER_CONTENT),
        ({"guests_hash": "h" * 64}, challenge.OTHER_GUESTS),
    ],
)
def test_what_was_passed_for_something_else_is_not_even_asked_about(
    service: Any, now: datetime, other: dict[str, str], code: str
) -> None:
    assert challenge.verify(post(service.field, **other), **MINE, at=now) == Failed(code)
    assert service.server.log == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"success": False, "error-codes": ["invalid-input-response"]}, Failed(challenge.INVALID)),
        ({"success": False, "error-codes": ["timeout-or-duplicate"]}, Failed(challenge.EXPIRED)),
        ({**GOOD, "hostname": "solver.example"}, Failed(challenge.INVALID)),  # solved on somebody else's page
        ({"success": True}, Failed(challenge.INVALID)),
        ({"success": "yes", "hostname": "calendar.example"}, Failed(challenge.INVALID)),
        ({"success": False, "error-codes": ["invalid-input-secret"]}, Unavailable()),  # the operator's mistake
        ({"success": False, "error-codes": ["internal-error"]}, Unavailable()),
        ({"success": False, "error-codes": [{}, ["x"]]}, Failed(challenge.INVALID)),
        ([], Unavailable()),
    ],
)
def test_what_a_provider_may_say(service: Any, now: datetime, said: Any, expected: Any) -> None:
    service.server.expect_request(PATH).respond_with_json(said)
    assert challenge.verify(post(service.field), **MINE, at=now) == expected


@pytest.mark.parametrize(("status", "body"), [(500, "oops"), (200, "<html>"), (200, "[" * 100_000)])
def test_an_outage_is_an_alarm_and_no_answer(service: Any, now: datetime, status: int, body: str) -> None:
    service.server.expect_request(PATH).respond_with_data(body, status=status)
    before = alarm.counts().get(service.name, 0)
    assert challenge.verify(post(service.field), **MINE, at=now) == Unavailable()
    assert alarm.counts()[service.name] == before + 1


def test_the_secret_follows_no_redirect(service: Any, now: datetime) -> None:
    service.server.expect_request(PATH).respond_with_data("", status=302, headers={"Location": "/elsewhere"})
    service.server.expect_request("/elsewhere").respond_with_json(GOOD)
    assert challenge.verify(post(service.field), **MINE, at=now) == Unavailable()
    assert [request.path for request, _ in service.server.log] == [PATH]


def test_the_secret_is_never_sent_in_the_clear(service: Any, now: datetime, settings: Any) -> None:
    setattr(settings, f"{service.name.upper()}_VERIFY_URL", f"http://localhost:{service.server.port}{PATH}")
    assert challenge.verify(post(service.field), **MINE, at=now) == Unavailable()
    assert service.server.log == []


def test_cloudflares_word_on_another_attempt_is_none(server: HTTPServer, settings: Any, now: datetime) -> None:
    server.clear()
    use(settings, server, "turnstile")
    settings.CALGUARD = {**settings.CALGUARD, "CHALLENGE": "turnstile"}
    shown_for = challenge.offer(**MINE).context["cdata"]
    server.expect_ordered_request(PATH).respond_with_json({**GOOD, "cdata": "x" * 32})
    server.expect_ordered_request(PATH).respond_with_json(GOOD)  # the widget was taken out of our page
    server.expect_ordered_request(PATH).respond_with_json({**GOOD, "cdata": shown_for})
    assert challenge.verify(post(FIELDS["turnstile"]), **MINE, at=now) == Failed(challenge.OTHER_CONTENT)
    assert challenge.verify(post(FIELDS["turnstile"]), **MINE, at=now) == Failed(challenge.OTHER_CONTENT)
    assert challenge.verify(post(FIELDS["turnstile"]), **MINE, at=now) == Passed()


class TestLadder:
    """Several providers: the next one asks while the one before it does not answer."""

    @pytest.fixture(autouse=True)
    def ladder(self, server: HTTPServer, settings: Any) -> None:
        server.clear()
        cache.clear()
        use(settings, server, "turnstile", port=free_port())  # where nobody listens
        use(settings, server, "hcaptcha")
        settings.CALGUARD = {**settings.CALGUARD, "CHALLENGE": ["turnstile", "hcaptcha", "altcha"]}

    def test_the_first_is_asked_first(self) -> None:
        assert challenge.offer(**MINE).provider == "turnstile"

    def test_an_outage_brings_the_next_and_never_the_policy_for_outages(
        self, server: HTTPServer, now: datetime
    ) -> None:
        assert challenge.verify(post(FIELDS["turnstile"]), **MINE, at=now) == Failed(challenge.OTHER_PROVIDER)
        assert challenge.offer(**MINE).provider == "hcaptcha"
        server.expect_request(PATH).respond_with_json(GOOD)
        assert challenge.verify(post(FIELDS["hcaptcha"]), **MINE, at=now) == Passed()

    def test_two_outages_bring_the_third(self, now: datetime, settings: Any) -> None:
        settings.HCAPTCHA_VERIFY_URL = f"https://localhost:{free_port()}{PATH}"
        for name in ("turnstile", "hcaptcha"):
            assert challenge.verify(post(FIELDS[name]), **MINE, at=now) == Failed(challenge.OTHER_PROVIDER)
        assert challenge.offer(**MINE).provider == "altcha"

    def test_where_none_answers_the_policy_decides(self, now: datetime, settings: Any) -> None:
        settings.CALGUARD = {**settings.CALGUARD, "CHALLENGE": ["turnstile", "hcaptcha"]}
        settings.HCAPTCHA_VERIFY_URL = f"https://localhost:{free_port()}{PATH}"
        assert challenge.verify(post(FIELDS["turnstile"]), **MINE, at=now) == Failed(challenge.OTHER_PROVIDER)
        assert challenge.verify(post(FIELDS["hcaptcha"]), **MINE, at=now) == Unavailable()

    def test_a_string_is_tried_with_each(self, server: HTTPServer, now: datetime, settings: Any) -> None:
        """Programs do not say whose question they answered."""
        settings.CALGUARD = {**settings.CALGUARD, "CHALLENGE": "hcaptcha"}
        bound = challenge.offer(**MINE).public["calguard_binding"]
        settings.CALGUARD = {**settings.CALGUARD, "CHALLENGE": ["altcha", "turnstile", "hcaptcha"]}
        server.expect_request(PATH).respond_with_json(GOOD)
        assert challenge.verify(f"{bound}|response-1", **MINE, at=now) == Passed()

    def test_nonsense_is_wrong_whoever_reads_it(self, now: datetime) -> None:
        assert challenge.verify("nonsense", **MINE, at=now) == Failed(challenge.INVALID)
        assert challenge.verify("", **MINE, at=now) == Failed(challenge.MISSING)


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_an_answer_on_a_page_of_ours_brings_its_binding(settings: Any, name: str) -> None:
    """The page that explains a decision hands on one string, as programs do."""
    settings.CALGUARD = {**settings.CALGUARD, "CHALLENGE": ["altcha", name]}
    form = {FIELDS[name]: "response-1", "calguard_binding": "signed"}
    assert challenge.given_answer(RequestFactory().post("/", form)) == "signed|response-1"
    assert challenge.given_answer(RequestFactory().post("/", {})) == ""


class TestNobodyAloneMovesAProvider:
    """What one account provokes fails its own attempt; it brings neither others nor itself an easier question."""

    @pytest.fixture(autouse=True)
    def ladder(self, server: HTTPServer, settings: Any) -> None:
        server.clear()
        cache.clear()
        use(settings, server, "turnstile")
        settings.CALGUARD = {**settings.CALGUARD, "CHALLENGE": ["turnstile", "altcha"]}

    @pytest.mark.parametrize("status", [400, 413, 422])
    def test_an_answer_that_the_provider_cannot_read_is_wrong(
        self, server: HTTPServer, now: datetime, status: int
    ) -> None:
        server.expect_request(PATH).respond_with_data("no", status=status)
        assert challenge.verify(post(FIELDS["turnstile"]), **MINE, at=now) == Failed(challenge.INVALID)
        assert challenge.offer(**MINE).provider == "turnstile"

    @pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
    def test_what_is_not_about_the_answer_is_an_outage(self, server: HTTPServer, now: datetime, status: int) -> None:
        server.expect_request(PATH).respond_with_data("no", status=status)
        assert challenge.verify(post(FIELDS["turnstile"]), **MINE, at=now) == Failed(challenge.OTHER_PROVIDER)

    def test_an_outage_that_one_account_saw_is_its_own_until_another_sees_it(
        self, now: datetime, settings: Any
    ) -> None:
        settings.TURNSTILE_VERIFY_URL = f"https://localhost:{free_port()}{PATH}"
        eve, cleo = {**MINE, "account": "auth.user:2"}, {**MINE, "account": "auth.user:3"}
        mine, eves = post(FIELDS["turnstile"]), post(FIELDS["turnstile"], account="auth.user:2")
        for _ in range(3):
            challenge.verify(mine, **MINE, at=now)
        assert challenge.offer(**MINE).provider == "altcha"
        assert challenge.offer(**eve).provider == "turnstile"
        challenge.verify(eves, **eve, at=now)
        assert {challenge.offer(**who).provider for who in (MINE, eve, cleo)} == {"altcha"}

    def test_whoever_has_many_answers_looked_at_waits_and_others_do_not(
        self, server: HTTPServer, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(siteverify, "doors", siteverify.Doors())
        server.expect_request(PATH).respond_with_json({**GOOD, **shown_for()})
        for _ in range(siteverify.EACH):
            assert siteverify.doors.enter(MINE["account"])
        assert challenge.verify(post(FIELDS["turnstile"]), **MINE, at=now) == Failed(challenge.BUSY)
        assert challenge.offer(**MINE).provider == "turnstile", "a crowd of one's own is no outage"
        assert siteverify.doors.enter("auth.user:2")
        siteverify.doors.leave(MINE["account"])
        assert challenge.verify(post(FIELDS["turnstile"]), **MINE, at=now) == Passed()

    def test_all_places_taken_is_no_outage_either_and_frees_nobody_of_the_check(
        self, now: datetime, monkeypatch: pytest.MonkeyPatch, settings: Any
    ) -> None:
        settings.CALGUARD = {**settings.CALGUARD, "CHALLENGE": "turnstile"}
        monkeypatch.setattr(siteverify, "doors", siteverify.Doors())
        for number in range(siteverify.MOST):
            assert siteverify.doors.enter(f"auth.user:{100 + number}")
        assert challenge.verify(post(FIELDS["turnstile"]), **MINE, at=now) == Failed(challenge.BUSY)

    def test_places_are_given_back_whatever_happens(self, monkeypatch: pytest.MonkeyPatch) -> None:
        doors = siteverify.Doors()
        monkeypatch.setattr(siteverify, "doors", doors)

        def broken() -> None:
            raise OSError("no route")

        for _ in range(siteverify.MOST * 2):
            assert siteverify.within(5, "turnstile", broken, account="auth.user:1") == Unavailable()
        for _ in range(siteverify.EACH):
            assert doors.enter("auth.user:1")
        assert not doors.enter("auth.user:1")
