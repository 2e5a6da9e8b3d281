"""What the ledgers know that one check needs, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from accounts_risk import ledger as people
from calguard.engine.types import Behaviour, Verdict
from calguard.facts.types import MINUTES, Answer, Question
from calguard.models import Decision, Exemption

GAPS = 8  # how many of the last attempts tell the rhythm
LATELY = ("created_at", "verdict", "enforced", "content_hash", "guests_hash", "said")
RECENT = 12  # attempts that are read together
ASKED = timedelta(hours=1)  # how long a challenge that nobody answered stands
RECHECK = "G3"  # a second look at the same attempt, which is no attempt of its own


def _unanswered(question: Question, lately: Sequence[tuple[Any, ...]]) -> bool:
    """Whether the newest attempt with this content and these guests was challenged: an answer would have come since."""
    for made, verdict, enforced, content, guests, _said in lately:
        if (content, guests) == (question.content_hash, question.guests_hash):
            return bool(enforced) and verdict == Verdict.CHALLENGE and question.at - made < ASKED
    return False


class DatabaseFacts:
    """Answers from the ledgers in a fixed number of queries, whatever the guests, history or rules."""

    def __init__(self, using: str) -> None:
        self.using = using

    def answer(self, question: Question) -> Answer:
        behaviour, recent = self.behaviour(question)
        return Answer(
            known=self.known(question),
            behaviour=behaviour,
            recent=recent,
            related=self.related(question),
            exempt=self.exempt(question),
        )

    def known(self, question: Question) -> people.Known:
        return people.known(
            question.account, device=question.device, prefix=question.prefix, at=question.at, using=self.using
        )

    def related(self, question: Question) -> frozenset[str]:
        return people.related(question.account, question.guests, at=question.at, using=self.using)

    def behaviour(self, question: Question) -> tuple[Behaviour, tuple[str, ...]]:
        at = question.at
        mine = Decision.objects.using(self.using).filter(account=question.account)
        if question.besides:
            mine = mine.exclude(pk__in=question.besides)
        tried = ~Q(gate=RECHECK)
        hour, day = Q(created_at__gt=at - timedelta(hours=1)), Q(created_at__gt=at - timedelta(days=1))
        refused = Q(verdict__gte=Verdict.HOLD) & ~Q(case__outcome="release")
        counts = mine.filter(created_at__gt=at - timedelta(days=7)).aggregate(
            attempts_10m=Count("pk", filter=tried & Q(created_at__gt=at - timedelta(minutes=10))),
            attempts_hour=Count("pk", filter=tried & hour),
            recipients_hour=Coalesce(Sum("recipients", filter=tried & hour), 0),
            recipients_day=Coalesce(Sum("recipients", filter=tried & day), 0),
            recipients_week=Coalesce(Sum("recipients", filter=tried), 0),
            refused_week=Count("pk", filter=refused),
            refused_same_content=Count("pk", filter=refused & Q(similarity=question.similarity)),
        )
        lately = list(mine.filter(tried).order_by("-created_at")[:RECENT].values_list(*LATELY))
        times = [row[0] for row in lately[:GAPS]]
        gaps = [(a - b).total_seconds() for a, b in zip([at, *times], times, strict=False)]
        behaviour = Behaviour(
            click_gaps=tuple(reversed(gaps)), unanswered_challenge=_unanswered(question, lately), **counts
        )
        return behaviour, tuple(
            said
            for made, verdict, *_, said in reversed(lately)
            if said and verdict < Verdict.HOLD and at - made < MINUTES
        )

    def exempt(self, question: Question) -> frozenset[str]:
        rows = Exemption.objects.using(self.using).filter(account=question.account, expires_at__gt=question.at)
        return frozenset(rows.values_list("scope", flat=True))
