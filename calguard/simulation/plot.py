"""A run as one SVG: how much each attacker reached day by day, and what the innocent noticed."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from typing import Any
from xml.sax.saxutils import escape

from calguard.simulation.report import CHALLENGED, REACHED

INK, QUIET, GRID, LIMIT = "#1f2933", "#64707d", "#e4e7eb", "#b0413e"
COLOURS = ("#4a7fb8", "#3f8f6b", "#c08a2e", "#8a5fa8", "#2f8fa3", "#b0602e", "#6b7280")
LEFT, TOP, WIDE, HIGH, BARS, ROW = 56, 56, 470, 300, 300, 30
STEPS = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0)


def svg(found: Mapping[str, Any]) -> str:
    """Left, lines over the days on a scale that shows the small; right, a row per attacker; below, the innocent."""
    attackers = found["attackers"]
    width, height = LEFT + WIDE + 150 + BARS + 190, TOP + HIGH + 120
    body = [*_scale(found["days"]), *_lines(attackers, found["days"]), *_rows(attackers), *_innocent(found["innocent"])]
    accounts = found["innocent"]["accounts"]
    title = f"{found['scenario']}, seed {found['seed']}, {found['days']} days, {accounts} innocent accounts"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img" aria-label="Share of intended recipients that each attacker reached, and what innocent accounts '
        'noticed" font-family="sans-serif" font-size="13">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n'
        f'<text x="{LEFT}" y="24" fill="{INK}" font-size="15">{escape(title)}</text>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _y(share: float) -> float:
    """Square roots: 1 % and 5 % are told apart, and 100 % still fits."""
    return TOP + HIGH * (1 - sqrt(min(1.0, share)))


def _scale(days: int) -> list[str]:
    body = [_text(LEFT, TOP - 10, "intended recipients reached", QUIET)]
    for share in STEPS:
        y, colour = _y(share), LIMIT if share == REACHED else GRID
        body.append(f'<line x1="{LEFT}" x2="{LEFT + WIDE}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}"/>')
        body.append(_text(LEFT - 8, y + 4, f"{share:.0%}", LIMIT if share == REACHED else QUIET, "end"))
    every = max(1, days // 6)
    body += [_text(_x(day, days), TOP + HIGH + 18, f"day {day}", QUIET, "middle") for day in range(0, days + 1, every)]
    return body


def _x(day: int, days: int) -> float:
    return LEFT + WIDE * day / days


def _lines(attackers: Mapping[str, Any], days: int) -> list[str]:
    body = []
    for (_, one), colour in zip(attackers.items(), COLOURS, strict=False):
        reached = [0, *one["by_day"]]
        path = " ".join(
            f"{_x(day, days):.1f},{_y(count / max(1, one['intended'])):.1f}" for day, count in enumerate(reached)
        )
        body.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
    return body


def _rows(attackers: Mapping[str, Any]) -> list[str]:
    """Name, bar on the same scale, share, and when it was first kept back."""
    left = LEFT + WIDE + 110
    limit = left + BARS * sqrt(REACHED)
    end = TOP + ROW * max(1, len(attackers))
    body = [
        _text(left, TOP - 10, "in all, and first kept back after", QUIET),
        f'<line x1="{limit:.1f}" x2="{limit:.1f}" y1="{TOP}" y2="{end}" stroke="{LIMIT}"/>',
    ]
    for number, ((kind, one), colour) in enumerate(zip(attackers.items(), COLOURS, strict=False)):
        y = TOP + ROW * number
        bar = max(1.5, BARS * sqrt(min(1.0, one["share"])))
        body.append(_text(left - 10, y + 19, kind, INK, "end"))
        body.append(f'<rect x="{left}" y="{y + 7}" width="{bar:.1f}" height="16" fill="{colour}"/>')
        first = one["first_stopped"]
        when = f"{first['hours']:.0f} h, {first['recipients']} reached" if first else "never"
        body.append(_text(left + max(bar, limit - left) + 10, y + 19, f"{one['share']:.1%}  ({when})", INK))
    return body


def _innocent(innocent: Mapping[str, Any]) -> list[str]:
    """Accounts that noticed anything, by what."""
    y = TOP + HIGH + 58
    body = [
        _text(
            LEFT,
            y,
            f"{innocent['accounts']} innocent accounts, {innocent['invitations']} invitations: accounts ever",
            INK,
        )
    ]
    names = ("challenged", "throttled", "held", "denied", "suspended")
    for number, name in enumerate(names):
        at = LEFT + number * 150
        body.append(_text(at, y + 32, str(innocent[name]), INK, size=20))
        body.append(_text(at + 34, y + 32, name, QUIET))
    most = int(innocent["accounts"] * CHALLENGED)
    body.append(_text(LEFT + len(names) * 150, y + 32, f"(at most {most} may be challenged, none held)", QUIET))
    return body


def _text(x: float, y: float, said: str, colour: str, anchor: str = "start", size: int = 13) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" font-size="{size}">{escape(said)}</text>'
    )
