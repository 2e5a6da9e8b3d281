"""All that one check needs to know of an account, in three queries whatever its history."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import BooleanField, CharField, Count, IntegerField, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from accounts_risk.models import Clearance, Profile, Restriction, Sighting, Strike
from accounts_risk.restrictions import unexpired
from accounts_risk.types import Known, Restricted

__all__ = ["is_known", "known"]

HISTORY = timedelta(days=30)  # with less, a first sight says nothing
SETTLED = timedelta(days=3)  # what signed in an hour ago is not known by that: it may be the thief
HOUR = timedelta(hours=1)
CLEARANCE, STRIKE = "clearance", "strike"


def known(account: str, *, device: str, prefix: str, at: datetime, using: str = "default") -> Known:
    """The account's facts. `device` and `prefix` are the request's pseudonyms, "" where it shows none. Three queries.

    A device or network is known where the account was seen with it at least three days ago. It is None, unknown,
    where the request shows none, or where the account's own history of that kind is shorter than 30 days.
    """
    facts = _facts(account, using)
    standing = _standing(account, at, using)
    seen = _seen(account, device, prefix, using)
    cleared = [expires_at for kind, _, _, _, expires_at, _ in standing if kind == CLEARANCE]
    restrictions = tuple(
        Restricted(kind=kind, owner=owner, by_human=by_human, reason=reason, expires_at=expires_at)
        for kind, owner, by_human, reason, expires_at, _ in standing
        if kind not in {CLEARANCE, STRIKE} and (by_human or not cleared)
    )
    return Known(
        account=account,
        **facts,
        restrictions=restrictions,
        strikes=sum(row[0] == STRIKE for row in standing),
        known_device=is_known(device, seen.get(Sighting.Kind.DEVICE), at),
        known_prefix=is_known(prefix, seen.get(Sighting.Kind.PREFIX), at),
        cleared_until=max(cleared, default=None),
    )


def _facts(account: str, using: str) -> dict[str, Any]:
    """The profile, and how many other accounts were made from its network within an hour of it."""
    made = OuterRef("first_seen_at")
    same = Profile.objects.filter(signup_prefix=OuterRef("signup_prefix"), first_seen_at__gte=made - HOUR)
    same = same.filter(first_seen_at__lte=made + HOUR).exclude(Q(signup_prefix="") | Q(account=OuterRef("account")))
    count = Subquery(same.order_by().values(group=Value(1)).annotate(value=Count("pk")).values("value"))
    columns = (
        "tenant",
        "first_seen_at",
        "created_at",
        "credential_changed_at",
        "last_login_at",
        "probation_until",
        "accepted_total",
    )
    row: Any = Profile.objects.using(using).filter(account=account)
    row = row.annotate(signups_same_prefix_hour=Coalesce(count, 0, output_field=IntegerField()))
    return next(iter(row.values(*columns, "signups_same_prefix_hour")), {})


def _standing(account: str, at: datetime, using: str) -> list[tuple[Any, ...]]:
    """Restrictions, clearances and strikes that count now: kind, owner, by_human, reason, expires_at, created_at."""
    rows: Any = Restriction.objects.using(using).filter(unexpired(at), account=account)
    rows = rows.values_list("kind", "owner", "by_human", "reason", "expires_at", "created_at")
    others = [
        model.objects.using(using)
        .filter(account=account, expires_at__gt=at)
        .values_list(
            Value(kind, output_field=CharField()),
            "owner",
            Value(False, output_field=BooleanField()),
            Value("", output_field=CharField()),
            "expires_at",
            "created_at",
        )
        for model, kind in ((Clearance, CLEARANCE), (Strike, STRIKE))
    ]
    return sorted(rows.union(*others, all=True), key=lambda row: (row[5], row[1]))


def _seen(account: str, device: str, prefix: str, using: str) -> dict[str, tuple[datetime, datetime | None]]:
    """By kind: when the account was first seen with any, and with the one that the request shows."""
    mine = Q(kind=Sighting.Kind.DEVICE, value=device) | Q(kind=Sighting.Kind.PREFIX, value=prefix)
    rows: Any = Sighting.objects.using(using).filter(account=account).values_list("kind")
    rows = rows.annotate(oldest=Min("first_seen_at"), mine=Min("first_seen_at", filter=mine))
    return {kind: (oldest, first) for kind, oldest, first in rows}


def is_known(value: str, seen: tuple[datetime, datetime | None] | None, at: datetime) -> bool | None:
    """Whether what a request shows is known; `seen` says since when anything of its kind is, and since when this is."""
    if not value or seen is None or seen[0] > at - HISTORY:
        return None
    return seen[1] is not None and seen[1] <= at - SETTLED
