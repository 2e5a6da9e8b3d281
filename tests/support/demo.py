"""The demo calendar as an operator starts it: server, worker and beat, on a data folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.parts import free_port
from tests.support.worker import ROOT, until


@dataclass(frozen=True, kw_only=True)
class LiveDemo:
    """A running demo."""

    url: str
    data: Path
    log: Path

    def healthy(self) -> bool:
        """Whether the server answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def processes(self) -> list[int]:
        """What runs on this demo's data: the processes whose environment names its folder."""
        mark = f"DEMO_DATA_DIR={self.data}".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):  # it ended meanwhile, or is somebody else's
                if mark in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
        return found

    def manage(self, *arguments: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a management command beside it, on the same data."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment(self.data, self.url.rpartition(":")[2]),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )


def environment(data: Path, port: str) -> dict[str, str]:
    """What the demo is told; nothing of the suite's own settings reaches it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("CALGUARD_", "DJANGO_", "PYTEST_"))}
    return kept | {
        "PORT": port,
        "DEMO_DATA_DIR": str(data),
        "DJANGO_SETTINGS_MODULE": "demo.settings",
        "BROWSER": "none",
    }


@contextmanager
def running(folder: Path, *, reset: bool = False) -> Iterator[LiveDemo]:
    """`manage.py demo_run` on a folder; ends by Ctrl-C, which must stop all of it."""
    port = free_port()
    demo = LiveDemo(url=f"http://127.0.0.1:{port}", data=folder / "var", log=folder / "demo.log")
    with demo.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo_run"],
            cwd=ROOT,
            env=environment(demo.data, str(port)) | {"RESET": "1" if reset else ""},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until(lambda: _alive(process, demo) and demo.healthy(), seconds=90, what="the demo's GET /health")
        yield demo
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        assert not demo.processes(), f"Ctrl-C left something running:\n{demo.log.read_text(errors='replace')[-2000:]}"
    finally:
        for left in [process.pid, *demo.processes()]:
            with suppress(ProcessLookupError):  # Ctrl-C has ended it
                os.kill(left, signal.SIGKILL)
        process.wait(timeout=10)


def _alive(process: subprocess.Popen[bytes], demo: LiveDemo) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"the demo ended while starting:\n{demo.log.read_text(errors='replace')[-4000:]}")
    return True


@pytest.fixture(scope="session")
def live_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveDemo]:
    """The demo as `make demo` runs it, with server, worker and beat, on an empty folder; one for the whole session."""
    with running(tmp_path_factory.mktemp("demo")) as demo:
        yield demo
