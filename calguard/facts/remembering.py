"""Which place answers a check, as CALGUARD["FACTS"] says, and what is told to it."""

from __future__ import annotations

from functools import partial

from django.db import connections, transaction

from calguard import alarm
from calguard.conf import conf
from calguard.facts import store
from calguard.facts.database import DatabaseFacts
from calguard.facts.shared import SharedFacts
from calguard.facts.types import Facts
from calguard.models import Decision

__all__ = ["changed", "facts", "forget", "noted"]


def facts() -> Facts:
    """The database, or Redis in front of it."""
    return _shared() or DatabaseFacts(conf.database)


def noted(row: Decision) -> None:
    """An attempt was recorded."""
    if (shared := _shared()) is not None:
        with alarm.shielded("facts.noted"):
            shared.noted(row)


def changed(*accounts: str) -> None:
    """The people ledger, or a reviewer, knows something new of these accounts: now for this transaction, and once more
    for everybody who still read what was before."""
    shared = _shared()
    if shared is None or not accounts:
        return
    with alarm.shielded("facts.changed"):
        shared.changed(accounts)
    if connections[conf.database].in_atomic_block:
        transaction.on_commit(partial(shared.changed, accounts), using=conf.database, robust=True)


def forget(*accounts: str) -> None:
    """What these accounts did was decided anew, or erased."""
    shared = _shared()
    if shared is None:
        return
    for account in accounts:
        with alarm.shielded("facts.forget"):
            shared.forget(account)
        if connections[conf.database].in_atomic_block:
            transaction.on_commit(partial(shared.forget, account), using=conf.database, robust=True)


def _shared() -> SharedFacts | None:
    url = conf.facts
    return SharedFacts(store.at(url), conf.database) if url else None
