"""Submissions and guests for the tests of the outbound ledger, written through its own functions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.db import connections

from outbound import ledger
from tests.conftest import NOW

T = TypeVar("T")
UID = "meeting-1@calendar.example"
ANN = "shop.user:1"


def draft(**changes: Any) -> ledger.Draft:
    given: dict[str, Any] = {
        "account": ANN,
        "channel": "web",
        "reference": "17",
        "decision": "d-1",
        "method": "REQUEST",
        "uid": UID,
        "content_hash": "a" * 64,
        "guests_hash": "g" * 64,
        "recipients": 3,
        "snapshot": b"BEGIN:VCALENDAR",
        "due_at": NOW + timedelta(minutes=15),
    }
    return ledger.Draft(**given | changes)


def proposed(*, at: datetime = NOW, **changes: Any) -> UUID:
    return ledger.submit(draft(**changes), at=at).pk


def accepted(*, at: datetime = NOW, **changes: Any) -> UUID:
    submission = proposed(at=at, **changes)
    assert ledger.confirm(submission, at=at)
    return submission


def guest(name: str, **changes: Any) -> ledger.Recipient:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return ledger.Recipient(**{"address": f"{name}@guests.example", "hash": digest} | changes)


def guests(count: int) -> list[ledger.Recipient]:
    return [guest(f"guest{i}") for i in range(count)]


def expand(submission: UUID, recipients: Iterable[ledger.Recipient], *, at: datetime = NOW, **changes: Any) -> int:
    given: dict[str, Any] = {
        "uid": UID,
        "recurrence_id": "",
        "sequence": 0,
        "method": "REQUEST",
        "content_hash": "a" * 64,
        "key_id": "k1",
        "domain": "calendar.example",
        "secret": "made-up",
    }
    return ledger.expand(submission, recipients=recipients, at=at, **given | changes)


def send_all(submission: UUID, *, at: datetime = NOW) -> int:
    """What a worker does, with a next hop that takes everything. Says how many copies left."""
    sent, claim = 0, uuid4()
    while batch := ledger.claim(submission, limit=50, claim=claim, at=at):
        for delivery in batch:
            assert ledger.begin_sending(delivery.pk, claim, at=at)
            assert ledger.mark_sent(delivery.pk, claim, at=at)
            sent += 1
    return sent


def at_once(calls: list[Callable[[], T]]) -> list[T]:
    """Every call in a thread and a database connection of its own, all let go at the same moment."""
    start = Barrier(len(calls))

    def run(call: Callable[[], T]) -> T:
        try:
            start.wait(timeout=20)
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
