"""The marker needs(part): skipped by name where the part is missing, failed where CALGUARD_REQUIRE names it."""

from __future__ import annotations

import pytest

from tests.support.parts import PARTS, required, why_missing


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("needs"):
        for name in mark.args:
            need(name)


def need(name: str) -> None:
    """Skip the running test, or fail it, unless the part is there."""
    if name not in PARTS:
        pytest.fail(f"needs({name!r}): unknown part; known: {', '.join(PARTS)}", pytrace=False)
    reason = why_missing(name)
    if reason is None:
        return
    if name in required():
        pytest.fail(f"{reason} (required by CALGUARD_REQUIRE)", pytrace=False)
    pytest.skip(reason)
