"""Which accounts belong to one campaign."""

from __future__ import annotations

from calguard.campaigns.models import Campaign, Member


def together(account: str, other: str, *, using: str) -> bool:
    """Whether both sent what one campaign sends, that no person has cleared; one query by index."""
    theirs = Member.objects.filter(account=other).exclude(campaign__state=Campaign.State.CLEARED)
    mine = Member.objects.using(using).filter(account=account, campaign__in=theirs.values("campaign"))
    return mine.exists()
