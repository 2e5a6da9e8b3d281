"""The facts as Redis keeps them for all processes: one round trip a check, and the database wherever it knows less."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from django.db import transaction

from calguard import alarm
from calguard.conf import conf
from calguard.facts import loading, scripts, standing, trail
from calguard.facts.database import DatabaseFacts, unspoilt
from calguard.facts.history import BUCKET, Bucket, History, packed, read_place, record_of, unpacked, words_since
from calguard.facts.keys import Keys
from calguard.facts.packing import Damaged, microseconds, pack, unpack
from calguard.facts.standing import Standing
from calguard.facts.store import Store, Unavailable
from calguard.facts.types import MINUTES, RECENT, WEEK, Answer, Question, Seen
from calguard.models import Decision

__all__ = ["SharedFacts", "beginning", "keeping"]

T = TypeVar("T")

LIFE = WEEK + timedelta(days=1)  # of what an account did; whoever is away longer is read anew
READING = timedelta(seconds=30)  # for which one process may read an account from the database
ABUSERS = timedelta(minutes=10)  # for which it is kept who abuses a network
FULL = 96  # attempts after which the older ones are put together again
CHUNK = 500  # accounts told of at once
LARGEST = 32_768  # octets kept of one account
WHOLE, BEGUN = 0x46, 0x4C  # "F", "L"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What Redis holds of one account, taken apart."""

    reader: bytes
    changes: int  # a count of what the ledgers were told
    stale: bool  # the ledgers know better
    standing: Standing
    history: History
    attempts: bytes  # as they lie there

    @classmethod
    def read(cls, value: bytes, account: str) -> Kept | None:
        """None while another process reads it from the database. Raises Damaged."""
        if len(value) < scripts.HEAD or value[0] not in (WHOLE, BEGUN):
            raise Damaged("no beginning")
        if value[0] == BEGUN:
            return None
        end = int.from_bytes(value[7:9], "little")
        middle = scripts.HEAD + 2 + int.from_bytes(value[scripts.HEAD : scripts.HEAD + 2], "little")
        try:
            buckets = tuple(Bucket._make(one) for one in BUCKET.iter_unpack(value[middle:end]))
        except struct.error as error:
            raise Damaged("half a bucket") from error
        return cls(
            reader=value[3:7],
            changes=value[1],
            stale=value[1] != value[2],
            standing=standing.unpacked(value[scripts.HEAD + 2 : middle], account),
            history=History(records=unpacked(value[end:]), buckets=buckets),
            attempts=value[end:],
        )


class SharedFacts:
    """Answers from Redis, and where that is away, empty or not sure, from the database in the same check."""

    def __init__(self, store: Store, using: str) -> None:
        self.store, self.using = store, using
        self.database = DatabaseFacts(using)
        self.keys = Keys.of(using)

    def answer(self, question: Question) -> Answer:
        account, reader = question.account, os.urandom(scripts.READER)
        keys = [*self.keys.of_account(account), self.keys.of_prefix(question.prefix)]
        try:
            found = self.store.run(scripts.READ, keys, [beginning(reader), _ms(READING), words_since(question.at)])
        except Unavailable:
            return self.database.answer(question)
        if found is None:
            self._later(partial(self._load, account, reader, 0, b"", question.at))
            return self.database.answer(question)
        value, words, place, abusers = found
        try:
            kept = Kept.read(value, account)
            last = read_place(place)
            abuse = self._abusers(question, abusers)
            said = _said(words)
        except Damaged as error:
            alarm.raised("facts.damaged", error)
            self.forget([account])
            return self.database.answer(question)
        if kept is None:
            return self.database.answer(question)
        return self._answer(question, kept, said, last, abuse)

    def _answer(
        self, question: Question, kept: Kept, said: Sequence[tuple[int, str]], last: Seen | None, abusers: int
    ) -> Answer:
        now = kept.standing if not kept.stale and question.at < kept.standing.until else None
        if now is None or len(kept.history.records) > FULL:
            self._later(partial(self._load, question.account, kept.reader, kept.changes, kept.attempts, question.at))
        if question.besides:  # they are not told apart here
            with unspoilt(self.using):
                behaviour, recent, seen = self.database.behaviour(question)
        else:
            behaviour = kept.history.behaviour(question)
            since = kept.history.read_together()
            recent = tuple(text for made, text in said if made >= since)
            seen = kept.history.trail(question, last)
        return Answer(
            known=self._sure(now.known_by if now else None, question, self.database.known),
            behaviour=behaviour,
            recent=recent,
            trail=replace(seen, abusers_on_prefix=abusers),
            related=self._sure(now.related_to if now else None, question, self.database.related),
            exempt=self._sure(now.exempt_from if now else None, question, self.database.exempt),
        )

    def noted(self, row: Decision) -> None:
        """An attempt was recorded. At once, as more of the same transaction may be checked before it is committed."""
        said, place = loading.words_of(row), loading.place_of(row)
        at = microseconds(row.created_at)
        arguments: list[bytes | int] = [
            *(packed([record_of(row, loading.form_of(row))]), _ms(LIFE), LARGEST),
            *(place, _ms(min(trail.JOURNEY, conf.ip_retention))),
            *(said, at, words_since(row.created_at), RECENT, _ms(MINUTES)),
        ]
        with suppress(Unavailable):  # one attempt less is counted, until the account is read anew
            self.store.run(scripts.APPEND, self.keys.of_account(row.account), arguments)

    def changed(self, accounts: Sequence[str]) -> None:
        """What the ledgers know of these accounts is to be read anew."""
        with suppress(Unavailable):
            for some in _chunks(accounts):
                self.store.run(scripts.CHANGED, [self.keys.of_account(account)[0] for account in some], [])

    def forget(self, accounts: Sequence[str]) -> None:
        """Nothing of these accounts is kept; what they did is read anew."""
        with suppress(Unavailable):
            for some in _chunks(accounts):
                self.store.run(scripts.FORGET, [key for account in some for key in self.keys.of_account(account)], [])

    def _sure(self, here: Callable[[Question], T] | None, question: Question, database: Callable[[Question], T]) -> T:
        """What is kept here, or the ledger's word where it is stale or not kept of this account."""
        if here is not None:
            with suppress(LookupError):
                return here(question)
        with unspoilt(self.using):
            return database(question)

    def _later(self, load: Callable[[], None]) -> None:
        """After the transaction: what it may take back is not kept, and no lock waits for it."""
        transaction.on_commit(load, using=self.using, robust=True)

    def _load(self, account: str, reader: bytes, changes: int, attempts: bytes, at: datetime) -> None:
        """Read one account from the database, unless it changed hands meanwhile."""
        with alarm.shielded("facts.load"), suppress(Unavailable):
            self._keep(account, reader, changes, attempts, at)

    def _keep(self, account: str, reader: bytes, changes: int, attempts: bytes, at: datetime) -> None:
        loaded = loading.load(account, at=at, using=self.using)
        fresh = [one for one in unpacked(attempts) if one.at > microseconds(at - 2 * READING)]  # maybe not committed
        loaded = replace(loaded, records=(*loaded.records, *fresh))
        told = keeping(standing.read(account, at=at, using=self.using), loaded, reader, changes, len(attempts))
        self.store.run(scripts.KEEP, self.keys.of_account(account), told)

    def _abusers(self, question: Question, kept: bytes | None) -> int:
        """Who abuses a network is kept for some minutes: it changes when people decide."""
        if not question.prefix:
            return 0
        mine = self.keys.short(question.account)
        if kept is not None:
            return len(unpack(kept) - {mine})
        with unspoilt(self.using):
            found = frozenset(map(self.keys.short, trail.abusing(question.prefix, question.at, self.using)))
        with suppress(Unavailable):
            self.store.run(scripts.PUT, [self.keys.of_prefix(question.prefix)], [pack(found), _ms(ABUSERS)])
        return len(found - {mine})


def keeping(known: Standing, loaded: loading.Loaded, reader: bytes, changes: int, replaced: int) -> list[bytes | int]:
    """What the script that keeps an account is given."""
    told = known.packed()
    body = len(told).to_bytes(2, "little") + told + b"".join(BUCKET.pack(*one) for one in loaded.buckets)
    end = scripts.HEAD + len(body)
    begin = bytes((WHOLE, changes, changes)) + os.urandom(scripts.READER) + end.to_bytes(2, "little") + body
    return [
        *(reader, replaced, begin, packed(sorted(set(loaded.records))), _ms(LIFE)),
        *(loaded.place, _ms(min(trail.JOURNEY, conf.ip_retention)), _ms(MINUTES)),
        *(part for word in loaded.words for part in word),
    ]


def beginning(reader: bytes) -> bytes:
    """What stands for an account while it is read from the database."""
    return bytes((BEGUN, 0, 0)) + reader + scripts.HEAD.to_bytes(2, "little")


def _chunks(accounts: Sequence[str]) -> Iterator[Sequence[str]]:
    return (accounts[n : n + CHUNK] for n in range(0, len(accounts), CHUNK))


def _said(words: Sequence[bytes]) -> list[tuple[int, str]]:
    """When, and what. Raises Damaged."""
    try:
        return [(int.from_bytes(one[:8], "little"), one[8:].decode("utf-8", "surrogatepass")) for one in words]
    except UnicodeDecodeError as error:
        raise Damaged("no words") from error


def _ms(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)
