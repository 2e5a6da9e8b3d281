"""The Celery tasks: each takes an id, makes one call, and is safe to run twice."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from django.utils import timezone

from calguard import dispatch as dispatching
from calguard import dnsbl, enforcement, listfetch, networks, notices, sweeping, wake
from calguard.campaigns import growth, orders
from calguard.conf import conf

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "calguard-sweep": {"task": "calguard.sweep", "schedule": 30.0, "options": {"queue": conf.queue, "expires": 25}},
    "calguard-refresh-lists": {
        "task": "calguard.refresh_lists",
        "schedule": 3600.0,
        "options": {"queue": conf.queue, "expires": 3000},
    },
    "calguard-compile-lists": {
        "task": "calguard.compile_lists",
        "schedule": 600.0,
        "options": {"queue": conf.queue, "expires": 500},
    },
    "calguard-test-dnsbl": {
        "task": "calguard.test_dnsbl",
        "schedule": 3600.0,
        "options": {"queue": conf.queue, "expires": 3000},
    },
    "calguard-purge": {"task": "calguard.purge", "schedule": 6 * 3600.0, "options": {"queue": conf.queue}},
}
"""Merge into the host's `beat_schedule`; without beat, run `manage.py calguard_sweep` from cron every minute."""


@shared_task(name=wake.DISPATCH, ignore_result=True, acks_late=True)
def dispatch(submission: str) -> None:
    """Send the next batch of one submission, if it is free to go."""
    dispatching.send(submission, at=timezone.now())


@shared_task(name=wake.ENFORCE, ignore_result=True, acks_late=True)
def enforce(owner: str) -> None:
    """Carry out what one decision or case ordered."""
    enforcement.run_owner(owner)


@shared_task(name=wake.NOTIFY, ignore_result=True, acks_late=True)
def notify(notice: str) -> None:
    """Send one notice to an owner or to staff."""
    notices.send(int(notice), at=timezone.now())


@shared_task(name=wake.CAMPAIGNS, ignore_result=True, acks_late=True)
def campaigns(decision: str) -> None:
    """Count one attempt in the campaign it belongs to."""
    growth.join(decision, at=timezone.now())


@shared_task(name=wake.CAMPAIGN_ORDER, ignore_result=True, acks_late=True)
def campaign_order(order: str) -> None:
    """Carry out the next part of one order on a campaign."""
    orders.run(order, at=timezone.now())


@shared_task(name="calguard.sweep", ignore_result=True)
def sweep() -> None:
    """Find what a lost wake-up left, lift what is over, and say that we are alive."""
    sweeping.sweep(at=timezone.now())
    sweeping.beat("worker", at=timezone.now())


@shared_task(name="calguard.purge", ignore_result=True)
def purge() -> None:
    """Remove content and plain addresses whose time is over."""
    sweeping.purge(at=timezone.now())


@shared_task(name="calguard.refresh_lists", ignore_result=True)
def refresh_lists() -> None:
    """Fetch the operator's lists anew, keeping the last good copy of each."""
    listfetch.refresh(at=timezone.now())


@shared_task(name="calguard.compile_lists", ignore_result=True)
def compile_lists() -> None:
    """Compile the operator's lists of networks anew where they changed."""
    networks.refresh()


@shared_task(name="calguard.test_dnsbl", ignore_result=True)
def test_dnsbl() -> None:
    """Ask the DNS block lists the questions whose answers are known, and leave alone what answers wrongly."""
    dnsbl.self_test()
