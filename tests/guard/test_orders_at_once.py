"""One order that two workers carry out at the same time, and one that a person lifts meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from accounts_risk.models import Restriction
from calguard import enforcement
from calguard.conf import conf
from calguard.host import Host
from calguard.models import Enforcement
from tests.guard.test_actions import order_for

pytestmark = pytest.mark.django_db(transaction=True)
meanwhile: list[Callable[[], Any]] = []


class SlowHost(Host):
    """Ending sessions takes so long that something else happens meanwhile."""

    def end_sessions(self, account: str) -> int:
        if meanwhile:
            meanwhile.pop()()
        return super().end_sessions(account)


@pytest.fixture
def order(person: Callable[..., Any], settings: Any) -> Enforcement:
    settings.CALGUARD = {**settings.CALGUARD, "HOST": f"{__name__}.SlowHost"}
    meanwhile.clear()
    at = order_for(person())
    return Enforcement.objects.create(
        action="suspend", owner="case:1", account=at.account, by_human=True, created_at=at.at
    )


def suspended() -> bool:
    return not get_user_model().objects.get().is_active


@pytest.mark.requirement("R04")
def test_the_second_of_two_workers_takes_nothing_back(order: Enforcement) -> None:
    assert isinstance(conf.host, SlowHost)
    meanwhile.append(lambda: enforcement.run(order.pk))
    enforcement.run(order.pk)
    assert suspended()
    assert Restriction.objects.get().owner == "case:1"
    assert Enforcement.objects.get(pk=order.pk).state == Enforcement.State.DONE


def test_what_is_lifted_while_it_is_carried_out_stays_lifted(order: Enforcement) -> None:
    meanwhile.append(lambda: enforcement.lift("case:1"))
    enforcement.run(order.pk)
    assert not suspended()
    assert not Restriction.objects.exists()
    assert Enforcement.objects.get(pk=order.pk).state == Enforcement.State.LIFTED
