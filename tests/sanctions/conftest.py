"""Accounts that did wrong at a given time, and people whom the host protects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from calguard import cases, enforcement
from calguard.engine import shipped
from calguard.host import Facts, Host
from calguard.models import Case
from tests.guard.conftest import person, work
from tests.review import factories

__all__ = ["person", "work"]

protected: set[str] = set()


class ProtectingHost(Host):
    """Some accounts are the government's, as the tests say."""

    def facts(self, account: str, user: Any | None = None) -> Facts:
        known = super().facts(account, user)
        return Facts(
            name=known.name,
            email=known.email,
            created_at=known.created_at,
            addresses=known.addresses,
            protected=account in protected,
        )


@pytest.fixture
def protect(settings: Any) -> Callable[[str], None]:
    """Name an account that needs two people."""
    protected.clear()
    settings.CALGUARD = {**settings.CALGUARD, "HOST": f"{__name__}.ProtectingHost"}
    return protected.add


@pytest.fixture
def sender(db: None) -> str:
    """An account of the host."""
    return factories.account_of(factories.make_user("sam"))


@pytest.fixture
def confirmed(sender: str) -> Callable[..., Case]:
    """A person confirms that the sender's event was abuse, or was not, at a moment; workers carry it out."""

    def confirm(at: datetime, label: str = "spam", *, tier: str = "new") -> Case:
        case = cases.open_for(factories.decision(sender, at=at, tier=tier), at=at)
        Case.objects.filter(pk=case.pk).update(state=Case.State.CLOSED, outcome="deny", label=label, decided_by="rita")
        case.refresh_from_db()
        parameters = {"strike": True, "label": label}
        enforcement.order_by_human(case, "deny", reviewer="rita", reason="x", parameters=parameters, at=at)
        enforcement.run_owner(f"case:{case.pk}", at=at)
        return case

    return confirm


@pytest.fixture
def strict(settings: Any, tmp_path: Any) -> None:
    """What is held for a new account's score is refused for it."""
    loose = "hold = 60, deny = 180"
    assert loose in shipped.text()
    path = tmp_path / "strict.toml"
    path.write_text(shipped.text().replace(loose, "hold = 60, deny = 60"), encoding="utf-8")
    settings.CALGUARD = {**settings.CALGUARD, "POLICY": str(path)}
