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

from calguard.engine.shipped import text as shipped
from calguard.management.commands.calguard_simulate import SCENARIOS
from calguard.models import Decision
from calguard.simulation import playing, plot, report
from calguard.simulation.__main__ import MISSED

ROOT = Path(__file__).resolve().parents[2]


def run(scenario: str, *options: str, given: dict[str, Any] | None = None) -> tuple[dict[str, Any], int]:
    """A run in a process of its own, as the command starts it, and its exit code."""
    environment = {**os.environ, "PYTHONHASHSEED": "0", "CALGUARD_SIMULATION_SETTINGS": json.dumps(given or {})}
    command = [sys.executable, "-m", "calguard.simulation", scenario, "--json", *options]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode in (0, MISSED), done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found, done.returncode


@cache
def burst() -> tuple[dict[str, Any], int]:
    """Two days, of which the second has an attack."""
    return run("burst", *SMALL, "--seed", "3")


SMALL = ("--accounts", "10", "--days", "2")


def test_same_seed_same_run() -> None:
    """Two processes, one outcome; another seed, another one."""
    assert run("burst", *SMALL, "--seed", "3") == burst()
    assert run("innocent", *SMALL, "--seed", "4")[0]["innocent"] != burst()[0]["innocent"]


def test_a_burst_is_stopped_and_nobody_else_is() -> None:
    found, code = burst()
    [attack] = found["attackers"].values()
    assert attack["intended"] == 20_000
    assert attack["attempts"] > 20
    assert attack["share"] < report.REACHED
    assert attack["first_stopped"]["recipients"] < report.REACHED * attack["intended"]
    innocent = found["innocent"]
    assert innocent["recipients"] > innocent["invitations"] > 20
    assert {innocent[name] for name in ("challenged", "held", "denied", "suspended")} == {0}
    assert (found["targets"], code) == ({"met": True, "missed": []}, 0)


@pytest.mark.requirement("R57")
def test_thieves_of_old_accounts_are_stopped() -> None:
    """However many challenges they pay for, and whatever they write; nobody else is disturbed."""
    found, _ = run("hijacker", "--accounts", "34", "--days", "6", "--seed", "1")
    [attack] = found["attackers"].values()
    assert attack["intended"] >= 12_000
    assert attack["attempts"] > 20
    assert attack["share"] < report.REACHED
    assert {found["innocent"][name] for name in ("challenged", "held", "denied", "suspended")} == {0}


def test_a_missed_target_is_said() -> None:
    """With every action switched off an attack succeeds, and the run says so."""
    off = {"DISABLED_ACTIONS": ["challenge", "throttle", "hold", "deny", "restrict", "suspend"]}
    found, code = run("patient", "--accounts", "5", "--days", "3", "--seed", "3", given=off)
    assert code == MISSED
    assert found["attackers"]["patient"]["share"] > 0.5
    assert any("patient" in said for said in found["targets"]["missed"])


@pytest.mark.django_db
def test_the_command_leaves_the_hosts_database_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "run.svg"
    call_command("calguard_simulate", "innocent", "--accounts", "10", "--days", "1", "--out", str(picture))
    said = capsys.readouterr().out
    assert "innocent accounts" in said
    assert "all targets met" in said
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    assert Decision.objects.count() == 0


def test_a_run_too_short_for_its_attacks_is_refused() -> None:
    with pytest.raises(CommandError, match="6 days"):
        call_command("calguard_simulate", "all", "--days", "3")


def test_a_policy_that_cannot_be_used_is_named_before_anything_is_played(settings: Any, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(shipped().replace("settling_share = 0.25", ""), encoding="utf-8")
    settings.CALGUARD = settings.CALGUARD | {"POLICY": str(path)}
    with pytest.raises(CommandError, match=r"trust\.settling_share: missing"):
        call_command("calguard_simulate", "burst")


def test_command_and_simulation_know_the_same_scenarios() -> None:
    assert set(SCENARIOS) == set(playing.SCENARIOS)


def test_the_picture_shows_each_attacker_and_the_limit() -> None:
    found, _ = burst()
    drawn = plot.svg(found)
    assert drawn.count("<polyline") == len(found["attackers"]) == 1
    assert plot.LIMIT in drawn
    assert "burst" in drawn
    assert "http://" not in drawn.replace("http://www.w3.org/2000/svg", "")
