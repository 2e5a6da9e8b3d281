"""Recall against false positives as the thresholds of a verdict move, and a drawing of it as one SVG."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from calguard.engine.types import Verdict
from calguard.evaluation.counting import summary
from calguard.evaluation.judging import Judged

CALENDARS, MAIL = "false positives, real calendar events", "false positives, mail"
PHISHING, ABUSE = "recall, phishing mail 2022 to 2026", "recall, all abuse"
PANELS = ((CALENDARS, 3.0, "% of real calendar events stopped"), (MAIL, 6.0, "% of ham mail stopped"))
LINES = ((PHISHING, "#4a7fb8", "phishing mail, 2022 to 2026"), (ABUSE, "#3f8f6b", "all abuse"))
MARKS = (("HOLD", Verdict.HOLD), ("CHALLENGE", Verdict.CHALLENGE))
INK, QUIET, GRID = "#1f2933", "#64707d", "#e4e7eb"
WIDTH, HEIGHT, LEFT, TOP, GAP = 360, 300, 52, 46, 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    score: float
    verdict: Verdict
    rows: frozenset[str]  # the lines of the summary it counts in


def sample(judged: Judged) -> Sample:
    return Sample(score=judged.score, verdict=judged.verdict, rows=frozenset(summary(judged.record)))


def points(samples: Sequence[Sample], rungs: Mapping[Verdict, float]) -> dict[str, Any]:
    """For each panel and line, pairs of percentages as the threshold falls, and where the shipped ladder stands.

    A verdict that a floor gave counts as the least score of its rung, so that the ladder lies on its own curve.
    """
    found: dict[str, Any] = {"panels": {}, "marks": {}}
    scores = {name: sorted(_placed(s, rungs) for s in samples if name in s.rows) for name in (*_xs(), *_ys())}
    thresholds = sorted({*scores[CALENDARS], *scores[MAIL], *rungs.values(), *range(1, 300)}, reverse=True)
    for x in _xs():
        for y in _ys():
            pairs = [(_share(scores[x], t), _share(scores[y], t)) for t in thresholds if t > 0]
            found["panels"][f"{x}|{y}"] = sorted(set(pairs))
            for name, verdict in MARKS:
                level = rungs[verdict]
                found["marks"][f"{x}|{y}|{name}"] = (_share(scores[x], level), _share(scores[y], level))
    return found


def _xs() -> tuple[str, ...]:
    return tuple(name for name, _, _ in PANELS)


def _ys() -> tuple[str, ...]:
    return tuple(name for name, _, _ in LINES)


def _placed(found: Sample, rungs: Mapping[Verdict, float]) -> float:
    """The score, moved into the rung of the verdict where floors or limits gave another than the ladder."""
    low = rungs.get(found.verdict, 0.0)
    above = [points for verdict, points in rungs.items() if verdict > found.verdict]
    return min(max(found.score, low), min(above) - 0.01) if above else max(found.score, low)


def _share(ordered: Sequence[float], threshold: float) -> float:
    """Per cent at or above the threshold."""
    return round(100 * (len(ordered) - bisect_left(ordered, threshold)) / len(ordered), 3) if ordered else 0.0


def svg(found: Mapping[str, Any]) -> str:
    """Two panels side by side, a line for each kind of abuse, a dot for each verdict of the shipped ladder."""
    width = 2 * WIDTH + GAP + 30
    body: list[str] = []
    for number, (x, most, label) in enumerate(PANELS):
        body += _panel(found, x, most, label, LEFT + number * (WIDTH + GAP - LEFT + 20))
    for number, (_, colour, label) in enumerate(LINES):
        at = LEFT + number * 230
        body.append(f'<rect x="{at}" y="14" width="22" height="4" fill="{colour}"/>')
        body.append(f'<text x="{at + 28}" y="20" fill="{INK}">{escape(label)}</text>')
    for number, (mark, _) in enumerate(MARKS):
        at = LEFT + len(LINES) * 200 + number * 90
        body += [_dot(at, 16, INK, mark), f'<text x="{at + 10}" y="20" fill="{INK}">{mark}</text>']
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT + TOP + 52}" width="{width}" '
        f'height="{HEIGHT + TOP + 52}" role="img" aria-label="Share of abuse stopped against share of innocent events '
        'stopped, as the threshold moves" font-family="sans-serif" font-size="13">\n'
        f'<rect width="{width}" height="{HEIGHT + TOP + 52}" fill="#ffffff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _panel(found: Mapping[str, Any], x: str, most: float, label: str, left: int) -> list[str]:
    wide = WIDTH - LEFT
    body = []

    def place(pair: Sequence[float]) -> tuple[float, float]:
        return left + wide * min(pair[0], most) / most, TOP + HEIGHT * (1 - pair[1] / 100)

    for share in range(0, 101, 20):
        _, y = place((0, share))
        body.append(f'<line x1="{left}" x2="{left + wide}" y1="{y:.1f}" y2="{y:.1f}" stroke="{GRID}"/>')
        body.append(f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end" fill="{QUIET}">{share} %</text>')
    for step in range(int(most) + 1):
        at, _ = place((step, 0))
        body.append(f'<text x="{at:.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle" fill="{QUIET}">{step}</text>')
    body.append(f'<text x="{left}" y="{TOP + HEIGHT + 40}" fill="{INK}">{escape(label)}</text>')
    for y_name, colour, _ in LINES:
        pairs = [pair for pair in found["panels"][f"{x}|{y_name}"] if pair[0] <= most]
        path = " ".join(f"{at:.1f},{y:.1f}" for at, y in map(place, pairs))
        body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for mark, _ in MARKS:
            pair = found["marks"][f"{x}|{y_name}|{mark}"]
            if pair[0] > most:
                continue
            at, y = place(pair)
            body.append(_dot(at, y, colour, mark))
    return body


def _dot(at: float, y: float, colour: str, mark: str) -> str:
    """Filled for HOLD, hollow for CHALLENGE."""
    inside = colour if mark == "HOLD" else "#ffffff"
    return f'<circle cx="{at:.1f}" cy="{y:.1f}" r="4.5" fill="{inside}" stroke="{colour}" stroke-width="2"/>'
