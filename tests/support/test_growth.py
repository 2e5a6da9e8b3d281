"""What is linear passes as linear, and every usual way of being quadratic is found out."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from calguard.engine import lures
from tests.support.growth import Ratio, growth

TIMES = 8
TESTS = Path(__file__).resolve().parents[1]


def listed(size: int) -> None:
    """Each thing once, by looking through those before it."""
    seen: list[int] = []
    for number in range(size):
        if number not in seen:
            seen.append(number)


def kept(size: int) -> None:
    seen: set[int] = set()
    for number in range(size):
        if number not in seen:
            seen.add(number)


def searched(size: int) -> None:
    """Every place is a start, and every start reads to the end."""
    assert not re.search(r"\w+@", "a" * size)


def anchored(size: int) -> None:
    assert not re.search(r"(?<!\w)\w++@", "a" * size)


def rebuilt(size: int) -> None:
    """A head taken off is a copy of the rest."""
    rest = "a" * size
    while rest:
        rest = rest[1:]


def walked(size: int) -> None:
    rest, at = "a" * size, 0
    while rest[at : at + 1]:
        at += 1


@pytest.mark.parametrize(("work", "small"), [(kept, 2_000), (anchored, 100_000), (walked, 2_000)])
def test_what_is_linear_passes(work: Callable[[int], object], small: int) -> None:
    assert growth(work, small, TIMES) <= 2 * TIMES


@pytest.mark.parametrize(("work", "small"), [(listed, 250), (searched, 500), (rebuilt, 10_000)])
def test_what_is_quadratic_fails(work: Callable[[int], object], small: int) -> None:
    assert float(growth(work, small, TIMES)) > 2 * TIMES


def test_a_quadratic_part_twice_the_rest_is_enough_to_fail() -> None:
    """Twice the linear part at the larger size is found, where it is a quarter of it at the smaller."""
    small, linear = 250, 0

    def both(size: int) -> None:
        listed(size)
        for _ in range(linear):
            kept(size)

    linear = round(float(Ratio(lambda: listed(small * TIMES), lambda: kept(small * TIMES))) / 2)
    assert float(growth(both, small, TIMES)) > 2 * TIMES


def test_what_was_remembered_is_forgotten_before_each_run() -> None:
    remembered: list[int] = []

    def look() -> None:
        remembered.append(lures.read.cache_info().currsize)
        lures.read("your account is locked")

    Ratio(look, look, repeats=2, rounds=2)
    assert remembered == [0] * 6


def test_the_collector_is_left_as_it_was() -> None:
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError):
        growth(lambda size: 1 / 0, 1, 2)
    assert gc.isenabled()


def test_no_other_test_measures_time() -> None:
    """How fast a machine is says nothing of the code: a test asks for growth, or counts work or queries.

    A deadline after which a test no longer waits is none of that.
    """
    clock = re.compile(
        r"\b(?:perf_counter|process_time|thread_time)(?:_ns)?\(|\b(?:monotonic|time\.time)(?:_ns)?\(\) *-"
    )
    measuring = [path for path in TESTS.rglob("*.py") if clock.search(path.read_text(encoding="utf-8"))]
    assert measuring == [TESTS / "support" / "growth.py"]
