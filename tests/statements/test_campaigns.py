"""Of a campaign that a person refuses, each member is told of their own part, and can object for themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from calguard.campaigns import orders
from calguard.campaigns.models import CampaignOrder
from calguard.models import Case, Notice
from calguard.review import Telling, decide
from calguard.statements import ledger
from calguard.statements.models import Statement
from tests.campaigns.conftest import Service, service
from tests.campaigns.test_orders import attack, boss

__all__ = ["boss", "service"]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R91")]


def refuse(service: Service, boss: Any, at: datetime, **telling: Any) -> int:
    """A person refuses the campaign, and workers carry it out; how many accounts it kept back."""
    service.work(at)
    case = Case.objects.get(state="open")
    told = Telling(**telling)
    decide(case.pk, boss, version=case.version, outcome="deny", label="spam", reason="seen", telling=told, at=at)
    order = CampaignOrder.objects.get(case=case)
    while orders.run(order.pk, at=at):
        pass
    return order.entries.filter(found="held").values("account").distinct().count()


def test_each_member_has_a_statement_and_a_mail(service: Service, boss: Any, now: datetime) -> None:
    at = attack(service, now)
    kept = refuse(service, boss, at)
    rows = Statement.objects.filter(measure="withheld")
    assert rows.count() == rows.values("account").distinct().count() == kept > 1
    assert all(row.reasons and row.ground == "unwanted_bulk" and not row.decided_by_machine for row in rows)
    assert Notice.objects.filter(kind="refused").count() == kept


def test_what_is_taken_back_is_over_for_each_of_them(service: Service, boss: Any, now: datetime) -> None:
    at = attack(service, now)
    refuse(service, boss, at)
    order = CampaignOrder.objects.get(outcome="deny")
    orders.lift(order.pk, actor="auth.user:1", at=at)
    orders.run(order.pk, at=at)
    assert not Statement.objects.filter(measure="withheld", ended_at=None).exists()


def test_deceptive_bulk_is_told_to_nobody_where_a_person_says_so(service: Service, boss: Any, now: datetime) -> None:
    at = attack(service, now)
    assert refuse(service, boss, at, omit=True)
    rows = Statement.objects.filter(measure="withheld")
    assert rows
    assert all(row.omitted for row in rows)
    assert not ledger.of_account(rows[0].account).filter(measure="withheld").exists()
    assert not Notice.objects.filter(kind="refused").exists()
