"""Budgets of recipient-sends: reserved all or nothing over every scope, exact under concurrency, never refunded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum

from outbound.fitting import fit
from outbound.models import Budget, Charge
from outbound.types import Demand, Reserved, Short

__all__ = ["reserve", "usage"]

SCOPE = 220


def reserve(demands: Sequence[Demand], owner: str, *, at: datetime, using: str = "default") -> Reserved | Short:
    """Charges every demand to its scope, or none. The same owner is charged once per scope, however often it asks.

    Raises ValueError for a negative demand.
    """
    wanted = _merged(demands)
    if not wanted:
        return Reserved()
    with transaction.atomic(using=using):
        _lock(wanted, at, using)
        charged = Charge.objects.using(using).filter(owner=owner, scope__in=list(wanted))
        for scope in charged.values_list("scope", flat=True):
            del wanted[scope]
        short = _shortest(list(wanted.values()), at, using)
        if short:
            return short
        rows = [Charge(scope=d.scope, units=d.units, owner=owner, charged_at=at) for d in wanted.values()]
        Charge.objects.using(using).bulk_create(rows)
    return Reserved()


def usage(scope: str, windows: Iterable[timedelta], *, at: datetime, using: str = "default") -> dict[timedelta, int]:
    """Recipient-sends charged to the scope within each window before `at`."""
    windows = sorted(set(windows))
    return _used([fit(scope, SCOPE)], windows, at, using).get(fit(scope, SCOPE), dict.fromkeys(windows, 0))


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
        merged[scope] = Demand(scope=scope, units=units, limits=limits)
    return dict(sorted(merged.items()))


def _lock(wanted: dict[str, Demand], at: datetime, using: str) -> None:
    """Writing the row is the lock, on PostgreSQL the row's and on SQLite the database's; first in the transaction."""
    rows = [Budget(scope=scope, touched_at=at) for scope in wanted]
    Budget.objects.using(using).bulk_create(
        rows, update_conflicts=True, update_fields=["touched_at"], unique_fields=["scope"]
    )


def _shortest(demands: list[Demand], at: datetime, using: str) -> Short | None:
    """The scope that will have room last, if any has none now."""
    windows = sorted({window for demand in demands for window, _ in demand.limits})
    if not windows:
        return None
    used = _used([demand.scope for demand in demands], windows, at, using)
    shorts = []
    for demand in demands:
        spent = used.get(demand.scope, {})
        tight = [(w, limit) for w, limit in demand.limits if spent.get(w, 0) + demand.units > limit]
        if not tight:
            continue
        available = max(0, min(limit - spent.get(window, 0) for window, limit in demand.limits))
        times = [_room_at(demand, window, limit, spent.get(window, 0), at, using) for window, limit in tight]
        known = [time for time in times if time is not None]
        retry_at = max(known) if len(known) == len(times) else None
        shorts.append(Short(scope=demand.scope, available=available, retry_at=retry_at))
    if not shorts:
        return None
    return max(shorts, key=lambda short: (short.retry_at is None, short.retry_at or at))


def _room_at(demand: Demand, window: timedelta, limit: int, spent: int, at: datetime, using: str) -> datetime | None:
    """When enough of the window has rolled off for the demand; None: it never fits."""
    if demand.units > limit:
        return None
    charges = Charge.objects.using(using).filter(scope=demand.scope, charged_at__gt=at - window)
    for units, charged_at in charges.order_by("charged_at").values_list("units", "charged_at").iterator():
        spent -= units
        if spent + demand.units <= limit:
            return charged_at + window
    return at  # unreachable while the lock is held: without charges the whole window is free


def _used(scopes: list[str], windows: list[timedelta], at: datetime, using: str) -> dict[str, dict[timedelta, int]]:
    """One query. A charge dated ahead of `at`, by a worker whose clock runs fast, counts as well."""
    if not windows:
        return {}
    sums = {f"w{i}": Sum("units", filter=Q(charged_at__gt=at - window)) for i, window in enumerate(windows)}
    charges = Charge.objects.using(using).filter(scope__in=scopes, charged_at__gt=at - windows[-1])
    rows: Any = charges.values("scope").annotate(**sums)
    return {row["scope"]: {window: row[f"w{i}"] or 0 for i, window in enumerate(windows)} for row in rows}
