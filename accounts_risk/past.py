"""What a host knew of its accounts before: loaded many at a time, and as often as wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts_risk.models import Profile, Relation, Sighting

__all__ = ["Loaded", "Past", "load_past"]

BATCH = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """One account. Values are keyed pseudonyms; each sighting is kind, value, first and last time."""

    account: str
    tenant: str = ""
    created_at: datetime | None = None
    credential_changed_at: datetime | None = None
    sightings: tuple[tuple[str, str, datetime, datetime], ...] = ()
    accepted: tuple[tuple[str, str, datetime], ...] = ()  # recipient hash, key id, when


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    """How many rows were new or told more than was known."""

    accounts: int = 0
    sightings: int = 0
    relations: int = 0

    def __add__(self, other: Loaded) -> Loaded:
        return Loaded(
            accounts=self.accounts + other.accounts,
            sightings=self.sightings + other.sightings,
            relations=self.relations + other.relations,
        )


def load_past(pasts: Sequence[Past], *, at: datetime, using: str = "default") -> Loaded:
    """Write what is not known yet; told again, nothing changes. What CalGuard saw itself is never made less.

    An account is first seen now: how long CalGuard has watched it is not what the host says of its age. Relations are
    of pairs, and speak for nobody.
    """
    return Loaded(
        accounts=_profiles(pasts, at, using),
        sightings=_sightings(pasts, using),
        relations=_relations(pasts, using),
    )


def _profiles(pasts: Sequence[Past], at: datetime, using: str) -> int:
    rows = Profile.objects.using(using)
    there = {row.account: row for row in rows.filter(account__in=[past.account for past in pasts]).defer("habits")}
    new, changed = [], []
    for past in pasts:
        row = there.get(past.account)
        if row is None:
            facts = {"created_at": past.created_at, "credential_changed_at": past.credential_changed_at}
            new.append(Profile(account=past.account, tenant=past.tenant, first_seen_at=at, **facts))
            continue
        tenant, created = past.tenant or row.tenant, past.created_at or row.created_at
        credential = max(filter(None, (past.credential_changed_at, row.credential_changed_at)), default=None)
        if (tenant, created, credential) != (row.tenant, row.created_at, row.credential_changed_at):
            row.tenant, row.created_at, row.credential_changed_at = tenant, created, credential
            changed.append(row)
    rows.bulk_create(new, ignore_conflicts=True, batch_size=BATCH)
    rows.bulk_update(changed, ["tenant", "created_at", "credential_changed_at"], batch_size=BATCH)
    return len(new) + len(changed)


def _sightings(pasts: Sequence[Past], using: str) -> int:
    rows = Sighting.objects.using(using)
    told: dict[tuple[str, str, str], tuple[datetime, datetime]] = {}
    for past in pasts:
        for kind, value, first, last in past.sightings:
            key = (past.account, kind, value)
            before = told.get(key, (first, last))
            told[key] = (min(first, before[0]), max(last, before[1]))
    there = {
        (row.account, row.kind, row.value): row for row in rows.filter(account__in={account for account, _, _ in told})
    }
    new, changed = [], []
    for key, (first, last) in told.items():
        row = there.get(key)
        account, kind, value = key
        if row is None:
            new.append(Sighting(account=account, kind=kind, value=value, first_seen_at=first, last_seen_at=last))
        elif first < row.first_seen_at or last > row.last_seen_at:
            row.first_seen_at, row.last_seen_at = min(first, row.first_seen_at), max(last, row.last_seen_at)
            changed.append(row)
    rows.bulk_create(new, ignore_conflicts=True, batch_size=BATCH)
    rows.bulk_update(changed, ["first_seen_at", "last_seen_at"], batch_size=BATCH)
    return len(new) + len(changed)


def _relations(pasts: Iterable[Past], using: str) -> int:
    rows = Relation.objects.using(using)
    told: dict[tuple[str, str], tuple[str, datetime]] = {}
    for past in pasts:
        for value, key_id, when in past.accepted:
            before = told.get((past.account, value), (key_id, when))
            told[past.account, value] = (key_id, max(when, before[1]))
    there: set[tuple[str, str]] = set()
    hashes = [value for _, value in told]
    accounts = {account for account, _ in told}
    for start in range(0, len(hashes), BATCH):
        part = rows.filter(account__in=accounts, recipient_hash__in=hashes[start : start + BATCH])
        there.update(part.values_list("account", "recipient_hash"))
    new = [
        Relation(account=account, recipient_hash=value, key_id=key_id, accepted=1, last_at=when)
        for (account, value), (key_id, when) in told.items()
        if (account, value) not in there
    ]
    rows.bulk_create(new, ignore_conflicts=True, batch_size=BATCH)
    return len(new)
