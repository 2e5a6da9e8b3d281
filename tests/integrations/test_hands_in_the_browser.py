"""The script that counts hands, in a real browser under a strict policy: people by every way in, and programs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from calguard.engine.types import Verdict
from calguard.models import Decision
from tests.hosts.plain.models import Event
from tests.integrations import test_in_the_browser
from tests.integrations.test_in_the_browser import database_beside_the_browser, strict, visit
from tests.integrations.test_views import fields, templates
from tests.support.browser import PERSON, take_time, user_agent

__all__ = ["database_beside_the_browser", "strict", "templates"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.needs("browser"),
    pytest.mark.urls(test_in_the_browser.__name__),
    pytest.mark.usefixtures("templates", "strict"),
]

FINDING = 250  # milliseconds until somebody has found the next field
COUNTS = "document.querySelector('[data-calguard-hands]').value"
TITLE = "Rehearsal of the second part"


def judged() -> tuple[Verdict, dict[str, Any] | None, set[str]]:
    """The verdict on the only event, what the script saw, and what of it was a sign."""
    decision = Decision.objects.get()
    signs = {f"{signal['detector']}.{signal['code']}" for signal in decision.signals}
    return Verdict(decision.verdict), decision.facts["client"]["input"], {one for one in signs if one != "signup.young"}


def type_everything(page: Page) -> None:
    """Into each field, as unevenly as people do."""
    for name, value in fields(title=TITLE).items():
        page.locator(f"[name={name}]").click()
        page.wait_for_timeout(FINDING)
        for number, letter in enumerate(value):
            page.keyboard.press("Control+A") if not number else None
            page.keyboard.insert_text(letter)
            page.wait_for_timeout((7, 31, 12, 55, 3)[number % 5])


@pytest.mark.requirement("R20")
def test_who_types_is_a_person(page: Page, live_server: Any, person: Callable[..., Any]) -> None:
    visit(page, live_server, person(days=0.2), "/new/")
    type_everything(page)
    take_time(page)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Saved")).to_be_visible()
    verdict, seen, signs = judged()
    assert verdict is Verdict.ALLOW
    assert signs == set()
    assert seen is not None
    assert seen["keys"] >= len(TITLE)
    assert seen["pointer"] >= 5
    assert seen["fields"] == 5  # the notes stay empty
    assert seen["dispatched"] == 0
    assert len(seen["gaps"]) == 32
    assert seen["webdriver"] is False


@pytest.mark.requirement("R20")
def test_the_keyboard_alone_is_enough(page: Page, live_server: Any, person: Callable[..., Any]) -> None:
    visit(page, live_server, person(days=0.2), "/new/")
    given = fields(title=TITLE)
    page.locator("[name=title]").focus()
    for _ in range(20):
        name = page.evaluate("document.activeElement.name")
        if name in given:
            page.keyboard.press("Control+A")
            page.keyboard.insert_text(given[name])
        elif page.evaluate("document.activeElement.textContent") == "Send":
            break
        page.keyboard.press("Tab")
    take_time(page)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved")).to_be_visible()
    verdict, seen, signs = judged()
    assert (verdict, signs) == (Verdict.ALLOW, set())
    assert seen is not None
    assert seen["pointer"] == 0


@pytest.mark.requirement("R20")
def test_a_password_manager_fills_in_and_a_person_sends(
    page: Page, live_server: Any, person: Callable[..., Any]
) -> None:
    visit(page, live_server, person(days=0.2), "/new/")
    page.evaluate(FILL, fields(title=TITLE))
    take_time(page)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Saved")).to_be_visible()
    verdict, seen, signs = judged()
    assert (verdict, signs) == (Verdict.ALLOW, set())
    assert seen is not None
    assert seen["dispatched"] >= 10
    assert seen["keys"] == 0


FILL = """values => Object.entries(values).forEach(([name, value]) => {
    const field = document.querySelector(`[name=${name}]`);
    field.value = value;
    for (const type of ['keydown', 'input', 'change']) field.dispatchEvent(new Event(type, {bubbles: true}));
})"""
SENDS = {
    "by submitting the form": "document.querySelector('form').submit()",
    "by pressing the button": "document.querySelector('form button').click()",
    "by dispatching a click": "document.querySelector('form button').dispatchEvent(new MouseEvent('click'))",
}


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("send", SENDS.values(), ids=SENDS)
def test_what_a_script_filled_in_is_asked_about(
    page: Page, live_server: Any, person: Callable[..., Any], send: str
) -> None:
    visit(page, live_server, person(days=0.2), "/new/")
    page.evaluate(FILL, fields(title=TITLE))
    take_time(page)
    page.evaluate(send)
    expect(page.get_by_role("status").first).to_contain_text("One short check")
    verdict, seen, signs = judged()
    assert (verdict, signs) == (Verdict.CHALLENGE, {"hands.none"})
    assert seen is not None
    assert seen["trusted"] == 0
    assert seen["dispatched"] >= 10
    assert Event.objects.count() == 0


@pytest.mark.requirement("R19")
def test_a_steered_browser_says_so(page: Page, live_server: Any, person: Callable[..., Any]) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'webdriver', {get: () => true})")
    visit(page, live_server, person(days=0.2), "/new/")
    type_everything(page)
    take_time(page)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("One short check")
    assert judged()[2] == {"hands.webdriver"}


@pytest.mark.requirement("R20")
def test_without_scripts_nothing_is_held_against_anybody(
    chromium: Browser, page: Page, live_server: Any, person: Callable[..., Any]
) -> None:
    context = chromium.new_context(**PERSON, user_agent=user_agent(chromium), java_script_enabled=False)
    plain = context.new_page()
    visit(plain, live_server, person(days=0.2), "/new/")
    for name, value in fields(title=TITLE).items():
        plain.locator(f"[name={name}]").fill(value)
    take_time(plain)
    plain.get_by_role("button", name="Send", exact=True).click()
    expect(plain.get_by_text("Saved")).to_be_visible()
    context.close()
    assert judged() == (Verdict.ALLOW, None, set())


def test_nothing_that_was_typed_is_in_the_counts(page: Page, live_server: Any, person: Callable[..., Any]) -> None:
    visit(page, live_server, person(days=0.2), "/new/")
    type_everything(page)
    written = page.evaluate(COUNTS)
    counts = json.loads(written)
    assert counts.pop("n") == page.locator("[name=calguard_form]").input_value()[-16:]
    assert set(counts) == {"k", "p", "v", "f", "t", "d", "l", "g", "w"}
    assert re.fullmatch(r"[\d.,\[\] ]+", " ".join(map(str, counts.values())))
    assert len(written) < 400


def test_a_held_key_is_no_rhythm(page: Page, live_server: Any, person: Callable[..., Any]) -> None:
    """Playwright repeats a key that it presses again without letting go, as a keyboard does by itself."""
    visit(page, live_server, person(days=0.2), "/new/")
    page.locator("[name=title]").focus()
    for _ in range(30):
        page.keyboard.down("a")
    page.keyboard.up("a")
    counts = json.loads(page.evaluate(COUNTS))
    assert counts["k"] == 30
    assert len(counts["g"]) <= 1
