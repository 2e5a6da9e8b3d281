"""A restricted account waits; nobody else does."""

from __future__ import annotations

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of


@pytest.mark.requirement("R64")
@pytest.mark.parametrize("who", ["new", "trial", "longtime", "established"])
def test_restriction(who: str) -> None:
    assert not codes("restriction", attempt(event(), who))
    assert codes("restriction", attempt(event(), who, account={"restricted": True})) == {"standing"}
    judged = verdict_of(event(), who, account={"restricted": True}, client={"automation_cleared": True})
    assert judged.verdict is Verdict.HOLD
    assert judged.reasons[0] == "account_restricted"
