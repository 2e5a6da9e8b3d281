"""Reviewers end incidents by deciding their case, and two workers or two answers at once make one of everything."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from accounts_risk.models import Restriction, Strike
from calguard import enforcement, erasure, guard, notices, review
from calguard.incidents.models import Incident
from calguard.models import AuditEntry, Case, Enforcement, Notice
from outbound.models import Hold, Submission
from tests.guard.test_check import to_guests
from tests.incidents.conftest import Theft, alerts, path, signed_in

Work = Callable[[], None]
State = Incident.State


@pytest.fixture
def rita(theft: Theft) -> Any:
    user = get_user_model().objects.create_user(username="rita", email="rita@x.example", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["decide_case", "suspend_case", "view_case"]))
    assert theft
    return user


def decide(rita: Any, outcome: str, label: str) -> None:
    case = Case.objects.get(state="open")
    review.decide(case.pk, rita, version=case.version, outcome=outcome, reason="seen", label=label, at=timezone.now())


def test_released_as_the_owners_own_everything_goes(taken: Theft, work: Work, rita: Any) -> None:
    decide(rita, "release", "innocent")
    assert taken.incident.state == State.CLOSED
    assert guard.can_send(taken.user).allowed
    work()
    assert {row.state for row in Submission.objects.all()} == {"sent"}
    assert not Hold.objects.exists()


@pytest.mark.requirement("R57")
def test_denied_as_a_hijacked_account_it_stays_contained_and_nobody_is_blamed(
    taken: Theft, work: Work, rita: Any
) -> None:
    decide(rita, "deny", "hijacked")
    assert taken.incident.state == State.OPEN
    assert taken.incident.facts["confirmed"]
    assert not guard.can_send(taken.user).allowed
    assert not Strike.objects.exists()
    states = dict(Submission.objects.order_by("created_at").values_list("pk", "state"))
    assert list(states.values()) == ["accepted", "refused", "refused"]
    Client().post(path(alerts()[0], "secure"))
    from_here = signed_in(taken.user)
    assert from_here.get("/calguard/incident/").status_code == 200
    enforcement.lapse(timezone.now() + timedelta(days=30))
    work()
    assert to_guests() == []


@pytest.mark.parametrize(("outcome", "label"), [("deny", "spam"), ("restrict", "phish"), ("restore", "hijacked")])
def test_any_other_decision_closes_it_and_nothing_of_that_time_leaves(
    taken: Theft, work: Work, rita: Any, outcome: str, label: str
) -> None:
    decide(rita, outcome, label)
    assert taken.incident.state == State.CLOSED
    assert not Restriction.objects.filter(kind="containment").exists()
    work()
    assert not [one for one in to_guests() if "Fremden" in one.subject or "PayPal" in one.subject]
    assert Client().post(path(alerts()[0], "secure")).status_code == 410


def test_an_overturned_decision_takes_its_incident_with_it(taken: Theft, work: Work) -> None:
    assert taken.incident.decision
    enforcement.lift(taken.incident.decision.owner)
    assert taken.incident.state == State.CLOSED
    assert guard.can_send(taken.user).allowed


def test_the_case_shows_where_the_takeover_stands(taken: Theft, rita: Any) -> None:
    browser = signed_in(rita)
    case = Case.objects.get(state="open")
    page = browser.get(f"/admin/calguard/case/{case.pk}/change/").content.decode()
    assert "Taken over?" in page
    assert "its owner has not answered" in page
    assert "asked at" in page


def test_erasing_an_account_leaves_no_incident(taken: Theft, rita: Any) -> None:
    decide(rita, "release", "innocent")
    Restriction.objects.all().delete()
    erasure.erase(taken.account, actor="auth.user:1", reason="asked for", at=timezone.now())
    assert not Incident.objects.exists()
    assert not Notice.objects.filter(kind="owner_alert").exists()


@pytest.mark.requirement("R58")
def test_many_detections_at_once_are_one_incident_and_one_alert(theft: Theft) -> None:
    theft.thief_signs_in()
    theft.thief_sends()
    theft.thief_sends("Norton renewal: 398.66 USD was charged. Call 1-839-268-8812 immediately to cancel")
    Incident.objects.all().delete()  # as if no request could write the rows: each worker finds none
    Restriction.objects.all().delete()
    rows = list(Enforcement.objects.filter(action="alert").values_list("pk", flat=True))
    assert len(rows) == 2
    at_once(lambda number: enforcement.run(rows[number % 2]), 8)
    for owner in set(Enforcement.objects.filter(state="pending").values_list("owner", flat=True)):
        enforcement.run_owner(owner, at=timezone.now() + timedelta(hours=5))  # who met a lock tries again
    assert Incident.objects.count() == 1
    assert Restriction.objects.filter(kind="containment").count() == 1
    assert Notice.objects.filter(kind="owner_alert").count() == 1
    assert AuditEntry.objects.filter(action="incident.opened").count() == 1
    notice = Notice.objects.get(kind="owner_alert").pk
    at_once(lambda _: notices.send(notice, at=timezone.now()), 4)
    assert len(alerts()) == 1


@pytest.mark.requirement("R57")
def test_of_many_clicks_at_once_one_counts(taken: Theft) -> None:
    url = path(alerts()[0], "secure")
    codes = at_once(lambda _: Client().post(url).status_code, 6)
    assert codes.count(200) == 1
    assert set(codes) <= {200, 409, 410}
    assert AuditEntry.objects.filter(action="account.secured").count() == 1


def at_once(call: Callable[[int], Any], times: int) -> list[Any]:
    """What each of so many threads got."""

    def one(number: int) -> Any:
        try:
            return call(number)
        finally:
            if connection.vendor != "sqlite" or not connection.in_atomic_block:
                connections.close_all()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))
