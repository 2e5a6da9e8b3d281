"""The simulation itself: away from the host's data, the same for the same seed, and with the targets that are asked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from calguard.management.commands.calguard_simulate import SCENARIOS
from calguard.models import Decision
from calguard.simulation import playing, plot, report

ROOT = Path(__file__).resolve().parents[2]


@cache
def played(scenario: str, *options: str) -> dict[str, Any]:
    """A run as its own process, as the command starts it."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", "calguard.simulation", scenario, "--json", *options]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode in (0, 1), done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


SMALL = ("--accounts", "40", "--days", "6", "--seed", "3")


def test_same_seed_same_run() -> None:
    """Two processes, one outcome; another seed, another one."""
    first = played("burst", *SMALL)
    played.cache_clear()
    assert played("burst", *SMALL) == first
    assert played("burst", *SMALL[:-1], "4")["innocent"] != first["innocent"]


def test_a_burst_is_stopped_and_nobody_else_is() -> None:
    found = played("burst", *SMALL)
    [burst] = found["attackers"].values()
    assert burst["intended"] == 20_000
    assert burst["attempts"] > 20
    assert burst["share"] < report.REACHED
    assert burst["first_stopped"]["recipients"] < 0.05 * burst["intended"]
    innocent = found["innocent"]
    assert innocent["recipients"] > innocent["invitations"] > 50
    assert {innocent[name] for name in ("challenged", "held", "denied", "suspended")} == {0}
    assert found["targets"] == {"met": True, "missed": []}


def test_a_missed_target_is_said(tmp_path: Path) -> None:
    """With a policy that lets everything through, every attack succeeds and the run says so."""
    lax = (ROOT / "calguard" / "policy" / "default.toml").read_text(encoding="utf-8")
    for line in lax.splitlines():
        if line.startswith("ladder = "):
            lax = lax.replace(line, "ladder = { observe = 9000 }")
    before, _, after = lax.partition("[floors]")
    policy = tmp_path / "lax.toml"
    policy.write_text(before + "[floors]\n\n[actions]" + after.partition("[actions]")[2], encoding="utf-8")
    given = {"CALGUARD_SIMULATION_SETTINGS": json.dumps({"POLICY": str(policy)})}
    done = subprocess.run(
        [sys.executable, "-m", "calguard.simulation", "patient", "--json", *SMALL],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "0", **given},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 1, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert found["attackers"]["patient"]["share"] > 0.5
    assert any("patient" in said for said in found["targets"]["missed"])


@pytest.mark.django_db
def test_the_command_leaves_the_hosts_database_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "run.svg"
    call_command("calguard_simulate", "innocent", "--accounts", "15", "--days", "6", "--out", str(picture))
    said = capsys.readouterr().out
    assert "innocent accounts" in said
    assert "all targets met" in said
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert Decision.objects.count() == 0


def test_a_run_too_short_for_its_attacks_is_refused() -> None:
    with pytest.raises(CommandError, match="6 days"):
        call_command("calguard_simulate", "all", "--days", "3")


def test_command_and_simulation_know_the_same_scenarios() -> None:
    assert set(SCENARIOS) == set(playing.SCENARIOS)


def test_the_picture_shows_each_attacker_and_the_limit() -> None:
    found = played("burst", *SMALL)
    drawn = plot.svg(found)
    assert drawn.count("<polyline") == len(found["attackers"]) == 1
    assert plot.LIMIT in drawn
    assert "burst" in drawn
    assert "http://" not in drawn.replace("http://www.w3.org/2000/svg", "")
