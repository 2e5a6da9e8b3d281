"""Debian's Chromium under Playwright: nothing remote is loaded, and a console error or a serious axe finding fails."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, Route, sync_playwright

from tests.support.needs import need
from tests.support.network import is_local
from tests.support.parts import CHROMIUM

FLAGS = (
    "--disable-blink-features=AutomationControlled",  # it must not say that it is steered: see PERSON
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
PERSON = {  # as a person's browser presents itself: headless Chromium says that it is a program, and is judged so
    "locale": "en-GB",
    "timezone_id": "Europe/Berlin",
    "viewport": {"width": 1280, "height": 900},
}
INLINE = {"data", "blob", "about"}
WRITING = 4300  # milliseconds, as a form that comes back sooner was not filled in by anybody
SHOWN = "performance.now() - performance.getEntriesByType('navigation')[0].responseStart"


def take_time(page: Page) -> None:
    """Until the form is as old as one on which somebody has typed. It begins to age when the server has written it,
    which on a busy machine is long after the browser asked for it."""
    page.wait_for_timeout(max(0, WRITING - page.evaluate(SHOWN)))


class Watch:
    """Everything about one page that must fail its test."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self._console: list[tuple[str, str]] = []
        self._documents: set[str] = set()

    def follow(self, page: Page) -> None:
        page.on("console", self._console_message)
        page.on("pageerror", lambda error: self.errors.append(f"script error: {error}"))
        page.on("response", self._response)

    def _console_message(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._console.append((message.location.get("url", ""), message.text))

    def _response(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self._documents.add(response.url)

    def gate(self, route: Route) -> None:
        """Let only this machine through."""
        url = urlsplit(route.request.url)
        if url.scheme in INLINE or is_local(url.hostname):
            route.continue_()
        else:
            self.errors.append(f"remote load: {route.request.url}")
            route.abort()

    def found(self) -> list[str]:
        """
        A page that is itself a refusal (403, 422, 429) is logged by Chromium as an error, and is none. Nor is what axe
        tries while it measures contrast: only a script that no address belongs to, as an injected one, has none.
        """
        refusal = "Failed to load resource: the server responded with a status of 4"
        measuring = "Applying inline style violates"
        return self.errors + [
            f"console: {text} ({url})"
            for url, text in self._console
            if not (text.startswith(refusal) and url in self._documents)
            and not (text.startswith(measuring) and not url)
        ]


def user_agent(browser: Browser) -> str:
    """What this Chromium would say with a window."""
    major = browser.version.partition(".")[0]
    return f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"


def inspect(page: Page) -> None:
    """Fail on a serious or critical axe finding on the page as it is now. Call it on every page a test visits."""
    page.wait_for_load_state("load")
    violations = Axe().run(page).response["violations"]
    grave = [violation for violation in violations if violation["impact"] in {"serious", "critical"}]
    lines = [
        f"{violation['impact']}: {violation['id']}: {violation['help']}: {node['html'][:200]}"
        for violation in grave
        for node in violation["nodes"][:3]
    ]
    assert not grave, f"axe on {page.url}:\n" + "\n".join(lines)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser per file of tests: Playwright's event loop must not outlive the tests that want it."""
    need("browser")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses its sandbox to root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *sandbox])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """A fresh browser profile with one page; the page shown last is inspected at the end of the test."""
    # Playwright keeps an event loop in this thread; the ORM is used from it by the test, never by a coroutine.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    watch = Watch()
    context = chromium.new_context(**PERSON, user_agent=user_agent(chromium))
    context.set_default_timeout(10_000)
    context.route("**/*", watch.gate)
    context.on("page", watch.follow)
    page = context.new_page()
    yield page
    if page.url != "about:blank":
        inspect(page)
    context.close()
    if watch.found():
        pytest.fail("the page was not clean:\n" + "\n".join(watch.found()), pytrace=False)


@pytest.fixture
def another_page(page: Page, chromium: Browser) -> Iterator[Page]:
    """A second person with a browser of their own, such as the reviewer beside the user."""
    watch = Watch()
    context = chromium.new_context(**PERSON, user_agent=user_agent(chromium))
    context.set_default_timeout(10_000)
    context.route("**/*", watch.gate)
    context.on("page", watch.follow)
    yield context.new_page()
    context.close()
    if watch.found():
        pytest.fail("the second page was not clean:\n" + "\n".join(watch.found()), pytrace=False)
