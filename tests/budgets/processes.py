"""Spends budgets in many real processes at once: `python -m tests.budgets.processes '<task as JSON>'`.

One parent starts Django and forks; every process opens its own connection and waits for the same moment. The answers of
all are printed as one JSON list.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from datetime import datetime, timedelta
from typing import Any


def ledger(number: int, task: dict[str, Any]) -> list[bool]:
    """Reserves `times` times in the scopes of this process, in an order of its own; what passed."""
    from outbound import ledger as messages
    from outbound.types import Demand

    at, passed = datetime.fromisoformat(task["at"]), []
    for time in range(task["times"]):
        scopes = task["scopes"][number % len(task["scopes"])]
        turned = scopes[time % len(scopes) :] + scopes[: time % len(scopes)]
        limits = [(timedelta(hours=1), task["limit"]), (timedelta(days=7), task["limit"])]
        demands = [Demand(scope=scope, units=task["units"], limits=limits, lasting=True) for scope in turned]
        answer = messages.reserve(demands, f"s:{number}/{time}", at=at)
        passed.append(isinstance(answer, messages.Reserved))
    return passed


def dispatch(number: int, task: dict[str, Any]) -> list[str]:
    """One worker takes one accepted event to its last look and into the mail; what kept it back."""
    from django.utils import timezone

    from calguard import dispatch as sending
    from outbound.models import Submission

    for _ in range(2):  # woken twice, as brokers do: the second time there is nothing more to do
        sending.send(task["submissions"][number], at=timezone.now())
    return list(Submission.objects.get(pk=task["submissions"][number]).holds.values_list("kind", flat=True))


WORK = {"ledger": ledger, "dispatch": dispatch}


def main() -> None:
    task = json.loads(sys.argv[1])
    from django.conf import settings

    settings.CALGUARD.update(task.get("calguard", {}))
    if "sqlite" in settings.DATABASES["default"]["ENGINE"]:
        settings.DATABASES["default"]["OPTIONS"]["timeout"] = 120  # sixteen writers wait for one file in turn
    import django

    django.setup()
    waiting, start = os.pipe()
    readers = []
    for number in range(task["processes"]):
        reader, writer = os.pipe()
        if os.fork() == 0:
            os.close(start)
            os.read(waiting, 1)  # until the parent closes its end: for all at the same moment
            try:
                answer: Any = WORK[task["work"]](number, task)
            except Exception:  # noqa: BLE001  told to the test
                answer = {"error": traceback.format_exc()}
            os.write(writer, json.dumps(answer).encode())
            os._exit(0)
        os.close(writer)
        readers.append(reader)
    os.close(waiting)
    os.close(start)
    answers = []
    for reader in readers:
        with os.fdopen(reader, "rb") as pipe:
            answers.append(json.loads(pipe.read() or b'{"error": "the process died"}'))
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
