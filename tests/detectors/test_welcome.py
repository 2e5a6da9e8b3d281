"""Strangers who never answer, and everybody else."""

from __future__ import annotations

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of


@pytest.mark.requirement("R21")
def test_who_writes_on_to_strangers_that_never_answer_is_made_to_wait() -> None:
    silent = {"unanswered": 45}
    assert codes("welcome", attempt(event(), "trial", behaviour=silent)) == {"unanswered"}
    assert verdict_of(event(), "trial", behaviour=silent).verdict is Verdict.THROTTLE


@pytest.mark.parametrize("who", ["new", "trial", "established"])
def test_nobody_else_hears_of_it(who: str) -> None:
    assert not codes("welcome", attempt(event(), who))
    assert not codes("welcome", attempt(event(), who, behaviour={"unanswered": 45}, audience={"external": 0}))
