"""The command as an operator types it, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.detectors.making import event

ROOT = Path(__file__).parent.parent.parent


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "calguard_scan", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.ics").write_bytes(event("Planning").raw)
    (tmp_path / "b.ics").write_bytes(event("You have been charged $349.99, call +1 805 302 8040").raw)
    return tmp_path


def test_one_object_a_line(folder: Path) -> None:
    done = run(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line)["verdict"] for line in done.stdout.splitlines()] == ["ALLOW", "HOLD"]


def test_the_other_files_are_done_still(folder: Path) -> None:
    (folder / "a0.ics").write_bytes(b"")
    done = run("--as", "hijacked", folder / "none.ics", folder)
    assert done.returncode == 2
    entries = [json.loads(line) for line in done.stdout.splitlines()]
    assert ["error" in entry for entry in entries] == [True, False, True, False]


def test_options(folder: Path) -> None:
    done = run(
        "--as",
        "established",
        "--to",
        "x@y.example",
        "--to",
        "z@y.example",
        "--now",
        "2026-06-15T10:00",
        folder / "a.ics",
    )
    assert json.loads(done.stdout)["recipients"] == ["x@y.example", "z@y.example"]
    assert "ALLOW" in run("--text", folder / "a.ics").stdout
    assert run("--as", "nobody", folder).returncode == 2
    assert run("--now", "teatime", folder).returncode == 2


def test_no_database_is_opened(folder: Path) -> None:
    """Whatever the settings call the database, it is not there to be opened."""
    script = (
        "import sys, runpy\n"
        "from django.db.backends.base.base import BaseDatabaseWrapper\n"
        "def refuse(self): raise AssertionError('a database was opened')\n"
        "BaseDatabaseWrapper.connect = BaseDatabaseWrapper.ensure_connection = refuse\n"
        f"sys.argv = ['manage.py', 'calguard_scan', {str(folder)!r}]\n"
        "runpy.run_path('manage.py', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 2
