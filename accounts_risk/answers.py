"""What became of what an account sent: a row for each week, and the sum of the last five."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db.models import F

from accounts_risk.models import Tally

__all__ = ["note_answers", "oldest_week"]

WEEKS = 4  # full ones before the running one


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


def oldest_week(at: datetime) -> date:
    """The first week that counts."""
    return _monday(at) - timedelta(weeks=WEEKS)


def _monday(at: datetime) -> date:
    day = at.date()
    return day - timedelta(days=day.weekday())
