"""Whether pauses follow each other as a machine's do."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt


def mean(gaps: Sequence[float]) -> float:
    """Seconds from one to the next on average; 0 where there are none."""
    return sum(gaps) / len(gaps) if gaps else 0.0


def even(gaps: Sequence[float], spread: float) -> bool:
    """Whether the standard deviation is less than that share of the mean. Written out, as `statistics` works in
    fractions and takes ten times as long."""
    middle = mean(gaps)
    return middle > 0 and sqrt(sum((gap - middle) ** 2 for gap in gaps) / len(gaps)) < spread * middle
