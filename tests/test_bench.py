"""The bench runs and leaves figures of the expected shape; no test says how fast anything must be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import figures, goals, report
from bench.invitations import folded, invitation
from bench.measuring import Series, Timed, added, against, percentile, ratio
from calguard.content import reader

ROOT = Path(__file__).resolve().parents[1]
SUMMARY = {
    "calls",
    "p50_ms",
    "p50_range_ms",
    "p99_ms",
    "cpu_p50_ms",
    "cpu_p50_range_ms",
    "cpu_p99_ms",
    "server_cpu_mean_ms",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str, str]:
    """One quick run of the part that needs no server: its JSON, what it printed, and what it said on the way."""
    folder = tmp_path_factory.mktemp("bench")
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--only", "reader", "--out", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads((folder / "results.json").read_text(encoding="utf-8")), done.stdout, done.stderr


def test_results_have_the_expected_shape(run: tuple[dict[str, Any], str, str]) -> None:
    results = run[0]
    assert set(results) == {"version", "measured_at", "quick", "seconds", "machine", "skipped", "reader", "goals"}
    assert results["version"] == 1
    assert results["quick"] is True
    assert set(results["reader"]["sizes"]) == {"1", "20", "200", "2000"}
    for size in results["reader"]["sizes"].values():
        for what in ("read", "from_ical", "judge"):
            assert set(size[what]) == SUMMARY
            assert size[what]["calls"] >= 5 * 2  # five alternations at least
            low, high = size[what]["p50_range_ms"]
            assert 0 < low <= size[what]["p50_ms"] <= high
        assert set(size["icalendar_to_read"]) == {"median", "range"}
    assert {row["verdict"] for row in results["goals"]} <= {"met", "missed", "not measured"}
    assert "P8" in {row["id"] for row in results["goals"]}


def test_the_largest_are_read_within_bounds(run: tuple[dict[str, Any], str, str]) -> None:
    largest = run[0]["reader"]["largest"]
    assert largest["guests_50000"]["attendees_kept"] == 50_000
    assert largest["description_5mb"]["octets"] > 5_000_000
    assert largest["description_5mb"]["text_characters"] < 1_000_000
    assert "oversize" in largest["description_5mb"]["problems"]


def test_tables_go_to_stdout_and_progress_to_stderr(run: tuple[dict[str, Any], str, str]) -> None:
    _, said, progress = run
    assert "| guests | octets |" in said
    assert "### Goals" in said
    assert "5 of 5" in progress
    assert "5 of 5" not in said


def test_bench_invitations_are_invitations() -> None:
    octets = invitation(20)
    assert max(len(line) for line in octets.split(b"\r\n")) <= 75
    content = reader.read(octets)
    assert (content.method, len(content.attendees), content.problems) == ("REQUEST", 20, frozenset())
    assert folded("x" * 200).replace("\r\n ", "") == "x" * 200 + "\r\n"


def test_comparisons_are_paired_within_an_alternation() -> None:
    """A machine that is twice as slow in the second alternation changes no ratio."""
    bare = Series(blocks=[[Timed(1.0, 1.0), Timed(3.0, 3.0)], [Timed(2.0, 2.0), Timed(6.0, 6.0)]])
    more = Series(blocks=[[Timed(2.0, 2.0), Timed(6.0, 6.0)], [Timed(4.0, 4.0), Timed(12.0, 12.0)]])
    assert ratio(more, bare) == {"median": 2.0, "range": [2.0, 2.0]}
    assert added(more, bare) == [2.0, 4.0]
    assert against([2.0, 4.0], [1.0, 2.0]) == {"median": 2.0, "range": [2.0, 2.0], "lost": 0}
    assert against([2.0, 4.0, 6.0], [2.0, 2.0, -1.0])["lost"] == 1  # a peer that cost less than nothing is noise
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0


def cell(p50: float) -> dict[str, Any]:
    cpu = {"cpu_p50_ms": p50, "cpu_p50_range_ms": [p50, p50], "cpu_p99_ms": p50, "server_cpu_mean_ms": 0.0}
    return {"calls": 10, "p50_ms": p50, "p50_range_ms": [p50, p50], "p99_ms": p50, **cpu}


def a_view(to_one: float, to_three: float, p99_to_bare: float) -> dict[str, Any]:
    def spread(value: float) -> dict[str, Any]:
        return {"median": value, "range": [value, value]}

    compared = {
        "added_p50_ms": {"once": spread(1.0), "thrice": spread(3.0), "guarded": spread(to_one)},
        "to_one_ratelimit": spread(to_one),
        "to_one_ratelimit_cpu": spread(to_one),
        "to_three_ratelimits": spread(to_three),
        "p99_added_ms": 9.0,
        "p99_to_bare": p99_to_bare,
    }
    return {
        "guests": 5,
        "cache": "RedisCache",
        "broker": "redis",
        "cells": {
            f"sqlite/{name}": {**cell(1.0), "statements": {"messages": 2, "total": 2, "SELECT": 1, "INSERT": 1}}
            for name in ("bare", "once", "thrice", "guarded")
        },
        "compared": {"sqlite": compared},
        "stages_ms": {"sqlite": {"judge": 0.5}},
        "verdicts": {"ALLOW": 10},
    }


@pytest.mark.parametrize(
    ("to_one", "to_three", "p99_to_bare", "expected"),
    [
        (1.0, 0.5, 1.5, ["met", "met"]),
        (1.9, 0.5, 1.5, ["missed", "met"]),  # too much beside one rate limit
        (1.0, 0.8, 2.1, ["missed", "missed"]),  # too much beside three, and a long tail
    ],
)
def test_goals_are_judged_by_what_was_measured(
    to_one: float, to_three: float, p99_to_bare: float, expected: list[str]
) -> None:
    results = {"measured_at": "now", "view": a_view(to_one, to_three, p99_to_bare)}
    rows = goals.judged(results)
    assert [row["verdict"] for row in rows if row["id"].startswith("P2")] == expected


def test_a_part_that_was_not_measured_meets_no_goal() -> None:
    assert {row["verdict"] for row in goals.judged({})} == {"not measured"}


def test_the_report_and_the_picture_show_every_view() -> None:
    view = a_view(2.0, 1.0, 1.5)
    machine = dict.fromkeys(("cpus", "cpu", "kernel", "python", "django", "sqlite", "load_before", "load_after"), 1)
    results = {"measured_at": "now", "seconds": 1, "quick": True, "machine": machine, "skipped": [], "view": view}
    results["goals"] = goals.judged(results)
    text, picture = report.markdown(results), figures.svg(results)
    for name in ("bare", "+ 1 django-ratelimit", "+ 3 django-ratelimit", "+ guard.sending"):
        assert f"sqlite/{name}" in text
        assert name in picture
