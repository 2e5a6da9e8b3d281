"""What an invitation says, as plain values that the judge reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal, overload

Role = Literal["organizer", "attendee", "sent_by", "alarm", "contact"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """One text a guest, or a guest's calendar, can be shown (DOMAIN 3.1; CC 4.2(2))."""

    field: str  # "SUMMARY", "ORGANIZER;CN", "VALARM.DESCRIPTION", "VCALENDAR.X-WR-CALNAME", "account.name"
    value: str  # decoded and unescaped, otherwise as written; what the reviewer sees
    visible: str  # what a reader sees: HTML rendered to text, entities decoded
    hidden: str = ""  # what HTML hides from a reader
    folded: str = ""  # visible + hidden without disguise: NFKC, confusables, leet, invisible removed, casefolded
    tricks: frozenset[str] = frozenset()  # "invisible_chars", "mixed_script", "bidi", "html_hidden", "anchor_mismatch"


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """One URL, host as a browser would resolve it (WHATWG URL)."""

    url: str  # as a browser would open it
    raw: str  # as it was written
    host: str  # canonical, ASCII, lower case; "" where there is none (tel:, data:)
    domain: str  # registrable domain by the Public Suffix List, or the host for an IP address
    scheme: str
    field: str
    flags: frozenset[str] = frozenset()
    # "shortener", "redirector", "opaque_redirect", "ip_literal", "userinfo", "punycode", "mixed_script", "schemeless",
    # "defanged", "port", "percent_host", "backslash", "user_content", "conference", "data_uri", "script_uri",
    # "long", "anchor_mismatch", "messenger", "click_tracker", "control_chars"
    times: int = 1  # how often it stands in the invitation


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    number: str  # E.164 where it can be told, else digits only
    raw: str
    field: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Money:
    amount: str  # "599.99"
    currency: str  # "USD", "EUR", "BTC", "" where unknown
    raw: str
    field: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """A calendar user (RFC 5545 3.3.3)."""

    email: str  # for counting and comparing: lower case, IDNA domain, no "+tag", no dots for Gmail; "" if not mail
    written: str  # as written, without "mailto:"; what mail is sent to
    name: str  # CN
    role: Role
    field: str

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]


class Addresses(Sequence[Address]):
    """Everybody an object names; guests by the thousand become an `Address` only where somebody looks at them.

    All but the plain guests come first, in document order, then those.
    """

    __slots__ = ("_all", "guests", "others", "written")

    def __init__(
        self,
        others: Sequence[Address],
        guests: Mapping[str, str] | None = None,
        written: Mapping[str, str] | None = None,
    ) -> None:
        self.others = tuple(others)
        self.guests = guests or {}  # of each once: normalised address, and name
        self.written = written or {}  # normalised address: as it was written, where that differs
        self._all: tuple[Address, ...] | None = None if self.guests else self.others

    def everyone(self) -> tuple[Address, ...]:
        if self._all is None:
            written = self.written
            made = (
                Address(
                    email=email, written=written.get(email, email), name=name[:256] or written.get(email, email)[:256],
                    role="attendee", field="ATTENDEE",
                )
                for email, name in self.guests.items()
            )  # fmt: skip
            self._all = (*self.others, *made)
        return self._all

    def __len__(self) -> int:
        return len(self.others) + len(self.guests)

    @overload
    def __getitem__(self, index: int) -> Address: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Address, ...]: ...
    def __getitem__(self, index: int | slice) -> Address | tuple[Address, ...]:
        return self.everyone()[index]

    def __iter__(self) -> Iterator[Address]:
        return iter(self.everyone())

    def __eq__(self, other: object) -> bool:
        return self.everyone() == tuple(other) if isinstance(other, (Addresses, tuple)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.everyone())

    def __repr__(self) -> str:
        return f"Addresses({self.everyone()!r})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    action: str
    repeat: int
    recipients: int  # addresses an ACTION:EMAIL alarm would mail
    has_link: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    field: str
    media_type: str  # sniffed where the bytes are inline, else as declared
    name: str
    size: int  # octets; 0 where only linked
    inline: bool
    inside: tuple[tuple[str, str], ...] = ()  # (name, media type by content) of what an archive holds
    holds: frozenset[str] = frozenset()  # "macro", "script", "encrypted", "bomb"


@dataclass(frozen=True, kw_only=True, slots=True)
class Recurrence:
    """A bound on how often an event appears, computed in closed form and never by expanding (R41)."""

    occurrences: int  # upper bound over the policy horizon of ten years; 1 without recurrence
    per_day: float  # upper bound on occurrences in one day
    endless: bool  # neither COUNT nor UNTIL
    frequency: str  # "SECONDLY" ... "YEARLY", "" without RRULE
    problems: frozenset[str] = (
        frozenset()
    )  # "subdaily", "interval_zero", "exrule", "rdate_flood", "override_flood", ...


ONCE = Recurrence(occurrences=1, per_day=1.0, endless=False, frequency="")


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One component that would be scheduled: VEVENT, VTODO, VJOURNAL, VFREEBUSY."""

    component: str
    uid: str
    recurrence_id: str  # "" for the master
    sequence: int
    status: str
    start: datetime | None  # aware UTC; floating and all-day times are read as UTC
    end: datetime | None
    all_day: bool
    recurrence: Recurrence


@dataclass(frozen=True, kw_only=True)
class Content:
    """Everything one iCalendar object carries, read once. Lists are in document order and bounded (R49)."""

    method: str  # upper case, "" where none
    events: tuple[Event, ...] = ()
    texts: tuple[Text, ...] = ()
    links: tuple[Link, ...] = ()
    phones: tuple[Phone, ...] = ()
    money: tuple[Money, ...] = ()
    addresses: Sequence[Address] = ()
    alarms: tuple[Alarm, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    prodid: str = ""
    guest_total: int = 0  # de-duplicated attendees, also those beyond the bound on `addresses`
    problems: frozenset[str] = frozenset()
    # "unparseable", "missing_uid", "calscale", "outside_component", "hex_padding", "oversize", "too_many_properties",
    # "bad_encoding", "nested_too_deep", "bad_time", "absurd_zone", "several_uids", "several_methods"
    size: int = 0  # octets as received
    hash: str = ""  # of the canonical form of all a guest can see; without METHOD and guests
    guests_hash: str = ""  # of the guest set
    raw: bytes = field(default=b"", repr=False)

    @cached_property
    def organizer(self) -> Address | None:
        return next((a for a in self.named if a.role == "organizer"), None)

    @property
    def named(self) -> Sequence[Address]:
        """`addresses` without the thousands of plain guests: organisers, delegates, contacts, guests of odd shape."""
        return self.addresses.others if isinstance(self.addresses, Addresses) else self.addresses

    @cached_property
    def attendees(self) -> tuple[Address, ...]:
        """Guests without the organiser, each address once."""
        owner = self.organizer.email if self.organizer else ""
        seen: dict[str, Address] = {}
        for address in self.addresses:
            if address.role == "attendee" and address.email and address.email != owner:
                seen.setdefault(address.email, address)
        return tuple(seen.values())

    @cached_property
    def guest_emails(self) -> tuple[str, ...]:
        """The normalised addresses of `attendees`, in their order, for whoever needs no more."""
        owner = self.organizer.email if self.organizer else ""
        named = dict.fromkeys(a.email for a in self.named if a.role == "attendee" and a.email)
        if isinstance(self.addresses, Addresses):
            named.update(dict.fromkeys(self.addresses.guests))
        named.pop(owner, None)
        return tuple(named)

    @cached_property
    def document(self) -> str:
        """All folded texts in one, so that a payload split over fields is seen whole (R27)."""
        return "\n".join(text.folded for text in self.texts)

    def text(self, name: str) -> str:
        """The folded texts of one field, joined."""
        return "\n".join(t.folded for t in self.texts if t.field == name)

    @property
    def uid(self) -> str:
        return self.events[0].uid if self.events else ""

    @property
    def sequence(self) -> int:
        return max((event.sequence for event in self.events), default=0)

    @property
    def start(self) -> datetime | None:
        return next((event.start for event in self.events if event.start), None)

    @property
    def summary(self) -> str:
        return next((t.visible for t in self.texts if t.field == "SUMMARY"), "")
