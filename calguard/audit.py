"""The record of who did what to whom and why, as a chain in which no entry can be changed without a trace (R90)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connections, transaction

from calguard.conf import conf
from calguard.models import AuditEntry

GENESIS = "0" * 64  # what the first entry names as its predecessor
SYSTEM = "system"  # the actor of what no person did
_LOCK = 0x43414C_4155444954  # "CALAUDIT"; one advisory lock for the one chain


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """The first entry that is not what was written."""

    entry: AuditEntry
    problem: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Survey:
    """What reading the whole chain found."""

    entries: int  # read up to and including the broken one
    head: str  # digest of the last entry read
    broken: Broken | None
    seen: bool  # whether the digest that was asked for is in the chain


def record(
    actor: str,
    action: str,
    target: str,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
    *,
    at: datetime,
) -> AuditEntry:
    """Append one entry.

    The chain is locked until the surrounding transaction ends, so call this last in it. `data` holds ids, counts and
    codes: never content secrets or plain addresses, because an entry can never be removed.
    """
    using = conf.database
    with transaction.atomic(using=using):
        entry = AuditEntry(
            at=at,
            actor=_storable(actor),
            action=_storable(action),
            target=_storable(target),
            reason=_storable(reason),
            data=_storable(dict(data or {})),
            previous=_lock_head(using),
        )
        entry.digest = digest(entry)
        entry.save(using=using)
    return entry


def digest(entry: AuditEntry) -> str:
    """SHA-256 over the canonical JSON of the entry, which names the digest before it."""
    said = {
        "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": entry.actor,
        "action": entry.action,
        "target": entry.target,
        "reason": entry.reason,
        "data": entry.data,
        "previous": entry.previous,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def verify() -> AuditEntry | None:
    """The first entry that was changed, removed before, or put in by hand; None where the chain is whole."""
    broken = survey().broken
    return broken.entry if broken else None


def survey(wanted: str = "") -> Survey:
    """Read the chain from its start, a few rows at a time. `wanted` is a digest noted earlier, outside the database:
    only that shows that entries were cut off at the end."""
    count, head, seen = 0, GENESIS, not wanted
    for entry in _entries():
        count += 1
        problem = _problem(entry, head)
        if problem:
            return Survey(entries=count, head=head, seen=seen, broken=Broken(entry=entry, problem=problem))
        head = entry.digest
        seen = seen or head == wanted
    return Survey(entries=count, head=head, seen=seen, broken=None)


def _problem(entry: AuditEntry, head: str) -> str:
    if entry.previous != head:
        return "does not follow the one before"
    return "" if digest(entry) == entry.digest else "was changed after it was written"


def _entries() -> Iterator[AuditEntry]:
    return AuditEntry.objects.using(conf.database).order_by("pk").iterator(chunk_size=1000)


def _lock_head(using: str) -> str:
    """The last digest, under a lock: an advisory one on PostgreSQL, since there is no row to lock before the first
    entry; elsewhere the row. SQLite's write transaction is lock enough, and `previous` is unique on all of them."""
    entries = AuditEntry.objects.using(using).order_by("-pk")
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    else:
        entries = entries.select_for_update()
    last = entries.only("digest").first()
    return last.digest if last else GENESIS


def _storable(value: Any) -> Any:
    """The value as every database gives it back: a number or time that a JSON column might rewrite becomes text."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, Mapping):
        return {_storable(str(key)): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return [_storable(item) for item in items]
    return _storable(value.isoformat() if isinstance(value, datetime) else str(value))
