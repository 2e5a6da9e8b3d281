"""Budgets of recipient-sends: reserved all or nothing over every scope, exact under concurrency, never refunded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Max, Min, Q, QuerySet, Sum, Value, When

from calguard.sql import Changed, Prepared, given, many, several
from outbound.fitting import fit
from outbound.models import Budget, Charge
from outbound.types import Demand, Reserved, Short, Spent

__all__ = ["outlook", "release", "reserve", "reserve_each", "spending", "usage"]

SCOPE = 220
Windows = Mapping[timedelta | None, int]  # recipient-sends within each; None: ever


def reserve(demands: Sequence[Demand], owner: str, *, at: datetime, using: str = "default") -> Reserved | Short:
    """Charges every demand to its scope, or none. The same owner is charged once per scope, however often it asks.

    In a fixed number of queries, whatever the scopes hold. Raises ValueError for a negative demand.
    """
    wanted = _merged(demands)
    if not wanted:
        return Reserved()
    with transaction.atomic(using=using):
        asked = _lock(wanted, owner, at, using)
        before = _before(asked, at, using)
        tight = [demand for demand in asked if not _fits(demand, before[demand.scope])]
        if tight:
            return _last(_shorts(tight, before, at, using))
        _charge(asked, owner, at, using)
    return Reserved(before=before)


def reserve_each(
    demands: Sequence[Demand], owner: str, *, at: datetime, using: str = "default"
) -> dict[str, datetime | None]:
    """Charges each demand by itself, where its scope has room. Gives the scopes that have none, and when they will."""
    wanted = _merged(demands)
    if not wanted:
        return {}
    with transaction.atomic(using=using):
        asked = _lock(wanted, owner, at, using)
        before = _before(asked, at, using)
        tight = [demand for demand in asked if not _fits(demand, before[demand.scope])]
        _charge([demand for demand in asked if demand not in tight], owner, at, using)
        return {short.scope: short.retry_at for short in _shorts(tight, before, at, using)}


def release(demands: Sequence[Demand], owner: str, key: str, *, at: datetime, using: str = "default") -> int:
    """Gives back units of what `owner` was charged, once for each `key`, and never more than it was charged.

    For failures of ours only: nothing that a sender can bring about may come here (R60). The row is dated as the
    charge, so that no window ever has more room than its limit. Says how many units, over all scopes.
    """
    wanted = _merged(demands)
    if not wanted:
        return 0
    back = f"{owner} back:{key}"
    with transaction.atomic(using=using):
        asked = _lock(wanted, back, at, using)
        mine = Q(owner=owner) | Q(owner__startswith=f"{owner} back:")
        rows = Charge.objects.using(using).filter(mine, scope__in=list(wanted)).values("scope", "charged_at")
        stands = {row["scope"]: row for row in rows.annotate(units=Sum("units")).order_by("scope")}
        given = [
            Charge(scope=d.scope, units=-min(d.units, row["units"]), owner=back, charged_at=row["charged_at"])
            for d in asked
            if (row := stands.get(d.scope)) is not None and row["units"] > 0
        ]
        Charge.objects.using(using).bulk_create(given)
        _add_up({row.scope: row.units for row in given if _lasts(wanted[row.scope])}, using)
    return -sum(row.units for row in given)


def usage(scope: str, windows: Iterable[timedelta], *, at: datetime, using: str = "default") -> dict[timedelta, int]:
    """Recipient-sends charged to the scope within each window before `at`."""
    windows = sorted(set(windows))
    return _used([fit(scope, SCOPE)], windows, at, using).get(fit(scope, SCOPE), dict.fromkeys(windows, 0))


def spending(
    scope: str, windows: Collection[timedelta], *, at: datetime, using: str = "default"
) -> dict[timedelta | None, Spent]:
    """What the scope has spent within each window, and ever (None) where its total is kept; two queries."""
    found: dict[str, Any] = {}
    for i, window in enumerate(windows):
        within = Q(charged_at__gt=at - window)
        found |= {f"u{i}": Sum("units", filter=within), f"f{i}": Min("charged_at", filter=within)}
        found |= {f"l{i}": Max("charged_at", filter=within)}
    charges = Charge.objects.using(using).filter(scope=fit(scope, SCOPE), charged_at__gt=at - max(windows))
    row = charges.aggregate(**found)
    kept = Budget.objects.using(using).filter(scope=fit(scope, SCOPE)).values_list("spent", flat=True).first()
    spent: dict[timedelta | None, Spent] = {None: Spent(units=kept or 0)}
    for i, window in enumerate(windows):
        spent[window] = Spent(units=max(0, row[f"u{i}"] or 0), first=row[f"f{i}"], last=row[f"l{i}"])
    return spent


def outlook(demand: Demand, *, at: datetime, using: str = "default") -> Short | None:
    """What `reserve` would answer now, without charging anything; None: there is room."""
    merged = list(_merged([demand]).values())
    before = _before(merged, at, using)
    tight = [one for one in merged if not _fits(one, before[one.scope])]
    return _last(_shorts(tight, before, at, using)) if tight else None


def _merged(demands: Sequence[Demand]) -> dict[str, Demand]:
    """One demand per scope, in the order in which every worker locks."""
    merged: dict[str, Demand] = {}
    for demand in sorted(demands, key=lambda d: d.scope):
        if demand.units < 0:
            raise ValueError(f"{demand.units} recipient-sends asked of {demand.scope}")
        if demand.units == 0:
            continue
        scope = fit(demand.scope, SCOPE)
        same = merged.get(scope)
        units = demand.units + (same.units if same else 0)
        limits = (*demand.limits, *(same.limits if same else ()))
        lasting = demand.lasting or bool(same and same.lasting)
        merged[scope] = Demand(scope=scope, units=units, limits=limits, lasting=lasting)
    return dict(sorted(merged.items()))


def _lock(wanted: dict[str, Demand], owner: str, at: datetime, using: str) -> list[Demand]:
    """Writing the row is the lock, on PostgreSQL the row's and on SQLite the database's; first in the transaction.
    Gives what the owner was not charged for yet."""
    rows = [Budget(scope=scope, touched_at=at) for scope in wanted]
    Budget.objects.using(using).bulk_create(
        rows, update_conflicts=True, update_fields=["touched_at"], unique_fields=["scope"]
    )
    scopes = many("scope", list(wanted))
    done = {scope for (scope,) in CHARGED.rows(using, len(scopes), owner=owner, **scopes)}
    return [demand for scope, demand in wanted.items() if scope not in done]


def _charge(demands: Sequence[Demand], owner: str, at: datetime, using: str) -> None:
    rows = [Charge(scope=d.scope, units=d.units, owner=owner, charged_at=at) for d in demands]
    Charge.objects.using(using).bulk_create(rows)
    _add_up({demand.scope: demand.units for demand in demands if _lasts(demand)}, using)


def _lasts(demand: Demand) -> bool:
    return demand.lasting or any(window is None for window, _ in demand.limits)


def _add_up(units: Mapping[str, int], using: str) -> None:
    """Into the totals that outlive the charges; under the lock, in one statement."""
    if not units:
        return
    if len(units) == 1:
        ((scope, count),) = units.items()
        SPENT.run(using, scope=scope, units=count)
        return
    added = Case(*(When(scope=scope, then=Value(count)) for scope, count in units.items()), default=Value(0))
    Budget.objects.using(using).filter(scope__in=list(units)).update(spent=F("spent") + added)


def _fits(demand: Demand, before: Windows) -> bool:
    return all(before[window] + demand.units <= limit for window, limit in demand.limits)


def _before(demands: Sequence[Demand], at: datetime, using: str) -> dict[str, Windows]:
    """What each scope has spent so far in the windows it has limits for; two queries at most."""
    windows = sorted({window for demand in demands for window, _ in demand.limits if window is not None})
    limited = [d.scope for d in demands if any(window is not None for window, _ in d.limits)]
    ever = [d.scope for d in demands if any(window is None for window, _ in d.limits)]
    used = _used(limited, windows, at, using)
    totals: dict[str, int] = {}
    if ever:
        totals = dict(Budget.objects.using(using).filter(scope__in=ever).values_list("scope", "spent"))
    return {
        d.scope: {
            window: totals.get(d.scope, 0) if window is None else used.get(d.scope, {}).get(window, 0)
            for window, _ in d.limits
        }
        for d in demands
    }


def _last(shorts: Sequence[Short]) -> Short:
    """The one that will have room last; one that never will before all."""
    return max(shorts, key=lambda short: (short.retry_at is None, short.retry_at.timestamp() if short.retry_at else 0))


def _shorts(tight: Sequence[Demand], before: Mapping[str, Windows], at: datetime, using: str) -> list[Short]:
    """How far each of them is short, and until when; one query for all."""
    windows = [window for demand in tight for window, _ in demand.limits if window is not None]
    rolling: dict[str, list[tuple[datetime, int]]] = {demand.scope: [] for demand in tight}
    if windows:
        charges = Charge.objects.using(using).filter(scope__in=list(rolling), charged_at__gt=at - max(windows))
        rows = charges.values("scope", "charged_at").annotate(total=Sum("units")).order_by("charged_at")
        for row in rows.iterator():
            rolling[row["scope"]].append((row["charged_at"], row["total"]))
    shorts = []
    for demand in tight:
        spent = before[demand.scope]
        available = max(0, min(limit - spent[window] for window, limit in demand.limits))
        times = [
            _room_at(demand.units, window, limit, spent[window], rolling[demand.scope], at)
            for window, limit in demand.limits
            if spent[window] + demand.units > limit
        ]
        known = [time for time in times if time is not None]
        retry_at = max(known) if len(known) == len(times) else None
        shorts.append(Short(scope=demand.scope, available=available, retry_at=retry_at))
    return shorts


def _room_at(
    units: int, window: timedelta | None, limit: int, spent: int, rolling: Sequence[tuple[datetime, int]], at: datetime
) -> datetime | None:
    """When enough of the window has rolled off; None: it never fits."""
    if window is None or units > limit:
        return None
    for charged_at, total in rolling:
        if charged_at <= at - window:
            continue
        spent -= total
        if spent + units <= limit:
            return charged_at + window
    return at  # unreachable while the lock is held: without charges the whole window is free


def _used(
    scopes: Sequence[str], windows: Sequence[timedelta], at: datetime, using: str
) -> dict[str, dict[timedelta, int]]:
    """One query. A charge dated ahead of `at`, by a worker whose clock runs fast, counts as well."""
    if not windows or not scopes:
        return {}
    asked = many("scope", scopes)
    rows = USED.rows(using, len(asked), tuple(windows), at=at, **asked)
    return {scope: {window: units or 0 for window, units in zip(windows, sums, strict=True)} for scope, *sums in rows}


def _write_used(size: int, windows: Sequence[timedelta]) -> QuerySet[Charge, Any]:
    at = given("at", datetime)
    sums = {f"w{i}": Sum("units", filter=Q(charged_at__gt=at - window)) for i, window in enumerate(windows)}
    charges = Charge.objects.filter(scope__in=several("scope", str, size), charged_at__gt=at - windows[-1])
    return charges.values("scope").annotate(**sums).values_list("scope", *sums)


def _write_charged(size: int) -> QuerySet[Charge, Any]:
    charged = Charge.objects.filter(owner=given("owner", str), scope__in=several("scope", str, size))
    return charged.values_list("scope")


def _write_spent() -> tuple[QuerySet[Budget], Mapping[str, Any]]:
    return Budget.objects.filter(scope=given("scope", str)), {"spent": F("spent") + given("units", int)}


USED, CHARGED, SPENT = Prepared(_write_used), Prepared(_write_charged), Changed(_write_spent)
