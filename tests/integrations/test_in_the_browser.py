"""The challenge and the decision in a real browser, under a strict Content-Security-Policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.decorators import login_required
from django.core import mail
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from playwright.sync_api import Page, expect

from calguard import guard
from calguard.models import Appeal, Decision
from outbound.models import Hold
from tests.guard.events import LURE, invitation
from tests.hosts.plain.models import Event
from tests.integrations.test_views import PAGE, Create, fields, templates

__all__ = ["templates"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.needs("browser"),
    pytest.mark.urls(__name__),
    pytest.mark.usefixtures("templates", "strict"),
]

FRAME = (
    '<!doctype html><html lang="en"><title>Event</title><link rel="icon" href="data:,"><main><h1>Event</h1>{}</main>'
)
ALTCHA_STYLE = "'sha256-pg+oQARqMq4wCazyrsMt8HY89BJkXkEFkwNWxg2iPdg='"  # the one style element that its script adds
POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    f"script-src 'self'; worker-src blob:; style-src 'self' {ALTCHA_STYLE}"
)


def strict_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The host's own middleware."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.setdefault("Content-Security-Policy", POLICY)
        return response

    return answer


urlpatterns = [
    path("new/", login_required(Create.as_view())),
    path("done/", lambda request: HttpResponse(FRAME.format("<p>Saved</p>"))),
    path("calguard/", include("calguard.urls")),
]


@pytest.fixture(scope="module", autouse=True)
def database_beside_the_browser() -> Iterator[None]:
    """Playwright keeps an event loop in this thread also while the database is emptied after a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def strict(settings: Any, templates: None) -> None:
    settings.MIDDLEWARE = [f"{__name__}.strict_policy", *settings.MIDDLEWARE]
    loaders = settings.TEMPLATES[0]["OPTIONS"]["loaders"]
    loaders[0] = ("django.template.loaders.locmem.Loader", {"event.html": FRAME.format(PAGE)})
    if "django_altcha" not in settings.INSTALLED_APPS:
        settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "django_altcha"]


def visit(page: Page, live_server: Any, user: Any, where: str) -> None:
    client = Client()
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    page.goto(live_server.url + where)


def write(page: Page) -> None:
    """As a program does that never asked for the form: what was rendered for people is missing."""
    page.evaluate("document.querySelector('[name=calguard_form]').value = ''")
    for name, value in fields().items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Send", exact=True).click()


@pytest.mark.requirement("R55")
def test_a_challenge_is_solved_in_the_page_and_nothing_typed_is_lost(
    page: Page, live_server: Any, person: Callable[..., Any], work: Callable[[], None]
) -> None:
    visit(page, live_server, person(days=10), "/new/")
    write(page)
    expect(page.get_by_role("status").first).to_contain_text("One short check")
    expect(page.locator("[name=title]")).to_have_value("Team lunch")
    expect(page.locator("[name=place]")).to_have_value("Canteen")
    assert Event.objects.count() == 0
    page.get_by_label("I am not a program").click()
    expect(page.get_by_text("You can send now.")).to_be_visible()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Saved")).to_be_visible()
    work()
    assert [message.to for message in mail.outbox if "ben@home.example" in message.to] == [["ben@home.example"]]


def test_a_person_can_be_asked_for_instead(page: Page, live_server: Any, person: Callable[..., Any]) -> None:
    visit(page, live_server, person(days=10), "/new/")
    write(page)
    page.get_by_role("button", name="Send for review instead").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    assert Hold.objects.filter(kind=Hold.Kind.REVIEW).count() == 1


def test_the_trap_is_out_of_sight_and_out_of_the_way_of_the_keyboard(
    page: Page, live_server: Any, person: Callable[..., Any]
) -> None:
    visit(page, live_server, person(), "/new/")
    trap = page.locator("[name=event_homepage]").bounding_box()
    assert trap is not None
    assert trap["x"] + trap["width"] < 0
    page.locator("[name=guests]").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Send"


@pytest.mark.requirement("R53")
def test_the_owner_reads_and_appeals(page: Page, live_server: Any, person: Callable[..., Any]) -> None:
    user = person("x@free.example", days=0.1)
    with guard.sending(user, invitation(organizer="x@free.example", summary=LURE)) as decision:
        pass
    visit(page, live_server, user, f"/calguard/explain/{decision.reference}/")
    expect(page.get_by_text(decision.reference)).to_be_visible()
    page.get_by_label("What should we know about this event?").fill("It is a quiz night.")
    page.get_by_role("button", name="Send to a person").click()
    expect(page.get_by_role("status").last).to_contain_text("We have received it")
    assert Appeal.objects.get().decision == Decision.objects.get()
