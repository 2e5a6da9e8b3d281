"""The check for those who use a keyboard, hear the page, or have no JavaScript; and reCAPTCHA's two versions (R55)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.decorators import login_required
from django.core import mail
from django.core.cache import cache
from django.http import HttpResponse
from django.urls import include, path
from playwright.sync_api import Browser, Page, expect
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from calguard import challenge, guard
from calguard.models import Decision
from outbound.models import Hold
from tests.guard.conftest import person, work
from tests.guard.events import invitation
from tests.hosts.plain.models import Event
from tests.integrations.test_in_the_browser import FRAME, database_beside_the_browser, visit, write
from tests.integrations.test_views import PAGE, Create, fields, templates
from tests.support.browser import PERSON, Watch, inspect, user_agent

__all__ = ["database_beside_the_browser", "person", "templates", "work"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.needs("browser"),
    pytest.mark.urls(__name__),
    pytest.mark.usefixtures("templates", "framed"),
    pytest.mark.requirement("R55"),
]
PASSING = "ada@mailinator.com"  # asked about whatever the form was filled in with

urlpatterns = [
    path("new/", login_required(Create.as_view())),
    path("done/", lambda request: HttpResponse(FRAME.format("<p>Saved</p>"))),
    path("calguard/", include("calguard.urls")),
]


@pytest.fixture
def framed(settings: Any, templates: None) -> None:
    loaders = settings.TEMPLATES[0]["OPTIONS"]["loaders"]
    loaders[0] = ("django.template.loaders.locmem.Loader", {"event.html": FRAME.format(PAGE)})


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.className"))


def tab_to(page: Page, wanted: str) -> None:
    """With the keyboard alone, to what an expression finds true of the focused element."""
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate(f"((it) => {wanted})(document.activeElement)"):
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")


def test_with_the_keyboard_from_the_summary_to_the_check_to_the_button(
    page: Page, live_server: Any, person: Callable[..., Any], work: Callable[[], None]
) -> None:
    visit(page, live_server, person(days=10), "/new/")
    write(page)
    expect(page.get_by_role("status").first).to_contain_text("One short check")
    assert "calguard-decision" in focused(page), "the summary is read first"
    inspect(page)
    tab_to(page, "it.textContent === 'Go to the check'")
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#calguard-check"
    tab_to(page, "it.type === 'checkbox'")
    assert page.evaluate("document.activeElement.closest('fieldset').id") == "calguard-check"
    page.keyboard.press("Space")
    expect(page.get_by_text("You can send now.")).to_be_visible(
        timeout=60_000
    )  # its work takes as long as the machine is busy
    inspect(page)
    tab_to(page, "it.type === 'submit' && it.textContent === 'Send'")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved")).to_be_visible()
    work()
    assert [message.to for message in mail.outbox if "ben@home.example" in message.to] == [["ben@home.example"]]


def test_a_screen_reader_is_told_what_the_check_is_and_what_went_wrong(
    page: Page, live_server: Any, person: Callable[..., Any]
) -> None:
    visit(page, live_server, person(days=10), "/new/")
    write(page)
    check = page.get_by_role("group", name="Check")
    expect(check).to_be_visible()
    expect(check.get_by_role("checkbox", name="I am not a program")).to_be_visible()
    expect(page.get_by_role("button", name="Send for review instead")).to_have_accessible_description(
        "A person looks at it first; that may take a day."
    )
    page.evaluate("document.querySelector('form').noValidate = true")
    page.get_by_role("button", name="Send", exact=True).click()
    said = "Please complete the check first, or send for review instead."
    expect(page.get_by_role("group", name="Check")).to_have_accessible_description(said)
    expect(page.get_by_role("status").first).to_contain_text(said)
    inspect(page)


@pytest.fixture
def without_scripts(chromium: Browser, live_server: Any, settings: Any) -> Iterator[Page]:
    watch = Watch()
    context = chromium.new_context(**PERSON, user_agent=user_agent(chromium), java_script_enabled=False)
    context.route("**/*", watch.gate)
    yield context.new_page()
    context.close()
    assert watch.found() == []


def test_without_javascript_a_person_is_asked_and_nothing_typed_is_lost(
    without_scripts: Page, live_server: Any, person: Callable[..., Any]
) -> None:
    page = without_scripts
    visit(page, live_server, person(PASSING, days=10), "/new/")
    for name, value in fields().items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("The check needs JavaScript. Without it, send for review instead")).to_be_visible()
    expect(page.locator("[name=title]")).to_have_value("Team lunch")
    page.get_by_role("button", name="Send for review instead").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    assert Hold.objects.filter(kind=Hold.Kind.REVIEW).count() == 1
    assert Event.objects.count() == 1


def test_without_javascript_the_page_of_a_stored_event_asks_a_person_too(
    without_scripts: Page, live_server: Any, person: Callable[..., Any]
) -> None:
    page, ada = without_scripts, person(PASSING, days=10)
    with guard.sending(ada, invitation(organizer=PASSING), channel="caldav") as decision:
        pass
    guard.confirm(decision)
    visit(page, live_server, ada, f"/calguard/explain/{decision.reference}/")
    expect(page.get_by_text("The check needs JavaScript")).to_be_visible()
    page.get_by_role("button", name="Send for review instead").click()
    expect(page.get_by_role("heading", name="waiting for a person")).to_be_visible()
    assert Hold.objects.get().kind == Hold.Kind.REVIEW
    assert Decision.objects.get().verdict == guard.Verdict.CHALLENGE, "what was judged stays on record"


BOX = """
const show = () => {
  const place = document.querySelector(".g-recaptcha");
  place.innerHTML = '<label><input type="checkbox"> I am not a robot</label>'
    + '<textarea name="g-recaptcha-response" hidden></textarea>';
  place.querySelector("input").onchange = () => { place.querySelector("textarea").value = "ticked-" + SITE; };
};
document.readyState === "loading" ? addEventListener("DOMContentLoaded", show) : show();
"""
SCORE = """
window.grecaptcha = {
  ready: (then) => then(),
  execute: (key, options) => Promise.resolve("scored-" + key + "-" + options.action),
};
"""


@pytest.fixture
def google(server: HTTPServer, settings: Any) -> HTTPServer:
    """Both ends of reCAPTCHA on one local TLS server: its script for the browser, and siteverify for us."""
    server.clear()
    cache.clear()
    settings.RECAPTCHA_PUBLIC_KEY, settings.RECAPTCHA_PRIVATE_KEY = "site-key", "secret-key"
    settings.RECAPTCHA_DOMAIN = f"localhost:{server.port}"

    def script(request: Request) -> Response:
        wanted = request.args.get("render")
        body = SCORE if wanted else BOX.replace("SITE", '"site-key"')
        return Response(body, content_type="text/javascript")

    server.expect_request("/recaptcha/api.js").respond_with_handler(script)
    return server


@pytest.fixture
def trusting(chromium: Browser, live_server: Any) -> Iterator[Page]:
    """A browser that takes the test's certificate; CalGuard itself checks it against the test's authority."""
    watch = Watch()
    context = chromium.new_context(**PERSON, user_agent=user_agent(chromium), ignore_https_errors=True)
    context.route("**/*", watch.gate)
    context.on("page", watch.follow)
    yield context.new_page()
    context.close()
    assert watch.found() == []


def said(google: HTTPServer, **more: Any) -> None:
    words = {"success": True, "hostname": "calendar.example", **more}
    google.expect_request("/recaptcha/api/siteverify", method="POST").respond_with_json(words)


def asked_with(google: HTTPServer) -> list[str]:
    return [request.form["response"] for request, _ in google.log if request.path.endswith("siteverify")]


def test_recaptcha_2_from_the_box_to_siteverify(
    trusting: Page, google: HTTPServer, live_server: Any, person: Callable[..., Any], work: Callable[[], None]
) -> None:
    said(google)
    visit(trusting, live_server, person(days=10), "/new/")
    write(trusting)
    trusting.get_by_label("I am not a robot").check()
    inspect(trusting)
    trusting.get_by_role("button", name="Send", exact=True).click()
    expect(trusting.get_by_text("Saved")).to_be_visible()
    assert asked_with(google) == ["ticked-site-key"]
    work()
    assert len([message for message in mail.outbox if "ben@home.example" in message.to]) == 1


def test_recaptcha_3_asks_nothing_and_sends_its_score_with_the_form(
    trusting: Page, google: HTTPServer, live_server: Any, person: Callable[..., Any], settings: Any
) -> None:
    settings.RECAPTCHA_REQUIRED_SCORE = 0.5
    said(google, score=0.9, action="calguard")
    visit(trusting, live_server, person(days=10), "/new/")
    write(trusting)
    expect(trusting.get_by_text("Nothing more to do here")).to_be_visible()
    inspect(trusting)
    trusting.get_by_role("button", name="Send", exact=True).dblclick()
    expect(trusting.get_by_text("Saved")).to_be_visible()
    assert asked_with(google) == ["scored-site-key-calguard"], "pressed twice, asked once"
    assert Event.objects.count() == 1


def test_recaptcha_3_that_doubts_lets_a_person_be_asked(
    trusting: Page, google: HTTPServer, live_server: Any, person: Callable[..., Any], settings: Any
) -> None:
    settings.RECAPTCHA_REQUIRED_SCORE = 0.5
    said(google, score=0.1, action="calguard")
    visit(trusting, live_server, person(days=10), "/new/")
    write(trusting)
    trusting.get_by_role("button", name="Send", exact=True).click()
    expect(trusting.get_by_role("group", name="Check")).to_have_accessible_description(str(challenge.NOT_YET))
    trusting.get_by_role("button", name="Send for review instead").click()
    expect(trusting.get_by_text("Saved")).to_be_visible()
    assert len(asked_with(google)) == 1, "whoever asks for a person is not scored"
    assert Hold.objects.filter(kind=Hold.Kind.REVIEW).count() == 1
