"""Staff with each set of permissions, and a case for them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from calguard import cases
from calguard.models import Case
from tests.review import factories


def signed_in(name: str, *permissions: str, **fields: Any) -> Client:
    client = Client()
    client.force_login(factories.make_user(name, *permissions, **fields))
    return client


@pytest.fixture
def lead(db: None) -> Client:
    return signed_in("anna", "view_case", "decide_case", "suspend_case", "reveal_case", first_name="Anna")


@pytest.fixture
def decider(db: None) -> Client:
    return signed_in("ben", "view_case", "decide_case")


@pytest.fixture
def viewer(db: None) -> Client:
    return signed_in("vera", "view_case")


@pytest.fixture
def sender(db: None) -> Any:
    return factories.make_user("jane", first_name="Jane", last_name="<b>Doe</b>")


@pytest.fixture
def case(clock: object, sender: Any, now: datetime) -> Case:
    return cases.open_for(factories.decision(factories.account_of(sender), at=now, code="K7M2-P9QD"), at=now)


@pytest.fixture
def address(case: Case) -> Callable[..., str]:
    """The page of the case, or one of the addresses below it."""

    def of(name: str = "change") -> str:
        return f"/admin/calguard/case/{case.pk}/{name}/"

    return of
