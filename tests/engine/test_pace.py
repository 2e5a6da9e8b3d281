"""Machines keep time."""

from __future__ import annotations

import random
from statistics import pstdev

import pytest

from calguard.engine import pace


@pytest.mark.parametrize(
    ("gaps", "even"),
    [
        ((), False),
        ((0.0, 0.0, 0.0), False),  # no time passed: that is fast, not even
        ((5.0, 5.0, 5.0), True),
        ((5.0, 5.1, 4.9), True),
        ((5.0, 6.0, 4.0), False),
    ],
)
def test_even(gaps: tuple[float, ...], even: bool) -> None:
    assert pace.even(gaps, 0.05) is even


def test_it_is_the_standard_deviation() -> None:
    made = random.Random(7)
    for _ in range(200):
        gaps = [made.uniform(0.9, 1.1) for _ in range(made.randint(1, 32))]
        assert pace.even(gaps, 0.05) is (pstdev(gaps) / pace.mean(gaps) < 0.05)
