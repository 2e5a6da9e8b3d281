"""How pictures for the documentation are taken: a browser that says it is a person's, on a page of a running demo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from demo.visitor import WRITING
from tests.support.browser import user_agent

PICTURES = Path(__file__).parent / "pictures"
PASSWORD = "almanac-demo"  # everybody's, as demo_run prints
CODE = re.compile(r"[2-9A-Z]{4}-[2-9A-Z]{4}")


@contextmanager
def outside(browser: Browser, *, width: int = 1280, height: int = 860, network: str = "") -> Iterator[Page]:
    """A page of somebody who is not signed in, in a browser that does not say it is a program."""
    context = browser.new_context(
        locale="en-GB",
        timezone_id="Europe/Berlin",
        viewport={"width": width, "height": height},
        user_agent=user_agent(browser),
        reduced_motion="reduce",
        extra_http_headers={"X-Forwarded-For": network} if network else {},  # the demo trusts this machine as its proxy
    )
    yield context.new_page()
    context.close()


@contextmanager
def signed_in(
    browser: Browser, base: str, email: str, *, width: int = 1280, height: int = 860, network: str = ""
) -> Iterator[Page]:
    with outside(browser, width=width, height=height, network=network) as page:
        page.goto(base + ("/admin/login/?next=/admin/" if email.endswith("@almanac.example") else "/login/"))
        page.fill("[name=username]", email)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.locator("[name=password]").wait_for(state="detached")
        yield page


def case_of(rita: Page, base: str, code: str) -> None:
    """Open the case of a reference, as soon as a worker has made it."""
    for _ in range(60):
        rita.goto(f"{base}/admin/calguard/case/?q={code}")
        if rita.get_by_role("link", name=re.compile(r"^Case \d+$")).count():
            break
        rita.wait_for_timeout(500)
    rita.get_by_role("link", name=re.compile(r"^Case \d+$")).click()
    rita.wait_for_url("**/change/")


def write(page: Page, base: str, title: str, guests: list[str], *, day: int, hasty: bool = False, **more: str) -> None:
    """Fill the event form and save, at the speed of a person or of a program."""
    page.goto(f"{base}/events/new/")
    start = (datetime.now() + timedelta(days=day)).replace(hour=15 - day % 4, minute=0)
    times = {"start": f"{start:%Y-%m-%dT%H:%M}", "end": f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M}"}
    for name, value in {"title": title, **times, **more, "guests": "\n".join(guests)}.items():
        page.fill(f"[name={name}]", value)
    if not hasty:
        page.locator("[name=title]").press_sequentially(" ", delay=80)  # somebody has hands
        page.locator("[name=title]").press("Backspace", delay=80)
        seconds = WRITING + len(guests)  # whoever names more guests takes longer
        page.wait_for_timeout(max(0, seconds * 1000 + 300 - page.evaluate("performance.now()")))
    page.get_by_role("button", name="Save").click()
    page.wait_for_load_state()


def settled(page: Page, state: str) -> None:
    """Reload until each guest of the open event is in that state."""
    for _ in range(80):
        if not page.locator(f"tr[data-guest]:not([data-state={state}])").count():
            return
        page.wait_for_timeout(500)
        page.reload()


def take(page: Page, name: str, *, full: bool = False) -> None:
    page.evaluate("document.fonts.ready")
    page.evaluate("Promise.all([...document.images].map(one => one.decode().catch(() => null)))")
    page.evaluate("document.activeElement && document.activeElement.blur()")
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled", full_page=full)
    few_colours(PICTURES / f"{name}.png")


def few_colours(path: Path) -> None:
    """A long page in a third of the octets."""
    Image.open(path).convert("RGB").quantize(128).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1024} kB")
