"""What people do in a browser window: sign in, write an event at their own speed, look at it by day and by night."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.story.acting import PASSWORD, PATIENCE, Stage
from tests.support.browser import inspect, take_time

SLOW = PATIENCE * 1000  # milliseconds
HASTE = """async values => {
    const save = () => [...document.querySelectorAll("button")].find(one => one.textContent.trim() === "Save");
    while (document.readyState === "loading" || !save()) await new Promise(later => setTimeout(later, 10));
    for (const [name, value] of Object.entries(values)) document.querySelector(`[name=${name}]`).value = value;
    setTimeout(() => save().click());
}"""
CONTRAST = {"runOnly": ["color-contrast"]}


def sign_in(page: Page, stage: Stage, address: str, password: str = PASSWORD, *, network: str = "") -> None:
    if network:
        page.context.set_extra_http_headers({"X-Forwarded-For": network})
    staff = address.endswith("@almanac.example")
    page.goto(f"{stage.url}{'/admin/login/?next=/admin/' if staff else '/login/'}")
    page.fill("[name=username]", address)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    expect(page.locator("[name=password]")).to_have_count(0)


def write(page: Page, stage: Stage, guests: str, *, hasty: bool = False, **fields: str) -> None:
    """Fill in the form of a new event and save it, at once, as a program does, or when a person would have typed it."""
    values = {**fields, "guests": guests}
    if hasty:
        page.goto(f"{stage.url}/events/new/", wait_until="commit")
        page.evaluate(HASTE, values)
        return
    page.goto(f"{stage.url}/events/new/")
    for name, value in values.items():
        page.fill(f"[name={name}]", value)
    take_time(page)
    page.get_by_role("button", name="Save").click()


def everybody_is(page: Page, state: str) -> None:
    """Reload the open event until each guest's invitation is in that state."""
    waiting = page.locator(f"tr[data-guest]:not([data-state={state}])")
    expect(page.locator("tr[data-guest]").first).to_be_visible()
    for _ in range(int(PATIENCE * 2)):
        if not waiting.count():
            return
        page.wait_for_timeout(500)
        page.reload()
    expect(waiting).to_have_count(0)


def _switch(page: Page, scheme: Literal["dark", "light"]) -> None:
    """Day or night, when no colour is half way to another any more."""
    page.emulate_media(color_scheme=scheme)
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished.catch(() => 0)))")


def look(page: Page) -> None:
    """No serious finding on the open page, by day; and every word can be read by night."""
    inspect(page)
    _switch(page, "dark")
    found = Axe().run(page, options=CONTRAST).response["violations"]
    _switch(page, "light")
    nodes = [node for violation in found for node in violation["nodes"]]
    told = "\n".join(f"{node['html'][:160]}: {node['any'][0]['message']}" for node in nodes[:5])
    assert not nodes, f"contrast by night on {page.url}:\n{told}"
