"""What is known of who books a time on somebody's page: their own record, and the pace around them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from accounts_risk import ledger as people
from accounts_risk.types import Restricted
from calguard.engine.types import Behaviour, Verdict
from calguard.facts import handling
from calguard.facts.types import DAY, GAPS, MINUTES, RECENT, RECHECK, VISITED, WEEK, Answer, Question, Trail
from calguard.letting_go import lets_go
from calguard.models import Decision

__all__ = ["answer", "stopped"]

BEFORE = timedelta(days=90)  # in which somebody who books is no newcomer
HOUR = timedelta(hours=1)
OWN, OTHERS = 100, 500  # rows looked at, newest first, of the visitor and of the others
CROWD = 4  # times the pace of one network, at which a page is booked by people everywhere
COLUMNS = (
    "created_at", "verdict", "enforced", "content_hash", "guests_hash", "reasons", "facts__client__form", "via",
    "said", "similarity", "recipients", "strangers", "prefix", "gate", "case__outcome", "case__label",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    at: datetime
    refused: bool
    similarity: str
    recipients: int
    strangers: int
    prefix: str
    said: str
    made: tuple[Any, ...]


def answer(question: Question, of_owner: Answer, *, using: str) -> Answer:
    """The visitor's record in place of the owner's, whose guests and exemptions stand: three queries, and three of the
    people ledger."""
    at = question.at
    known = people.known(question.visitor, device="", prefix="", at=at, using=using)
    visited = Decision.objects.using(using).filter(channel__in=VISITED)
    if question.besides:
        visited = visited.exclude(pk__in=question.besides)
    own = _rows(visited.filter(actor=question.visitor, created_at__gt=at - BEFORE).exclude(actor=""), OWN)
    nearby = _rows(visited.filter(prefix=question.prefix, created_at__gt=at - DAY), OTHERS) if question.prefix else own
    page = _rows(visited.filter(account=question.account, created_at__gt=at - HOUR), OTHERS)
    known = replace(
        known,
        restrictions=(),
        first_seen_at=min((row.at for row in own), default=at),
        created_at=None,
    )
    return replace(
        of_owner,
        known=known,
        behaviour=_behaviour(question, own, nearby, page),
        recent=tuple(
            row.said for row in reversed(own[:RECENT]) if row.said and not row.refused and row.at > at - MINUTES
        ),
        trail=Trail(abusers_on_prefix=of_owner.trail.abusers_on_prefix),
    )


def stopped(question: Question, of_owner: Answer, using: str) -> tuple[Restricted, ...]:
    """What stands against the visitor; and against the owner, in whose name the page sends."""
    return of_owner.known.restrictions + people.active(question.visitor, at=question.at, using=using)


def _behaviour(question: Question, own: Sequence[Row], nearby: Sequence[Row], page: Sequence[Row]) -> Behaviour:
    at = question.at
    week = [row for row in own if row.at > at - WEEK]
    hands = handling.handled(question, [row.made for row in own[:RECENT]])
    around = handling.handled(question, [row.made for row in nearby[:RECENT]])
    times = [row.at for row in nearby[:GAPS]]
    gaps = [(a - b).total_seconds() for a, b in zip([at, *times], times, strict=False)]
    refused = [row for row in week if row.refused]
    return Behaviour(
        attempts_10m=_pace(nearby, page, at - timedelta(minutes=10)),
        attempts_hour=_pace(nearby, page, at - HOUR),
        recipients_hour=sum(row.recipients for row in week if row.at > at - HOUR),
        recipients_day=sum(row.recipients for row in week if row.at > at - DAY),
        recipients_week=sum(row.recipients for row in week),
        same_guests=any(row.made[4] == question.guests_hash for row in own[:RECENT]),
        click_gaps=tuple(reversed(gaps)),
        refused_same_content=sum(row.similarity == question.similarity for row in refused),
        refused_week=len({row.similarity for row in refused}),
        unanswered_challenge=_unanswered(question, own),
        strangers_day=sum(row.strangers for row in week if row.at > at - DAY),
        strangers_week=sum(row.strangers for row in week),
        days_active_week=len({row.at.date() for row in week if row.strangers}),
        form_uses=handling.form_uses(question, around),
        machine_challenges=handling.machine_challenges(question, hands),
    )


def _pace(nearby: Sequence[Row], page: Sequence[Row], since: datetime) -> int:
    """Of one network, on whatever pages; a page that people everywhere book may have several times that. What one
    network does on a page counts for little there: nobody makes it wait for others."""
    tried = Counter(row.prefix for row in page if row.at > since)
    everywhere = sum(min(number, CROWD) if prefix else number for prefix, number in tried.items())
    return max(sum(row.at > since for row in nearby), everywhere // CROWD)


def _unanswered(question: Question, own: Sequence[Row]) -> bool:
    for row in own:
        _, verdict, enforced, content, guests, *_ = row.made
        if (content, guests) == (question.content_hash, question.guests_hash):
            return bool(enforced) and verdict == Verdict.CHALLENGE and question.at - row.at < HOUR
    return False


def _rows(rows: Any, most: int) -> list[Row]:
    found = rows.filter(~Q(gate=RECHECK)).order_by("-created_at").values_list(*COLUMNS)[:most]
    return [
        Row(
            at=one[0],
            refused=one[1] >= Verdict.HOLD and not lets_go(*one[-2:]),
            similarity=one[9],
            recipients=one[10],
            strangers=one[11],
            prefix=one[12],
            said=one[8],
            made=one[:8],
        )
        for one in found
    ]
