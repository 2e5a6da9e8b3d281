"""What an account may not do: restrictions, clearances and strikes, each with an owner; people outrank machines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from accounts_risk.models import Clearance, Restriction, Strike
from accounts_risk.profiles import ensure
from accounts_risk.types import Restricted
from calguard.sql import Prepared, Whole, given

__all__ = [
    "active",
    "clear",
    "imposed",
    "lapsed",
    "lift",
    "lift_account",
    "prolong",
    "ran_out",
    "restrict",
    "restricted_since",
    "strike",
    "strikes",
    "supersede",
    "unclear",
    "unstrike",
]

CHUNK = 500
JUST_CLEARED = timedelta(days=3)  # as long as signs of a theft stand


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

    False where a machine asks and a person has cleared the account, or has restricted or suspended it for as long as
    they saw fit. A repeat by the same owner changes nothing.
    Raises ValueError for a machine's restriction without an end: a permanent one needs a person (R64).
    """
    if not by_human and expires_at is None:
        raise ValueError("a restriction without an end needs a person")
    if not by_human and _a_person_has_spoken(account, kind, at, using):
        return False
    ensure(account, at, using)
    made = {"by_human": by_human, "reason": reason[:60], "created_at": at, "expires_at": expires_at}
    Restriction.objects.using(using).get_or_create(account=account, kind=kind, owner=owner, defaults=made)
    return True


def imposed(account: str, owner: str, kind: str, *, using: str = "default") -> bool:
    """Whether a row of this owner's is there that did not end yet, whatever its date."""
    mine = Restriction.objects.using(using).filter(account=account, owner=owner, kind=kind)
    return mine.filter(ended_at=None).exists()


def lift(
    owner: str,
    *,
    kinds: Collection[str] | None = None,
    account: str = "",
    at: datetime | None = None,
    using: str = "default",
) -> tuple[str, ...]:
    """Deletes the owner's restrictions, or those of these kinds or of one account. Gives the accounts with none left;
    with `at`, expired ones do not count."""
    mine = Restriction.objects.using(using).filter(owner=owner)
    mine = mine.filter(account=account) if account else mine
    rows = list((mine if kinds is None else mine.filter(kind__in=list(kinds))).values_list("pk", "account"))
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
    """What stands against the account now; a machine's restriction does not while a person's clearance stands. What
    contains it for a theft stands beside a clearance that was given before."""
    return _as_facts(ACTIVE.all(using, account=account, at=at))


def _write_active() -> QuerySet[Restriction]:
    at = given("at", datetime)
    cleared = Clearance.objects.filter(expires_at__gt=at, account=OuterRef("account"))
    since = Q(kind=Restriction.Kind.CONTAINMENT) & ~Exists(cleared.filter(created_at__gte=OuterRef("created_at")))
    standing = Restriction.objects.filter(
        unexpired(at), Q(by_human=True) | ~Exists(cleared) | since, account=given("account", str)
    )
    return standing.order_by("created_at", "pk")


def lapsed(*, at: datetime, limit: int = 500, using: str = "default") -> tuple[str, ...]:
    """Owners of restrictions whose time is over, so that what stands for them elsewhere can be lifted too. A
    containment ends with its incident, which says what becomes of what it held."""
    return tuple(dict.fromkeys(owner for (owner,) in OVER.rows(using, limit, at=at)))


def _write_over(limit: int) -> QuerySet[Restriction, Any]:
    over = Restriction.objects.filter(expires_at__lte=given("at", datetime), ended_at=None)
    over = over.exclude(kind=Restriction.Kind.CONTAINMENT).order_by("expires_at")
    return cast("QuerySet[Restriction, Any]", over.values_list("owner")[:limit])


OVER = Prepared(_write_over)


def prolong(owner: str, *, until: datetime, using: str = "default") -> int:
    """Moves the end of the owner's restrictions that have one; never to an earlier moment. Says how many."""
    return Restriction.objects.using(using).filter(owner=owner, expires_at__lt=until).update(expires_at=until)


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


def clear(
    account: str,
    owner: str,
    *,
    at: datetime,
    until: datetime,
    ground: str = Clearance.Ground.RELEASED,
    using: str = "default",
) -> None:
    """A person's word that the account may send until then, and why. The same owner may move both."""
    ensure(account, at, using)
    row = Clearance(account=account, owner=owner, ground=ground, created_at=at, expires_at=until)
    Clearance.objects.using(using).bulk_create(
        [row], update_conflicts=True, update_fields=["expires_at", "ground"], unique_fields=["account", "owner"]
    )


def unclear(owner: str, *, using: str = "default") -> int:
    """Takes the owner's clearances back. Says how many."""
    return Clearance.objects.using(using).filter(owner=owner).delete()[0]


def supersede(account: str, *, at: datetime, using: str = "default") -> int:
    """A person has confirmed abuse: what people cleared the account of before ends here. Says how many that were."""
    return _standing_clearances(at, using).filter(account=account, created_at__lt=at).update(expires_at=at)


def strike(
    account: str, owner: str, *, at: datetime, expires_at: datetime, weight: int = 1, using: str = "default"
) -> bool:
    """A confirmed abuse, which counts until then; one for each owner. True if this call made it."""
    ensure(account, at, using)
    made = {"created_at": at, "expires_at": expires_at, "weight": weight}
    return Strike.objects.using(using).get_or_create(account=account, owner=owner, defaults=made)[1]


def strikes(account: str, *, at: datetime, using: str = "default") -> int:
    """The weight of all strikes that count at a moment: made by then, not forgotten, and not taken back."""
    counting = Strike.objects.using(using).filter(account=account, created_at__lte=at, expires_at__gt=at)
    return int(counting.aggregate(sum=Sum("weight"))["sum"] or 0)


def unstrike(owner: str, *, accounts: Collection[str] | None = None, using: str = "default") -> int:
    """Takes the owner's strikes back, or those against these accounts. Says how many."""
    mine = Strike.objects.using(using).filter(owner=owner)
    return (mine if accounts is None else mine.filter(account__in=list(accounts))).delete()[0]


def restricted_since(account: str, *, since: datetime, using: str = "default") -> bool:
    """Whether the account was restricted since then, and nobody took that back."""
    made = Restriction.objects.using(using).filter(account=account, created_at__gte=since)
    return made.filter(kind=Restriction.Kind.SENDING).exists()


def _a_person_has_spoken(account: str, kind: str, at: datetime, using: str) -> bool:
    """Containing an account that somebody else may be using is no verdict on its owner, and adds to a person's; only
    who was cleared a moment ago, perhaps of this very suspicion, is not contained again at once."""
    cleared = _standing_clearances(at, using).filter(account=account)
    if kind == Restriction.Kind.CONTAINMENT:
        return cleared.filter(created_at__gt=at - JUST_CLEARED).exists()
    if cleared.exists():
        return True
    theirs = Restriction.objects.using(using).filter(unexpired(at), account=account, by_human=True)
    return theirs.exclude(kind=Restriction.Kind.CONTAINMENT).exists()


def _standing_clearances(at: datetime, using: str) -> QuerySet[Clearance]:
    return Clearance.objects.using(using).filter(expires_at__gt=at)


def unexpired(at: datetime) -> Q:
    return Q(ended_at=None) & (Q(expires_at=None) | Q(expires_at__gt=at))


ACTIVE = Whole(_write_active)


def _as_facts(rows: Iterable[Restriction]) -> tuple[Restricted, ...]:
    return tuple(
        Restricted(kind=row.kind, owner=row.owner, by_human=row.by_human, reason=row.reason, expires_at=row.expires_at)
        for row in rows
    )
