"""What the accounts ledger answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from accounts_risk.habits import Habits

__all__ = ["Answers", "Known", "Restricted"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Restricted:
    """One restriction that stands."""

    kind: str  # a Restriction.Kind
    owner: str
    by_human: bool
    reason: str
    expires_at: datetime | None  # None: until a person lifts it


@dataclass(frozen=True, kw_only=True, slots=True)
class Answers:
    """What became of the copies an account sent, in the running week and the four before it."""

    sent: int = 0
    bounced: int = 0
    accepted: int = 0
    declined: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """All that one check needs to know of an account. None means unknown, which is never the same as new."""

    account: str
    tenant: str = ""
    first_seen_at: datetime | None = None
    created_at: datetime | None = None
    credential_changed_at: datetime | None = None
    probation_until: datetime | None = None
    restrictions: tuple[Restricted, ...] = ()
    strikes: int = 0  # that have not decayed
    restricted_until: datetime | None = None  # when the last restriction ran out that nobody overturned
    known_device: bool | None = None
    known_prefix: bool | None = None
    signups_same_prefix_hour: int = 0  # other accounts, from the same network within an hour, beyond the usual
    signups_same_device: int = 0  # made on the same device within 30 days of it
    signups_same_asn_hour: int = 0  # from the same autonomous system within an hour, beyond what is usual there
    signups_same_domain_day: int = 0  # with addresses of the same odd domain, within a day
    accepted_total: int = 0  # independent guests here who accepted, ever
    accepted_domains: int = 0  # organisations whose people accepted by mail, ever
    answers: Answers = Answers()
    habits: Habits = field(default_factory=Habits)
    cleared_until: datetime | None = None  # a person's word that it may send
    appealed_until: datetime | None = None  # an appeal was won: automation may do less until then
