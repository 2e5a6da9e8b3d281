"""From a held invitation to a place in the queue, and what happens to a queue nobody tends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import connection

from calguard import audit, cases, notices
from calguard.engine.types import Verdict
from calguard.models import Appeal, AuditEntry, Case, Decision, Notice
from outbound.models import Submission
from tests.review import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R88")]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_two_events_of_one_account_are_one_case(now: datetime) -> None:
    first = factories.decision("shop.user:1", at=now, starts_in=5 * DAY, recipients=3)
    second = factories.decision("shop.user:1", at=now, starts_in=2 * DAY, recipients=4, verdict=Verdict.DENY)
    case = cases.open_for(first, at=now)
    assert cases.open_for(second, at=now + HOUR).pk == case.pk
    case.refresh_from_db()
    assert (case.severity, case.reach, case.starts_at) == (Verdict.DENY, 7, now + 2 * DAY)
    assert case.opened_at == now
    assert case.version == 2
    assert audit.verify() is None


def test_two_accounts_are_two_cases(now: datetime) -> None:
    assert cases.open_for(factories.decision("shop.user:1", at=now), at=now) != cases.open_for(
        factories.decision("shop.user:2", at=now), at=now
    )


def test_repeating_changes_nothing(now: datetime) -> None:
    decision = factories.decision("shop.user:1", at=now)
    case = cases.open_for(decision, at=now)
    again = cases.open_for(Decision.objects.get(pk=decision.pk), at=now + HOUR)
    assert (again.pk, again.version, again.reach) == (case.pk, case.version, case.reach)
    assert Notice.objects.count() == 1
    assert AuditEntry.objects.count() == 1


def test_staff_hear_once_of_a_case(now: datetime) -> None:
    case = cases.open_for(factories.decision("shop.user:1", at=now), at=now)
    cases.open_for(factories.decision("shop.user:1", at=now), at=now)
    notice = Notice.objects.get()
    assert (notice.kind, notice.incident, notice.account) == ("case_opened", f"case:{case.pk}", "")
    assert notices.send(notice.pk, at=now)
    assert mail.outbox[0].to == ["staff@calendar.example"]
    assert f"https://calendar.example/admin/calguard/case/{case.pk}/change/" in mail.outbox[0].body


def test_after_a_decision_a_new_case_is_opened(now: datetime) -> None:
    case = cases.open_for(factories.decision("shop.user:1", at=now), at=now)
    Case.objects.filter(pk=case.pk).update(state=Case.State.CLOSED)
    assert cases.open_for(factories.decision("shop.user:1", at=now), at=now).pk != case.pk


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_time_make_one_case(now: datetime) -> None:
    rows = [factories.decision("shop.user:1", at=now, recipients=2) for _ in range(4)]

    def work(row: Decision) -> int:
        try:
            return cases.open_for(Decision.objects.get(pk=row.pk), at=now).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(work, rows * 2))  # Celery may deliver each twice
    case = Case.objects.get()
    assert keys == {case.pk}
    assert case.decisions.count() == 4
    assert (case.reach, case.version) == (8, 4)
    assert Notice.objects.count() == 1
    assert audit.verify() is None


def test_an_event_in_twenty_minutes_outranks_a_large_one_next_month(now: datetime) -> None:
    soon = cases.priority(Verdict.HOLD, 1, now + timedelta(minutes=20), now)
    later = cases.priority(Verdict.DENY, 5000, now + 30 * DAY, now)
    assert soon > later > cases.priority(Verdict.HOLD, 5000, now + 30 * DAY, now)


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ((5, 10, DAY), (4, 10, DAY)),
        ((4, 11, DAY), (4, 10, DAY)),
        ((4, 10, HOUR), (4, 10, DAY)),
        ((4, 10, 30 * DAY), (4, 10, -HOUR)),  # an event that began can wait
        ((4, 10, DAY), (4, 10, None)),
    ],
)
def test_each_factor_counts(
    now: datetime, more: tuple[int, int, timedelta | None], less: tuple[int, int, timedelta | None]
) -> None:
    def rank(severity: int, reach: int, ahead: timedelta | None) -> float:
        return cases.priority(severity, reach, now + ahead if ahead is not None else None, now)

    assert rank(*more) > rank(*less)


def test_ranks_move_as_time_passes_and_guests_are_withdrawn(now: datetime) -> None:
    near = cases.open_for(factories.decision("shop.user:1", at=now, starts_in=26 * HOUR), at=now)
    big = cases.open_for(factories.decision("shop.user:2", at=now, starts_in=20 * DAY, recipients=100), at=now)
    assert list(Case.objects.order_by("-priority")) == [big, near]
    assert cases.rerank(now) == 0
    assert cases.rerank(now + DAY) == 2
    assert list(Case.objects.order_by("-priority")) == [near, big]
    Submission.objects.filter(decisions__case=near).update(state=Submission.State.WITHDRAWN)
    versions = dict(Case.objects.values_list("pk", "version"))
    cases.rerank(now + DAY)
    assert list(Case.objects.order_by("-priority")) == [big, near]
    assert dict(Case.objects.values_list("pk", "version")) == versions


def test_rerank_asks_as_often_for_many_as_for_few(now: datetime, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for n in range(30):
        cases.open_for(factories.decision(f"shop.user:{n}", at=now), at=now)
    with django_assert_max_num_queries(6):
        assert cases.rerank(now + HOUR) == 30


@pytest.mark.requirement("R92")
def test_an_appeal_after_the_decision_opens_a_new_case(now: datetime) -> None:
    decision = factories.decision("shop.user:1", at=now)
    former = cases.open_for(decision, at=now)
    Case.objects.filter(pk=former.pk).update(state=Case.State.CLOSED, closed_at=now)
    appeal = Appeal.objects.create(decision=decision, account="shop.user:1", text="It is my wedding", created_at=now)
    case = cases.appealed(appeal, at=now + DAY)
    assert case.pk != former.pk
    assert list(case.decisions.all()) == [decision]
    assert AuditEntry.objects.get(action="case.appealed").data["former_case"] == former.pk


@pytest.mark.requirement("R92")
def test_an_appeal_while_the_case_is_open_is_new_to_its_reader(now: datetime) -> None:
    decision = factories.decision("shop.user:1", at=now)
    case = cases.open_for(decision, at=now)
    appeal = Appeal.objects.create(decision=decision, account="shop.user:1", text="It is my wedding", created_at=now)
    assert cases.appealed(appeal, at=now).pk == case.pk
    assert Case.objects.get().version == case.version + 1


def test_a_tended_queue_raises_no_alarm(now: datetime) -> None:
    cases.open_for(factories.decision("shop.user:1", at=now), at=now)
    assert cases.untended(now + 23 * HOUR) == 0
    assert not Notice.objects.filter(kind="queue_untended").exists()


def test_an_untended_queue_alarms_once_a_day(now: datetime) -> None:
    cases.open_for(factories.decision("shop.user:1", at=now, starts_in=9 * DAY), at=now)
    for later in (24 * HOUR, 25 * HOUR, 48 * HOUR):
        cases.untended(now + later)
    assert Notice.objects.filter(kind="queue_untended").count() == 2


def test_what_began_before_anybody_looked_expires_and_its_owner_is_told(now: datetime) -> None:
    account = factories.account_of(factories.make_user("jane"))
    late = factories.decision(account, at=now, starts_in=HOUR)
    cases.open_for(late, at=now)
    timely = factories.decision("shop.user:2", at=now, starts_in=3 * HOUR)
    cases.open_for(timely, at=now)
    assert cases.untended(now + 2 * HOUR) == 1
    assert cases.untended(now + 2 * HOUR) == 0
    late.submission.refresh_from_db()
    timely.submission.refresh_from_db()
    assert late.submission.state == Submission.State.EXPIRED
    assert timely.submission.state == Submission.State.ACCEPTED
    notice = Notice.objects.get(kind="expired")
    assert notice.account == account
    assert notices.send(notice.pk, at=now)
    assert "the event has begun" in mail.outbox[0].subject
    assert late.code in mail.outbox[0].body
    assert AuditEntry.objects.filter(action="submission.expired").count() == 1


def test_a_series_that_goes_on_does_not_expire(now: datetime) -> None:
    weekly = factories.LURE.replace(b"END:VEVENT", b"RRULE:FREQ=WEEKLY;COUNT=20\r\nEND:VEVENT")
    row = factories.decision("shop.user:1", at=now, starts_in=-HOUR, content=weekly)
    cases.open_for(row, at=now)
    assert cases.untended(now) == 0
    row.submission.refresh_from_db()
    assert row.submission.state == Submission.State.ACCEPTED


def test_a_throttled_submission_is_not_the_queues_business(now: datetime) -> None:
    row = factories.decision("shop.user:1", at=now, starts_in=-HOUR, held=False)
    cases.open_for(row, at=now)
    assert cases.untended(now) == 0


def test_the_policy_may_keep_what_is_late(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cases, "queue_policy", lambda: cases.QueuePolicy(on_expiry="keep"))
    row = factories.decision("shop.user:1", at=now, starts_in=-HOUR)
    cases.open_for(row, at=now)
    assert cases.untended(now) == 0
    row.submission.refresh_from_db()
    assert row.submission.state == Submission.State.ACCEPTED


def test_visitors_fill_the_queue_and_not_the_mailboxes_of_staff(db: None, now: datetime) -> None:
    """Who books under a new address each time is somebody new each time."""
    for number in range(30):
        row = factories.decision(f"shop.user:{number}", actor=f"visitor:{number}", channel="booking", at=now)
        cases.open_for(row, at=now)
    assert Case.objects.count() == 30
    assert Notice.objects.filter(kind="case_opened").count() == 20
    cases.open_for(factories.decision("8", at=now), at=now)
    assert Notice.objects.filter(kind="case_opened").count() == 21
