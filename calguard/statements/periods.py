"""For how long an appeal is open, and by when it is to be answered (DSA Art. 20(1), R92)."""

from __future__ import annotations

from datetime import datetime, timedelta

from calguard.conf import conf
from calguard.models import Appeal, Decision
from calguard.statements.models import Statement

CONTENT = frozenset({Statement.Measure.WITHHELD, Statement.Measure.REFUSED})


def open_until(row: Statement | Decision) -> datetime:
    """The last moment at which its owner can object."""
    return row.created_at + timedelta(days=conf.policy.appeals.open_days)


def due(appeal: Appeal, *, at: datetime) -> datetime:
    """By when a person is to have answered."""
    return at + timedelta(days=conf.policy.appeals.answer_days)


def readable_until(row: Statement) -> datetime:
    """How long the link from the mail shows the statement: an appeal of the last day has its answer there too."""
    return open_until(row) + timedelta(days=2 * conf.policy.appeals.answer_days)


def may_appeal(row: Statement, *, at: datetime) -> bool:
    """Told, in time, not taken back since, and not objected to before: neither to it nor to what it is about."""
    if row.omitted or row.overturned_at is not None or at > open_until(row):
        return False
    if row.measure in CONTENT and row.ended_at is not None:
        return False  # a refusal has no end of its own: a person has let it go
    rows = Appeal.objects.using(row._state.db)
    if rows.filter(statement=row).exists():
        return False
    return row.decision_id is None or not rows.filter(decision=row.decision_id).exists()
