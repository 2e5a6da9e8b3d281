"""The pages for sharing, booking and programs in a real browser: readable, usable by keyboard, no errors."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from demo import mailbox, people
from demo.models import ApiToken, Event, Share, User
from tests.support.browser import inspect, take_time
from tests.support.work import drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.needs("browser")]

SHOTS = os.environ.get("DEMO_SHOTS", "")  # a folder, for whoever wants to look


@pytest.fixture(scope="module", autouse=True)
def database_beside_the_browser() -> Iterator[None]:
    """Playwright keeps an event loop in this thread also while the database is emptied after a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def site(live_server, settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    people.load(timezone.now())
    return live_server.url


def sign_in(page: Page, site: str, first_name: str) -> User:
    user = User.objects.get(first_name=first_name)
    client = Client()
    client.force_login(user)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    return user


def look(page: Page, name: str) -> None:
    inspect(page)
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def test_a_key_is_made_and_ended_by_keyboard(page: Page, site: str) -> None:
    sign_in(page, site, "Ada")
    page.goto(f"{site}/account/")
    look(page, "account")
    page.get_by_role("link", name="Keys, calendar programs, webhook").press("Enter")
    page.get_by_label("What is it for?").type("Phone")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your new key")).to_be_focused()
    look(page, "access")
    page.get_by_role("button", name="End Phone").press("Enter")
    expect(page.get_by_text("The key is ended.")).to_be_visible()
    assert ApiToken.objects.count() == 0


def test_a_calendar_is_shared_and_taken(page: Page, another_page: Page, site: str) -> None:
    sign_in(page, site, "Ada")
    page.goto(f"{site}/shares/")
    page.get_by_label("With whom?").fill("emil@lakeside-choir.example")
    page.get_by_label("A word to them").fill("So that you see when I am in.")
    take_time(page)
    page.get_by_role("button", name="Invite").click()
    expect(page.locator("[data-share]")).to_contain_text("Queued")
    drain()
    page.reload()
    expect(page.locator("[data-share]")).to_contain_text("Sent")
    look(page, "shares")
    sign_in(another_page, site, "Emil")
    another_page.goto(f"{site}/inbox/")
    expect(another_page.get_by_text("So that you see when I am in.")).to_be_visible()
    look(another_page, "inbox")
    another_page.get_by_role("button", name=re.compile("^Accept")).click()
    look(another_page, "share")
    assert Share.objects.get().accepted_at is not None


def test_a_visitor_books_a_time(page: Page, another_page: Page, site: str) -> None:
    ada = sign_in(page, site, "Ada")
    page.goto(f"{site}/account/booking/")
    page.get_by_label("Title").fill("First talk")
    page.get_by_label("What do you ask your visitors?").fill("What is it about?")
    page.get_by_role("button", name="Save").click()
    look(page, "booking")
    another_page.goto(f"{site}{ada.booking_page.get_absolute_url()}")
    another_page.get_by_label("Your name").fill("Vera Visitor")
    another_page.get_by_label("Your mail address").fill("vera@visitors.example")
    another_page.get_by_label("What is it about?").fill("My knee")
    look(another_page, "book")
    take_time(another_page)
    another_page.get_by_role("button", name="Book this time").click()
    expect(another_page.get_by_role("heading", name="See you then")).to_be_visible()
    look(another_page, "booked")
    drain()
    assert {mailbox.load(name).to for name in mailbox.names()} == {ada.email, "vera@visitors.example"}
    page.goto(f"{site}{Event.objects.get().get_absolute_url()}")
    look(page, "event")
