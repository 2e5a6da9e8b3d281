"""Plays a simulation in a process and database of its own: `manage.py calguard_simulate` starts it."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path
from random import Random

SETTINGS = "calguard.simulation.settings"
MISSED = 2  # exit code; 1 is an error


def main() -> int:
    """0 where every target was met, 2 where one was missed."""
    given = _arguments()
    directory = Path(tempfile.mkdtemp(prefix="calguard-simulation-"))
    try:
        os.environ["CALGUARD_SIMULATION_DIR"] = str(directory)
        os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS  # never the operator's
        return _play(given)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m calguard.simulation", description=__doc__)
    parser.add_argument("scenario")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--accounts", type=int, default=2000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def _play(given: argparse.Namespace) -> int:
    import django
    from django.core.management import call_command

    _draw_from(Random(given.seed))
    django.setup()
    call_command("migrate", verbosity=0)
    from calguard.simulation import plot, report
    from calguard.simulation.playing import play
    from calguard.simulation.showing import Progress

    progress = Progress(sys.stderr)
    started = time.process_time()
    played = play(given.scenario, seed=given.seed, accounts=given.accounts, days=given.days, step=progress.step)
    progress.end()
    found = report.summary(played)
    if given.out is not None:
        given.out.write_text(plot.svg(found), encoding="utf-8")
    said = json.dumps(found, indent=2) if given.json else report.as_text(found)
    sys.stdout.write(said + "\n")
    sys.stderr.write(
        f"{played.population.attempts} innocent invitations, {time.process_time() - started:.0f} s of CPU\n"
    )
    return 0 if found["targets"]["met"] else MISSED


def _draw_from(dice: Random) -> None:
    """Have the keys of rows, tokens and delays drawn from the seed too: where two rows are due at the same moment, the
    key says which comes first, and so what everybody does next. Only this process, which has no secrets, does so."""
    os.urandom = dice.randbytes
    random._urandom = dice.randbytes  # type: ignore[attr-defined]  # of `secrets`


if __name__ == "__main__":
    sys.exit(main())
