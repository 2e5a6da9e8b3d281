"""HTTP rates are per account or address, answer 429 with a time, and never take the host down with the cache."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from calguard import alarm, rates
from tests.integrations.test_forms import Person
from tests.support.parts import free_port


@pytest.fixture(autouse=True)
def two_a_minute(settings: Any) -> None:
    limits = {"challenge": "2/m", "appeal": "2/m", "write": "2/m"}
    settings.CALGUARD = {**settings.CALGUARD, "RATE_LIMITS": limits, "TRUSTED_PROXIES": ["10.0.0.0/8"]}


def request(user: int | None = None, ip: str = "203.0.113.5", **headers: str) -> HttpRequest:
    made = RequestFactory().post("/", REMOTE_ADDR=ip, headers=headers)
    made.user = AnonymousUser() if user is None else Person(user)
    return made


def count(made: HttpRequest, times: int = 3, name: rates.Name = "write") -> list[bool]:
    return [rates.hit(made, name) is None for _ in range(times)]


@pytest.mark.usefixtures("clock")
def test_an_account_has_its_own_count() -> None:
    assert count(request(1)) == [True, True, False]
    assert count(request(2)) == [True, True, False]
    assert count(request(1, "198.51.100.9"), 1) == [False]  # wherever it comes from


@pytest.mark.usefixtures("clock")
def test_names_are_counted_apart() -> None:
    assert count(request(1), name="challenge") == [True, True, False]
    assert count(request(1), name="appeal") == [True, True, False]


@pytest.mark.usefixtures("clock")
@pytest.mark.requirement("R13")
def test_who_is_not_signed_in_is_counted_by_address_as_proxies_vouch_for_it() -> None:
    assert count(request()) == [True, True, False]
    assert count(request(ip="203.0.113.6"), 1) == [True]
    assert count(request(**{"x-forwarded-for": "8.8.8.8"}), 1) == [False]  # no proxy of ours said so
    assert count(request(ip="10.0.0.1", **{"x-forwarded-for": "8.8.8.8"}), 1) == [True]
    assert count(request(ip="10.0.0.1", **{"x-forwarded-for": "203.0.113.5"}), 1) == [False]


@pytest.mark.usefixtures("clock")
def test_a_household_in_ipv6_is_one_and_its_neighbour_another() -> None:
    assert count(request(ip="2001:db8::1")) == [True, True, False]
    assert count(request(ip="2001:db8::ffff"), 1) == [False]
    assert count(request(ip="2001:db8:0:1::1"), 1) == [True]


@pytest.mark.usefixtures("clock")
def test_a_server_on_a_socket_that_says_nothing_is_one_address() -> None:
    assert count(request(ip="")) == [True, True, False]


def test_the_window_passes(clock: Any) -> None:
    assert count(request(1)) == [True, True, False]
    over = rates.hit(request(1), "write")
    assert over is not None
    assert 0 < over.retry_after <= 60
    clock.shift(61)
    assert count(request(1), 1) == [True]


def view(made: HttpRequest) -> HttpResponse:
    return HttpResponse("done")


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("accept", "kind"), [("text/html", "text/html; charset=utf-8"), ("application/json", "application/problem+json")]
)
def test_one_too_many_is_told_how_long_to_wait(accept: str, kind: str) -> None:
    counted = rates.limited("write")(view)
    answers = [counted(request(1, accept=accept)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert answers[2]["Content-Type"] == kind


@pytest.mark.usefixtures("clock")
def test_only_the_methods_named_are_counted() -> None:
    counted = rates.limited("write", methods=("DELETE",))(view)
    assert {counted(request(1)).status_code for _ in range(5)} == {200}


@pytest.mark.usefixtures("clock")
def test_the_operator_may_switch_limits_off(settings: Any) -> None:
    settings.RATELIMIT_ENABLE = False
    assert count(request(1), 5) == [True] * 5


@pytest.fixture
def dead_cache(settings: Any) -> None:
    """Redis is configured and nobody listens."""
    location = f"redis://127.0.0.1:{free_port()}/0"
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": location}}


@pytest.mark.usefixtures("dead_cache")
def test_without_the_cache_what_is_open_stays_open_and_operators_hear_of_it() -> None:
    before = alarm.counts().get("rates", 0)
    assert count(request(1)) == [True, True, True]
    assert alarm.counts()["rates"] == before + 3
    from django.core.cache import cache

    with pytest.raises(redis.ConnectionError):  # the cache is really away: the library alone would have raised
        cache.get("x")


@pytest.mark.usefixtures("dead_cache")
def test_without_the_cache_what_is_closed_stays_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "OPEN_WITHOUT_CACHE", {"write": False})
    assert rates.hit(request(1), "write") == rates.Limited(60)


def test_a_cache_that_forgets_is_no_limit_and_an_alarm(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    assert count(request(1), 5) == [True] * 5
