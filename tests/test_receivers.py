"""A sign-in is noted with its device and network, as pseudonyms, and never fails because of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError
from django.test import Client

from accounts_risk.models import Sighting
from calguard import alarm, client, keyed
from calguard.conf import conf

pytestmark = pytest.mark.django_db

LOGIN = "/admin/login/"


@pytest.fixture
def user() -> Any:
    return get_user_model().objects.create_superuser("ada", "ada@clinic.example", "long enough to be one")


def sign_in(browser: Client, **options: Any) -> Any:
    data = {"username": "ada", "password": "long enough to be one"}
    return browser.post(LOGIN, data, REMOTE_ADDR="203.0.113.77", **options)


def seen(user: Any, kind: str) -> list[str]:
    rows = Sighting.objects.filter(account=conf.host.account(user), kind=kind).order_by("pk")
    return list(rows.values_list("value", flat=True))


def test_a_sign_in_is_noted_with_device_and_network(user: Any) -> None:
    browser = Client()
    response = sign_in(browser)
    assert response.status_code == 302
    cookie = response.cookies[client.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert timedelta(seconds=cookie["max-age"]) == client.COOKIE_LIFE
    number = keyed.unsign("device", cookie.value)["n"]
    assert seen(user, "device") == [keyed.pseudonym("device", number)[0]]
    assert seen(user, "prefix") == [keyed.pseudonym("prefix", "203.0.113.0/24")[0]]


@pytest.mark.requirement("R18")
def test_no_row_holds_an_address_or_the_devices_number(user: Any) -> None:
    browser = Client()
    number = keyed.unsign("device", sign_in(browser).cookies[client.COOKIE].value)["n"]
    stored = str(list(Sighting.objects.values()))
    assert "203.0.113" not in stored
    assert number not in stored


def test_the_same_device_is_the_same_and_keeps_its_cookie(user: Any) -> None:
    browser = Client()
    sign_in(browser)
    again = sign_in(browser)
    assert client.COOKIE not in again.cookies
    assert len(seen(user, "device")) == 1


def test_another_device_is_another(user: Any) -> None:
    sign_in(Client())
    sign_in(Client())
    assert len(set(seen(user, "device"))) == 2


@pytest.mark.parametrize("forged", ["x", "a:b:c", "", "é"])
def test_a_cookie_that_was_not_ours_is_no_device(user: Any, forged: str) -> None:
    browser = Client()
    browser.cookies[client.COOKIE] = forged
    assert client.COOKIE in sign_in(browser).cookies
    assert len(seen(user, "device")) == 1


def test_visitors_get_no_cookie(user: Any) -> None:
    assert client.COOKIE not in Client().get(LOGIN).cookies
    wrong = Client().post(LOGIN, {"username": "ada", "password": "wrong"})
    assert client.COOKIE not in wrong.cookies
    assert Sighting.objects.count() == 0


@pytest.mark.parametrize(
    ("secure", "session_secure", "expected"), [(False, False, ""), (True, False, True), (False, True, True)]
)
def test_the_cookie_is_as_safe_as_the_session(
    user: Any, settings: Any, secure: bool, session_secure: bool, expected: Any
) -> None:
    settings.SESSION_COOKIE_SECURE = session_secure
    assert sign_in(Client(), secure=secure).cookies[client.COOKIE]["secure"] == expected


def test_switched_off_nothing_is_noted(user: Any, settings: Any) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "MODE": "off"}
    assert client.COOKIE not in sign_in(Client()).cookies
    assert Sighting.objects.count() == 0


@pytest.mark.parametrize("error", [DatabaseError("locked"), RuntimeError("a bug of ours")])
def test_what_fails_in_here_does_not_keep_anybody_out(
    user: Any, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise error

    before = alarm.counts().get("receivers.sign_in", 0)
    monkeypatch.setattr("calguard.people.note_login", broken)
    assert sign_in(Client()).status_code == 302
    assert alarm.counts()["receivers.sign_in"] == before + 1
    assert get_user_model().objects.get(pk=user.pk).last_login is not None  # the host's own write stood
