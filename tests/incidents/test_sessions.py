"""The sessions of one account end, whatever engine keeps them, and nobody else's is read for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model, update_session_auth_hash
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.checks import run_checks
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path as url_path
from django.utils import timezone

from calguard import sessions, sweeping
from calguard.conf import conf
from calguard.host import SessionsKept, SessionsLeft
from calguard.incidents.models import SignedIn
from tests.incidents.conftest import DAY, PASSWORD, Theft, alerts, path, signed_in
from tests.urls import urlpatterns as usual

Work = Callable[[], None]
BACKENDS = "django.contrib.sessions.backends"
PAGE = "/calguard/incident/"


def changed(request: HttpRequest) -> HttpResponse:
    """As Django's own page for a new password: whoever changes it stays signed in, under another key."""
    update_session_auth_hash(request, request.user)  # type: ignore[arg-type]
    return HttpResponse("changed")


urlpatterns = [*usual, url_path("changed/", changed)]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["db", "cached_db", "cache", "file"])
def engine(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Iterator[str]:
    settings.SESSION_ENGINE = f"{BACKENDS}.{request.param}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    yield request.param
    cache.clear()


@pytest.fixture
def ada(db: None) -> Any:
    return get_user_model().objects.create_user(username="ada", email="ada@x.example", password=PASSWORD)


@pytest.fixture
def ben(db: None) -> Any:
    return get_user_model().objects.create_user(username="ben", email="ben@x.example", password=PASSWORD)


def end(user: Any) -> int:
    return conf.host.end_sessions(conf.host.account(user))


def inside(browser: Client) -> bool:
    return browser.get(PAGE).status_code == 200


@pytest.mark.requirement("R57")
def test_all_of_an_account_end_and_nobody_elses_is_read(engine: str, ada: Any, ben: Any, monkeypatch: Any) -> None:
    hers, his = [signed_in(ada) for _ in range(3)], [signed_in(ben) for _ in range(2)]
    store = import_module(f"{BACKENDS}.{engine}").SessionStore
    monkeypatch.setattr(Session, "get_decoded", lambda self: pytest.fail("somebody's session was read"))
    read = []
    monkeypatch.setattr(store, "load", lambda self: read.append(self.session_key))
    assert end(ada) == 3
    assert read == []
    monkeypatch.undo()
    assert [inside(browser) for browser in hers] == [False] * 3
    assert [inside(browser) for browser in his] == [True] * 2
    assert end(ada) == 0, "safe to repeat"


def test_one_that_got_another_key_by_a_new_password_ends_too(engine: str, ada: Any, settings: Any) -> None:
    settings.ROOT_URLCONF = __name__
    thief = signed_in(ada)
    before = thief.cookies[settings.SESSION_COOKIE_NAME].value
    assert thief.get("/changed/").content == b"changed"
    assert thief.cookies[settings.SESSION_COOKIE_NAME].value != before
    assert end(ada) == 1
    assert not inside(thief)


def test_one_begun_before_calguard_is_written_down_when_it_is_used(engine: str, ada: Any) -> None:
    thief = signed_in(ada)
    SignedIn.objects.all().delete()
    session = thief.session
    session.pop(sessions.MARK, None)
    session.save()
    assert inside(thief)
    assert SignedIn.objects.get().user == str(ada.pk)
    assert end(ada) == 1
    assert not inside(thief)


@pytest.mark.parametrize("engine", ["db", "cached_db"], indirect=True)
def test_those_that_were_not_used_since_are_read_once(engine: str, ada: Any, ben: Any, monkeypatch: Any) -> None:
    hers, his, nobodys = signed_in(ada), signed_in(ben), Client()
    nobodys.session.save()
    SignedIn.objects.all().delete()
    assert end(ada) == 1
    assert (inside(hers), inside(his)) == (False, True)
    monkeypatch.setattr(Session, "get_decoded", lambda self: pytest.fail("read again"))
    assert end(ada) == 0
    assert end(ben) == 1, "known by now"


def test_of_very_many_some_are_read_at_once_and_the_sweep_goes_on(
    theft: Theft, work: Work, monkeypatch: Any, ben: Any
) -> None:
    thief = signed_in(theft.user)
    others = [signed_in(ben) for _ in range(7)]
    SignedIn.objects.all().delete()
    old = Session.objects.get(session_key=thief.session.session_key)
    Session.objects.filter(pk=old.pk).update(expire_date=timezone.now() + DAY)
    monkeypatch.setattr(sessions, "AT_ONCE", 3)
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    assert theft.incident.facts["ending"]
    assert inside(thief), "not read yet"
    for _ in range(3):
        sweeping.sweep(at=timezone.now())
    assert not inside(thief)
    assert all(inside(browser) for browser in others)
    assert "ending" not in theft.incident.facts


def test_who_asks_is_told_that_there_are_more(ada: Any, ben: Any, monkeypatch: Any) -> None:
    for _ in range(5):
        signed_in(ben)
    SignedIn.objects.all().delete()
    monkeypatch.setattr(sessions, "AT_ONCE", 3)
    with pytest.raises(SessionsLeft):
        end(ada)
    assert end(ada) == 0


@pytest.mark.requirement("R57")
def test_what_lives_in_cookies_cannot_be_ended_and_nobody_says_so(theft: Theft, work: Work, settings: Any) -> None:
    settings.SESSION_ENGINE = f"{BACKENDS}.signed_cookies"
    with pytest.raises(SessionsKept):
        end(theft.user)
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    page = Client().post(path(alerts()[-1], "secure"))
    assert page.status_code == 200
    assert "Every session has been ended" not in page.content.decode()
    assert "Only that ends the sessions" in page.content.decode()
    assert theft.incident.facts["kept"]
    assert "ending" not in theft.incident.facts, "no sweep tries it again and again"


@pytest.mark.parametrize(
    ("engine_name", "host", "warned"),
    [
        ("signed_cookies", "calguard.host.Host", True),
        ("signed_cookies", "tests.incidents.host.Reachable", False),
        ("db", "calguard.host.Host", False),
    ],
)
def test_operators_are_told_of_cookies_at_start(settings: Any, engine_name: str, host: str, warned: bool) -> None:
    settings.SESSION_ENGINE = f"{BACKENDS}.{engine_name}"
    settings.CALGUARD = {**settings.CALGUARD, "HOST": host}
    assert ("calguard.W007" in {message.id for message in run_checks()}) is warned


def test_what_is_over_is_forgotten(ada: Any) -> None:
    signed_in(ada)
    sweeping.purge(at=timezone.now() + 10 * DAY)
    assert SignedIn.objects.exists()
    sweeping.purge(at=timezone.now() + 15 * DAY)
    assert not SignedIn.objects.exists()


def test_a_session_in_use_is_kept_for_longer(ada: Any, clock: Any) -> None:
    browser = signed_in(ada)
    first = SignedIn.objects.get().expires_at
    clock.shift(6 * DAY)
    assert inside(browser)
    assert SignedIn.objects.get().expires_at == first, "not a write for every request"
    clock.shift(2 * DAY)
    assert inside(browser)
    assert SignedIn.objects.get().expires_at > first
