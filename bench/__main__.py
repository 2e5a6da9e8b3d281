"""`python -m bench`: measures, prints Markdown on stdout, and leaves results.json and figures.svg in bench/out."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sqlite3
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

from bench import figures, goals, host, report
from bench.progress import Progress

HERE = Path(__file__).parent
BEGIN, END = "<!-- figures: python -m bench --publish -->", "<!-- end of figures -->"
PARTS = ("reader", "check", "view")


def main() -> int:
    asked = _asked()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the databases are dropped then too
    progress = Progress()
    load, began = os.getloadavg()[0], time.monotonic()
    try:
        measured, skipped = _measured(asked.only or PARTS, asked.quick, progress)
    finally:
        progress.close()
    results: dict[str, Any] = {
        "version": 1,
        "measured_at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "quick": asked.quick,
        "seconds": round(time.monotonic() - began),
        "machine": _machine(load),
        "skipped": skipped,
        **measured,
    }
    results["goals"] = goals.judged(results)
    text = report.markdown(results)
    _write(asked.out, results, text, publish=asked.publish)
    print(text)
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions; shows that it runs, not how fast")
    parser.add_argument("--only", action="append", choices=PARTS, help="measure this part alone; may be repeated")
    parser.add_argument("--out", type=Path, default=HERE / "out", help="folder of results.json and figures.svg")
    parser.add_argument(
        "--publish", action="store_true", help="put the figures into bench/README.md and bench/figures.svg"
    )
    asked = parser.parse_args()
    if asked.publish and (asked.quick or asked.only):
        parser.error("--publish needs a whole run")
    return asked


def _measured(parts: tuple[str, ...], quick: bool, progress: Progress) -> tuple[dict[str, Any], list[str]]:
    """The parts asked for; those that need a host get one with databases of its own."""
    found: dict[str, Any] = {}
    if "reader" in parts:
        from bench import reader

        found["reader"] = reader.measure(quick=quick, progress=progress)
    if set(parts) <= {"reader"}:
        return found, []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="calguard-bench-")))
        progress.note("setting up databases")
        stack.enter_context(host.standing(folder))
        from bench import check, view  # importable once Django is set up

        for name, module in (("check", check), ("view", view)):
            if name in parts:
                found[name] = module.measure(quick=quick, progress=progress)
    return found, [why for part in ("postgres", "redis") if (why := host.why_missing(part))]


def _machine(load: float) -> dict[str, Any]:
    """What the figures depend on. Other work at the same time shows in the load."""
    models = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "cpu": models[0] if models else platform.processor() or platform.machine(),
        "cpus": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "django": django.get_version(),
        "sqlite": sqlite3.sqlite_version,
        "load_before": round(load, 2),
        "load_after": round(os.getloadavg()[0], 2),
    }


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _write(folder: Path, results: dict[str, Any], text: str, *, publish: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if "view" in results or "check" in results:
        (folder / "figures.svg").write_text(figures.svg(results), encoding="utf-8")
    if publish:
        (HERE / "figures.svg").write_text(figures.svg(results), encoding="utf-8")
        readme = HERE / "README.md"
        before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
        readme.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
