"""What the ledgers know that one check needs, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from django.db import connections, transaction
from django.db.models import Count, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from accounts_risk import ledger as people
from calguard.engine.types import Behaviour, Verdict
from calguard.facts import handling, novelty, trail
from calguard.facts.types import ASKED, GAPS, MINUTES, RECENT, RECHECK, VISITED, WEEK, Answer, Question, Trail
from calguard.letting_go import let_go
from calguard.models import Decision, Exemption
from calguard.sql import Prepared, given, many, several

LATELY = ("created_at", "verdict", "enforced", "content_hash", "guests_hash", "said", "latitude", "longitude")
COUNTS = (
    "attempts_10m",
    "attempts_hour",
    "recipients_hour",
    "recipients_day",
    "recipients_week",
    "refused_week",
    "refused_same_content",
    "strangers_day",
    "strangers_week",
    "days_active_week",
    *trail.COUNTS,
)
ASKED_OF_IT = {"account": str, "at": datetime, "similarity": str, "prefix": str, "country": str, "asn": int}
FIRST = len(LATELY)  # where the columns of `handling` begin


def _unanswered(question: Question, lately: Sequence[tuple[Any, ...]]) -> bool:
    """Whether the newest attempt with this content and these guests was challenged: an answer would have come since."""
    for made, verdict, enforced, content, guests, *_ in lately:
        if (content, guests) == (question.content_hash, question.guests_hash):
            return bool(enforced) and verdict == Verdict.CHALLENGE and question.at - made < ASKED
    return False


def _mine(besides: int) -> QuerySet[Decision]:
    mine = Decision.objects.filter(account=given("account", str)).exclude(channel__in=VISITED)
    return mine.exclude(pk__in=several("beside", UUID, besides)) if besides else mine


def _write_counted(besides: int, registered: bool, nowhere: bool) -> QuerySet[Decision, Any]:
    asked: Any = SimpleNamespace(**{name: given(name, kind) for name, kind in ASKED_OF_IT.items()})
    asked.registered = registered
    if nowhere:
        asked.asn = None
    at = asked.at
    tried = ~Q(gate=RECHECK)
    alike = tried & handling.by_the_same(asked)
    hour, day = Q(created_at__gt=at - timedelta(hours=1)), Q(created_at__gt=at - timedelta(days=1))
    refused = Q(verdict__gte=Verdict.HOLD) & ~let_go()
    week = _mine(besides).filter(created_at__gt=at - WEEK)
    counted: Any = (
        week.order_by()
        .values(all=Value(1))
        .annotate(
            attempts_10m=Count("pk", filter=alike & Q(created_at__gt=at - timedelta(minutes=10))),
            attempts_hour=Count("pk", filter=alike & hour),
            recipients_hour=Coalesce(Sum("recipients", filter=tried & hour), 0),
            recipients_day=Coalesce(Sum("recipients", filter=tried & day), 0),
            recipients_week=Coalesce(Sum("recipients", filter=tried), 0),
            refused_week=Count("similarity", distinct=True, filter=refused),
            refused_same_content=Count("pk", filter=refused & Q(similarity=asked.similarity)),
            **novelty.sums(at, tried),
            **trail.sums(asked, tried),
        )
    )
    return cast("QuerySet[Decision, Any]", counted.values_list(*COUNTS))


def _write_newest(besides: int) -> QuerySet[Decision, Any]:
    tried = _mine(besides).filter(~Q(gate=RECHECK))
    newest = tried.annotate(before=novelty.before_today(tried, given("at", datetime)))
    rows = newest.order_by("-created_at")[:RECENT].values_list(*LATELY, *handling.COLUMNS, "before")
    return cast("QuerySet[Decision, Any]", rows)


def _write_exempt() -> QuerySet[Exemption, Any]:
    rows = Exemption.objects.filter(account=given("account", str), expires_at__gt=given("at", datetime))
    return cast("QuerySet[Exemption, Any]", rows.values_list("scope"))


COUNTED, NEWEST, EXEMPT = Prepared(_write_counted), Prepared(_write_newest), Prepared(_write_exempt)


@contextmanager
def unspoilt(using: str) -> Iterator[None]:
    """Around queries: where one fails, the host's transaction goes on."""
    if not connections[using].in_atomic_block:
        yield
        return
    with transaction.atomic(using=using):
        yield


class DatabaseFacts:
    """Answers from the ledgers in a fixed number of queries, whatever the guests, history or rules."""

    def __init__(self, using: str) -> None:
        self.using = using

    def answer(self, question: Question) -> Answer:
        with unspoilt(self.using):
            return self._answer(question)

    def _answer(self, question: Question) -> Answer:
        behaviour, recent, seen = self.behaviour(question)
        return Answer(
            known=self.known(question),
            behaviour=behaviour,
            recent=recent,
            trail=replace(seen, abusers_on_prefix=self.abusers(question)),
            related=self.related(question),
            exempt=self.exempt(question),
        )

    def known(self, question: Question) -> people.Known:
        return people.known(
            question.account, device=question.device, prefix=question.prefix, at=question.at, using=self.using
        )

    def related(self, question: Question) -> frozenset[str]:
        return people.related(question.account, question.guests, at=question.at, using=self.using)

    def behaviour(self, question: Question) -> tuple[Behaviour, tuple[str, ...], Trail]:
        """What the account did, what it said in the last minutes, and from where: one aggregate and one look at the
        newest rows."""
        at = question.at
        besides = many("beside", question.besides)
        shape = len(besides), question.registered, question.asn is None
        told = {name: getattr(question, name) for name in ASKED_OF_IT} | besides
        counts: dict[str, Any] = dict(zip(COUNTS, COUNTED.rows(self.using, *shape, **told)[0], strict=True))
        hours = {name: counts.pop(name) for name in trail.COUNTS}
        lately, made, before = [], [], None
        for row in NEWEST.rows(self.using, len(besides), account=question.account, at=at, **besides):
            lately.append(row[:FIRST])
            made.append((*row[:5], *row[FIRST:-1]))
            before = row[-1]
        hands = handling.handled(question, made)
        times = [one.at for one in hands if one.registered == question.registered][:GAPS]
        gaps = [(a - b).total_seconds() for a, b in zip([at, *times], times, strict=False)]
        behaviour = Behaviour(
            click_gaps=tuple(reversed(gaps)),
            unanswered_challenge=_unanswered(question, lately),
            same_guests=any(row[4] == question.guests_hash for row in lately),
            dormant_days=novelty.dormant_days(before, at),
            form_uses=handling.form_uses(question, hands),
            machine_challenges=handling.machine_challenges(question, hands),
            **counts,
        )
        recent = tuple(
            said
            for made, verdict, _, _, _, said, *_ in reversed(lately)
            if said and verdict < Verdict.HOLD and at - made < MINUTES
        )
        places = ((row[0], *row[-2:]) for row in lately)
        return behaviour, recent, trail.trail(hours, places, at)

    def abusers(self, question: Question) -> int:
        """A query of its own, as it is about other accounts than all the rest."""
        return trail.abusers(question, self.using)

    def exempt(self, question: Question) -> frozenset[str]:
        rows = EXEMPT.rows(self.using, account=question.account, at=question.at)
        return frozenset(scope for (scope,) in rows)
