"""The fuzzer's seeds and what it ever found, for the runs that have no time to fuzz."""

from __future__ import annotations

import pytest

from tests.fuzz.properties import holds
from tests.fuzz.seeds import LINES, NESTED, seeds

FINDINGS: dict[str, bytes] = {}


@pytest.mark.requirement("R32", "R49")
@pytest.mark.parametrize("number", range(12))
def test_the_seeds_hold(number: int) -> None:
    made = seeds()
    assert made == seeds()
    assert len(set(made)) == len(made) > len(LINES) + len(NESTED)
    for seed in made[number::12]:
        holds(seed)


@pytest.mark.requirement("R32", "R49")
@pytest.mark.parametrize("data", FINDINGS.values(), ids=FINDINGS.keys())
def test_what_was_found_holds(data: bytes) -> None:
    holds(data)
