"""What one check asks of everything that is remembered, and the answer; the same from every place that remembers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from accounts_risk.ledger import Known
from calguard.engine.types import Behaviour

MINUTES = timedelta(minutes=10)  # in which attempts are read together; then what they said is forgotten (R27)


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    account: str
    device: str
    prefix: str
    similarity: str
    content_hash: str
    guests_hash: str
    guests: Sequence[str]  # keyed hashes, at most 500
    at: datetime
    besides: Sequence[str] = ()  # decisions that are no attempts of their own beside this one


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    known: Known
    behaviour: Behaviour
    related: frozenset[str]
    exempt: frozenset[str]
    recent: tuple[str, ...] = ()  # what attempts of the last minutes said that were not withheld, oldest first


class Facts(Protocol):
    """A place that remembers: the database, or what runs in front of it."""

    def answer(self, question: Question) -> Answer: ...
