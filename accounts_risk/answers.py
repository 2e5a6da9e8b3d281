"""What became of what an account sent: a row for each week, and the sum of the last five."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import F

from accounts_risk.models import Relation, Tally

__all__ = ["declined", "note_answers", "oldest_week"]

WEEKS = 4  # full ones before the running one
AGAIN = timedelta(weeks=WEEKS + 1)  # for which one guest's refusals are one


def note_answers(
    account: str,
    *,
    at: datetime,
    sent: int = 0,
    bounced: int = 0,
    accepted: int = 0,
    declined: int = 0,
    using: str = "default",
) -> None:
    """So many copies left, came back as undeliverable, were accepted or declined; two statements."""
    rows = Tally.objects.using(using)
    week = _monday(at)
    rows.bulk_create([Tally(account=account, week=week)], ignore_conflicts=True)
    rows.filter(account=account, week=week).update(
        sent=F("sent") + sent,
        bounced=F("bounced") + bounced,
        accepted=F("accepted") + accepted,
        declined=F("declined") + declined,
    )


def declined(account: str, recipient_hash: str, key_id: str, *, at: datetime, using: str = "default") -> bool:
    """A guest who never accepted said no. True where that is news of the last five weeks: nobody makes a sender
    unwelcome alone, however often they say so."""
    rows = Relation.objects.using(using)
    since = at - AGAIN
    fresh = Relation(account=account, recipient_hash=recipient_hash, key_id=key_id, last_at=since)
    rows.bulk_create([fresh], ignore_conflicts=True)
    pair = rows.filter(account=account, recipient_hash=recipient_hash, accepted=0, contact=False)
    return bool(pair.filter(last_at__lte=since).update(last_at=at))


def oldest_week(at: datetime) -> date:
    """The first week that counts."""
    return _monday(at) - timedelta(weeks=WEEKS)


def _monday(at: datetime) -> date:
    day = at.date()
    return day - timedelta(days=day.weekday())
