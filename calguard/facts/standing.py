"""What is known of an account beside what it did, as it was read from the ledgers, and what that says of one check."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Min

from accounts_risk import ledger as people
from accounts_risk.knowledge import is_known
from accounts_risk.ledger import Known
from accounts_risk.models import Clearance, Relation, Restriction, Sighting, Strike
from calguard.facts.packing import Damaged, microseconds, moment, pack, unpack
from calguard.facts.types import Question
from calguard.models import Exemption

__all__ = ["Sighted", "Standing", "read", "short", "unpacked"]

LIFE = timedelta(days=1)  # for what changes with time alone; every other change is told at once
YOUNG, SETTLING = timedelta(hours=2), timedelta(minutes=2)  # who else signs up changes what is known of a new account
SIGHTED = 32  # devices and networks kept, of each kind, newest first
HOUR, SINCE = 3_600_000_000, 438_288  # microseconds; hours from 1970 to 2020
RELATED = 500  # guests kept; of accounts with more, the database is asked
SHORT = 4  # octets of a guest's keyed hash; nobody can choose one that is like another's
SEEN = struct.Struct("<3sHB")  # a device or network, and the hour since 2020 after which it was first seen


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighted:
    """The devices, or the networks, an account was seen with."""

    oldest: datetime | None  # of any, also of those that are not kept
    whole: bool  # nothing was left out
    values: dict[bytes, int]  # short hash to when it was first seen, in hours since 2020

    def first(self, value: str) -> tuple[datetime, datetime | None] | None:
        """What `is_known` asks for; LookupError where only the ledger can tell."""
        if self.oldest is None:
            return None
        since = self.values.get(short(value)[:3])
        if since is None and value and not self.whole:
            raise LookupError(value)
        return self.oldest, None if since is None else moment((since + SINCE) * HOUR)


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """One account, as read from the ledgers."""

    known: Known  # without a word on the device or network of any request
    devices: Sighted
    prefixes: Sighted
    exempt: frozenset[str]
    until: datetime  # when time alone may make it wrong
    guests: frozenset[bytes] | None  # short hashes of the related ones; None: too many to keep

    def known_by(self, question: Question) -> Known:
        """The same answer as the ledger's; LookupError where only the ledger can give it."""
        at = question.at
        return replace(
            self.known,
            known_device=is_known(question.device, self.devices.first(question.device), at),
            known_prefix=is_known(question.prefix, self.prefixes.first(question.prefix), at),
        )

    def related_to(self, question: Question) -> frozenset[str]:
        """Those of the question's guests who are; LookupError where only the ledger can tell."""
        guests: Sequence[str] = question.guests
        if self.guests is None:
            raise LookupError("more related guests than are kept")
        return frozenset(guest for guest in guests if short(guest) in self.guests) if self.guests else frozenset()

    def exempt_from(self, question: Question) -> frozenset[str]:
        return self.exempt

    def packed(self) -> bytes:
        guests = b"".join(sorted(self.guests)) if self.guests is not None else None
        parts = (self.known, self.exempt, self.until, *_told(self.devices), *_told(self.prefixes))
        told = pack((*parts, guests is None))
        return len(told).to_bytes(2, "little") + told + (guests or b"")


def unpacked(octets: bytes, account: str) -> Standing:
    """Raises Damaged for what was not made here."""
    end = 2 + int.from_bytes(octets[:2], "little")
    told, guests = unpack(octets[2:end]), octets[end:]
    if not isinstance(told, tuple) or len(told) != 10 or len(guests) % SHORT:
        raise Damaged("not a standing")
    known, exempt, until, *seen, too_many = told
    if not isinstance(known, Known):
        raise Damaged("not a standing")
    return Standing(
        known=replace(known, account=account),
        devices=_seen(*seen[:3]),
        prefixes=_seen(*seen[3:]),
        exempt=exempt,
        until=until,
        guests=None if too_many else frozenset(guests[n : n + SHORT] for n in range(0, len(guests), SHORT)),
    )


def read(account: str, *, at: datetime, using: str) -> Standing:
    """From the ledgers, in a fixed number of queries."""
    known = people.known(account, device="", prefix="", at=at, using=using)
    exemptions = Exemption.objects.using(using).filter(account=account, expires_at__gt=at)
    scopes = list(exemptions.values_list("scope", "expires_at"))
    related = _related(account, at, using)
    return Standing(
        known=known,
        devices=_sighted(account, Sighting.Kind.DEVICE, using),
        prefixes=_sighted(account, Sighting.Kind.PREFIX, using),
        exempt=frozenset(scope for scope, _ in scopes),
        until=min(_ends(account, at, using), *(end for _, end in scopes), _fresh(known, at)),
        guests=None if related is None else frozenset(map(short, related)),
    )


def short(value: str) -> bytes:
    """Of a keyed hash in hexadecimal digits, its beginning; of anything else, a hash."""
    try:
        return bytes.fromhex(value[: 2 * SHORT]).ljust(SHORT, b"\0")
    except ValueError:
        return hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=SHORT).digest()


def _fresh(known: Known, at: datetime) -> datetime:
    young = known.first_seen_at is not None and at - known.first_seen_at < YOUNG
    return at + (SETTLING if young else LIFE)


def _ends(account: str, at: datetime, using: str) -> datetime:
    """When the first restriction, clearance or strike that stands now is over; far away where none is."""
    ends = [
        model.objects.using(using).filter(account=account, expires_at__gt=at).values_list("expires_at")
        for model in (Restriction, Clearance, Strike)
    ]
    rows = ends[0].union(*ends[1:]).order_by("expires_at")[:1]
    return next((end for (end,) in rows if end is not None), at + LIFE)


def _related(account: str, at: datetime, using: str) -> frozenset[str] | None:
    """By the ledger's own word on each of them; None where there are too many to keep."""
    rows = Relation.objects.using(using).filter(account=account)
    hashes = list(rows.values_list("recipient_hash", flat=True)[: RELATED + 1])
    if len(hashes) > RELATED:
        return None
    return people.related(account, hashes, at=at, using=using) if hashes else frozenset()


def _sighted(account: str, kind: str, using: str) -> Sighted:
    mine = Sighting.objects.using(using).filter(account=account, kind=kind)
    rows = list(mine.order_by("-last_seen_at").values_list("value", "first_seen_at")[: SIGHTED + 1])
    whole = len(rows) <= SIGHTED
    oldest = min((first for _, first in rows), default=None)
    if not whole:
        oldest = mine.aggregate(oldest=Min("first_seen_at"))["oldest"]
    values = {short(value)[:3]: max(0, -(-microseconds(first) // HOUR) - SINCE) for value, first in rows[:SIGHTED]}
    return Sighted(oldest=oldest, whole=whole, values=values)


def _told(seen: Sighted) -> tuple[object, ...]:
    oldest = None if seen.whole and seen.values else seen.oldest  # then it is among them
    return oldest, seen.whole, b"".join(SEEN.pack(value, hour >> 8, hour & 0xFF) for value, hour in seen.values.items())


def _seen(oldest: datetime | None, whole: bool, octets: bytes) -> Sighted:
    if len(octets) % SEEN.size:
        raise Damaged("half a sighting")
    values = {value: high << 8 | low for value, high, low in SEEN.iter_unpack(octets)}
    if oldest is None and values:
        oldest = moment((min(values.values()) + SINCE) * HOUR)
    return Sighted(oldest=oldest, whole=whole, values=values)
