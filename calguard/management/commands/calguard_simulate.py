"""Plays innocent people and attackers through the guard: by the operator's policy, away from the operator's data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from calguard.conf import conf
from calguard.engine.policy import PolicyError

SCENARIOS = ("all", "innocent", "burst", "patient", "splitter", "editor", "farmer", "hijacker", "bomber")
PASSED_ON = ("POLICY", "LISTS", "IP_LISTS", "GEO_FILES", "TEXT_MODEL_DIR")  # what a judgement depends on, and no more
FEWEST_DAYS = 6  # the latest attack begins on the fifth


class Command(BaseCommand):
    help = (
        "Play ordinary people and attackers through the guard, on a database of its own that is removed afterwards and "
        "without sending anything; print what got through and whom the guard disturbed. Your policy and lists judge. "
        "Exit code 2 where a target was missed."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("scenario", choices=SCENARIOS, metavar="SCENARIO", help=", ".join(SCENARIOS))
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
        parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed, the same run (default: 1)")
        parser.add_argument("--accounts", type=int, default=2000, metavar="N", help="innocent accounts (default: 2000)")
        parser.add_argument("--days", type=int, default=30, metavar="N", help="days played (default: 30)")
        parser.add_argument("--out", type=Path, metavar="FILE.svg", help="draw what was reached and who was disturbed")

    def handle(self, *args: Any, **options: Any) -> None:
        fewest = 1 if options["scenario"] == "innocent" else FEWEST_DAYS
        if options["accounts"] < 1 or options["days"] < fewest:
            raise CommandError(f"this simulation needs at least 1 account and {fewest} days, as attacks begin later")
        try:
            _ = conf.policy
        except (PolicyError, OSError, UnicodeDecodeError) as error:
            raise CommandError(f"The policy cannot be used: {error}") from error
        command = [sys.executable, "-m", "calguard.simulation", options["scenario"]]
        for name in ("seed", "accounts", "days"):
            command += [f"--{name}", str(options[name])]
        if options["json"]:
            command.append("--json")
        if options["out"] is not None:
            command += ["--out", str(options["out"].absolute())]
        done = subprocess.run(  # noqa: S603  ourselves, with numbers and a path
            command, env=self._environment(), stdout=subprocess.PIPE, text=True, check=False
        )
        self.stdout.write(done.stdout, ending="")
        if done.returncode:
            sys.exit(done.returncode)

    def _environment(self) -> dict[str, str]:
        """The simulation's settings are its own; of the operator's it gets what a judgement depends on."""
        given = getattr(settings, "CALGUARD", {})
        chosen = {name: given[name] for name in PASSED_ON if given.get(name)}
        return {
            **os.environ,
            "CALGUARD_SIMULATION_SETTINGS": json.dumps(chosen, default=str),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTHONHASHSEED": "0",  # sets are walked in the same order each time
        }
