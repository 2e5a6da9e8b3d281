"""A process from which workers grow: each is forked, runs tasks, and may be killed at any statement of the database.

    python -m tests.reliability.stem

Reads a line of JSON for each worker: {"tasks": [[name, argument, ...], ...], "kill": the number of the statement or
commit before which it dies, or null}. Answers with one: {"killed": true or false, "steps": how many it came to,
"failed": what went wrong}. With "here": true it does the tasks itself: what it has read and compiled by that, every
worker that grows from it later need not.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import django
from django.conf import settings
from django.db import connection, connections

KILLED = -signal.SIGKILL


def main() -> None:
    django.setup()
    settings.CALGUARD = settings.CALGUARD | {"HOST": "tests.reliability.hosts.Calendar"}
    from tests.celery import app  # as a host's settings module would bring it

    app.conf.update(broker_url="memory://", broker_transport_options={})  # the test says who does what
    app.loader.import_default_modules()
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if order["here"]:
            answer = _here(order["tasks"], app)
        else:
            answer = _grow(lambda order=order: _work(order["tasks"], app))(order["kill"])
        print(json.dumps(answer), flush=True)


def _here(tasks: Sequence[Sequence[str]], app: Any) -> dict[str, Any]:
    failed = ""
    try:
        _work(tasks, app)
    except Exception:  # noqa: BLE001  whatever it is, the test is told
        failed = traceback.format_exc()
    connections.close_all()  # no worker may have its connection from another
    gc.freeze()
    return {"killed": False, "steps": 0, "failed": failed}


def _grow(work: Callable[[], None]) -> Callable[[int | None], dict[str, Any]]:
    def run(kill: int | None) -> dict[str, Any]:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _live(work, kill, writing)
        os.close(writing)
        with os.fdopen(reading) as told:
            said = told.read()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return {"killed": status == KILLED, **(json.loads(said) if said else {"steps": 0, "failed": ""})}

    return run


def _live(work: Callable[[], None], kill: int | None, writing: int) -> NoReturn:
    steps = 0

    def step() -> None:
        nonlocal steps
        steps += 1
        if steps == kill:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(execute: Callable[..., Any], *statement: Any) -> Any:
        step()
        return execute(*statement)

    commit = connection._commit

    def committing() -> None:
        step()
        commit()

    connection.execute_wrappers.append(before)
    connection._commit = committing  # type: ignore[method-assign]
    failed = ""
    try:
        work()
    except Exception:  # noqa: BLE001  whatever it is, the test is told
        failed = traceback.format_exc()
    os.write(writing, json.dumps({"steps": steps, "failed": failed}).encode())
    os._exit(0)


def _work(tasks: Sequence[Sequence[str]], app: Any) -> None:
    """One after the other; Celery would go on after one that failed."""
    failed = []
    for name, *arguments in tasks:
        try:
            app.tasks[name](*arguments)
        except Exception:  # noqa: BLE001
            failed.append(f"{name}{tuple(arguments)}: {traceback.format_exc()}")
    if failed:
        raise RuntimeError("\n".join(failed))


if __name__ == "__main__":
    main()
