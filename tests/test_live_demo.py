"""`make demo` as a newcomer meets it: it runs, keeps its data, says what is wrong, and stops."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.support.demo import LiveDemo, environment, running
from tests.support.worker import ROOT, until


def test_the_demo_answers_and_says_where_everything_is(live_demo: LiveDemo) -> None:
    with urllib.request.urlopen(live_demo.url, timeout=10) as answer:
        assert answer.status == 200
    port = live_demo.url.rpartition(":")[2]
    until(lambda: f"http://localhost:{port}/admin/" in live_demo.log.read_text(), what="the list of addresses")
    assert len(live_demo.processes()) >= 4  # itself, web, worker, beat


def test_its_worker_and_beat_are_alive(live_demo: LiveDemo) -> None:
    """Beat's first sweep comes half a minute after the start; until it has run, the doctor says so."""
    deadline = time.monotonic() + 75
    doctor = live_demo.manage("calguard_doctor")
    while doctor.returncode and time.monotonic() < deadline:
        assert "Traceback" not in doctor.stderr
        time.sleep(3)
        doctor = live_demo.manage("calguard_doctor")
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr


def test_a_taken_port_is_named(live_demo: LiveDemo, tmp_path: Path) -> None:
    port = live_demo.url.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "manage.py", "demo_run"],
        cwd=ROOT,
        env=environment(tmp_path / "var", port),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert f"Port {port} is taken" in done.stderr
    assert "PORT=" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_stops_all_and_a_second_run_keeps_the_data(tmp_path: Path) -> None:
    """That nothing is left running is asserted where `running` ends."""
    with running(tmp_path) as first:
        database = first.data / "almanac.sqlite3"
        made = database.stat().st_ino
        (first.data / "mail" / "kept.eml").write_text("kept")
    with running(tmp_path) as second:
        assert (second.data / "almanac.sqlite3").stat().st_ino == made
        assert (second.data / "mail" / "kept.eml").exists()
    with running(tmp_path, reset=True) as third:
        assert not (third.data / "mail" / "kept.eml").exists()
