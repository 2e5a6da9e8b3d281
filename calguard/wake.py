"""Wakes a worker after the commit. State is in rows, so a wake-up that is lost costs time and nothing else."""

from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction

from calguard.conf import conf

log = logging.getLogger("calguard")

DISPATCH = "calguard.dispatch"
ENFORCE = "calguard.enforce"
NOTIFY = "calguard.notify"
CAMPAIGNS = "calguard.campaigns"
CAMPAIGN_ORDER = "calguard.campaign_order"
TASKS = (DISPATCH, ENFORCE, NOTIFY, CAMPAIGNS, CAMPAIGN_ORDER)


def dispatch(submission: object) -> None:
    """Send what is free to go of one submission."""
    _after_commit(DISPATCH, str(submission))


def enforce(owner: str) -> None:
    """Carry out what one decision or case ordered."""
    _after_commit(ENFORCE, owner)


def notify(notice: int) -> None:
    """Send one notice."""
    _after_commit(NOTIFY, str(notice))


def campaigns(decision: object) -> None:
    """Count an attempt in the campaign it belongs to."""
    _after_commit(CAMPAIGNS, str(decision))


def campaign_order(order: int) -> None:
    """Carry out the next part of an order on a campaign."""
    _after_commit(CAMPAIGN_ORDER, str(order))


def _after_commit(task: str, argument: str) -> None:
    transaction.on_commit(partial(publish, task, argument), using=conf.database, robust=True)


def publish(task: str, argument: str) -> None:
    """Publish now. A broker that is down is logged and left to the sweep; it never reaches the host (R03)."""
    try:
        if current_app.conf.task_always_eager:
            current_app.tasks[task].apply(args=(argument,))
        else:
            current_app.send_task(task, args=[argument], queue=conf.queue, retry=False, ignore_result=True)
    except Exception:
        log.warning("could not wake a worker for %s(%s); the sweep will find it", task, argument, exc_info=True)
