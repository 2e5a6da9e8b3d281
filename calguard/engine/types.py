"""The question a detector is asked, and the answer the engine gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Literal

from calguard.content.types import Content
from calguard.engine.textmodel import TextModel

Tier = Literal["new", "trial", "established"]
Group = Literal[
    "client", "network", "behaviour", "account", "identity", "text", "links", "grammar", "structure", "audience"
]
Channel = Literal["web", "api", "caldav", "import", "mail", "booking", "share", "reminder", "scan"]
Via = Literal["", "direct", "hosting", "relay", "program", "visitor"]


QUOTED = 160  # characters of a text that a signal shows


class Verdict(IntEnum):
    """The ladder: each rung is milder than the next, and the strictest one found stands."""

    ALLOW = 0
    OBSERVE = 1
    CHALLENGE = 2
    THROTTLE = 3
    HOLD = 4
    DENY = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """What is known of the account that sends. None means unknown, which is never the same as new."""

    id: str  # "app.model:pk"
    tenant: str = ""
    name: str = ""  # display name
    tenant_name: str = ""
    email: str = ""
    age_hours: float | None = None
    paid: bool = False
    email_verified: bool | None = None
    addresses: frozenset[str] = frozenset()  # addresses the account may organise from, normalised
    verified_domains: frozenset[str] = frozenset()  # domains its tenant has proved to own; never freemail
    tier: Tier = "trial"
    accepted_invitations: int = 0  # by independent guests, ever: each once (R84)
    strikes: int = 0  # that have not decayed
    clean_hours: float | None = None  # since a restriction ran out that nobody overturned; None: there was none
    # Other accounts that were made together with this one, each counted to 50.
    signups_same_prefix_hour: int = 0  # from the same network prefix within an hour, beyond what is usual there
    signups_same_device: int = 0  # on the same device, within 30 days
    signups_same_asn_hour: int = 0  # from the same autonomous system within an hour, beyond what is usual there
    signups_same_domain_day: int = 0  # with an address of the same domain that is neither freemail nor a tenant's own
    answered: bool = False  # a question of ours within 30 days; looked up of accounts made together with others
    earned_at_hours: float | None = None  # since it reached its tier
    credential_change_hours: float | None = None  # since the last password, second factor or address change
    restricted: bool = False
    probation: bool = False
    doubted: bool = False  # signs of a theft stand against this attempt: strangers are kept to a trial's (R57)


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """What the request says of the program that made it (CC 4.2(1)(1)). None: not observed on this channel."""

    user_agent: str | None = None
    accept_language: str | None = None
    registered: bool = False  # authenticated API client of record, whose timing and UA are its own business
    known_device: bool | None = None
    form_seconds: float | None = None  # between rendering the form and posting it
    honeypot_filled: bool = False
    form_rendered: bool | None = None  # a valid render nonce came with the post
    automation_cleared: bool = False  # a challenge was passed for this very content by this account (R56)
    signature: str = ""  # what the user agent says it is, without versions: "chrome/windows"; "" unknown
    first_signature: str = ""  # what this device said it was when it got its number; "" unknown
    brands: str | None = None  # Sec-CH-UA as sent
    platform: str | None = None  # Sec-CH-UA-Platform as sent
    mobile: str | None = None  # Sec-CH-UA-Mobile as sent
    input: Input | None = None  # what the page's own script saw of the hands; None: no script, which is no fault
    form: str = ""  # which rendering of a form this answers, as a short name
    steps: int | None = None  # pages this browser saw since it last wrote, at most 3; None: not observed


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """How a form was filled in, as our first-party script counted it. It never reads what is typed, and whatever it
    says can be forged: it may raise a doubt, never remove one."""

    keys: int = 0  # characters typed one by one
    pointer: int = 0  # presses of a mouse, pen or finger
    pastes: int = 0
    fields: int = 0  # different fields that were typed into
    trusted: int = 0  # events that a person, their browser or their assistive technology caused
    dispatched: int = 0  # events that a script of the page or of an extension made up
    longest: float | None = None  # seconds: the longest pause between two inputs; None before the second
    gaps: tuple[float, ...] = ()  # seconds between typed characters, at most 32, newest last
    webdriver: bool = False  # the browser says that it is steered


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """A DNS block list's word on an address (RFC 5782)."""

    zone: str
    code: str  # the address it answered with, such as "127.0.0.2"
    confidence: float = 1.0  # what the operator thinks of that code, above 0 and up to 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Network:
    """Where the request came from (CC 4.2(1)(2)). Of what the hour holds, relays and registered programs are not
    counted, and of countries no data centre either: where those are says nothing of where a person is."""

    ip: str = ""  # canonical; kept raw for a day at most, and only where block lists are to be asked
    lists: frozenset[str] = frozenset()  # of the operator: "tor", "vpn", "relay", "hosting", "deny", "allow", ...
    known_prefix: bool | None = None  # this account was seen from this network before
    asn: int | None = None  # autonomous system, where the operator has the file
    country: str = ""  # ISO 3166-1 alpha-2, where the operator has the file
    via: Via = ""  # what stands between the address and the person: nothing, a data centre, a relay, their own program;
    # "visitor": it is the address of somebody else, who books a time with the account
    listings: tuple[Listing, ...] = ()  # of DNS block lists, looked up before anything leaves
    prefixes_hour: int = 0  # distinct networks the account sent from within the hour, this one included
    asns_hour: int = 0
    countries_hour: int = 0
    travel_km: float | None = None  # from where the account was last seen, as the crow flies
    travel_hours: float | None = None  # since then
    abusers_on_prefix: int = 0  # other accounts from this network that were confirmed to abuse, within 7 days


@dataclass(frozen=True, kw_only=True, slots=True)
class Behaviour:
    """What the account did lately (CC 4.2(1)(3)). Counts are of attempts and recipient-sends, sent or not."""

    attempts_10m: int = 0  # by registered clients, where this is one; by everything else, where it is not
    attempts_hour: int = 0
    recipients_hour: int = 0
    recipients_day: int = 0
    recipients_week: int = 0
    same_guests: bool = False  # the very same guests were asked for in one of the last twelve attempts
    click_gaps: tuple[float, ...] = ()  # seconds between the account's last writing requests, newest last
    refused_same_content: int = 0  # held or denied attempts within 7 days with the same or nearly the same content
    refused_week: int = 0  # different contents that were held or denied within 7 days
    unanswered_challenge: bool = False  # this very content was challenged lately, and nobody answered
    refused_variant: float = 0.0  # how alike (Jaccard, 0 to 1) the nearest held or denied content of 7 days is
    refused_contact: Literal["", "phone", "host"] = ""  # leads where the account's words led that were refused lately
    unanswered: int = 0  # strangers of the week, a day ago and longer, while hardly any guest accepted
    strangers_day: int = 0  # recipient-sends to guests outside who never had to do with the account, 24 h
    strangers_week: int = 0
    days_active_week: int = 0  # of the last seven, on how many the account sent to strangers
    dormant_days: float | None = (
        None  # between the account's last sending before this day and now; None: never or unknown
    )
    form_uses: int = 0  # of the last twelve attempts, other events that answered the same rendering of a form
    machine_challenges: int = 0  # of the last twelve, other events asked within a day whether a program sent them
    breaks: frozenset[Literal["language", "hosts", "guests", "hour"]] = frozenset()  # with how it usually writes
    bounce_rate: float | None = None  # of the copies sent within five weeks; None below the smallest volume
    acceptance_rate: float | None = None  # of guests who answered; None below the smallest volume


@dataclass(frozen=True, kw_only=True, slots=True)
class Audience:
    """Who would be notified. Internal: the tenant has verified the domain, or the guest joined it by consent."""

    total: int = 0
    external: int = 0
    related: int = 0  # of the external ones: accepted this sender before, or are contacts
    on_system: int = 0
    domains: int = 0  # distinct external registrable domains
    new_guests: int | None = None  # against the previous version; None for a first one

    @property
    def strangers(self) -> int:
        """Guests outside who never had to do with the sender, as far as they are new to the event."""
        unknown = max(0, self.external - self.related)
        return unknown if self.new_guests is None else min(unknown, self.new_guests)


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowd:
    """Who else did the same lately: a campaign this attempt belongs to, or may be the beginning of (R22, R47).

    Counted are other untrusted accounts, with an organisation that has proved its domain as one, that share with this
    attempt two kinds of marks at least, one of them strong.
    """

    campaign: str = ""  # its reference; "" where none is known
    state: Literal["", "watched", "held", "cleared"] = ""
    accounts: int = 0
    spreading: int = 0  # of them, share two strong kinds and wrote to several different sets of strangers
    recipients: int = 0  # strangers that they wrote to
    shared: tuple[str, ...] = ()  # kinds, strong ones first: text, phone, host, guests, device; prefix, client, cohort
    over_budget: bool = False  # the campaign's own budget is spent


@dataclass(frozen=True, kw_only=True, slots=True)
class Lists:
    """Operator data that detectors match against; shipped lists are package data of their own."""

    deny_hosts: frozenset[str] = frozenset()
    deny_domains: frozenset[str] = frozenset()
    deny_urls: frozenset[str] = frozenset()  # `content.url_hashes`
    suspect_hosts: frozenset[str] = frozenset()  # listed with little confidence: held, not refused
    suspect_domains: frozenset[str] = frozenset()
    suspect_urls: frozenset[str] = frozenset()
    allow_domains: frozenset[str] = frozenset()
    extra_disposable: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a trust tier may send, in recipient-sends to people outside; the judge fills it in from the policy."""

    guests_per_event: int = 1_000_000
    appearances: int = 1_000_000_000  # of one event: guests times occurrences times pop-ups
    hour: int = 1_000_000
    day: int = 1_000_000
    week: int = 1_000_000
    strangers_day: int = 1_000_000  # of them, to people who never had to do with the sender
    strangers_week: int = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Sameness:
    """From where on things are the same, and how many of the same are a campaign; the judge fills it in from policy."""

    variant: float = 0.5  # how alike (Jaccard, 0 to 1) two texts are of which one is an edited copy
    accounts: int = 5  # other accounts that send alike, from which an attempt is asked about
    spreading: int = 12  # of them write to ever new strangers, from which it is held
    reach: int = 300  # strangers that they write to, from which it is asked about though none writes twice


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One attempt to notify somebody, with every fact a detector may use."""

    content: Content
    account: Account
    now: datetime
    channel: Channel = "web"
    client: Client = Client()
    network: Network = Network()
    behaviour: Behaviour = Behaviour()
    audience: Audience = Audience()
    lists: Lists = Lists()
    missing: frozenset[str] = frozenset()  # facts that could not be had: the decision is degraded
    previous: Content | None = None
    exempt: frozenset[str] = frozenset()  # "detector.code" keys a reviewer has set aside for this account (R96)
    limits: Limits = Limits()
    text_model: TextModel | None = None  # the operator's own; None: the shipped one
    alarms_leave: bool = True  # False: reminders are left out of the copies that guests get
    crowd: Crowd = Crowd()
    sameness: Sameness = Sameness()
    recent: tuple[str, ...] = ()  # what the account's other attempts of the last minutes said; of untrusted ones only


def alarm_guests(attempt: Attempt) -> list[str]:
    """Addresses that reminders would mail, other than the sender's own and the guests' (RFC 5545 3.6.6)."""
    content, account = attempt.content, attempt.account
    known = {account.email, *account.addresses, *content.guest_emails}
    known |= {a.email for a in content.named if a.role != "alarm"}
    found = [a.email for a in content.named if a.role == "alarm" and a.email and a.email not in known]
    return found if content.organizer or len(found) > 1 else []  # nobody's event is a note that reminds its writer


@dataclass(frozen=True, kw_only=True, slots=True)
class Signal:
    """One thing a detector saw. Points come from the policy, by `detector.code`; `weight` scales them, 0 to 1."""

    code: str  # "callback_lure"; its policy key is "<detector>.<code>"
    reason: str  # for reviewers, in plain words, naming what was seen
    field: str = ""  # where it was seen
    weight: float = 1.0
    quote: str = ""  # as written, at most QUOTED characters
    start: int = -1  # offsets of the quote into the `Text.value` of `field`; -1 where that is not known
    end: int = -1
    read_as: str = ""  # what was seen through the disguise; "" where it stands there openly


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredSignal:
    detector: str
    code: str
    group: Group
    points: float  # after weight, before the group's cap
    reason: str
    field: str
    public: str  # the stable public reason code this maps to, e.g. "content_looks_like_scam"
    quote: str = ""
    start: int = -1
    end: int = -1
    read_as: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """The engine's answer. Pure: the same attempt and policy give the same judgement."""

    verdict: Verdict
    score: float
    signals: tuple[ScoredSignal, ...]
    actions: tuple[str, ...]  # names of actions this verdict asks for, e.g. ("hold", "alert")
    reasons: tuple[str, ...]  # public codes, strongest first
    policy_version: str
    tier: Tier
    group_points: Mapping[str, float] = field(default_factory=dict)
    degraded: bool = False
    missing: tuple[str, ...] = ()  # the facts and detectors that could not be had
