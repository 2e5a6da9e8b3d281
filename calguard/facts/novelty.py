"""To how many strangers an account wrote lately, on how many days, and how long it was silent before."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, TruncDate

from calguard.facts.types import DAY
from calguard.models import Decision


def sums(at: datetime, tried: Q) -> dict[str, Any]:
    """Columns for the aggregate over the account's decisions of a week. Days are those of UTC."""
    return {
        "strangers_day": Coalesce(Sum("strangers", filter=tried & Q(created_at__gt=at - DAY)), 0),
        "strangers_week": Coalesce(Sum("strangers", filter=tried), 0),
        "days_active_week": Count(
            TruncDate("created_at", tzinfo=UTC), distinct=True, filter=tried & Q(strangers__gt=0)
        ),
    }


def before_today(mine: QuerySet[Decision], at: datetime) -> Subquery:
    """When the account last tried to send, before the last 24 hours; for every row the same."""
    rows = mine.filter(created_at__lte=at - DAY).order_by("-created_at")
    return Subquery(rows.values("created_at")[:1])


def dormant_days(before: datetime | None, at: datetime) -> float | None:
    """Days of silence before this day; None where nothing was ever tried before it."""
    return None if before is None else (at - before).total_seconds() / 86400
