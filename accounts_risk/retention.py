"""What the accounts ledger forgets: by time, and by request."""

from __future__ import annotations

from datetime import datetime

from accounts_risk.models import Clearance, Profile, Relation, Restriction, Sighting, Strike, Tally

__all__ = ["forget", "purge"]


def purge(*, before: datetime, using: str = "default") -> int:
    """Deletes what ended before: restrictions, clearances, strikes, devices, relations, answers. Says how many rows.

    Facts of accounts stay as long as the account does; see `forget`.
    """
    return sum(
        rows.delete()[0]
        for rows in (
            Restriction.objects.using(using).filter(expires_at__lt=before),
            Clearance.objects.using(using).filter(expires_at__lt=before),
            Strike.objects.using(using).filter(expires_at__lt=before),
            Sighting.objects.using(using).filter(last_seen_at__lt=before),
            Relation.objects.using(using).filter(last_at__lt=before),
            Tally.objects.using(using).filter(week__lt=before.date()),
        )
    )


def forget(account: str, *, using: str = "default") -> int:
    """Deletes all that is known of one account (R94). Says how many rows."""
    models = (Profile, Restriction, Clearance, Strike, Sighting, Relation, Tally)
    return sum(model.objects.using(using).filter(account=account).delete()[0] for model in models)
