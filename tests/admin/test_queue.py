"""The queue as staff see it: order, search, filters, many at once, and nothing changed by looking."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calguard import cases, review
from calguard.engine.types import Verdict
from calguard.models import AuditEntry, Case, Enforcement
from outbound.models import Hold
from tests.review import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R88")]

QUEUE = "/admin/calguard/case/"
MANY = "/admin/calguard/case/decide/"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def rows(client: Client, query: str = "") -> list[int]:
    answer = client.get(QUEUE + query)
    assert answer.status_code == 200, answer
    return [row.pk for row in answer.context["cl"].result_list]


def open_case(number: int, now: datetime, **fields: Any) -> Case:
    user = factories.make_user(f"user{number}", first_name="User", last_name=str(number))
    return cases.open_for(factories.decision(factories.account_of(user), at=now, **fields), at=now)


def test_what_is_most_urgent_comes_first(lead: Client, clock: object, now: datetime) -> None:
    later = open_case(1, now, starts_in=30 * DAY, recipients=500)
    soon = open_case(2, now, starts_in=timedelta(minutes=20))
    worse = open_case(3, now, starts_in=timedelta(minutes=20), verdict=Verdict.DENY)
    assert rows(lead) == [worse.pk, soon.pk, later.pk]


def test_the_band_says_how_long_the_oldest_waits_and_who_works(
    lead: Client, decider: Client, clock: Any, now: datetime
) -> None:
    first = open_case(1, now)
    clock.shift(3 * 3600)
    open_case(2, now + 3 * HOUR, starts_in=timedelta(minutes=30))
    decider.post(f"{QUEUE}{first.pk}/claim/")
    band = lead.get(QUEUE).context["band"]
    assert (band["open"], band["oldest"], band["urgent"], band["working"]) == (2, "3 h", 1, [("ben", 1)])


def test_a_row_says_who_what_when_and_who_has_it(lead: Client, decider: Client, case: Case) -> None:
    decider.post(f"{QUEUE}{case.pk}/claim/")
    page = lead.get(QUEUE).content.decode()
    for said in ("Jane &lt;b&gt;Doe&lt;/b&gt;", "HOLD", "in 24 h", "ben, 0 s ago", "K7M2-P9QD", "an amount, a brand"):
        assert said in page, said


def test_a_visitor_of_a_booking_page_is_called_one(lead: Client, clock: object, now: datetime) -> None:
    case = open_case(1, now)
    Case.objects.filter(pk=case.pk).update(account="visitor:bf347b8b97696ea281255650")
    page = lead.get(QUEUE).content.decode()
    assert "visitor of a booking page" in page
    assert "visitor:bf347b8b…" in page
    assert "not in this system any more" not in page


def test_a_decided_case_leaves_the_queue_and_is_found_by_search(lead: Client, case: Case, now: datetime) -> None:
    Case.objects.update(state=Case.State.CLOSED, outcome="deny", label="spam", closed_at=now)
    assert rows(lead) == []
    assert rows(lead, "?state=closed") == [case.pk]
    assert rows(lead, "?state=all") == [case.pk]
    assert rows(lead, "?q=k7m2p9qd") == [case.pk]


@pytest.mark.parametrize("words", ["K7M2-P9QD", "jane@calendar.example", "evil.example", "%2B1+888+555+0147", "LURE"])
def test_search(lead: Client, case: Case, now: datetime, words: str) -> None:
    open_case(1, now, content=None)
    assert rows(lead, f"?q={words}") == ([] if words == "LURE" else [case.pk])


def test_filters(lead: Client, case: Case, now: datetime) -> None:
    other = open_case(1, now, verdict=Verdict.DENY)
    lead.post(f"{QUEUE}{case.pk}/claim/")
    assert rows(lead, "?claim=me") == [case.pk]
    assert rows(lead, "?claim=nobody") == [other.pk]
    assert rows(lead, "?claim=others") == []
    assert rows(lead, "?severity=5") == [other.pk]
    assert rows(lead, f"?account={case.account}") == [case.pk]


def test_the_list_asks_as_often_for_fifty_as_for_five(lead: Client, clock: object, now: datetime) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert lead.get(QUEUE).status_code == 200
        return len(captured)

    for n in range(5):
        open_case(n, now)
    few = queries()
    for n in range(5, 50):
        case = open_case(n, now)
        cases.open_for(factories.decision(case.account, at=now), at=now)
    assert len(rows(lead)) == 50
    assert queries() == few
    assert few <= 16


def test_who_may_not_look_sees_nothing(case: Case, address: Any) -> None:
    client = Client()
    client.force_login(factories.make_user("dora", "decide_case"))
    assert client.get(QUEUE).status_code == 403
    assert client.get(address()).status_code == 403
    assert Client().get(QUEUE).status_code == 302


def test_who_may_only_look_is_offered_no_action(viewer: Client, decider: Client, lead: Client, case: Case) -> None:
    def offered(client: Client) -> set[str]:
        form = client.get(QUEUE).context["action_form"]
        return {value for value, _ in form.fields["action"].choices if value} if form else set()

    assert offered(viewer) == set()
    assert offered(decider) == {"release_many", "deny_many", "restrict_many"}
    for_leads = {"suspend_many", "suspend_for_good_many", "restore_many"}
    assert offered(lead) == {"release_many", "deny_many", "restrict_many"} | for_leads


def test_an_action_leads_to_a_page_that_asks_and_changes_nothing(lead: Client, case: Case, now: datetime) -> None:
    other = open_case(1, now)
    answer = lead.post(QUEUE, {"action": "deny_many", "_selected_action": [case.pk, other.pk]}, follow=True)
    assert answer.redirect_chain[0][0] == f"{MANY}?outcome=deny&ids={case.pk}%2C{other.pk}"
    assert "Deny 2 cases" in answer.content.decode()
    assert set(Case.objects.values_list("state", flat=True)) == {Case.State.OPEN}


def test_many_are_decided_and_each_result_is_shown(lead: Client, decider: Client, case: Case, now: datetime) -> None:
    taken, free = open_case(1, now), open_case(2, now)
    decider.post(f"{QUEUE}{taken.pk}/claim/")
    posted = {"outcome": "deny", "ids": f"{case.pk},{taken.pk},{free.pk}", "label": "spam", "reason": "one campaign"}
    posted |= {f"version-{row.pk}": row.version for row in (case, taken, free)}
    answer = lead.post(MANY, posted)
    assert "2 of 3 done" in answer.content.decode()
    assert "has claimed this case" in answer.content.decode()
    assert dict(Case.objects.values_list("pk", "state")) == {case.pk: "closed", taken.pk: "open", free.pk: "closed"}


def test_what_changed_since_the_page_was_shown_is_a_conflict(lead: Client, case: Case) -> None:
    answer = lead.post(
        MANY,
        {"outcome": "deny", "ids": case.pk, "label": "spam", "reason": "x", f"version-{case.pk}": case.version - 1},
    )
    assert "has changed since" in answer.content.decode()
    assert Case.objects.get().state == Case.State.OPEN


@pytest.mark.parametrize("missing", ["reason", "label"])
def test_many_need_a_reason_and_a_label(lead: Client, case: Case, missing: str) -> None:
    posted = {"outcome": "deny", "ids": case.pk, "label": "spam", "reason": "x", f"version-{case.pk}": case.version}
    del posted[missing]
    answer = lead.post(MANY, posted)
    assert answer.status_code == 200
    assert Case.objects.get().state == Case.State.OPEN


def test_many_of_what_one_may_not_do(decider: Client, viewer: Client, case: Case) -> None:
    posted = {"ids": case.pk, "label": "spam", "reason": "x", f"version-{case.pk}": case.version}
    assert decider.post(MANY, posted | {"outcome": "suspend"}).status_code == 403
    assert viewer.post(MANY, posted | {"outcome": "deny"}).status_code == 403
    assert decider.post(MANY, posted | {"outcome": "forgive"}).status_code == 400
    assert decider.post(MANY, {"outcome": "deny", "ids": "x,,"}).status_code == 400
    assert not Enforcement.objects.exists()


def _everything() -> tuple[Any, ...]:
    return (
        list(Case.objects.order_by("pk").values()),
        list(Hold.objects.order_by("pk").values()),
        AuditEntry.objects.count(),
        Enforcement.objects.count(),
    )


def test_get_changes_nothing(lead: Client, case: Case, address: Any) -> None:
    before = _everything()
    for name in ("claim", "give_back", "note", "decide", "reveal", "impending"):
        assert lead.get(address(name)).status_code == 405, name
    for path in (QUEUE, address(), f"{MANY}?outcome=release&ids={case.pk}&reason=x&label=innocent"):
        assert lead.get(path).status_code == 200, path
    assert lead.post(address()).status_code == 405
    assert _everything() == before


def test_posts_need_the_csrf_token(case: Case, address: Any, lead: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = lead.cookies
    for path in (address("claim"), address("note"), address("decide"), address("reveal"), MANY):
        assert strict.post(path, {"text": "x", "reason": "x"}).status_code == 403, path
    assert AuditEntry.objects.exclude(action="case.opened").count() == 0


@pytest.mark.urls("tests.admin.custom_urls")
def test_a_custom_admin_site_serves_the_queue(lead: Client, case: Case) -> None:
    queue = "/backoffice/calguard/case/"
    page = lead.get(queue)
    assert page.status_code == 200
    assert f"{queue}{case.pk}/change/" in page.content.decode()
    evidence = lead.get(f"{queue}{case.pk}/change/")
    assert evidence.status_code == 200
    assert f'action="{queue}{case.pk}/decide/"' in evidence.content.decode()
    done = lead.post(
        f"{queue}{case.pk}/decide/", {"version": case.version, "outcome": "release", "reason": "a wedding", "label": ""}
    )
    assert done.headers["Location"] == queue
    assert Case.objects.get().outcome == "release"
    answer = lead.post(queue, {"action": "deny_many", "_selected_action": [case.pk]})
    assert answer.headers["Location"].startswith(f"{queue}decide/")


@pytest.mark.parametrize("model", ["decision", "auditentry", "enforcement", "exemption"])
def test_records_are_read_and_not_written(admin_client: Client, case: Case, model: str, now: datetime) -> None:
    lead = factories.make_user("lea", "view_case", "decide_case")
    review.decide(case.pk, lead, version=case.version, outcome="deny", reason="x", label="spam", at=now)
    base = f"/admin/calguard/{model}/"
    assert admin_client.get(base).status_code == 200
    assert admin_client.get(base + "?q=case:1").status_code == 200
    assert admin_client.get(f"{base}add/").status_code == 403
    first = {"decision": case.decisions.get().pk, "auditentry": AuditEntry.objects.first().pk}.get(model)  # type: ignore[union-attr]
    if first:
        assert admin_client.get(f"{base}{first}/change/").status_code == 200
        assert admin_client.post(f"{base}{first}/change/", {"reason": "x"}).status_code == 403
        assert admin_client.post(f"{base}{first}/delete/", {"post": "yes"}).status_code == 403
    assert admin_client.post(base, {"action": "delete_selected", "_selected_action": [1]}).status_code in (302, 200)
    assert AuditEntry.objects.count() == 2


@pytest.mark.parametrize(
    "account", ["shop.user:7", "auth.user:not-a-key", "sessions.session:x", "nothing", "auth.user:"]
)
def test_an_account_that_is_gone_is_shown_as_it_is_called(
    lead: Client, now: datetime, clock: object, account: str
) -> None:
    case = cases.open_for(factories.decision(account, at=now), at=now)
    assert rows(lead) == [case.pk]
    assert lead.get(f"{QUEUE}{case.pk}/change/").status_code == 200
