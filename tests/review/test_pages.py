"""A flood through one booking page is one case; a few visitors, and another abuse, have cases of their own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts_risk.models import Clearance, Restriction, Strike
from calguard import actors, cases, enforcement, erasure, exemptions, guard, pages, review
from calguard.engine.types import Verdict
from calguard.models import Appeal, Case, Decision, Notice
from outbound.models import Submission
from tests.admin.conftest import lead  # noqa: F401  a fixture
from tests.review import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R16")]
PAGE = "auth.user:70007"
OTHER = [
    {"detector": "velocity", "code": "flood", "group": "behaviour", "points": 40.0, "public": "sending_too_fast",
     "reason": "many", "field": ""}
]  # fmt: skip


def tried(number: int, *, account: str = PAGE, at: datetime, **fields: Any) -> Decision:
    """An attempt of one visitor, in its case."""
    given = {"prefix": f"network {number % 5}", "country": "DE" if number % 2 else "FR", **fields}
    row = factories.decision(account, actor=f"visitor:{number:032x}", channel="booking", at=at, **given)
    cases.open_for(row, at=at)
    return row


def decided(case: Case, outcome: str, label: str) -> Case:
    rita = factories.make_user("rita", "view_case", "decide_case", "suspend_case")
    case.refresh_from_db()
    given = {"version": case.version, "outcome": outcome, "label": label, "reason": "looked at"}
    closed = review.decide(case.pk, rita, at=timezone.now(), **given)
    enforcement.run_owner(f"case:{case.pk}")
    return closed


def open_cases() -> list[str]:
    return sorted(Case.objects.filter(state="open").values_list("account", flat=True))


def test_a_few_visitors_are_looked_at_one_by_one(now: datetime) -> None:
    for number in range(pages.ALONE):
        tried(number, at=now)
    assert len(open_cases()) == pages.ALONE
    assert not any(map(actors.is_page, open_cases()))


def test_one_visitor_again_and_again_is_one_visitor(now: datetime) -> None:
    for _ in range(9):
        tried(1, at=now)
    assert open_cases() == [f"visitor:{1:032x}"]


def test_visitors_of_different_pages_have_nothing_to_do_with_each_other(now: datetime) -> None:
    for number in range(9):
        tried(number, account=f"auth.user:{number}", at=now)
    assert len(open_cases()) == 9


def test_a_flood_through_one_page_is_one_case_that_grows(now: datetime) -> None:
    for number in range(40):
        tried(number, at=now + timedelta(minutes=3 * number))
    (page,) = open_cases()
    assert actors.owner_of_page(page) == PAGE
    assert [case.account for case in review.search(PAGE)] == [page]
    case = Case.objects.get(account=page)
    assert case.decisions.count() == 40
    assert case.reach == 80
    assert Notice.objects.filter(kind="case_opened").count() == pages.ALONE + 1, "and no mail for each of them"
    crowd = pages.crowd(case, now + timedelta(hours=2))
    assert crowd is not None
    assert (crowd.page, crowd.visitors, crowd.networks, crowd.attempts) == (PAGE, 40, 5, 40)
    assert (crowd.hour, crowd.day) == (19, 40)
    assert dict(crowd.countries) == {"DE": 20, "FR": 20}


def test_another_abuse_is_not_hidden_in_it(now: datetime) -> None:
    for number in range(20):
        tried(number, at=now, signals=OTHER, verdict=Verdict.THROTTLE)
    lure = tried(99, at=now)
    assert lure.case is not None
    assert lure.case.account == f"visitor:{99:032x}"
    assert len(open_cases()) == 2


def test_nor_is_what_somebody_works_on_or_was_objected_to_taken_away(now: datetime) -> None:
    first, second = tried(0, at=now), tried(1, at=now)
    assert first.case is not None
    review.claim(first.case.pk, factories.make_user("vera", "view_case", "decide_case"), at=now)
    Appeal.objects.create(decision=second, account=second.actor, text="I only asked for a time", created_at=now)
    for number in range(2, 9):
        tried(number, at=now)
    first.refresh_from_db()
    assert first.case.account == f"visitor:{0:032x}"
    second.refresh_from_db()
    assert second.case.account == second.actor
    assert len(open_cases()) == 3


@pytest.mark.parametrize(("outcome", "label"), [("restrict", "spam"), ("deny", "phish")])
def test_what_is_decided_reaches_each_visitor_and_never_the_owner(now: datetime, outcome: str, label: str) -> None:
    for number in range(6):
        tried(number, at=now)
    decided(Case.objects.get(account__startswith="page:"), outcome, label)
    visitors = {f"visitor:{number:032x}" for number in range(6)}
    assert {row.account for row in Strike.objects.all()} == visitors
    assert {row.account for row in Restriction.objects.all()} == (visitors if outcome == "restrict" else set())
    assert set(Submission.objects.values_list("state", flat=True)) == {"refused"}
    assert open_cases() == []


def test_what_is_released_leaves_and_clears_each_visitor(now: datetime) -> None:
    for number in range(5):
        tried(number, at=now)
    case = Case.objects.get(account__startswith="page:")
    assert exemptions.offered(case) == ()
    decided(case, "release", "innocent")
    assert Clearance.objects.count() == 5
    assert not Submission.objects.filter(holds__isnull=False).exists()
    tried(77, at=now + timedelta(hours=1))
    assert open_cases() == [f"visitor:{77:032x}"], "the next one is looked at alone again"


def test_to_lift_it_takes_back_all_of_it(now: datetime) -> None:
    for number in range(5):
        tried(number, at=now)
    case = decided(Case.objects.get(account__startswith="page:"), "restrict", "spam")
    enforcement.lift(f"case:{case.pk}")
    assert not Restriction.objects.exists()
    assert not Strike.objects.exists()


def test_the_reviewer_sees_how_many_and_from_where(lead: Any, clock: object, now: datetime) -> None:  # noqa: F811
    user = factories.make_user("coach", first_name="Carla", last_name="Coach")
    account = factories.account_of(user)
    for number in range(30):
        tried(number, account=account, at=now)
    case = Case.objects.get(account__startswith="page:")
    queue = lead.get("/admin/calguard/case/").content.decode()
    assert "visitors of one page" in queue
    assert "of Carla Coach" in queue
    page = lead.get(f"/admin/calguard/case/{case.pk}/change/").content.decode()
    assert "<b>30</b> visitors from <b>5</b> networks" in page
    assert "30 within the last hour" in page
    assert "Carla Coach" in page
    assert "The 20 busiest are shown" in page
    assert guard.can_send(user).allowed


def test_who_is_erased_leaves_no_case_of_their_page(now: datetime) -> None:
    for number in range(6):
        tried(number, at=now)
    case = Case.objects.get(account__startswith="page:")
    with pytest.raises(erasure.StillNeeded):
        erasure.erase(PAGE, actor="auth.user:1", reason="asked", at=now)
    decided(case, "deny", "unclear")
    erasure.erase(PAGE, actor="auth.user:1", reason="asked", at=now)
    assert not Case.objects.filter(account__endswith=PAGE).exists()
