"""What an attempt costs, and in whose budgets it counts (R16, R60)."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from calguard import actors, keyed, people
from calguard.campaigns.models import Campaign, Member
from calguard.conf import conf
from calguard.content.people import normalise
from calguard.engine.allowing import Room
from calguard.engine.types import Account, Limits, Tier
from calguard.host import Facts
from calguard.letting_go import let_go
from calguard.models import Decision
from calguard.sql import Prepared, given
from outbound import ledger as messages
from outbound.fitting import chunks
from outbound.models import Submission
from outbound.types import Demand

WINDOWS = (("hour", timedelta(hours=1)), ("day", timedelta(days=1)), ("week", timedelta(days=7)))
ANSWERS = frozenset({"REPLY", "COUNTER", "REFRESH"})
NETWORK = 2 / 3  # of what a page may send, for visitors of one network: others are always let in
RELATED = 500  # guests asked for at once
Windows = Sequence[tuple[timedelta | None, int]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What the newest decision on a submission says of its sender."""

    tier: Tier = "trial"  # of the account, also where a visitor of its page was judged
    strangers: int = 0
    signals: Sequence[Mapping[str, Any]] = ()
    facts: Mapping[str, Any]
    prefix: str = ""
    released: bool = False  # a person has let the submission go

    @property
    def trusted(self) -> bool:
        return self.tier == "established"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What one submission, or one mail of it, is charged: all of it or nothing. The sender's own budget comes first."""

    submission: Submission
    judged: Judged
    units: int  # guests outside
    demands: Sequence[Demand]


def asked(submission: Submission, addresses: Iterable[str], *, facts: Facts | None = None) -> Asked | None:
    """What reaching these guests costs: every guest outside the sender's own organisation, in every budget they count
    in; None where nothing counts.

    Whatever reaches people costs, under any METHOD. Cancelling costs only where nobody was invited, or was told of it
    many times; answers have a budget of their own, so that they neither wait for invitations nor are a way around them.
    """
    if not enforced():
        return None
    addresses = list(addresses)
    if submission.method == "CANCEL":
        addresses = told_too_often(submission, addresses)
    facts = facts or conf.host.facts(submission.account)
    outside = outside_of(submission.account, addresses, facts)
    if not outside:
        return None
    judged = judged_as(submission)
    demands = tuple(_demands(submission, judged, outside, facts))
    return Asked(submission=submission, judged=judged, units=len(outside), demands=demands)


def enforced() -> bool:
    return conf.mode == "enforce" and "throttle" not in conf.disabled_actions


def limits_of(room: Room | Limits) -> Windows:
    """Of a sender's own budget 0 is nothing; of a shared one it is no limit."""
    named = [(window, int(getattr(room, name))) for name, window in WINDOWS]
    return [(window, limit) for window, limit in named if limit or not isinstance(room, Room)]


def visited(submission: Submission) -> bool:
    """Whether a visitor of the account's page sends it: that costs the account nothing of its own."""
    return actors.visits(submission.channel) or submission.actor.partition(":")[0] == "visitor"


def _demands(submission: Submission, judged: Judged, outside: Sequence[str], facts: Facts) -> Iterator[Demand]:
    account, units = submission.account, len(outside)
    own = limits_of(conf.policy.budget(judged.tier))
    if submission.method in ANSWERS:
        yield Demand(scope=f"answers:{account}", units=units, limits=own)
        return
    shared = conf.policy.allowances
    known = judged.trusted and not visited(submission)
    unknown = list(outside) if known else unrelated(submission, outside)
    if visited(submission):
        yield from _of_page(submission, judged, units, len(unknown), facts)
        if submission.actor.partition(":")[2]:
            yield Demand(scope=submission.actor, units=units, limits=limits_of(shared.visitor))
        if judged.prefix:
            yield Demand(scope=f"visitors:{judged.prefix}", units=units, limits=limits_of(shared.visitors))
    else:
        yield Demand(scope=f"account:{account}", units=units, limits=own, lasting=True)
        yield from _of_actor(submission, judged, units, len(unknown))
        if not judged.trusted:
            yield Demand(scope=f"reach:{account}", units=len(unknown), limits=own)
        if not judged.trusted and judged.prefix:
            yield Demand(scope=f"network:{judged.prefix}", units=len(unknown), limits=limits_of(shared.network))
        yield from _strangers(submission, judged, outside)
        yield from _of_many(submission, judged, units, len(unknown), facts)
    yield from _of_campaign(submission, judged, judged.strangers if known else len(unknown), bound=not known)


def _of_page(submission: Submission, judged: Judged, units: int, unknown: int, facts: Facts) -> Iterator[Demand]:
    """What visitors make a page send. Of an account that is not established they may use a part of its own totals, and
    of those it shares: whoever plays the visitor, it reaches no more strangers with a page than without, and however
    many visitors come, the rest stays its owner's."""
    account, shared = submission.account, conf.policy.allowances
    own, most = limits_of(conf.policy.budget(judged.tier)), _lifetime(judged)
    page = limits_of(shared.bookings) if judged.trusted else _part(judged, own)
    if judged.prefix:
        most_of_it = [(window, math.ceil(limit * NETWORK)) for window, limit in page]
        yield Demand(scope=f"page:{judged.prefix}:{account}", units=units, limits=most_of_it)
    if judged.trusted:
        yield Demand(scope=f"bookings:{account}", units=units, limits=page)
        return
    part = [*page, *_part(judged, most)]
    yield Demand(scope=f"bookings:{account}", units=units, limits=part, lasting=True)
    yield Demand(scope=f"reach:{account}", units=unknown, limits=own)
    yield Demand(scope=f"start:{account}", units=unknown, limits=most, lasting=True)
    if judged.prefix:
        yield Demand(scope=f"network:{judged.prefix}", units=unknown, limits=limits_of(shared.network))
    if submission.tenant and not facts.verified_domains:
        limits = limits_of(shared.tenant_untrusted)
        yield Demand(scope=f"pages:{submission.tenant}", units=unknown, limits=_part(judged, limits))
        yield Demand(scope=f"untrusted:{submission.tenant}", units=unknown, limits=limits)


def _part(judged: Judged, limits: Windows) -> list[tuple[timedelta | None, int]]:
    """What visitors may use of a total that is the owner's."""
    share = 0.0 if judged.tier == "established" else conf.policy.allowances.bookings_share.get(judged.tier, 0.0)
    return [(window, int(limit * share)) for window, limit in limits]


def _lifetime(judged: Judged) -> Windows:
    """All that an account may send until it is established."""
    most = 0 if judged.tier == "established" else conf.policy.allowances.lifetime.get(judged.tier, 0)
    return [(None, most)] if most else []


def _of_actor(submission: Submission, judged: Judged, units: int, unknown: int) -> Iterator[Demand]:
    kind, shared = actors.kind(submission.actor), conf.policy.allowances
    if kind in ("delegate", "staff"):
        yield Demand(scope=submission.actor, units=units, limits=limits_of(shared.delegate))
    elif kind == "client" and not judged.trusted:
        yield Demand(scope=submission.actor, units=unknown, limits=limits_of(shared.client))


def _of_many(submission: Submission, judged: Judged, units: int, unknown: int, facts: Facts) -> Iterator[Demand]:
    """The first weeks as a whole, and what an organisation's accounts have together."""
    shared = conf.policy.allowances
    if not judged.trusted:
        yield Demand(scope=f"start:{submission.account}", units=units, limits=_lifetime(judged), lasting=True)
    if submission.tenant:
        yield Demand(scope=f"tenant:{submission.tenant}", units=units, limits=limits_of(shared.tenant))
        if not judged.trusted and not facts.verified_domains:
            limits = limits_of(shared.tenant_untrusted)
            yield Demand(scope=f"untrusted:{submission.tenant}", units=unknown, limits=limits)


def _of_campaign(submission: Submission, judged: Judged, strangers: int, *, bound: bool) -> Iterator[Demand]:
    """What members of a campaign have together until a person clears it; `bound`: who is trusted only counts."""
    for (campaign,) in MEMBER.rows(conf.database, submission=submission.pk):
        room = [(timedelta(days=1), conf.policy.campaigns.budget_day)]
        limits = room if bound and not judged.released else ()
        yield Demand(scope=f"campaign:{campaign}", units=strangers, limits=limits)


def _strangers(submission: Submission, judged: Judged, outside: Sequence[str]) -> Iterator[Demand]:
    """What the budget of strangers is asked for (R21). It has limits for an attempt that was judged to go beyond them,
    and counts what may lead there; nothing for an established sender far from it, and where nobody was a stranger.
    Who asks for the same guests once more pays for those whom no attempt before has reached."""
    again = not judged.strangers and judged.facts.get("behaviour", {}).get("same_guests", False)
    if not judged.strangers and (judged.trusted or not again):
        return
    collecting = again or any((one["detector"], one["code"]) == ("budget", "strangers") for one in judged.signals)
    limits = conf.policy.limits(account_of(submission.account, judged))
    before = judged.facts.get("behaviour", {}).get("strangers_week", 0)
    if judged.trusted and not collecting and before < limits.strangers_week / 2:
        return
    week_ago = submission.created_at - timedelta(days=7)
    units = judged.strangers or len(unmet(submission, outside, since=week_ago))
    if submission.sender == Submission.Sender.HOST:  # whose mails come one by one, and each has its own guests
        units = min(units, len(unrelated(submission, outside)))
    allowed = [(timedelta(days=1), limits.strangers_day), (timedelta(days=7), limits.strangers_week)]
    yield Demand(scope=f"strangers:{submission.account}", units=units, limits=allowed if collecting else ())


def unmet(submission: Submission, outside: Sequence[str], *, since: datetime) -> set[str]:
    """Keyed hashes of those who neither had to do with the sender nor were sent anything by it since then."""
    hashes = set(hashed(unrelated(submission, outside)))
    return hashes - messages.told_before(submission.account, hashes, since=since, using=conf.database)


def judged_as(submission: Submission) -> Judged:
    """In one query; an attempt that nobody judged is a trial's."""
    rows = JUDGED.rows(conf.database, submission=submission.pk)
    if not rows:
        return Judged(facts={})
    tier, strangers, signs, facts, prefix, let_go_ = rows[0]
    return Judged(
        tier=cast("Tier", facts.get("page_tier") or tier),
        strangers=strangers,
        signals=signs,
        facts=facts,
        prefix=prefix,
        released=let_go_,
    )


def _write_judged() -> QuerySet[Decision, Any]:
    freed = Decision.objects.filter(let_go(), submission=OuterRef("submission"))
    rows = Decision.objects.filter(submission_id=given("submission", UUID)).annotate(let_go=Exists(freed))
    columns = ("tier", "strangers", "signals", "facts", "prefix", "let_go")
    return cast("QuerySet[Decision, Any]", rows.order_by("-created_at").values_list(*columns)[:1])


def _write_member() -> QuerySet[Member, Any]:
    member = Member.objects.filter(decision__submission_id=given("submission", UUID))
    member = member.exclude(campaign__state=Campaign.State.CLEARED)
    return cast("QuerySet[Member, Any]", member.order_by("-pk").values_list("campaign_id")[:1])


JUDGED, MEMBER = Prepared(_write_judged), Prepared(_write_member)


def account_of(account: str, judged: Judged) -> Account:
    """The account as it was judged, as far as what it may send depends on it."""
    kept = judged.facts.get("account", {})
    return Account(
        id=account,
        tier=judged.tier,
        earned_at_hours=kept.get("earned_at_hours"),
        paid=bool(kept.get("paid")),
        verified_domains=frozenset(kept.get("verified_domains") or ()),
        accepted_invitations=int(kept.get("accepted_invitations") or 0),
        doubted=bool(kept.get("doubted")),
    )


def outside_of(account: str, addresses: Collection[str], facts: Facts) -> list[str]:
    """Guests beyond the account's organisation, by its verified domains and by who joined it."""
    outside = [one for one in addresses if one.lower().rpartition("@")[2] not in facts.verified_domains]
    joined = conf.host.joined(account, [one.lower() for one in outside]) if outside else frozenset()
    return [one for one in outside if one.lower() not in joined]


def unrelated(submission: Submission, addresses: Sequence[str]) -> list[str]:
    """Those of them who never had to do with the account; a query for each 500."""
    pairs = list(zip(addresses, hashed(addresses), strict=True))
    unknown: list[str] = []
    for part in chunks(pairs, RELATED):
        known = people.related(
            submission.account, [one for _, one in part], at=submission.created_at, using=conf.database
        )
        unknown += [address for address, one in part if one not in known]
    return unknown


def never_invited(submission: Submission, addresses: Sequence[str]) -> list[str]:
    hashes = hashed(addresses)
    before = messages.invited_before(submission.account, submission.uid, hashes, using=conf.database)
    return [address for address, hashed in zip(addresses, hashes, strict=True) if hashed not in before]


def told_too_often(submission: Submission, addresses: Sequence[str]) -> list[str]:
    """Guests whom a cancellation is not free for: who was never invited, and who was sent as many for this event as an
    owner needs who corrects a mistake; one, where a visitor of a booking page sends them. Without an end it would be a
    way to write to them for ever."""
    hashes = hashed(addresses)
    before = messages.invited_before(submission.account, submission.uid, hashes, using=conf.database)
    times = 1 if visited(submission) else conf.policy.updates.per_hour
    many = messages.cancelled_before(submission, hashes, times=times, using=conf.database)
    free = before - many
    return [address for address, hashed in zip(addresses, hashes, strict=True) if hashed not in free]


def hashed(addresses: Iterable[str]) -> list[str]:
    return keyed.pseudonyms("recipient", [normalise(address) for address in addresses])
