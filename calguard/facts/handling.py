"""How an account's last attempts were made: by hand or by a registered program, from which form, and what was asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q

from calguard.engine.reasons import Reason
from calguard.engine.types import Verdict
from calguard.facts.types import Question

PROGRAM = "program"  # `Decision.via` of a registered API client
DAY = timedelta(days=1)
DOUBTS = frozenset({Reason.LOOKS_AUTOMATED.value, Reason.SENDING_TOO_FAST.value})
COLUMNS = ("reasons", "facts__client__form", "via")


class Handled(NamedTuple):
    """One of the last attempts, newest first."""

    at: datetime
    challenged: bool  # asked whether a program sent it
    same: bool  # the event of the question, for the same guests
    form: str
    registered: bool


def handled(question: Question, rows: Iterable[tuple[Any, ...]]) -> list[Handled]:
    """Rows of when, verdict, enforced, content, guests and COLUMNS, read for a question."""
    return [
        Handled(
            at=at,
            challenged=bool(enforced) and verdict == Verdict.CHALLENGE and not DOUBTS.isdisjoint(reasons or ()),
            same=(content, guests) == (question.content_hash, question.guests_hash),
            form=form if isinstance(form, str) else "",
            registered=via == PROGRAM,
        )
        for at, verdict, enforced, content, guests, reasons, form, via in rows
    ]


def by_the_same(question: Question) -> Q:
    """Attempts that count towards the pace of this one: registered programs have a pace of their own, and whoever
    works beside one is not taken for it."""
    program = Q(via=PROGRAM)
    return program if question.registered else ~program


def form_uses(question: Question, lately: Iterable[Handled]) -> int:
    """Other events sent from the rendering of a form that the question's comes from."""
    return sum(one.form == question.form and not one.same for one in lately) if question.form else 0


def machine_challenges(question: Question, lately: Iterable[Handled]) -> int:
    """Other events that were asked about within a day."""
    return sum(one.challenged and not one.same and question.at - one.at < DAY for one in lately)
