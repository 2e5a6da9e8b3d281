"""Draws the figures of a run as one SVG: bars for the view and for the check."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, ROW, BAR = 760, 210, 150, 24, 15
INK, QUIET = "#1f2933", "#64707d"
COLOURS = {"bare": "#9aa5b1", "once": "#7ba7d7", "thrice": "#4a7fb8", "guarded": "#d9822b", "check": "#3f8f6b"}
LABELS = {
    "bare": "bare view",
    "once": "+ 1 django-ratelimit",
    "thrice": "+ 3 django-ratelimit",
    "guarded": "+ guard.sending",
}

Bar = tuple[str, str, float, tuple[float, float]]  # label, colour, median, range


def svg(results: dict[str, Any]) -> str:
    """Medians as bars, the range of the alternations as a line on each; every database has a panel."""
    panels: list[tuple[str, list[Bar]]] = []
    for alias in sorted({name.partition("/")[0] for name in results.get("view", {}).get("cells", {})}, reverse=True):
        cells = results["view"]["cells"]
        bars = [_bar(LABELS[view], view, cells[f"{alias}/{view}"]) for view in LABELS]
        panels.append((f"Create-event view on {alias}, p50 in ms", bars))
    for alias in sorted({name.partition("/")[0] for name in results.get("check", {}).get("cells", {})}, reverse=True):
        cells = results["check"]["cells"]
        bars = [
            _bar(f"{guests} guest{'s' * (guests != '1')}", "check", cells[f"{alias}/{guests}"])
            for guests in ("1", "20", "200")
        ]
        panels.append((f"One guard.check on {alias}, p50 in ms", bars))
    longest = max((bar[3][1] for _, bars in panels for bar in bars), default=1.0)
    body, y = [], 30
    for title, bars in panels:
        body.append(f'<text x="16" y="{y}" font-weight="600" fill="{INK}">{escape(title)}</text>')
        y += 12
        for bar in bars:
            body += _drawn(bar, y, (WIDTH - LEFT - RIGHT) / longest)
            y += ROW
        y += 28
    body.append(
        f'<text x="16" y="{y}" fill="{QUIET}">Measured {escape(results["measured_at"])}; '
        "lines: range of the alternations' medians.</text>"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 16}" width="{WIDTH}" height="{y + 16}" '
        'role="img" aria-label="Medians of the create-event view and of one check, in milliseconds" '
        'font-family="sans-serif" font-size="13">\n'
        f'<rect width="{WIDTH}" height="{y + 16}" fill="#ffffff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _bar(label: str, kind: str, cell: dict[str, Any]) -> Bar:
    low, high = cell["p50_range_ms"]
    return label, COLOURS[kind], cell["p50_ms"], (low, high)


def _drawn(bar: Bar, y: int, scale: float) -> list[str]:
    label, colour, middle, (low, high) = bar
    line, text = y + BAR / 2, y + 12
    return [
        f'<text x="{LEFT - 10}" y="{text}" text-anchor="end" fill="{INK}">{escape(label)}</text>',
        f'<rect x="{LEFT}" y="{y}" width="{middle * scale:.1f}" height="{BAR}" fill="{colour}"/>',
        f'<line x1="{LEFT + low * scale:.1f}" x2="{LEFT + high * scale:.1f}" y1="{line}" y2="{line}" stroke="{INK}"/>',
        f'<text x="{LEFT + high * scale + 8:.1f}" y="{text}" fill="{INK}">{middle:.2f}</text>',
    ]
