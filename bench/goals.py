"""The goals the project set itself for speed, and what this run says about each."""

from __future__ import annotations

from typing import Any

MET, MISSED, UNKNOWN = "met", "missed", "not measured"


def judged(results: dict[str, Any]) -> list[dict[str, str]]:
    """One row a goal: what it asks, what was measured, met or missed."""
    return [*_view(results.get("view")), *_check(results.get("check")), *_reader(results.get("reader")), *NOT_HERE]


def _row(name: str, goal: str, measured: str, met: bool) -> dict[str, str]:
    return {"id": name, "goal": goal, "measured": measured, "verdict": MET if met else MISSED}


def _within(spread: dict[str, Any], goal: float) -> bool:
    """The worst alternation keeps it, or the median does with a fifth to spare."""
    return bool(spread["range"][1] <= goal or spread["median"] * 1.2 <= goal)


def _view(view: dict[str, Any] | None) -> list[dict[str, str]]:
    if view is None:
        return []
    rows = []
    for alias, compared in view["compared"].items():
        one, three = compared["to_one_ratelimit"], compared["to_three_ratelimits"]
        cache = "on Redis" if view["cache"] == "RedisCache" else "in local memory, as Redis is not reachable"
        rows += [
            _row(
                f"P2 {alias}",
                f"the guard adds <= 1.8x what one rate limit {cache} adds to p50, <= 0.7x three",
                f"{shown(one)} of one ({shown(compared['to_one_ratelimit_cpu'])} in CPU), {shown(three)} of three",
                _within(one, 1.8) and _within(three, 0.7),
            ),
            _row(
                f"P2b {alias}",
                "guarded p99 <= bare p99 + 2.0 ms, or <= 2x bare p99",
                f"+{compared['p99_added_ms']} ms, {compared['p99_to_bare']}x",
                compared["p99_added_ms"] <= 2.0 or compared["p99_to_bare"] <= 2.0,
            ),
        ]
    return rows


def _check(check: dict[str, Any] | None) -> list[dict[str, str]]:
    if check is None:
        return []
    rows = []
    for alias, growth in check["growth_200_to_1"].items():
        seen = [check["cells"][f"{alias}/{guests}"]["statements"] for guests in (1, 20, 200)]
        of = f"{seen[0].get('SELECT', 0)} SELECT, {seen[0].get('INSERT', 0)} INSERT"
        counts = f"{seen[0]['total']} statements, messages: {seen[0]['messages']} ({of})"
        alike = seen[0] == seen[1] == seen[2]
        rows += [
            _row(
                f"P3 {alias}",
                "one round trip for the facts, one INSERT, no SELECT; the same for any number of guests",
                f"{counts}, {'the same for 1, 20 and 200 guests' if alike else 'differing with guests'}",
                alike and seen[0]["total"] <= 2,
            ),
            _row(
                f"P4 {alias}",
                "200 guests cost <= 2.5x one guest",
                f"{shown(growth['wall'])} wall, {shown(growth['cpu'])} CPU",
                _within(growth["wall"], 2.5),
            ),
            _row(
                f"P5 {alias}",
                "a long past costs <= 1.15x a short one",
                f"{shown(check['growth_by_past'][alias])}: {check['pasts'][-1]:,} against {check['pasts'][0]} "
                "decisions of the account within seven days (the goal speaks of ten million rows in all)",
                _within(check["growth_by_past"][alias], 1.15),
            ),
        ]
    return rows


def _reader(reader: dict[str, Any] | None) -> list[dict[str, str]]:
    if reader is None:
        return []
    two_hundred = reader["sizes"]["200"]["icalendar_to_read"]
    return [
        _row(
            "P8",
            "reading costs <= 1/10 of icalendar's from_ical at 200 guests",
            f"1/{two_hundred['median']:.1f} (1/{two_hundred['range'][0]:.1f} to 1/{two_hundred['range'][1]:.1f})",
            two_hundred["range"][0] >= 10 or two_hundred["median"] >= 12,
        )
    ]


def shown(spread: dict[str, Any]) -> str:
    return f"{spread['median']:.2f}x ({spread['range'][0]:.2f} to {spread['range'][1]:.2f})"


NOT_HERE = [
    {"id": name, "goal": goal, "measured": why, "verdict": UNKNOWN}
    for name, goal, why in (
        ("P1", "checks per second and core >= 5x rspamd, 150x spamd", "needs both scanners on the machine"),
        ("P6", "Redis and worker memory", "`python -m bench.memory` measures Redis; workers are not measured here"),
        ("P7", "Celery re-check >= 0.65x of a no-op task", "not measured here"),
        ("P9", "a decision row <= 350 octets on PostgreSQL", "not measured here"),
        ("P10", "5,000 operator patterns <= 1.1x", "operator patterns do not exist yet"),
    )
]
