"""The judge runs where Django cannot be imported, and asks neither clock nor network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

SCRIPT = """
import sys
for name in ("django", "celery", "rest_framework"):
    sys.modules[name] = None
import pkgutil, importlib, socket
def refuse(*args, **kwargs):
    raise AssertionError("the judge asked the network")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
for package in ("calguard.content", "calguard.engine", "calguard.detectors"):
    root = importlib.import_module(package)
    for module in pkgutil.walk_packages(root.__path__, package + "."):
        importlib.import_module(module.name)
from tests.detectors.making import event, verdict_of
print(verdict_of(event()).verdict.name)
print(verdict_of(event("You have been charged $349.99, call +1 805 302 8040")).verdict.name)
"""


def test_content_engine_and_detectors_run_without_django() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["ALLOW", "HOLD"]
