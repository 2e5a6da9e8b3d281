"""What every test gets: network off, a fixed place for files, and the real parts as fixtures (tests/support)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.core.cache import cache
from django.utils import translation
from pytest_django import Settings

import tests.celery  # noqa: F401  the host's Celery app: shared tasks bind to it

pytest_plugins = [
    f"tests.support.{part}" for part in ("needs", "network", "mail", "dns", "lives", "worker", "browser", "demo")
]

HERE = Path(__file__).parent
MATRIX = tuple(  # all tests in them
    HERE / part
    for part in (
        "accounts_risk",
        "budgets",
        "campaigns/test_marks.py",
        "campaigns/test_orders.py",
        "facts/test_trail.py",
        "flows",
        "guard",
        "incidents/test_deciding.py",
        "incidents/test_opening.py",
        "outbound",
        "review",
        "sanctions",
        "statements",
    )
)

# What is judged, fetched or built there, and how, does not depend on where it is written down.
ONCE = frozenset(
    {HERE / "outbound" / "test_imip.py"}
    | {
        HERE / "guard" / f"test_{name}.py"
        for name in ("around", "codes", "habits", "hostlists", "listfetch", "programs", "senders", "whence")
    }
)

LONG = tuple(HERE / part for part in ("matrix", "simulation", "story", "browser"))

# The demo has a user model of its own: tests/matrix runs its tests in a process under its settings.
collect_ignore = [] if os.environ.get("DJANGO_SETTINGS_MODULE") == "tests.demo_settings" else ["demo"]

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)  # a Monday morning


class Ordering:
    """What takes minutes begins first, so that no process waits for another at the end. Last, when all is chosen."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(
            key=lambda item: next((n for n, part in enumerate(LONG) if item.path.is_relative_to(part)), len(LONG))
        )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Ordering())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of ledgers, front door and flows depend on database and broker, so they run under each."""
    for item in items:
        if item.path not in ONCE and any(item.path.is_relative_to(folder) for folder in MATRIX):
            item.add_marker("matrix")


@pytest.fixture(autouse=True)
def mail_gate(settings: Settings) -> None:
    """The last gate stands in tests as it does in production; django.test would swap it for a mailbox without one."""
    settings.EMAIL_BACKEND = "calguard.integrations.mail.GuardedBackend"


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Counters of one test are not the next one's."""
    cache.clear()


@pytest.fixture(autouse=True)
def no_language_left() -> Iterator[None]:
    """What one test's visitor reads in is not the next one's language: a request sets it and leaves it set."""
    yield
    translation.deactivate()


@pytest.fixture
def now() -> datetime:
    """The moment at which tests with time as an argument happen."""
    return NOW


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The clock stands still at `now`; `clock.shift(seconds)` and `clock.move_to(moment)` move it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller
