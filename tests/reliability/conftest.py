"""Workers that can be killed anywhere, and a mail server that does it, on the database of the running test."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection, connections
from pytest_django import Settings

from tests.celery import app
from tests.guard.conftest import person, work  # noqa: F401  the same people
from tests.reliability.hosts import inbox
from tests.reliability.reaper import Reaper, Serving
from tests.support.parts import free_port
from tests.support.worker import ROOT, Worker, publish_to, until

NAME = "calguard-stem"  # of its connections, as PostgreSQL shows them
SEED = int(os.environ.get("CALGUARD_SEED") or secrets.randbelow(10**9))  # what is left to chance follows from it
KILLED: Counter[str] = Counter()  # workers, by what they were


def pytest_report_header() -> str:
    return f"what is left to chance: CALGUARD_SEED={SEED}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many there were is read by tests/matrix/test_killed_workers.py, the seed by whoever repeats a failure."""
    if KILLED:
        by_kind = ", ".join(f"{count} {kind}" for kind, count in KILLED.most_common())
        terminalreporter.write_line(f"{KILLED.total()} workers killed: {by_kind}; CALGUARD_SEED={SEED}")


@dataclass
class Stem:
    """The process of tests/reliability/stem.py."""

    smtp_port: int
    process: subprocess.Popen[str] = field(init=False)
    warm: bool = False

    def __post_init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.stem"],
            cwd=ROOT,
            env=os.environ
            | {
                "CALGUARD_TEST_LIVE": "1",
                "CALGUARD_TEST_DB_NAME": str(connections["default"].settings_dict["NAME"]),
                "CALGUARD_TEST_SMTP_PORT": str(self.smtp_port),
                "DJANGO_SETTINGS_MODULE": "tests.settings",
                "PGAPPNAME": NAME,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ready(self) -> Stem:
        assert self._read() == "ready"
        return self

    def _read(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def start(self, *tasks: tuple[str, ...], kill: int | None = None, here: bool = False) -> None:
        """Have a worker do these tasks, and do not wait for it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"tasks": tasks, "kill": kill, "here": here}) + "\n")
        self.process.stdin.flush()

    def warm_up(self, *tasks: tuple[str, ...]) -> None:
        """Do these itself: a worker that grows from it begins as one that has worked before."""
        self.start(*tasks, here=True)
        answer = self.ended()
        assert not answer["failed"], answer["failed"]
        self.warm = True

    def ended(self) -> dict[str, Any]:
        """What became of the worker."""
        answer: dict[str, Any] = json.loads(self._read())
        return answer

    def run(self, *tasks: tuple[str, ...], kill: int | None = None) -> dict[str, Any]:
        self.start(*tasks, kill=kill)
        answer = self.ended()
        assert not answer["failed"], answer["failed"]
        if answer["killed"]:
            KILLED["forked"] += 1
            forgotten()
        return answer

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=10)  # closes the pipes, too


def forgotten() -> None:
    """Wait until the database has noticed that a worker is dead, and has rolled its transaction back: no worker is in
    the middle of one."""
    if connection.vendor != "postgresql":
        return

    def gone() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()"
                " AND state <> 'idle'",
                [NAME],
            )
            return not cursor.fetchone()[0]

    until(gone, pause=0.002, what="the end of the dead worker's connection")


@pytest.fixture(scope="session")
def reaper_serving() -> Iterator[Serving]:
    serving = Serving(Reaper(), hostname="127.0.0.1", port=free_port())
    serving.start()
    yield serving
    serving.stop()


@pytest.fixture(scope="session")
def reaper_process(reaper_serving: Serving) -> tuple[Reaper, int]:
    return reaper_serving.handler, reaper_serving.port


@pytest.fixture
def reaper(reaper_process: tuple[Reaper, int], settings: Settings) -> Reaper:
    """An empty mailbox, and nobody is killed; mail of this process goes there, too."""
    server, port = reaper_process
    server.__init__()  # type: ignore[misc]
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.CALGUARD = {
        **django_settings.CALGUARD,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "HOST": "tests.reliability.hosts.Calendar",
    }
    inbox().write_text("")
    return server


@pytest.fixture(scope="session")
def stems(django_db_setup: None, reaper_process: tuple[Reaper, int]) -> Iterator[list[Stem]]:
    """Two, so that two workers can do the same at the same time."""
    made = [Stem(reaper_process[1]) for _ in range(2)]  # both begin to load before either is waited for
    yield [stem.ready() for stem in made]
    for stem in made:
        stem.stop()


@pytest.fixture
def celery_worker(transactional_db: None, reaper_process: tuple[Reaper, int], reaper: Reaper) -> Iterator[Worker]:
    """A real worker on the broker of this run, which sends through the reaper."""
    worker = Worker(reaper_process[1], PGAPPNAME=NAME)
    worker.start()
    publish_to(django_settings.LIVE_BROKER)
    yield worker
    worker.kill()
    with app.connection_for_write() as connection, connection.channel() as channel:
        channel.queue_delete(django_settings.QUEUE)
    publish_to({"broker_url": "memory://", "broker_transport_options": {}})


@pytest.fixture
def stem(transactional_db: None, stems: list[Stem], reaper: Reaper) -> Stem:
    return stems[0]
