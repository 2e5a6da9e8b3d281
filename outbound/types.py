"""What crosses the border of the outbound ledger: drafts and recipients in, answers about guests and budgets out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

__all__ = ["Demand", "Draft", "GuestState", "Recipient", "Recovered", "Reserved", "Short", "Spent", "Version"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """One attempt to notify guests, as judged. `state` is a Submission.State: proposed, accepted or refused."""

    id: UUID = field(default_factory=uuid4)  # or chosen by the caller, who answered before the row was written
    account: str
    tenant: str = ""
    actor: str = ""
    channel: str
    reference: str = ""
    decision: str
    method: str
    uid: str
    sequence: int = 0
    content_hash: str
    guests_hash: str
    recipients: int
    snapshot: bytes | None = None
    beside: Mapping[str, str] = field(default_factory=dict)  # what guests read beside the event, by its place
    sender: str = "calguard"
    resend: bool = False
    state: str = "proposed"
    note: str = ""
    starts_at: datetime | None = None
    due_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """One guest of a message. `rendered` and `message_id` are given where the host built the mail itself."""

    address: str  # as written by the sender
    hash: str  # keyed pseudonym of the normalised address
    route: Literal["mail", "internal"] = "mail"
    rendered: bytes | None = None
    envelope_from: str = ""
    message_id: str = ""  # the host's own; empty: CalGuard makes one


@dataclass(frozen=True, kw_only=True, slots=True)
class Demand:
    """Recipient-sends wanted from one scope, and the most it may spend in each rolling window; None is for ever."""

    scope: str
    units: int
    limits: Sequence[tuple[timedelta | None, int]]
    lasting: bool = False  # its total is kept when the charges are forgotten; so is that of a limit for ever


@dataclass(frozen=True, kw_only=True, slots=True)
class Reserved:
    """Every scope had room, and is charged.

    `before`: what each scope that this call charged had spent until then, in each window it has a limit for."""

    before: Mapping[str, Mapping[timedelta | None, int]] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Short:
    """Nothing was charged. Names the scope that will have room last."""

    scope: str
    available: int  # recipient-sends left in its tightest window
    retry_at: datetime | None  # when enough has rolled off; None: never, more was asked than a whole window allows


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """What one scope has spent within a window; `first` and `last` are when the oldest and newest of it were."""

    units: int
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """What guests were sent of one event at one time."""

    content_hash: str
    schedule: str  # hash of its times; "" where it is not known
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovered:
    reclaimed: int  # claimed and left lying: pending again
    doubtful: int = 0  # died while handing over: tried once more
    uncertain: int  # died while handing it over once more, or nothing waits for it any longer: never tried again


@dataclass(frozen=True, kw_only=True, slots=True)
class GuestState:
    """The newest that is known of one guest of an event.

    `state` is a Delivery.State, or "held" while a hold keeps it back, or "delayed" while that guest gets too many.
    Before its guests are written down, a submission answers once for all of them with an empty `recipient_hash` and
    "proposed", "accepted", "held", "refused", "withdrawn" or "expired". `recipient` is empty once the address was
    emptied.
    """

    recipient_hash: str
    recipient: str
    state: str
    route: str
    at: datetime
    submission_id: UUID
    error: str = ""  # what the next hop said to the last try of this copy, for those who may read that
