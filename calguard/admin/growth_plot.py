"""How a campaign grew, as a small picture of our own: attempts and accounts over time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 640, 160
LEFT, RIGHT, TOP, BOTTOM = 36, 8, 8, 22
POINTS = 160  # more say nothing more at this width


@dataclass(frozen=True, kw_only=True, slots=True)
class Plot:
    """What the template draws."""

    attempts: str  # points of a polyline
    accounts: str
    top: int  # what the highest point stands for
    begins: str
    ends: str
    words: str  # the same for who does not see it
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    ceiling: int = TOP
    ground: int = HEIGHT - BOTTOM


def drawn(members: Sequence[tuple[datetime, str]]) -> Plot | None:
    """`members` are times of attempts and their accounts, in order of time; None where there are too few."""
    if len(members) < 2:
        return None
    begins, ends = members[0][0], members[-1][0]
    span = max(1.0, (ends - begins).total_seconds())
    seen: set[str] = set()
    steps: list[tuple[float, int, int]] = []
    for number, (at, account) in enumerate(members, start=1):
        seen.add(account)
        steps.append(((at - begins).total_seconds() / span, number, len(seen)))
    kept = steps[:: max(1, len(steps) // POINTS)]
    kept = kept if kept[-1] == steps[-1] else [*kept, steps[-1]]
    top = len(members)
    return Plot(
        attempts=_line((share, count / top) for share, count, _ in kept),
        accounts=_line((share, count / top) for share, _, count in kept),
        top=top,
        begins=f"{begins:%d %b %H:%M} UTC",
        ends=f"{ends:%d %b %H:%M} UTC",
        words=f"{top} attempts of {len(seen)} accounts between {begins:%Y-%m-%d %H:%M} and {ends:%Y-%m-%d %H:%M} UTC",
    )


def _line(points: Iterable[tuple[float, float]]) -> str:
    across, down = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    return " ".join(f"{LEFT + share * across:.1f},{TOP + (1 - high) * down:.1f}" for share, high in points)
