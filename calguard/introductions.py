"""To how many people who never heard of a sender an account is let at once; the others follow when somebody accepts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from calguard import costs, delays, notices, people
from calguard.campaigns import crowds, marks
from calguard.campaigns.models import Campaign, Mark
from calguard.conf import conf
from calguard.host import Facts
from outbound import ledger as messages
from outbound.models import Charge, Submission
from outbound.types import Demand, Short

SOONEST, LATEST = timedelta(minutes=5), timedelta(hours=3)  # between two looks, the later the longer it waits
TOLD_AFTER = timedelta(hours=2)  # the owner, who by then has heard of nobody who accepted
PROOF = 2  # is always left to an account: whoever is copied must be able to show that people want it
HARDLY = 0.05  # share of what others who send the same were let to write, whose guests accepted


def pace(submission: Submission, *, facts: Facts, at: datetime) -> int:
    """Let as many copies to strangers go as there is room for, and keep the others back; how many are kept.

    Guests are taken in the order of their keyed hashes, which no sender can choose. Whoever was told anything by the
    account lately, or had to do with it, is no stranger. Counted is what goes, and each guest once.
    """
    limit, using = _limit(submission), conf.database
    if not limit:
        return 0
    guests = messages.unled(submission.pk, at=at, using=using)
    order = _unknown(submission, guests, facts, at=at)
    if not order:
        return 0
    with transaction.atomic(using=using):
        room = _room(submission, limit, len(order), at=at)
        first = order if room is None else order[: max(0, room.left)]
        if first and not _charged(submission, first, room, at=at):
            first = []
        messages.lead(submission.pk, first, at=at, using=using)
        wait = min(max(SOONEST, (at - submission.created_at) / 4), LATEST)
        kept = messages.follow(submission.pk, order[len(first) :], until=at + wait, using=using)
    if kept:
        submission.note = " ".join(dict.fromkeys([*submission.note.split(), delays.DELAYED, delays.ROOM]))
        messages.postpone(submission.pk, at, note=submission.note, using=using)
        if at - submission.created_at >= TOLD_AFTER:
            notices.create_for_submission("following", submission, {}, at=at)
    return kept


def full(submission: Submission, addresses: Collection[str], *, at: datetime) -> bool:
    """The same for mail that the host built and that would leave now: whether it has to wait; else it is counted."""
    limit = _limit(submission)
    if not limit:
        return False
    order = _unknown(submission, addresses, conf.host.facts(submission.account), at=at)
    if not order:
        return False
    room = _room(submission, limit, len(order), at=at)
    return (room is not None and room.left < len(order)) or not _charged(submission, order, room, at=at)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Room:
    most: int  # of the account's own, within the window
    left: int


def _limit(submission: Submission) -> int:
    """How many introductions its sender may have open; 0 where nobody counts them."""
    if not costs.enforced() or submission.method != "REQUEST" or costs.visited(submission):
        return 0
    judged = costs.judged_as(submission)
    if judged.released:
        return 0
    lately = judged.facts.get("behaviour", {}).get("strangers_week", 0)
    if judged.trusted and judged.strangers + lately <= marks.FEW:
        return 0  # as good as everybody
    account = costs.account_of(submission.account, judged)
    return conf.policy.introductions.of(account, earned=conf.policy.earned(account))


def _unknown(submission: Submission, addresses: Collection[str], facts: Facts, *, at: datetime) -> list[str]:
    """Keyed hashes of guests outside to whom the account is new, in their order; it is no stranger to itself."""
    own = {facts.email.lower(), *facts.addresses}
    others = [address for address in addresses if address.lower() not in own]
    if not others:
        return []
    outside = costs.outside_of(submission.account, others, facts)
    return sorted(costs.unmet(submission, outside, since=at - _window()))


def _window() -> timedelta:
    return timedelta(days=conf.policy.introductions.days)


def _room(submission: Submission, limit: int, wanted: int, *, at: datetime) -> _Room | None:
    """None where silence says nothing, as nobody tells of answers."""
    using, rules = conf.database, conf.policy.introductions
    account, window = submission.account, _window()
    own = messages.usage(_scope(account), [window], at=at, using=using)[window]
    welcome = people.welcomed([account], since=at - window, using=using)
    most = limit + welcome.guests + rules.each * welcome.sources
    if not _heard(welcome.guests, own):
        same, led = _of_others(submission, at=at, since=at - window)
        alone = min(limit, rules.open["trial"])
        most = min(max(most - same, min(limit, PROOF)), max(most - led, alone))
    if most - own < wanted and not people.answers_told(at=at, using=using):
        return None
    return _Room(most=most, left=most - own)


def _of_others(submission: Submission, *, at: datetime, since: datetime) -> tuple[int, int]:
    """How many were let to accounts of whom hardly anybody accepted: of those that surely send the same, and of those
    that lead their readers to the same place, whatever they say."""
    using = conf.database
    rows = list(Mark.objects.using(using).filter(decision__submission=submission).order_by("-at", "decision_id", "pk"))
    if not rows:
        return 0, 0
    trace = marks.stored([row for row in rows if row.decision_id == rows[0].decision_id])
    found = marks.others(trace, submission.account, at=at, window=at - since, using=using)
    alike = crowds.parties(trace, (row for row in found if row.state != Campaign.State.CLEARED))
    same = {row.account for party in alike if party.counts and party.sure for row in party.rows}
    led = {row.account for party in alike if party.strong & crowds.OWN for row in party.rows}
    let = _let(same, since)
    return let, let if led == same else _let(led, since)


def _let(accounts: Collection[str], since: datetime) -> int:
    """To how many these accounts were let together; 0 where somebody wants to hear of them."""
    if not accounts:
        return 0
    using = conf.database
    charges = Charge.objects.using(using).filter(scope__in=[_scope(one) for one in accounts], charged_at__gt=since)
    let = charges.aggregate(units=Sum("units"))["units"] or 0
    return 0 if _heard(people.welcomed(accounts, since=since, using=using).guests, let) else let


def _heard(accepted: int, let: int) -> bool:
    return accepted > 0 and accepted >= HARDLY * let


def _charged(submission: Submission, first: Sequence[str], room: _Room | None, *, at: datetime) -> bool:
    """Another worker may have taken the room meanwhile."""
    limits = [(_window(), room.most)] if room is not None else []
    demand = Demand(scope=_scope(submission.account), units=len(first), limits=limits)
    owner = f"submission:{submission.pk}/{first[0][:24]}"
    return not isinstance(messages.reserve([demand], owner, at=at, using=conf.database), Short)


def _scope(account: str) -> str:
    return f"introduction:{account}"
