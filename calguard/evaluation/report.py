"""What a run found, for people as aligned tables and for programs as one JSON object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from calguard.engine.policy import Policy
from calguard.engine.types import Verdict
from calguard.evaluation.counting import Count, Group, wilson
from calguard.evaluation.judging import Judged

SCHEMA = "calguard.evaluation/1"
THRESHOLDS = tuple(verdict for verdict in Verdict if verdict is not Verdict.ALLOW)
SHOWN = (Verdict.OBSERVE, Verdict.CHALLENGE, Verdict.HOLD, Verdict.DENY)  # on paper; THROTTLE is a matter of numbers
FEW = 20  # rows of fewer records than this are left off paper where a table is long
LONG = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """What was measured, and how long it took."""

    file: str
    persona: str
    jobs: int
    seconds: float
    count: Count
    ended: str = ""  # why the file could not be read to its end


def as_json(run: Run) -> dict[str, Any]:
    """The report; docs/detection.md describes the fields."""
    count = run.count
    groups = {
        name: {row: _group(group) for row, group in sorted(rows.items())}
        for name, rows in sorted(count.groups.items())
        if name != "label"
    }
    return {
        "schema": SCHEMA,
        "file": run.file,
        "as": run.persona,
        "policy": Policy.shipped().version,
        "records": count.judged,
        "malformed": count.malformed,
        "problems": [{"line": found.number, "problem": found.problem} for found in count.problems],
        "incomplete": run.ended,
        "confusion": {
            row: {verdict.name: group.verdicts[verdict] for verdict in Verdict}
            for row, group in sorted(count.groups.get("label", {}).items())
        },
        "groups": groups,
        "worst_false_positives": [_worst(judged) for judged in count.false_positives],
        "worst_misses": [_worst(judged) for judged in count.misses],
        "speed": _speed(run),
    }


def _group(group: Group) -> dict[str, Any]:
    said: dict[str, Any] = {"n": group.n, "at_least": {v.name: _rate(group.at_least(v), group.n) for v in THRESHOLDS}}
    if group.clusters:
        n = len(group.clusters)
        said["clusters"] = {"n": n, "at_least": {v.name: _rate(group.clusters_at_least(v), n) for v in THRESHOLDS}}
    return said


def _rate(hits: int, n: int) -> dict[str, float | int]:
    low, high = wilson(hits, n)
    return {"n": hits, "rate": round(hits / n, 6) if n else 0.0, "low": round(low, 6), "high": round(high, 6)}


def _worst(judged: Judged) -> dict[str, Any]:
    record = judged.record
    return {
        "line": judged.number,
        "id": record.id,
        "label": record.label,
        "kind": record.kind,
        "language": record.language,
        "cluster": record.cluster,
        "verdict": judged.verdict.name,
        "score": judged.score,
        "text": record.excerpt,
        "signals": [{"signal": s.signal, "points": s.points, "reason": s.said} for s in judged.signals],
    }


def _speed(run: Run) -> dict[str, Any]:
    count = run.count
    return {
        "jobs": run.jobs,
        "seconds": round(run.seconds, 3),
        "events_per_second": round(count.judged / run.seconds, 1) if run.seconds else 0.0,
        "judge_us": _microseconds(count.judging),
        "read_us": _microseconds(count.reading),
        "total_us": _microseconds(count.both),
    }


def _microseconds(durations: Any) -> dict[str, float]:
    mean = durations.total / durations.n if durations.n else 0.0
    found = {"median": durations.percentile(0.5), "p99": durations.percentile(0.99), "mean": mean}
    return {name: round(seconds * 1e6, 1) for name, seconds in found.items()}


def as_text(run: Run) -> str:
    """The report for people."""
    return "\n".join(_text(run)) + "\n"


def _text(run: Run) -> Iterator[str]:
    count = run.count
    yield f"{run.file}: {count.judged} records judged as {run.persona}"
    if count.malformed:
        first = count.problems[0]
        yield f"  not judged: {count.malformed}, the first on line {first.number}: {first.problem}"
    if run.ended:
        yield f"  not read to its end: {run.ended}"
    if count.groups.get("label"):
        yield from _confusion(count)
    for name, rows in _ordered(count):
        yield from _table(name, rows)
    yield from _list("Worst false positives", count.false_positives)
    yield from _list("Worst misses", count.misses)
    yield from _times(run)


def _confusion(count: Count) -> Iterator[str]:
    rows = [["label", *(verdict.name for verdict in Verdict), "records"]]
    rows += [
        [name, *(str(n) for n in group.verdicts), str(group.n)] for name, group in sorted(count.groups["label"].items())
    ]
    yield ""
    yield "Verdicts by label"
    yield from _aligned(rows)


def _ordered(count: Count) -> list[tuple[str, dict[str, Group]]]:
    """The tables, what is asked for first at the top, without the one by label, which is printed by verdict."""
    found = [(name, rows) for name, rows in count.groups.items() if name != "label"]
    return sorted(found, key=lambda table: (table[0] != "summary", table[0]))


def _table(name: str, groups: dict[str, Group]) -> Iterator[str]:
    clusters = any(group.clusters for group in groups.values())
    head = ["", "records", *(f"{verdict.name}+" for verdict in SHOWN), "HOLD+ 95 %"]
    head += ["clusters", "of them CHALLENGE+", "HOLD+"] if clusters else []
    long = len(groups) > LONG
    kept = {row: group for row, group in groups.items() if not (long and group.n < FEW)}
    by_name = name == "summary" or name.endswith("year")
    order = sorted(kept.items(), key=lambda item: (0 if by_name else -item[1].n, item[0]))
    rows = [head, *(_row(row, group, clusters) for row, group in order)]
    yield ""
    yield name[0].upper() + name[1:]
    yield from _aligned(rows)
    if rest := len(groups) - len(kept):
        yield f"  ({rest} rows of fewer than {FEW} records are in --json only)"


def _row(row: str, group: Group, clusters: bool) -> list[str]:
    n = group.n
    low, high = wilson(group.at_least(Verdict.HOLD), n)
    cells = [row, str(n), *(_percent(group.at_least(verdict), n) for verdict in SHOWN)]
    cells.append(f"{100 * low:.2f} to {100 * high:.2f}")
    if clusters:
        hit = [group.clusters_at_least(verdict) for verdict in (Verdict.CHALLENGE, Verdict.HOLD)]
        cells += [str(len(group.clusters)), *(str(number) for number in hit)]
    return cells


def _percent(hits: int, n: int) -> str:
    return f"{100 * hits / n:.2f} %" if n else "-"


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The first column to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        yield "  " + "  ".join(cells).rstrip()


def _list(title: str, errors: Iterable[Judged]) -> Iterator[str]:
    for i, judged in enumerate(errors):
        if i == 0:
            yield ""
            yield title
        record = judged.record
        yield (
            f"  {judged.verdict.name} {judged.score:g}  {_shown(record.id)}  "
            f"{record.label} {record.kind} {record.language}  {_shown(record.excerpt)}"
        )
        for signal in judged.signals:
            yield f"      {signal.points:5.1f}  {signal.signal}: {_shown(signal.said)}"


def _shown(text: str) -> str:
    """Nothing in it moves a terminal's cursor or turns its writing round."""
    return "".join(char if char.isprintable() else "·" for char in text)


def _times(run: Run) -> Iterator[str]:
    speed = _speed(run)
    yield ""
    yield f"{speed['events_per_second']:g} events per second in {run.jobs} process{'es' if run.jobs > 1 else ''}"
    rows = [["us per event", "median", "p99", "mean"]]
    rows += [
        [name, *(f"{speed[key][part]:.0f}" for part in ("median", "p99", "mean"))]
        for name, key in (("reading", "read_us"), ("judging", "judge_us"), ("both", "total_us"))
    ]
    yield from _aligned(rows)
