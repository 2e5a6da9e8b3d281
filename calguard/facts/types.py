"""What one check asks of everything that is remembered, and the answer; the same from every place that remembers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from accounts_risk.ledger import Known
from calguard.engine.types import Behaviour

MINUTES = timedelta(minutes=10)  # in which attempts are read together; then what they said is forgotten (R27)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)  # how far back behaviour goes
GAPS = 8  # how many of the last attempts tell the rhythm
RECENT = 12  # attempts that are read together
ASKED = timedelta(hours=1)  # how long a challenge that nobody answered stands
VISITED = frozenset({"booking"})  # channels on which others act: what they do there is nothing the account did
RECHECK = "G3"  # a second look at the same attempt, which is no attempt of its own


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
    registered: bool = False  # by an API client of record
    form: str = ""  # the rendering of a form that is answered
    asn: int | None = None
    country: str = ""
    visitor: str = ""  # who acts on the account's booking page


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """Where an account was, in whole degrees, and when."""

    latitude: int
    longitude: int
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Trail:
    """From where an account sent in the last hour, beside where it sends from now. Relays and registered programs are
    left out, and of countries data centres too."""

    prefixes_hour: int = 0
    asns_hour: int = 0
    countries_hour: int = 0
    last: Seen | None = None  # the newest known place of the last day
    abusers_on_prefix: int = 0  # other accounts on the network of the question, found to abuse within seven days


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    known: Known
    behaviour: Behaviour
    related: frozenset[str]
    exempt: frozenset[str]
    trail: Trail = Trail()
    recent: tuple[str, ...] = ()  # what attempts of the last minutes said that were not withheld, oldest first


class Facts(Protocol):
    """A place that remembers: the database, or what runs in front of it."""

    def answer(self, question: Question) -> Answer: ...
