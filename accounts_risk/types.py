"""What the accounts ledger answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Known", "Restricted"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Restricted:
    """One restriction that stands."""

    kind: str  # a Restriction.Kind
    owner: str
    by_human: bool
    reason: str
    expires_at: datetime | None  # None: until a person lifts it


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """All that one check needs to know of an account. None means unknown, which is never the same as new."""

    account: str
    tenant: str = ""
    first_seen_at: datetime | None = None
    created_at: datetime | None = None
    credential_changed_at: datetime | None = None
    last_login_at: datetime | None = None
    probation_until: datetime | None = None
    restrictions: tuple[Restricted, ...] = ()
    strikes: int = 0  # that have not decayed
    known_device: bool | None = None
    known_prefix: bool | None = None
    signups_same_prefix_hour: int = 0  # other accounts, from the same network, within an hour of this one
    accepted_total: int = 0  # invitations guests accepted, ever
    cleared_until: datetime | None = None  # a person's word that it may send
