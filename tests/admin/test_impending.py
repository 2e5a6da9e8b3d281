"""What automation has ordered and not done yet stands on the case page; a person hastens it or calls it off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import localtime

from accounts_risk.models import Restriction
from calguard import enforcement
from calguard.models import AuditEntry, Case, Enforcement
from tests.admin.conftest import signed_in
from tests.guard.conftest import work
from tests.review import factories

__all__ = ["work"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R64")]


@pytest.fixture
def impending(case: Case, now: datetime) -> Enforcement:
    """A pause of the account, some minutes from now."""
    row = case.decisions.get()
    enforcement.order(
        "restrict",
        owner=row.owner,
        account=row.account,
        parameters={"reason": "refused_repeatedly", "hours": 24},
        decision=row,
        due_at=now + timedelta(minutes=30),
        at=now,
    )
    return Enforcement.objects.get(action="restrict")


@pytest.fixture
def answer(impending: Enforcement, address: Callable[..., str]) -> Callable[..., Any]:
    def post(client: Client, what: str, reason: str = "seen with the owner", **given: Any) -> Any:
        return client.post(
            address("impending"), {"order": impending.pk, "what": what, "reason": reason, **given}, follow=True
        )

    return post


def test_it_stands_on_the_page_with_its_moment(
    lead: Client, impending: Enforcement, address: Callable[..., str]
) -> None:
    shown = lead.get(address()).content.decode()
    assert "Not done yet" in shown
    assert f'data-order="{impending.pk}"' in shown
    assert "Restrict</b> for 24 h" in shown
    assert impending.due_at is not None
    assert f"{localtime(impending.due_at):%H:%M:%S}" in shown


def test_a_case_without_one_shows_nothing(lead: Client, case: Case, address: Callable[..., str]) -> None:
    assert "Not done yet" not in lead.get(address()).content.decode()


def test_it_is_done_now(
    lead: Client, impending: Enforcement, answer: Callable[..., Any], work: Callable[[], None]
) -> None:
    assert "It is being done now." in answer(lead, "hasten").content.decode()
    work()
    impending.refresh_from_db()
    assert impending.state == "done"
    assert Restriction.objects.get().account == impending.account
    entry = AuditEntry.objects.get(action="order.hastened")
    assert (entry.reason, entry.data["order"]) == ("seen with the owner", impending.pk)
    assert entry.actor.startswith("auth.user:")


def test_it_is_called_off_and_nothing_else_of_the_decision_with_it(
    lead: Client, impending: Enforcement, answer: Callable[..., Any], work: Callable[[], None], case: Case
) -> None:
    held = case.decisions.get().submission
    assert held is not None
    assert "It is called off." in answer(lead, "call_off").content.decode()
    assert impending.due_at is not None
    enforcement.run_owner(impending.owner, at=impending.due_at + timedelta(hours=1))
    work()
    impending.refresh_from_db()
    assert impending.state == "lifted"
    assert not Restriction.objects.exists()
    assert held.holds.exists(), "its event still waits for a decision"
    case.refresh_from_db()
    assert case.state == Case.State.OPEN
    assert AuditEntry.objects.filter(action="order.called_off", target=f"case:{case.pk}").count() == 1


def test_it_is_decided_once(lead: Client, answer: Callable[..., Any]) -> None:
    answer(lead, "call_off")
    assert "has been carried out or called off meanwhile" in answer(lead, "hasten").content.decode()
    assert not AuditEntry.objects.filter(action="order.hastened").exists()


@pytest.mark.parametrize("given", [{"reason": " "}, {"what": "perhaps"}, {"order": "x"}])
def test_what_is_not_said_is_not_done(
    lead: Client, impending: Enforcement, answer: Callable[..., Any], given: dict[str, str]
) -> None:
    response = answer(lead, **({"what": "call_off"} | given))
    assert response.status_code == 400
    impending.refresh_from_db()
    assert impending.state == "pending"


def test_only_who_may_decide_so_may_change_it(
    lead: Client,
    decider: Client,
    viewer: Client,
    impending: Enforcement,
    answer: Callable[..., Any],
    address: Callable[..., str],
) -> None:
    assert 'value="call_off"' not in viewer.get(address()).content.decode()
    assert "You lack the permission" in answer(viewer, "call_off").content.decode()
    Enforcement.objects.filter(pk=impending.pk).update(action="suspend")
    assert 'value="call_off"' not in decider.get(address()).content.decode()
    assert "You lack the permission" in answer(decider, "hasten").content.decode()
    impending.refresh_from_db()
    assert impending.state == "pending"
    assert "It is called off." in answer(lead, "call_off").content.decode()


def test_nobody_decides_on_their_own_account(
    sender: Any, impending: Enforcement, answer: Callable[..., Any], address: Callable[..., str]
) -> None:
    found = factories.Permission.objects.filter(codename__in=["view_case", "decide_case", "suspend_case"])
    sender.user_permissions.set(found)
    sender.is_staff = True
    sender.save()
    client = Client()
    client.force_login(sender)
    assert 'value="call_off"' not in client.get(address()).content.decode()
    assert "Nobody decides on their own account" in answer(client, "call_off").content.decode()


def test_an_order_of_another_case_is_not_in_this_one(
    lead: Client, now: datetime, case: Case, address: Callable[..., str]
) -> None:
    enforcement.order("restrict", owner="decision:x", account="auth.user:99", parameters={}, due_at=now, at=now)
    other = Enforcement.objects.get(account="auth.user:99")
    assert "Not done yet" not in lead.get(address()).content.decode()
    lead.post(address("impending"), {"order": other.pk, "what": "call_off", "reason": "x"})
    other.refresh_from_db()
    assert other.state == "pending"


def test_get_does_nothing(address: Callable[..., str]) -> None:
    assert signed_in("leo", "view_case", "decide_case").get(address("impending")).status_code == 405
