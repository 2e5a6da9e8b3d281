"""The page of a campaign in a real browser: legible, and an order taken back only after a tick."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from calguard.campaigns.models import Campaign, CampaignOrder
from tests.campaigns.conftest import Service
from tests.campaigns.test_orders import attack

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True, scope="module")
def beside_a_browser() -> Iterator[None]:
    """Playwright's event loop runs in this thread until the file is over, also while its tables are emptied."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


def test_a_reviewer_takes_an_order_back(
    page: Page, live_server: Any, service: Service, now: datetime, django_user_model: Any
) -> None:
    django_user_model.objects.create_superuser("boss", "boss@desk.example", "long enough")
    at = attack(service, now)
    service.work(at)
    campaign = Campaign.objects.get()
    page.goto(f"{live_server.url}/admin/login/?next=/admin/calguard/campaign/")
    page.get_by_label("Username").fill("boss")
    page.get_by_label("Password").fill("long enough")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name=campaign.reference).click()
    expect(page.get_by_role("img", name="attempts of 16 accounts")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.get_by_text("Take back …").click()
    back = page.get_by_role("button", name="Take the order back")
    back.click()
    assert CampaignOrder.objects.get().state == "done"  # the box is not ticked: the browser asks for it
    page.get_by_label("Take back all").check()
    back.click()
    expect(page.get_by_text("The order is being taken back.")).to_be_visible()
    assert CampaignOrder.objects.get().state == "lifting"
    service.work(at)
    page.reload()
    expect(page.get_by_text("WATCHED", exact=True)).to_be_visible()
