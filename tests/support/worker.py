"""A real Celery worker in a process of its own, on the broker and the database of the running test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.conf import settings
from django.db import connections

from tests.celery import app, marks
from tests.support.mail import SmtpServer

ROOT = Path(__file__).resolve().parents[2]
Found = TypeVar("Found")


def until(condition: Callable[[], Found], *, seconds: float = 20, pause: float = 0.05, what: str = "") -> Found:
    """Ask again and again until the answer is true, and return it; AssertionError after the time given."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what or condition} did not become true within {seconds} s; last answer: {answer!r}")
        time.sleep(pause)


class Worker:
    """Starts, stops and kills the worker process; knows whether it has work at hand."""

    def __init__(self, smtp_port: int, **environment: str) -> None:
        self.log = Path(settings.DIRECTORY) / f"worker-{settings.RUNNER}.log"
        self.environment = os.environ | {
            "CALGUARD_TEST_LIVE": "1",
            "CALGUARD_TEST_DB_NAME": str(connections["default"].settings_dict["NAME"]),
            "CALGUARD_TEST_SMTP_PORT": str(smtp_port),
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the process, unless it runs, and wait until it takes tasks."""
        if self.running:
            return
        for mark in marks().iterdir():
            mark.unlink(missing_ok=True)
        for folder in folders():
            folder.mkdir(exist_ok=True)
        begun = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "celery", "-A", "tests.celery", "worker"),
                    *("--queues", settings.QUEUE, "--concurrency", "2", "--loglevel", "INFO"),
                    *("--hostname", f"{settings.QUEUE}@localhost"),
                    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
                ],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(lambda: self._said("ready.", begun), seconds=40, what="the worker's 'ready'")

    def _said(self, words: str, begun: int) -> bool:
        text = self.log.read_bytes()[begun:].decode("utf-8", "replace")
        if not self.running:
            raise AssertionError(f"the worker ended while starting:\n{text[-4000:]}")
        return words in text

    def stop(self) -> None:
        """End the process as an operator would, by SIGTERM: tasks at hand are finished first."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the process and its children at once, as a power cut would."""
        self._end(signal.SIGKILL)
        time.sleep(0.2)  # until its sockets are closed, Redis would hand one more message to the dead

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        if self.running:
            os.killpg(self.process.pid, how) if how is signal.SIGKILL else self.process.send_signal(how)
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(timeout=5)
        self.process = None

    def settle(self, *, seconds: float = 20) -> None:
        """Wait until the queue is empty and no task is at hand."""
        until(lambda: self._idle() and (time.sleep(0.1), self._idle())[1], seconds=seconds, what="the worker's rest")

    def _idle(self) -> bool:
        return queued() == 0 and not any(marks().iterdir())


def folders() -> tuple[Path, ...]:
    """The folders the filesystem broker expects to find."""
    options = settings.LIVE_BROKER["broker_transport_options"]
    return tuple(Path(options[key]) for key in ("data_folder_in", "control_folder") if key in options)


def queued() -> int:
    """Messages that wait in the queue of this run."""
    with app.connection_for_read() as connection, connection.channel() as channel:
        try:
            return int(channel.queue_declare(settings.QUEUE, passive=True).message_count)
        except connection.channel_errors:  # in Redis an empty queue does not exist
            return 0


def publish_to(broker: dict[str, Any]) -> None:
    """Send tasks of this process to that broker from now on."""
    app.conf.update(broker)
    app.amqp._producer_pool = None  # Celery keeps the connections of the first broker it was told of
    app._pool = None


@pytest.fixture(scope="session")
def worker_process(django_db_setup: None, smtp_process: SmtpServer) -> Iterator[Worker]:
    """The worker of this test process; started by the first test that asks, ended before the database goes."""
    worker = Worker(smtp_process.port)
    yield worker
    worker.kill()
    publish_to(settings.LIVE_BROKER)
    with app.connection_for_write() as connection, connection.channel() as channel:
        channel.queue_delete(settings.QUEUE)  # RabbitMQ keeps a durable queue for ever


@pytest.fixture
def worker(transactional_db: None, worker_process: Worker, smtp_server: SmtpServer) -> Iterator[Worker]:
    """A running worker: what this test sends after commit is carried out. Its mail arrives at `smtp_server`."""
    worker_process.start()
    publish_to(settings.LIVE_BROKER)
    yield worker_process
    if worker_process.running:
        with app.connection_for_write() as connection, connection.channel() as channel:
            channel.queue_purge(settings.QUEUE)
        worker_process.settle()  # a task at hand must not meet the emptying of the tables
    publish_to({"broker_url": "memory://", "broker_transport_options": {}})
