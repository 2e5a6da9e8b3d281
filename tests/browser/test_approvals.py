"""Two reviewers in front of a real browser: one proposes, the other agrees, with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from calguard import cases, review
from calguard.models import Case
from calguard.sanctions.models import Approval
from tests.browser.acting import look
from tests.review import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R64")]
ALL = ("view_case", "decide_case", "suspend_case")


@pytest.fixture(scope="module", autouse=True)
def beside_a_loop() -> Iterator[None]:
    """Playwright's loop runs in this thread for the whole file, also while the database is emptied after a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield


@pytest.fixture
def proposed(transactional_db: None) -> Case:
    sender = factories.make_user("billing", first_name="Billing")
    anna = factories.make_user("anna", *ALL, first_name="Anna", last_name="Berg")
    factories.make_user("ben", *ALL, first_name="Ben", last_name="Oduya")
    at = timezone.now()
    case = cases.open_for(factories.decision(factories.account_of(sender), at=at), at=at)
    given: dict[str, Any] = {"label": "phish", "reason": "The number belongs to a call-back fraud.", "at": at}
    return review.decide(case.pk, anna, version=case.version, outcome="suspend_for_good", **given)


def test_the_second_person_agrees_by_keyboard(page: Page, live_server: Any, proposed: Case, tmp_path: Path) -> None:
    page.goto(f"{live_server.url}/admin/login/?next=/admin/calguard/case/?second=me")
    page.fill("[name=username]", "ben")
    page.fill("[name=password]", "made-up")
    page.press("[name=password]", "Enter")
    expect(page.get_by_text("waits for a second person").first).to_be_visible()
    page.goto(f"{live_server.url}/admin/calguard/case/{proposed.pk}/change/")
    part = page.get_by_role("region", name="Waits for a second person")
    expect(part).to_contain_text("Anna Berg")
    look(page)
    part.get_by_label("Why you agree, or do not").focus()
    page.keyboard.type("I see the same.")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Agree: it is done"
    page.screenshot(path=tmp_path / "approval.png")
    page.keyboard.press("Enter")
    expect(page.get_by_text("is decided: suspend_for_good")).to_be_visible()
    assert Approval.objects.get().state == Approval.State.APPROVED
    proposed.refresh_from_db()
    assert proposed.state == Case.State.CLOSED
