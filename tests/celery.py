"""The Celery app of the test host, written as Django hosts write theirs; its worker leaves a mark per task at hand."""

import os
from pathlib import Path
from typing import Any

from celery import Celery, signals
from django.conf import settings

from demo import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

broker.install()
app = Celery("tests")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.task(name="tests.touch")
def touch(path: str) -> None:
    """Leaves a file behind: proof that a worker ran."""
    Path(path).touch()


@signals.task_received.connect
def received(request: Any, **kwargs: Any) -> None:
    """A task with an ETA waits in the worker on purpose: it does not count as work at hand."""
    if not request.eta:
        (marks() / request.id).touch()


@signals.task_postrun.connect
def ended(task_id: str, **kwargs: Any) -> None:
    (marks() / task_id).unlink(missing_ok=True)


def marks() -> Path:
    """Where the worker of this test process leaves one empty file per task that it has taken and not ended."""
    folder = Path(settings.DIRECTORY) / f"at-hand-{settings.RUNNER}"
    folder.mkdir(exist_ok=True)
    return folder
