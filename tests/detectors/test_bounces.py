"""A few mistyped addresses, and a list that was bought."""

from __future__ import annotations

from typing import Any

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of


@pytest.mark.parametrize(
    ("behaviour", "found"),
    [
        ({}, set()),  # too little is known
        ({"bounce_rate": 0.03, "acceptance_rate": 0.6}, set()),
        ({"acceptance_rate": 0.1}, set()),  # a webinar that few have time for
        ({"bounce_rate": 0.06}, {"some"}),
        ({"bounce_rate": 0.2}, {"many"}),
        ({"bounce_rate": 0.2, "acceptance_rate": 0.01}, {"many", "unwelcome"}),
    ],
)
def test_rates(behaviour: dict[str, Any], found: set[str]) -> None:
    assert codes("bounces", attempt(behaviour=behaviour)) == found
    assert not codes("bounces", attempt(behaviour=behaviour, audience={"external": 0}))


def test_a_bad_list_is_a_note_to_whom_we_know_and_at_most_a_question() -> None:
    bad = {"bounce_rate": 0.3, "acceptance_rate": 0.0}
    assert verdict_of(event(), "established", behaviour=bad).verdict is Verdict.OBSERVE
    assert verdict_of(event(), "trial", behaviour=bad).verdict is Verdict.CHALLENGE
