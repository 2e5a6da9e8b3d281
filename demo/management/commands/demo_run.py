"""`manage.py demo_run`: the demo calendar with a real worker and beat, until Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from honcho import manager as honcho

from demo import people
from demo.secret import make_secret_key

START_PATIENCE = 90  # seconds until the web must answer
STOP_PATIENCE = 20  # seconds for the worker to finish what it is sending; honcho's own 5 are short on a busy machine
INTERRUPTED = {130, 143}  # what honcho returns after Ctrl-C or SIGTERM: the wanted end


class Command(BaseCommand):
    help = "Runs the demo: web, Celery worker and beat. PORT=8001 chooses a port, RESET=1 starts over."
    requires_system_checks: list[str] = []  # the children check themselves

    def handle(self, *args: Any, **options: Any) -> None:
        port = settings.PORT
        _refuse_taken(port)
        lock = _only_one(settings.DATA_DIR)  # held until this process ends, however it ends
        _prepare(settings.DATA_DIR, reset=os.environ.get("RESET", "") not in {"", "0"})
        honcho.KILL_WAIT = STOP_PATIENCE
        manager = honcho.Manager()
        for name, command in _processes(port, settings.DATA_DIR):
            manager.add_process(name, command, env=_environment(port))
        threading.Thread(target=self._greet, args=(port,), daemon=True).start()
        manager.loop()
        if manager.returncode not in INTERRUPTED:
            raise CommandError(
                f"A part of the demo ended by itself (code {manager.returncode}); see its last lines above."
            )
        lock.close()
        self.stdout.write("The demo has stopped. Its data is kept in " + str(settings.DATA_DIR))

    def _greet(self, port: int) -> None:
        """Say where everything is, once it is."""
        if not _answers(f"http://127.0.0.1:{port}/health"):
            self.stderr.write("The web did not answer; see its lines above.")
            return
        base = f"http://localhost:{port}"
        lines = [
            "",
            f"  Almanac is running        {base}/",
            f"  Outgoing mail             {base}/mail/",
            f"  Review queue              {base}/admin/",
            f"  Play a story against it   make story{'' if port == 8000 else f' PORT={port}'}",
            "",
            f"  Everybody's password is   {people.PASSWORD}",
            "",
            *(f"  {person.email:<36}{person.about}" for person in people.PEOPLE),
            "",
            f"  Data in {settings.DATA_DIR}. Ctrl-C stops everything; RESET=1 starts over.",
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CommandError(
                f"Port {port} is taken ({error.strerror}). Choose another one: PORT={port + 1} make demo"
            ) from error


def _only_one(data: Path) -> IO[str]:
    """Two demos on one folder would share a database and a broker, and RESET would wipe it under the other."""
    data.parent.mkdir(parents=True, exist_ok=True)
    lock = (data.parent / f".{data.name}.lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise CommandError(
            f"Another demo runs on {data}. Stop it first, or give this one its own folder: DEMO_DATA_DIR=... make demo"
        ) from error
    return lock


def _prepare(data: Path, *, reset: bool) -> None:
    """Folders, key, tables, people. Nothing is lost when it is there already."""
    if reset and data.exists():
        _wipe(data)
    for folder in (data, data / "mail", data / "broker" / "queue", data / "broker" / "control"):
        folder.mkdir(parents=True, exist_ok=True)
    settings.SECRET_KEY = make_secret_key(data)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    call_command("demo_people", verbosity=0)


def _wipe(data: Path) -> None:
    """Only a folder that is a demo's: RESET with a mistyped DEMO_DATA_DIR must not empty somebody's home."""
    known = {"almanac.sqlite3", "almanac.sqlite3-wal", "almanac.sqlite3-shm", "secret-key", "mail", "broker"}
    strangers = sorted(
        path.name for path in data.iterdir() if path.name not in known and not path.name.startswith("beat")
    )
    if strangers:
        raise CommandError(f"{data} holds things that are not the demo's ({', '.join(strangers[:3])}); not wiped.")
    shutil.rmtree(data)


def _processes(port: int, data: Path) -> tuple[tuple[str, str], ...]:
    python = f"exec '{sys.executable}'"
    celery = f"{python} -m celery --quiet -A demo.celery"
    quiet = "--without-gossip --without-mingle --without-heartbeat"
    return (
        ("web", f"{python} manage.py runserver --noreload --nostatic --skip-checks 127.0.0.1:{port} >/dev/null"),
        ("worker", f"{celery} worker --loglevel WARNING --pool threads --concurrency 2 -Q celery,calguard {quiet}"),
        ("beat", f"{celery} beat --loglevel WARNING --schedule '{data / 'beat-schedule'}' --pidfile ''"),
    )


def _environment(port: int) -> dict[str, str]:
    return {
        **os.environ,
        "PORT": str(port),
        "DEMO_DATA_DIR": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "demo.settings",
        "DJANGO_RUNSERVER_HIDE_WARNING": "true",
        "PYTHONUNBUFFERED": "1",
    }


def _answers(address: str) -> bool:
    for _ in range(START_PATIENCE * 4):
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310  our own address
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
    return False
