"""People of the test host, and dispatch that runs where the test can see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone

from accounts_risk import ledger as people
from calguard.conf import conf
from tests.support.work import drain


@pytest.fixture
def person(db: None) -> Callable[..., Any]:
    """Makes an account of a given age in days."""

    def make(email: str = "ada@clinic.example", *, days: float = 400, **fields: Any) -> Any:
        user = get_user_model().objects.create_user(
            username=email, email=email, password="long enough to be one", **fields
        )
        user.date_joined = timezone.now() - timedelta(days=days)
        user.save()
        people.note_seen(
            conf.host.account(user),
            tenant="",
            created_at=user.date_joined,
            credential_changed_at=None,
            at=timezone.now(),
        )
        return user

    return make


@pytest.fixture
def work() -> Callable[[], None]:
    """What the workers would do next, in this process: orders, dispatch, notices."""
    return drain
