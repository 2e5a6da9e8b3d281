"""Tests run again in a process of their own, under another configuration (tests/matrix: a file each, so that they run
beside each other)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("accounts_risk", "flows", "guard", "outbound", "review")  # the rest runs on PostgreSQL beside Redis
OWN = ("PYTEST_", "DJANGO_", "CALGUARD_TEST_")


def run(arguments: list[str], *, least: int = 1, **configuration: str) -> str:
    """The tests named, under another configuration: what that pytest printed. Fails with it where they fail, and where
    fewer than `least` were chosen."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(OWN)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env=inherited | configuration,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1200,
        check=False,
    )
    passed = re.search(r"(\d+) passed", done.stdout)
    if done.returncode or not passed or int(passed[1]) < least:
        pytest.fail(f"{configuration}: exit {done.returncode}\n{done.stdout[-12_000:]}", pytrace=False)
    print(f"{configuration}: {done.stdout.strip().splitlines()[-1]}")
    return done.stdout
