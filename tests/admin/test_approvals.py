"""A second person's buttons: on the case page and found in the queue, by keyboard, with a reason, by POST alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from calguard.models import AuditEntry, Case
from calguard.sanctions.models import Approval
from tests.admin.conftest import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R64"), pytest.mark.requirement("R88")]

Address = Callable[..., str]
QUEUE = "/admin/calguard/case/"


@pytest.fixture
def second(db: None) -> Client:
    return signed_in("cleo", "view_case", "decide_case", "suspend_case", first_name="Cleo")


@pytest.fixture
def proposed(lead: Client, case: Case, address: Address) -> Approval:
    """Anna wants the account shut for good."""
    posted = {
        "version": case.version,
        "outcome": "suspend_for_good",
        "label": "phish",
        "reason": "<b>A forged bank</b>",
    }
    said = lead.post(address("decide"), posted, follow=True)
    assert "waits for a second person" in said.content.decode()
    return Approval.objects.get()


def form(page: str) -> dict[str, str]:
    """What the form of the second person would post, but for the reason and the button."""
    part = page.partition('class="module calguard-approval"')[2].partition("</section>")[0]
    return {name: re.search(rf'name="{name}" value="(\d+)"', part)[1] for name in ("approval", "version")}  # type: ignore[index]


def test_the_page_shows_who_wants_what_and_why(second: Client, proposed: Approval, address: Address) -> None:
    page = second.get(address()).content.decode()
    assert "Waits for a second person" in page
    assert "Anna" in page
    assert "Suspend for good" in page
    assert "<b>A forged bank</b>" not in page
    assert "&lt;b&gt;A forged bank" in page
    for key in ("s", "y", "x"):
        assert f'accesskey="{key}"' in page


def test_the_other_person_agrees(second: Client, proposed: Approval, case: Case, address: Address) -> None:
    posted = form(second.get(address()).content.decode()) | {"reason": "So do I.", "agree": "yes"}
    said = second.post(address("answer"), posted, follow=True)
    assert f"Case {case.pk} is decided: suspend_for_good." in said.content.decode()
    case.refresh_from_db()
    assert (case.state, case.outcome) == (Case.State.CLOSED, "suspend_for_good")
    assert AuditEntry.objects.filter(action="case.approved").count() == 1


def test_the_other_person_refuses(second: Client, proposed: Approval, case: Case, address: Address) -> None:
    posted = form(second.get(address()).content.decode()) | {"reason": "It is a play.", "agree": "no"}
    second.post(address("answer"), posted)
    case.refresh_from_db()
    proposed.refresh_from_db()
    assert (case.state, proposed.state) == (Case.State.OPEN, Approval.State.REFUSED)
    assert "Waits for a second person" not in second.get(address()).content.decode()


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"reason": " "}, 400), ({"agree": ""}, 400), ({"agree": "perhaps"}, 400), ({"version": "0"}, 409)],
)
def test_what_is_missing_or_stale_changes_nothing_and_keeps_what_was_typed(
    second: Client, proposed: Approval, address: Address, changes: dict[str, str], status: int
) -> None:
    posted = form(second.get(address()).content.decode()) | {"reason": "So do I, twice.", "agree": "yes"} | changes
    said = second.post(address("answer"), posted)
    assert said.status_code == status
    if "reason" not in changes:
        assert "So do I, twice." in said.content.decode()
    proposed.refresh_from_db()
    assert proposed.state == Approval.State.WAITING
    again = form(said.content.decode()) | {"reason": "Now I looked.", "agree": "yes"}
    assert second.post(address("answer"), again).status_code == 302


def test_who_proposed_it_sees_no_button(lead: Client, proposed: Approval, address: Address) -> None:
    page = lead.get(address()).content.decode()
    assert "this is your own proposal" in page
    assert "Agree: it is done" not in page
    case = Case.objects.get()
    posted = {"approval": proposed.pk, "version": case.version, "reason": "me again", "agree": "yes"}
    assert lead.post(address("answer"), posted).status_code == 403


def test_who_may_not_suspend_cannot_agree(
    decider: Client, viewer: Client, proposed: Approval, address: Address
) -> None:
    case = Case.objects.get()
    posted = {"approval": proposed.pk, "version": case.version, "reason": "yes", "agree": "yes"}
    for client in (decider, viewer):
        assert "Agree: it is done" not in client.get(address()).content.decode()
        assert client.post(address("answer"), posted).status_code == 403


def test_looking_changes_nothing(second: Client, proposed: Approval, address: Address) -> None:
    assert second.get(address("answer")).status_code == 405
    assert Client().post(address("answer"), {}).status_code == 302, "to the sign-in"
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(second.get(address()).wsgi_request.user)
    assert strict.post(address("answer"), {"agree": "yes"}).status_code == 403
    proposed.refresh_from_db()
    assert proposed.state == Approval.State.WAITING


def test_the_queue_says_which_case_wants_somebody(
    second: Client, lead: Client, proposed: Approval, case: Case, now: Any
) -> None:
    assert "waits for a second person" in second.get(QUEUE).content.decode()
    name = f"Case {case.pk}</a>"
    assert name in second.get(f"{QUEUE}?second=me").content.decode()
    assert name in lead.get(f"{QUEUE}?second=wanted").content.decode()
    assert name not in lead.get(f"{QUEUE}?second=me").content.decode()


def test_a_case_that_wants_nobody_shows_nothing_of_it(second: Client, case: Case, address: Address) -> None:
    assert "Waits for a second person" not in second.get(address()).content.decode()
    assert "waits for a second person" not in second.get(QUEUE).content.decode()
    assert f"Case {case.pk}</a>" not in second.get(f"{QUEUE}?second=wanted").content.decode()
