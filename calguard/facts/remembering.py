"""Which place answers a check, as CALGUARD["FACTS"] says, and what is told to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.db import connections, transaction

from calguard import alarm
from calguard.conf import conf
from calguard.facts import store
from calguard.facts.database import DatabaseFacts
from calguard.facts.shared import SharedFacts
from calguard.facts.types import VISITED, Facts
from calguard.models import Case, Decision

__all__ = ["changed", "decided", "facts", "forget", "noted"]


def facts() -> Facts:
    """The database, or Redis in front of it."""
    return _shared() or DatabaseFacts(conf.database)


def noted(row: Decision) -> None:
    """An attempt was recorded. What visitors do is nothing the account did, and is read from the database."""
    if row.channel not in VISITED and (shared := _shared()) is not None:
        with alarm.shielded("facts.noted"):
            shared.noted(row)


def changed(*accounts: str) -> None:
    """The people ledger, or a reviewer, knows something new of these accounts."""
    if (shared := _shared()) is not None and accounts:
        _now_and_then(partial(shared.changed, accounts))


def forget(*accounts: str) -> None:
    """What these accounts did was decided anew, or erased."""
    if (shared := _shared()) is not None and accounts:
        _now_and_then(partial(shared.forget, accounts))


def decided(case: Case) -> None:
    """A person decided the case, or took it up again: refusals in it may count no more, or anew."""
    if _shared() is not None:
        rows = Decision.objects.using(conf.database).filter(case=case).values_list("account", flat=True)
        forget(*{case.account, *rows.distinct()})


def _now_and_then(tell: Callable[[], None]) -> None:
    """Now, for the rest of this transaction, and once more after it for whoever read what was before meanwhile."""
    with alarm.shielded("facts.told"):
        tell()
    if connections[conf.database].in_atomic_block:
        transaction.on_commit(tell, using=conf.database, robust=True)


def _shared() -> SharedFacts | None:
    url = conf.facts
    return SharedFacts(store.at(url), conf.database) if url else None
