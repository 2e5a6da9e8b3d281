"""What a won appeal takes off an account's record."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from accounts_risk.models import Restriction, Strike

__all__ = ["overturn"]


def overturn(account: str, owners: Collection[str], *, using: str = "default") -> int:
    """Nothing of what these owners did to the account was right: its restrictions, standing or on record, and its
    strikes. What the same owners did to others stays. Says how many rows that were."""
    gone = 0
    with transaction.atomic(using=using):
        for model in (Restriction, Strike):
            mine = model._default_manager.using(using).filter(account=account, owner__in=list(owners))
            gone += mine.delete()[0]
    return gone
