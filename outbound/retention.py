"""What the outbound ledger forgets, and when."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from outbound.fitting import CHUNK
from outbound.models import Budget, Charge, Submission

__all__ = ["forget", "purge"]


def purge(*, before: datetime, using: str = "default") -> int:
    """Deletes submissions closed before, with all that hangs on them, and charges made before. Says how many rows.

    Plain addresses are gone much earlier: at delivery or closure. `before` must lie outside the longest budget window.
    What a scope has spent in total outlives its charges.
    """
    deleted = 0
    closed = Submission.objects.using(using).filter(closed_at__lt=before).order_by("closed_at")
    while ids := list(closed.values_list("pk", flat=True)[:CHUNK]):
        deleted += Submission.objects.using(using).filter(pk__in=ids).delete()[0]
    deleted += Charge.objects.using(using).filter(charged_at__lt=before).delete()[0]
    deleted += Budget.objects.using(using).filter(touched_at__lt=before, spent=0).delete()[0]
    return deleted


def forget(account: str, *, totals: Collection[str] = (), using: str = "default") -> int:
    """Deletes every submission of one account with all that hangs on it (R94). Says how many rows.

    What waits never leaves. Charges stay until `purge`: nothing a sender does gives a budget back. `totals`: scopes
    whose totals are not to outlive them.
    """
    Budget.objects.using(using).filter(scope__in=list(totals)).update(spent=0)
    deleted = 0
    theirs = Submission.objects.using(using).filter(account=account).order_by("pk")
    while ids := list(theirs.values_list("pk", flat=True)[:CHUNK]):
        deleted += Submission.objects.using(using).filter(pk__in=ids).delete()[0]
    return deleted
