"""Which guests accepted an account before: trust for that pair only, ended by a junk report and by time (R84)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F, QuerySet

from accounts_risk.models import Relation
from accounts_risk.profiles import count_accepted, ensure

__all__ = ["accepted", "junked", "related"]


def related(account: str, hashes: Sequence[str], *, using: str = "default") -> frozenset[str]:
    """Which of these guests accepted the account since they last reported it as junk; one query.

    At most 500 hashes, which the caller picks; more are a ValueError. Time ends relations through `purge`.
    """
    if len(hashes) > 500:
        raise ValueError(f"{len(hashes)} guests asked for at once")
    rows = Relation.objects.using(using).filter(account=account, recipient_hash__in=list(hashes), accepted__gt=0)
    return frozenset(rows.values_list("recipient_hash", flat=True))


def accepted(account: str, recipient_hash: str, key_id: str, *, at: datetime, using: str = "default") -> None:
    """The guest accepted an invitation of the account, or added it to contacts."""
    _row(account, recipient_hash, key_id, at, using).update(accepted=F("accepted") + 1, last_at=at)
    count_accepted(account, at, using)


def junked(account: str, recipient_hash: str, key_id: str, *, at: datetime, using: str = "default") -> None:
    """The guest reported the account's invitation as junk: what the pair had is void, and may be earned anew."""
    ensure(account, at, using)
    _row(account, recipient_hash, key_id, at, using).update(accepted=0, junked=F("junked") + 1, last_at=at)


def _row(account: str, recipient_hash: str, key_id: str, at: datetime, using: str) -> QuerySet[Relation]:
    relations = Relation.objects.using(using)
    row = Relation(account=account, recipient_hash=recipient_hash, key_id=key_id, last_at=at)
    relations.bulk_create([row], ignore_conflicts=True)
    return relations.filter(account=account, recipient_hash=recipient_hash)
