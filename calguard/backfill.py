"""Loads what the host knew of its accounts before CalGuard, so that nobody is a stranger on the first day."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from django.db import transaction

from accounts_risk.ledger import Loaded, Past
from accounts_risk.models import Sighting
from accounts_risk.relations import LIFE
from calguard import client_ip, keyed, people
from calguard.conf import conf
from calguard.content.people import normalise
from calguard.host import History, Seen
from calguard.models import Heartbeat

__all__ = ["Progress", "run"]

log = logging.getLogger("calguard")

NAME = "backfill"  # of the heartbeat that says how far it came
CHUNK = 500  # accounts written together

Sightings = list[tuple[str, str, datetime, datetime]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far it came: accounts read since the beginning, what of them was new, and those that could not be read."""

    read: int = 0
    loaded: Loaded = field(default_factory=Loaded)
    skipped: int = 0
    cursor: str = ""


def run(*, at: datetime, dry: bool = False, restart: bool = False, chunk: int = CHUNK) -> Iterator[Progress]:
    """Load everything, chunk by chunk, each with its cursor in one transaction: what breaks off goes on from there.

    `dry` writes nothing, and counts what would be written. An account that cannot be read is logged and left out.
    """
    after = "" if restart or dry else _cursor()
    records = conf.host.history(after)
    progress = Progress(cursor=after)
    while part := list(islice(records, chunk)):
        pasts, skipped = _readable(part, at)
        with transaction.atomic(using=conf.database):
            loaded = people.load_past(pasts, at=at, using=conf.database)
            _note(part[-1].cursor, at)
            if dry:
                transaction.set_rollback(True, using=conf.database)
        progress = Progress(
            read=progress.read + len(part),
            loaded=progress.loaded + loaded,
            skipped=progress.skipped + skipped,
            cursor=part[-1].cursor,
        )
        yield progress
    if not dry:
        _note("", at)  # the next run begins anew, and finds who came since


def _cursor() -> str:
    row = Heartbeat.objects.using(conf.database).filter(name=NAME).first()
    return str(row.detail.get("after", "")) if row else ""


def _note(cursor: str, at: datetime) -> None:
    rows = Heartbeat.objects.using(conf.database)
    rows.update_or_create(name=NAME, defaults={"at": at, "detail": {"after": cursor}})


def _readable(records: Iterable[History], at: datetime) -> tuple[list[Past], int]:
    pasts, skipped = [], 0
    for record in records:
        try:
            pasts.append(_past(record, at))
        except (TypeError, ValueError) as error:
            log.error("the history of %s cannot be read: %s", record.account, error)
            skipped += 1
    return pasts, skipped


def _past(record: History, at: datetime) -> Past:
    """One record with pseudonyms in place of what it names; ValueError for what is no address or lies ahead."""
    since = record.watched_since or record.created_at
    if any(moment is not None and moment > at for moment in (record.created_at, since)):
        raise ValueError("a moment in the future")
    kept = [one for one in record.accepted if at - LIFE < one.at <= at]
    key_id = next(iter(conf.keys))
    hashes = keyed.pseudonyms("recipient", [normalise(one.guest) for one in kept])
    return Past(
        account=record.account,
        tenant=record.tenant,
        created_at=record.created_at,
        credential_changed_at=record.credential_changed_at,
        sightings=(
            *_sightings(Sighting.Kind.DEVICE, record.devices, since),
            *_sightings(Sighting.Kind.PREFIX, record.networks, since),
        ),
        accepted=tuple((value, key_id, one.at) for value, one in zip(hashes, kept, strict=True)),
    )


def _sightings(kind: str, seen: tuple[Seen, ...] | None, since: datetime | None) -> Sightings:
    """What was seen; and that somebody watched, where the host kept this kind at all."""
    if seen is None:
        return []
    found: Sightings = [(kind, _pseudonym(kind, one.value), one.first, max(one.first, one.last)) for one in seen]
    if since is not None:
        found.append((kind, keyed.pseudonym(kind, "before CalGuard")[0], since, since))
    return found


def _pseudonym(kind: str, value: str) -> str:
    """As a request would have it (`client.device`, `client_ip.prefix`)."""
    if kind == Sighting.Kind.DEVICE:
        return keyed.pseudonym("device", f"host:{value}")[0]
    ip = client_ip.read(value)
    if ip is None:
        raise ValueError(f"not an IP address: {value!r}")
    return keyed.pseudonym("prefix", client_ip.prefix(ip))[0]
