"""The figures of a run as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bench.goals import shown

WORDS = {"bare": "bare", "once": "+ 1 django-ratelimit", "thrice": "+ 3 django-ratelimit", "guarded": "+ guard.sending"}


def markdown(results: dict[str, Any]) -> str:
    """Every part that was measured, then the goals."""
    machine = results["machine"]
    made = (
        f"Measured {results['measured_at']} in {results['seconds']} s{' with --quick' if results['quick'] else ''}: "
        f"{machine['cpus']} x {machine['cpu']}, Linux {machine['kernel']}, Python {machine['python']}, "
        f"Django {machine['django']}, SQLite {machine['sqlite']}; load {machine['load_before']} before, "
        f"{machine['load_after']} after. Times in milliseconds."
    )
    parts = [made, *(f"- skipped: {why}" for why in results["skipped"])]
    for name, section in (("check", _check), ("view", _view), ("reader", _reader)):
        if name in results:
            parts += section(results[name])
    parts += [
        "### Goals",
        table(
            ("", "goal", "measured", ""), ((g["id"], g["goal"], g["measured"], g["verdict"]) for g in results["goals"])
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _check(check: dict[str, Any]) -> Iterable[str]:
    yield "### One `guard.check`"
    yield table(
        (
            "database / guests",
            "p50 (range)",
            "p99",
            "CPU p50 (range)",
            "CPU p99",
            "server CPU, mean",
            "statements in messages",
        ),
        (
            (
                name,
                _ranged(cell, "p50"),
                cell["p99_ms"],
                _ranged(cell, "cpu_p50"),
                cell["cpu_p99_ms"],
                cell["server_cpu_mean_ms"] if name.startswith("postgres") else "in process",
                _statements(cell["statements"]),
            )
            for name, cell in check["cells"].items()
        ),
    )
    for alias, growth in check["growth_200_to_1"].items():
        yield f"200 guests against one, {alias}: {shown(growth['wall'])} wall, {shown(growth['cpu'])} CPU."
    yield table(
        ("database / decisions of the account in seven days", "p50 (range)", "p99"),
        ((name, _ranged(cell, "p50"), cell["p99_ms"]) for name, cell in check["by_past"].items()),
    )
    yield (
        "; ".join(
            f"50,000 guests, once, {alias}: {one['wall_ms']:.0f} ms wall, {one['cpu_ms']:.0f} ms CPU"
            for alias, one in check["largest"].items()
        )
        + "."
    )
    yield f"Verdicts: {_counts(check['verdicts'])}."


def _view(view: dict[str, Any]) -> Iterable[str]:
    yield f"### The create-event view, {view['guests']} guests (cache: {view['cache']}, broker: {view['broker']})"
    yield table(
        (
            "database / view",
            "p50 (range)",
            "added p50, paired (range)",
            "p99",
            "CPU p50 (range)",
            "server CPU, mean",
            "statements in messages",
        ),
        (
            (
                name.replace(view_name, WORDS[view_name]),
                _ranged(cell, "p50"),
                _added(view["compared"][alias]["added_p50_ms"].get(view_name)),
                cell["p99_ms"],
                _ranged(cell, "cpu_p50"),
                cell["server_cpu_mean_ms"] if alias == "postgres" else "in process",
                _statements(cell["statements"]),
            )
            for name, cell in view["cells"].items()
            for alias, _, view_name in [name.partition("/")]
        ),
    )
    for alias, compared in view["compared"].items():
        yield (
            f"{alias}: the guard adds {shown(compared['to_one_ratelimit'])} what one rate limit adds, "
            f"{shown(compared['to_three_ratelimits'])} what three add; p99 +{compared['p99_added_ms']} ms."
        )
    stages = {stage: None for parts in view["stages_ms"].values() for stage in parts}
    yield table(
        ("where a guarded request's time goes, p50", *view["stages_ms"]),
        ((stage, *(parts.get(stage, "") for parts in view["stages_ms"].values())) for stage in stages),
    )
    yield f"Verdicts: {_counts({'guarded': view['verdicts']})}."


def _reader(reader: dict[str, Any]) -> Iterable[str]:
    yield "### Reading and judging, without Django"
    yield table(
        (
            "guests",
            "octets",
            "`reader.read`",
            "with texts",
            "`Calendar.from_ical`",
            "from_ical / read, CPU",
            "`judge`",
            "both, first seen",
        ),
        (
            (
                guests,
                f"{size['octets']:,}",
                _ranged(size["read"], "p50"),
                _ranged(size["texts"], "p50"),
                _ranged(size["from_ical"], "p50"),
                shown(size["icalendar_to_read"]),
                _ranged(size["judge"], "p50"),
                _ranged(size["content"], "p50"),
            )
            for guests, size in reader["sizes"].items()
        ),
    )
    yield table(
        (
            "the largest, once",
            "octets",
            "read, wall",
            "read, CPU",
            "judge",
            "guests kept",
            "characters read",
            "problems noted",
        ),
        (
            (
                name,
                f"{one['octets']:,}",
                one["wall_ms"],
                one["cpu_ms"],
                one["judge_ms"],
                f"{one['attendees_kept']:,}",
                f"{one['text_characters']:,}",
                ", ".join(one["problems"]) or "none",
            )
            for name, one in reader["largest"].items()
        ),
    )


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)


def _ranged(cell: dict[str, Any], what: str) -> str:
    low, high = cell[f"{what}_range_ms"]
    return f"{cell[f'{what}_ms']:.2f} ({low:.2f} to {high:.2f})"


def _added(spread: dict[str, Any] | None) -> str:
    return f"+{spread['median']:.2f} ({spread['range'][0]:.2f} to {spread['range'][1]:.2f})" if spread else ""


def _statements(kinds: dict[str, int]) -> str:
    each = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if kind not in {"total", "messages"})
    return f"{kinds['total']} in {kinds['messages']}: {each}"


def _counts(verdicts: dict[str, dict[str, int]]) -> str:
    return "; ".join(
        f"{name} {' '.join(f'{count} {verdict}' for verdict, count in seen.items())}" for name, seen in verdicts.items()
    )
