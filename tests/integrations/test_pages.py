"""Which pages a browser saw before it sends, through the whole stack: sign-in, middleware, views (CC 4.2(1)(3))."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from calguard import client
from calguard.models import Decision
from tests.integrations.test_views import Create, fill, templates

__all__ = ["templates"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__), pytest.mark.usefixtures("templates")]

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@login_required
def saved(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<!doctype html><title>Saved</title>")


async def later(request: HttpRequest) -> HttpResponse:
    """A page that knows who is there without ever blocking."""
    user = await request.auser()
    return HttpResponse(f"<!doctype html><title>{user}</title>")


urlpatterns = [
    path("login/", LoginView.as_view(template_name="event.html")),
    path("new/", login_required(Create.as_view())),
    path("done/", saved),
    path("later/", later),
    path("calguard/", include("calguard.urls")),
]


@pytest.fixture
def browser(person: Callable[..., Any]) -> Client:
    user = person(days=400)
    made = Client(headers={"user-agent": FIREFOX, "accept": "text/html,*/*;q=0.8", "accept-language": "en"})
    answer = made.post("/login/?next=/done/", {"username": user.username, "password": "long enough to be one"})
    assert answer.status_code == 302, answer.content
    return made


def seen() -> list[tuple[int | None, bool]]:
    """Of each decision: how many pages were counted, and whether that was noted."""
    rows = Decision.objects.order_by("created_at")
    return [
        (
            row.facts["client"]["steps"],
            "no_pages" in {one["code"] for one in row.signals if one["detector"] == "automation"},
        )
        for row in rows
    ]


def test_who_asks_for_each_form_is_seen_to(browser: Client, clock: Any) -> None:
    for number, pause in enumerate((31, 52, 24, 77, 45)):
        browser.get("/done/")
        data = fill(browser, title=f"Lesson {number}")
        clock.shift(pause)
        assert browser.post("/new/", data).status_code == 302
    assert seen() == [(2, False)] * 5


@pytest.mark.requirement("R19")
def test_who_sends_event_after_event_without_a_page_is_noted(browser: Client, clock: Any) -> None:
    data = fill(browser)
    for number, pause in enumerate((31, 52, 24, 77, 45)):
        clock.shift(pause)
        assert browser.post("/new/", data | {"title": f"Lesson {number}"}).status_code in (302, 403)
    assert seen()[:4] == [(1, False), (0, False), (0, False), (0, True)]


def test_a_form_that_comes_back_with_an_error_is_a_page(browser: Client, clock: Any) -> None:
    data = fill(browser)
    for number, pause in enumerate((31, 52, 24, 77)):
        clock.shift(pause)
        assert browser.post("/new/", data | {"title": ""}).status_code == 200
        clock.shift(9)
        browser.post("/new/", data | {"title": f"Lesson {number}"})
    assert [steps for steps, _ in seen()] == [2, 1, 1, 1]
    assert not any(noted for _, noted in seen())


def test_a_page_that_writes_by_its_own_script_is_not_observed(browser: Client, clock: Any) -> None:
    data = fill(browser)
    for number, pause in enumerate((31, 52, 24, 77)):
        clock.shift(pause)
        browser.post("/new/", data | {"title": f"Lesson {number}"}, headers={"sec-fetch-mode": "cors"})
    assert seen() == [(None, False)] * 4


@pytest.mark.requirement("R11")
def test_the_cookie_is_kept_from_scripts_and_from_other_sites(browser: Client) -> None:
    cookie = browser.cookies[client.COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    before = cookie.value
    browser.get("/done/")
    assert browser.cookies[client.COOKIE].value != before
    for _ in range(3):
        browser.get("/done/")
    before = browser.cookies[client.COOKIE].value
    assert client.COOKIE not in browser.get("/done/").cookies
    assert browser.cookies[client.COOKIE].value == before


def test_strangers_get_no_cookie_for_looking() -> None:
    answer = Client(headers={"user-agent": FIREFOX, "accept": "text/html"}).get("/login/")
    assert client.COOKIE not in answer.cookies


def test_async_pages_count_too(browser: Client) -> None:
    before = browser.cookies[client.COOKIE].value
    assert browser.get("/later/").status_code == 200
    assert browser.cookies[client.COOKIE].value != before
