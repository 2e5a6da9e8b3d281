"""What an account may not do: restrictions, clearances and strikes, each with an owner; people outrank machines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts_risk.models import Clearance, Restriction, Strike
from accounts_risk.profiles import ensure
from accounts_risk.types import Restricted

__all__ = ["active", "clear", "lapsed", "lift", "lift_account", "ran_out", "restrict", "strike", "unclear", "unstrike"]

CHUNK = 500


def restrict(
    account: str,
    kind: str,
    owner: str,
    reason: str,
    *,
    by_human: bool,
    at: datetime,
    expires_at: datetime | None,
    using: str = "default",
) -> bool:
    """The account may not send, or not sign in, until then. True if the owner's restriction stands, made now or before.

    False where a person has cleared the account and a machine asks. A repeat by the same owner changes nothing.
    Raises ValueError for a machine's restriction without an end: a permanent one needs a person (R64).
    """
    if not by_human and expires_at is None:
        raise ValueError("a restriction without an end needs a person")
    if not by_human and _standing_clearances(at, using).filter(account=account).exists():
        return False
    ensure(account, at, using)
    made = {"by_human": by_human, "reason": reason[:60], "created_at": at, "expires_at": expires_at}
    Restriction.objects.using(using).get_or_create(account=account, kind=kind, owner=owner, defaults=made)
    return True


def lift(owner: str, *, at: datetime | None = None, using: str = "default") -> tuple[str, ...]:
    """Deletes the owner's restrictions. Gives the accounts with none left; with `at`, expired ones do not count."""
    rows = list(Restriction.objects.using(using).filter(owner=owner).values_list("pk", "account"))
    free: dict[str, None] = {}
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        Restriction.objects.using(using).filter(pk__in=[pk for pk, _ in part]).delete()
        accounts = sorted({account for _, account in part})
        left = Restriction.objects.using(using).filter(account__in=accounts, ended_at=None)
        if at is not None:
            left = left.filter(unexpired(at))
        still = set(left.values_list("account", flat=True))
        free.update(dict.fromkeys(account for account in accounts if account not in still))
    return tuple(free)


def lift_account(account: str, *, kinds: Collection[str] | None = None, by_human: bool, using: str = "default") -> int:
    """A person lifts every restriction of these kinds, whoever made it; a machine only machines'. Says how many."""
    rows = Restriction.objects.using(using).filter(account=account)
    if kinds is not None:
        rows = rows.filter(kind__in=list(kinds))
    if not by_human:
        rows = rows.filter(by_human=False)
    return rows.delete()[0]


def active(account: str, *, at: datetime, using: str = "default") -> tuple[Restricted, ...]:
    """What stands against the account now; a machine's restriction does not while a person's clearance stands."""
    cleared = _standing_clearances(at, using).filter(account=OuterRef("account"))
    standing = Restriction.objects.using(using).filter(
        unexpired(at), Q(by_human=True) | ~Exists(cleared), account=account
    )
    return _as_facts(standing.order_by("created_at", "pk"))


def lapsed(*, at: datetime, limit: int = 500, using: str = "default") -> tuple[str, ...]:
    """Owners of restrictions whose time is over, so that what stands for them elsewhere can be lifted too."""
    over = Restriction.objects.using(using).filter(expires_at__lte=at, ended_at=None).order_by("expires_at")
    return tuple(dict.fromkeys(over.values_list("owner", flat=True)[:limit]))


@contextmanager
def ran_out(owner: str, *, at: datetime, using: str = "default") -> Iterator[None]:
    """Around lifting what the owner's expired restrictions brought: their time is over, yet nobody overturned them, so
    they stay on record, and the account's way back begins. `lift` by the same owner takes them off the record."""
    over = list(Restriction.objects.using(using).filter(owner=owner, expires_at__lte=at))
    yield
    kept = [
        Restriction(
            account=row.account,
            kind=row.kind,
            owner=owner,
            by_human=row.by_human,
            reason=row.reason,
            created_at=row.created_at,
            expires_at=row.expires_at,
            ended_at=at,
        )
        for row in over
    ]
    Restriction.objects.using(using).bulk_create(kept, ignore_conflicts=True)


def clear(account: str, owner: str, *, at: datetime, until: datetime, using: str = "default") -> None:
    """A person's word that the account may send until then. The same owner may move the date."""
    ensure(account, at, using)
    row = Clearance(account=account, owner=owner, created_at=at, expires_at=until)
    Clearance.objects.using(using).bulk_create(
        [row], update_conflicts=True, update_fields=["expires_at"], unique_fields=["account", "owner"]
    )


def unclear(owner: str, *, using: str = "default") -> int:
    """Takes the owner's clearances back. Says how many."""
    return Clearance.objects.using(using).filter(owner=owner).delete()[0]


def strike(account: str, owner: str, *, at: datetime, expires_at: datetime, using: str = "default") -> bool:
    """A confirmed abuse, which counts until then; one for each owner. True if this call made it."""
    ensure(account, at, using)
    made = {"created_at": at, "expires_at": expires_at}
    return Strike.objects.using(using).get_or_create(account=account, owner=owner, defaults=made)[1]


def unstrike(owner: str, *, using: str = "default") -> int:
    """Takes the owner's strikes back. Says how many."""
    return Strike.objects.using(using).filter(owner=owner).delete()[0]


def _standing_clearances(at: datetime, using: str) -> QuerySet[Clearance]:
    return Clearance.objects.using(using).filter(expires_at__gt=at)


def unexpired(at: datetime) -> Q:
    return Q(ended_at=None) & (Q(expires_at=None) | Q(expires_at__gt=at))


def _as_facts(rows: Iterable[Restriction]) -> tuple[Restricted, ...]:
    return tuple(
        Restricted(kind=row.kind, owner=row.owner, by_human=row.by_human, reason=row.reason, expires_at=row.expires_at)
        for row in rows
    )
