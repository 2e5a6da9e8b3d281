"""What became of what an account sent: a row for each week, and the sum of the last five."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet

from accounts_risk.models import Relation, Tally
from calguard.sql import Added, Changed, given

__all__ = ["answers_told", "declined", "note_answers", "oldest_week"]

WEEKS = 4  # full ones before the running one
TOLD_WITHIN = timedelta(weeks=2)
TOLD_BY = 5  # accounts, and organisations, at the least
TOLD_LOOKED_AT = 200
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
    week = _monday(at)
    told = {"sent": sent, "bounced": bounced, "accepted": accepted, "declined": declined}
    BEGUN.add(Tally(account=account, week=week), using)
    COUNTED.run(using, account=account, week=week, **told)


def _write_counted() -> tuple[QuerySet[Tally], Mapping[str, Any]]:
    rows = Tally.objects.filter(account=given("account", str), week=given("week", date))
    return rows, {name: F(name) + given(name, int) for name in ("sent", "bounced", "accepted", "declined")}


BEGUN, COUNTED = Added(Tally, ignore=True), Changed(_write_counted)


def declined(account: str, recipient_hash: str, key_id: str, *, at: datetime, using: str = "default") -> bool:
    """A guest who never accepted said no. True where that is news of the last five weeks: nobody makes a sender
    unwelcome alone, however often they say so."""
    rows = Relation.objects.using(using)
    since = at - AGAIN
    fresh = Relation(account=account, recipient_hash=recipient_hash, key_id=key_id, last_at=since)
    rows.bulk_create([fresh], ignore_conflicts=True)
    pair = rows.filter(account=account, recipient_hash=recipient_hash, accepted=0, contact=False)
    return bool(pair.filter(last_at__lte=since).update(last_at=at))


def answers_told(*, at: datetime, using: str = "default") -> bool:
    """Whether the host tells of answers that come by mail at all: lately guests of several organisations accepted
    invitations of several accounts."""
    lately = Relation.objects.using(using).filter(accepted__gt=0, last_at__gt=at - TOLD_WITHIN).exclude(domain="")
    pairs = list(lately.values_list("account", "domain")[:TOLD_LOOKED_AT])
    return all(len(set(names)) >= TOLD_BY for names in zip(*pairs, strict=True)) if pairs else False


def oldest_week(at: datetime) -> date:
    """The first week that counts."""
    return _monday(at) - timedelta(weeks=WEEKS)


def _monday(at: datetime) -> date:
    day = at.date()
    return day - timedelta(days=day.weekday())
