"""The command as an operator types it, in a process of its own, without a database."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from calguard.engine import textmodel
from calguard.engine.types import Verdict
from calguard.evaluation.report import SCHEMA
from tests.evaluation.labelled import RECORDS, lines, written

ROOT = Path(__file__).parents[2]


def run(*arguments: object, octets: bytes | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "calguard_evaluate", *map(str, arguments)],
        cwd=ROOT,
        input=None if octets is None else octets.decode(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def report(*arguments: object) -> dict[str, Any]:
    done = run("--json", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def answers(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_report_as_json(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    found = report(written(tmp_path), "--out", out)
    assert (found["schema"], found["as"], found["records"], found["malformed"]) == (SCHEMA, "new", len(RECORDS), 0)
    given = answers(out)
    assert [set(answer) for answer in given] == [{"id", "verdict", "score", "reasons"}] * len(RECORDS)
    assert [answer["id"] for answer in given] == [record["id"] for record in RECORDS]
    verdicts = {answer["id"]: answer["verdict"] for answer in given}
    assert verdicts["talk"] == verdicts["note"] == verdicts["missed"] == "ALLOW"
    assert verdicts["lure-1"] == verdicts["flagged-1"] == "HOLD"

    for label, row in found["confusion"].items():
        for name, number in row.items():
            assert number == sum(verdicts[r["id"]] == name for r in RECORDS if r["label"] == label)
    real = found["groups"]["summary"]["false positives, real calendar events"]
    assert real["n"] == 5
    held = real["at_least"]["HOLD"]
    assert (held["n"], held["rate"]) == (2, 0.4)
    assert held["low"] < 0.4 < held["high"]
    assert (real["clusters"]["n"], real["clusters"]["at_least"]["HOLD"]["n"]) == (4, 1)
    assert found["groups"]["false positives, conference link"]["with"]["n"] == 1
    assert found["groups"]["false positives, attendees"]["with"]["n"] == 2
    assert found["groups"]["recall by language"]["pt"]["at_least"]["CHALLENGE"]["n"] == 0
    assert [error["id"] for error in found["worst_false_positives"]] == ["flagged-1"]  # its twin is of one cluster
    assert {error["id"] for error in found["worst_misses"]} >= {"missed"}
    assert found["worst_false_positives"][0]["signals"][0]["points"] > 0
    assert found["speed"]["events_per_second"] > 0
    assert 0 < found["speed"]["total_us"]["median"] <= found["speed"]["total_us"]["p99"]


def test_the_report_for_people(tmp_path: Path) -> None:
    done = run(written(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    for said in (
        "Verdicts by label",
        "False positives by kind",
        "False positives by language",
        "Recall by label and kind",
    ):
        assert said in done.stdout
    assert "flagged-1" in done.stdout.partition("Worst false positives")[2]
    assert "per second" in done.stdout
    assert "\x1b" not in done.stdout


def test_personas_differ(tmp_path: Path) -> None:
    path = written(tmp_path, lines()[:])
    scores = {}
    for persona in ("new", "established"):
        out = tmp_path / f"{persona}.jsonl"
        assert run(path, "--as", persona, "--out", out).returncode == 0
        scores[persona] = [Verdict[answer["verdict"]] for answer in answers(out)]
    assert all(known <= new for known, new in zip(scores["established"], scores["new"], strict=True))
    assert run(path, "--as", "nobody").returncode == 2


def test_neither_processes_nor_packing_change_anything_but_time(tmp_path: Path) -> None:
    found, outs = [], []
    for jobs, octets in ((1, lines() * 30), (2, gzip.compress(lines() * 30))):
        path, out = written(tmp_path, octets), tmp_path / f"{jobs}.jsonl"
        said = report(path, "--jobs", jobs, "--out", out, "--signals")
        found.append({key: value for key, value in said.items() if key != "speed"})
        outs.append(out.read_bytes())
    assert found[0] == found[1]
    assert outs[0] == outs[1]
    assert answers(tmp_path / "1.jsonl")[3]["signals"][0]["signal"].startswith("subject.")


@pytest.mark.parametrize(("least", "jobs", "found"), [(1e6, 1, 0), (-1e6, 2, len(RECORDS))], ids=["never", "always"])
def test_another_text_model(tmp_path: Path, least: float, jobs: int, found: int) -> None:
    """One whose bands nothing reaches, and one whose bands everything reaches, also in other processes."""
    shipped, file, out = textmodel.shipped(), tmp_path / "model", tmp_path / "out.jsonl"
    file.write_bytes(replace(shipped, bands=dict.fromkeys(shipped.bands, least)).octets())
    assert run(written(tmp_path), "--model", file, "--jobs", jobs, "--out", out, "--signals").returncode == 0
    assert sum("text_model" in line for line in out.read_text().splitlines()) == found


def test_what_is_no_text_model(tmp_path: Path) -> None:
    (tmp_path / "none").write_text("none")
    done = run(written(tmp_path), "--model", tmp_path / "none")
    assert (done.returncode, "is no text model" in done.stderr) == (1, True)


def test_a_malformed_line_is_named_and_does_not_end_the_run(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = run(written(tmp_path, b"{oops\n" + lines() + b"[]\n{}\n"), "--json", "--out", out)
    assert done.returncode == 2
    assert [line.partition(" not judged")[0] for line in done.stderr.splitlines()] == ["line 1", "line 13"]
    found = json.loads(done.stdout)
    assert [problem["line"] for problem in found["problems"]] == [1, 13]
    assert (found["records"], found["malformed"]) == (len(RECORDS) + 1, 2)
    assert answers(out)[-1]["id"] == "line 14"


def test_a_file_that_breaks_off_is_reported_as_far_as_it_goes(tmp_path: Path) -> None:
    done = run(written(tmp_path, gzip.compress(lines() * 300)[:-300]), "--json")
    assert done.returncode == 2
    found = json.loads(done.stdout)
    assert found["incomplete"]
    assert 0 < found["records"] < 300 * len(RECORDS)


def test_files_that_cannot_be_used(tmp_path: Path) -> None:
    done = run(tmp_path / "none.jsonl")
    assert (done.returncode, "cannot be read" in done.stderr) == (1, True)
    assert "cannot be written" in run(written(tmp_path), "--out", tmp_path / "none" / "out").stderr
    empty = report(written(tmp_path, b"", "empty.jsonl"))
    assert (empty["records"], empty["groups"]) == (0, {})


def test_records_may_come_through_a_pipe() -> None:
    done = run("/dev/stdin", "--json", octets=lines())
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["records"] == len(RECORDS)


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    path = written(tmp_path)
    with subprocess.Popen(
        [sys.executable, "manage.py", "calguard_evaluate", str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=120) == 141


def test_no_database_is_opened(tmp_path: Path) -> None:
    script = (
        "import sys, runpy\n"
        "from django.db.backends.base.base import BaseDatabaseWrapper\n"
        "def refuse(self): raise AssertionError('a database was opened')\n"
        "BaseDatabaseWrapper.connect = BaseDatabaseWrapper.ensure_connection = refuse\n"
        f"sys.argv = ['manage.py', 'calguard_evaluate', {str(written(tmp_path))!r}]\n"
        "runpy.run_path('manage.py', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
