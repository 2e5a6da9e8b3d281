"""The flows again, in a process each, on the databases, brokers, transaction and user models hosts really have."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OWN = ("PYTEST_", "DJANGO_", "CALGUARD_TEST_")


def run(arguments: list[str], **configuration: str) -> None:
    """The tests named, under another configuration; fails with what that pytest printed."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(OWN)}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env=inherited | configuration,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=540,
        check=False,
    )
    passed = re.search(r"(\d+) passed", done.stdout)
    if done.returncode or not passed:
        pytest.fail(f"{configuration}: exit {done.returncode}\n{done.stdout[-12_000:]}", pytrace=False)
    print(f"{configuration}: {done.stdout.strip().splitlines()[-1]}")


def test_sqlite_with_atomic_requests_and_uuid_users() -> None:
    run(["-m", "matrix", "tests"], CALGUARD_TEST_ATOMIC="1", CALGUARD_TEST_USER="uuid")


@pytest.mark.needs("postgres", "redis")
def test_postgresql_and_redis() -> None:
    run(["-m", "matrix", "tests"], CALGUARD_TEST_DB="postgres", CALGUARD_TEST_BROKER="redis")


@pytest.mark.needs("postgres", "rabbitmq")
def test_postgresql_and_rabbitmq_with_atomic_requests_and_uuid_users() -> None:
    run(
        ["-m", "matrix", "tests"],
        CALGUARD_TEST_DB="postgres",
        CALGUARD_TEST_BROKER="rabbitmq",
        CALGUARD_TEST_ATOMIC="1",
        CALGUARD_TEST_USER="uuid",
    )


@pytest.mark.skipif(not (ROOT / "tests" / "demo").is_dir(), reason="there are no tests in tests/demo")
def test_the_demo_under_its_own_settings() -> None:
    run(["tests/demo"], DJANGO_SETTINGS_MODULE="tests.demo_settings")
