"""What an account did in seven days, a few octets an attempt, and what a check wants to know of it."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, get_args

from calguard.engine.types import Behaviour, Verdict, Via
from calguard.facts import handling
from calguard.facts.packing import Damaged, microseconds, moment
from calguard.facts.trail import JOURNEY
from calguard.facts.types import ASKED, GAPS, MINUTES, RECENT, RECHECK, WEEK, Question, Seen, Trail

__all__ = [
    "BUCKET",
    "RECORD",
    "Bucket",
    "History",
    "Record",
    "packed",
    "place_octets",
    "read_place",
    "record_of",
    "unpacked",
    "words_since",
]

RECORD = struct.Struct("<IBBBHHI4s4s3s3s3s2s")  # 34 octets
BUCKET = struct.Struct("<qIIII")
PLACE = struct.Struct("<hhq")
SECOND = 1_000_000
TEN_MINUTES, HOUR, DAY = 600 * SECOND, 3600 * SECOND, 86_400 * SECOND
WEEK_LONG, ASKED_LONG = WEEK // timedelta(microseconds=1), ASKED // timedelta(microseconds=1)
VERDICT, ENFORCED, AGAIN, RELEASED, DOUBTED = 0b111, 0b1000, 0b10000, 0b100000, 0b1000000  # of `flags`
MOST = 0xFFFF_FFFF
MANY = 0xFFFF  # guests of one attempt; no budget is that large
MILLISECOND, FROM = 1000, 1_577_836_800_000  # moments are kept in milliseconds since 2020, in five octets
VIAS: tuple[str, ...] = get_args(Via)
DIRECT, HOSTING, PROGRAM = (VIAS.index(via) for via in ("direct", "hosting", handling.PROGRAM))


class Record(NamedTuple):
    """One attempt. Hashes are cut: they tell an account's own attempts apart, and nobody else's."""

    at: int  # microseconds since 1970, whole milliseconds
    flags: int
    via: int  # a place in VIAS
    recipients: int
    strangers: int
    asn: int  # 0: not known
    same: bytes  # content and guests
    similarity: bytes
    guests: bytes
    form: bytes  # the rendering it came from
    prefix: bytes
    country: bytes

    @property
    def verdict(self) -> int:
        return self.flags & VERDICT

    @property
    def tried(self) -> bool:
        return not self.flags & AGAIN

    @property
    def refused(self) -> bool:
        return self.flags & VERDICT >= Verdict.HOLD and not self.flags & RELEASED


class Bucket(NamedTuple):
    """Attempts of one hour together, where there are more than are kept one by one."""

    last: int
    attempts: int
    recipients: int
    strangers: int
    refused: int  # different contents


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    records: tuple[Record, ...]  # newest first
    buckets: tuple[Bucket, ...] = ()  # of what is older

    def behaviour(self, question: Question) -> Behaviour:
        """What `DatabaseFacts` counts in rows; where there are buckets, to the hour."""
        at = microseconds(question.at)
        week = [record for record in self.records if record.at > at - WEEK_LONG]
        tried = [record for record in week if record.tried]
        alike = [record for record in tried if (record.via == PROGRAM) is question.registered]
        older = [bucket for bucket in self.buckets if bucket.last > at - WEEK_LONG]
        hour, day = at - HOUR, at - DAY
        refused = [record for record in week if record.refused]
        similarity, guests = cut(question.similarity, 4), cut(question.guests_hash, 3)
        lately = [record for record in self.records if record.tried][:RECENT]
        return Behaviour(
            attempts_10m=sum(r.at > at - TEN_MINUTES for r in alike)
            + sum(b.attempts for b in older if b.last > at - TEN_MINUTES),
            attempts_hour=sum(r.at > hour for r in alike) + sum(b.attempts for b in older if b.last > hour),
            recipients_hour=_recipients(tried, older, hour),
            recipients_day=_recipients(tried, older, day),
            recipients_week=_recipients(tried, older, 0),
            click_gaps=_gaps(at, [r for r in lately if (r.via == PROGRAM) is question.registered]),
            refused_same_content=sum(r.similarity == similarity for r in refused),
            refused_week=len({r.similarity for r in refused}) + sum(b.refused for b in older),
            unanswered_challenge=self._unanswered(question, at, lately),
            same_guests=any(r.guests == guests for r in lately),
            strangers_day=_strangers(tried, older, day),
            strangers_week=_strangers(tried, older, 0),
            days_active_week=_days(tried, older),
            dormant_days=self._dormant(at),
            form_uses=_form_uses(question, lately),
            machine_challenges=_machine_challenges(question, at, lately),
        )

    def _unanswered(self, question: Question, at: int, lately: Sequence[Record]) -> bool:
        same = together(question.content_hash, question.guests_hash)
        for record in lately:
            if record.same == same:
                challenged = bool(record.flags & ENFORCED) and record.verdict == Verdict.CHALLENGE
                return challenged and at - record.at < ASKED_LONG
        return False

    def _dormant(self, at: int) -> float | None:
        """Days since the newest attempt that is older than a day."""
        before = [r.at for r in self.records if r.tried and r.at <= at - DAY]
        before += [b.last for b in self.buckets if b.last <= at - DAY]
        return (at - max(before)) / SECOND / 86_400 if before else None  # as the database half divides

    def trail(self, question: Question, last: Seen | None) -> Trail:
        """From where the account sent in the last hour; `last` is the newest known place."""
        at = microseconds(question.at)
        hour = [record for record in self.records if record.at > at - HOUR and record.tried]
        placed = [record for record in hour if record.via in (DIRECT, HOSTING)]
        since = self.read_together()
        if last is not None and not (last.at > question.at - JOURNEY and microseconds(last.at) >= since):
            last = None
        return Trail(
            prefixes_hour=len({r.prefix for r in placed} - {bytes(3), cut(question.prefix, 3)}),
            asns_hour=len({r.asn for r in placed} - {0, question.asn}),
            countries_hour=len({r.country for r in hour if r.via == DIRECT} - {bytes(2), _country(question.country)}),
            last=last,
        )

    def read_together(self) -> int:
        """The moment of the oldest attempt whose words are read with the next one's."""
        lately = [record.at for record in self.records if record.tried][:RECENT]
        return lately[-1] if len(lately) == RECENT else 0


def record_of(row: Any, form: object, *, released: bool = False) -> Record:
    """From a decision, or from its columns read by their names."""
    form = form if isinstance(form, str) else ""
    flags = int(row.verdict) & VERDICT
    flags |= (ENFORCED if row.enforced else 0) | (AGAIN if row.gate == RECHECK else 0) | (RELEASED if released else 0)
    flags |= 0 if handling.DOUBTS.isdisjoint(row.reasons or ()) else DOUBTED
    return Record(
        at=microseconds(row.created_at) // MILLISECOND * MILLISECOND,
        flags=flags,
        via=VIAS.index(row.via),
        recipients=min(row.recipients, MANY),
        strangers=min(row.strangers, MANY),
        asn=min(row.asn or 0, MOST),
        same=together(row.content_hash, row.guests_hash),
        similarity=cut(row.similarity, 4),
        guests=cut(row.guests_hash, 3),
        form=cut(form, 3),
        prefix=cut(row.prefix, 3),
        country=_country(row.country),
    )


def packed(records: Iterable[Record]) -> bytes:
    return b"".join(_octets(record) for record in records)


def _octets(record: Record) -> bytes:
    at = max(0, record.at // MILLISECOND - FROM)
    return RECORD.pack(at >> 8 & MOST, at & 0xFF, *record[1:])


def unpacked(octets: bytes) -> tuple[Record, ...]:
    """Newest first, each once: what was read from the database may also have been appended. Raises Damaged."""
    if len(octets) % RECORD.size:
        raise Damaged("half a record")
    found = {
        Record((high << 8 | low) * MILLISECOND + FROM * MILLISECOND, *rest)
        for high, low, *rest in RECORD.iter_unpack(octets)
    }
    return tuple(sorted(found, reverse=True))


def together(content_hash: str, guests_hash: str) -> bytes:
    return hashlib.blake2b(f"{content_hash}|{guests_hash}".encode("utf-8", "surrogatepass"), digest_size=4).digest()


def cut(value: str, size: int) -> bytes:
    """Empty stays empty: unknown is equal to unknown, as it is in a column."""
    return hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=size).digest() if value else bytes(size)


def _country(code: str) -> bytes:
    return code.encode("ascii", "replace")[:2].ljust(2, b"\0")


def _recipients(tried: Iterable[Record], older: Iterable[Bucket], since: int) -> int:
    return sum(r.recipients for r in tried if r.at > since) + sum(b.recipients for b in older if b.last > since)


def _strangers(tried: Iterable[Record], older: Iterable[Bucket], since: int) -> int:
    return sum(r.strangers for r in tried if r.at > since) + sum(b.strangers for b in older if b.last > since)


def _days(tried: Iterable[Record], older: Iterable[Bucket]) -> int:
    """Days of UTC on which the account wrote to strangers."""
    return len({r.at // DAY for r in tried if r.strangers} | {b.last // DAY for b in older if b.strangers})


def _form_uses(question: Question, lately: Iterable[Record]) -> int:
    """As `handling` counts them: other events from the same rendering of a form."""
    form = cut(question.form, 3)
    return sum(r.form == form for r in _others(question, lately)) if question.form else 0


def _machine_challenges(question: Question, at: int, lately: Iterable[Record]) -> int:
    """As `handling` counts them: other events that were asked about within a day."""
    doubted = [r for r in _others(question, lately) if r.flags & DOUBTED and r.flags & ENFORCED]
    return sum(r.verdict == Verdict.CHALLENGE and at - r.at < DAY for r in doubted)


def _others(question: Question, lately: Iterable[Record]) -> list[Record]:
    same = together(question.content_hash, question.guests_hash)
    return [record for record in lately if record.same != same]


def _gaps(at: int, lately: Sequence[Record]) -> tuple[float, ...]:
    times = [record.at for record in lately[:GAPS]]
    gaps = [(a - b) / SECOND for a, b in zip([at, *times], times, strict=False)]
    return tuple(reversed(gaps))


def place_octets(latitude: int, longitude: int, at: datetime) -> bytes:
    return PLACE.pack(latitude, longitude, microseconds(at))


def read_place(octets: bytes | None) -> Seen | None:
    """Where an account was last. Raises Damaged."""
    if not octets:
        return None
    if len(octets) != PLACE.size:
        raise Damaged("half a place")
    latitude, longitude, at = PLACE.unpack(octets)
    try:
        return Seen(latitude=latitude, longitude=longitude, at=moment(at))
    except OverflowError as error:
        raise Damaged("no moment") from error


def words_since(at: datetime) -> int:
    return microseconds(at - MINUTES)
