"""How attempts become members of a campaign, and what grows with it: counts, a shared budget, one case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from calguard import alarm, audit, cases
from calguard.campaigns import crowds, marks, orders
from calguard.campaigns.models import Campaign, Mark, Member
from calguard.conf import conf
from calguard.detectors.signup import PROVEN
from calguard.engine.types import Verdict
from calguard.models import Decision
from calguard.recording import short_code
from calguard.sql import Prepared, Whole, given

CHUNK = 500
DAY = timedelta(days=1)
LATELY = timedelta(hours=1)  # in which two workers may have counted at once, and the slower one less
MOST = 10_000  # members that are counted, the newest: of more it is only said that there are so many


def join(decision_id: UUID | str, *, at: datetime) -> Campaign | None:
    """Count one attempt in its campaign, found or begun now; None where it belongs to none. Repeating it changes
    nothing."""
    using = conf.database
    with transaction.atomic(using=using):
        rows = list(Mark.objects.using(using).select_for_update().filter(decision_id=decision_id).order_by("pk"))
        if not rows or not any(row.todo for row in rows):
            member = Member.objects.using(using).select_related("campaign").filter(decision_id=decision_id).first()
            return member.campaign if member else None
        trace = marks.stored(rows)
        campaign, others = _place(trace, rows[0].account, rows[0].at)
        Mark.objects.using(using).filter(decision_id=decision_id, todo=True).update(todo=False)
        if campaign is None:
            return None
        _add(campaign, [UUID(str(decision_id)), *others], at=at)
        members = Member.objects.using(using).filter(campaign=campaign)
        if not members.exists():
            campaign.delete()  # begun for nobody
            return None
        count(campaign, at=at)
        if conf.mode == "enforce" and _spreads(decision_id):
            orders.hold(campaign, at=at)
        return campaign if members.filter(decision_id=decision_id).exists() else None


def joined(decision: Decision, *, at: datetime) -> str:
    """The reference of the campaign that a decision is part of, in whose case it waits; "" for none.

    What a person cleared has no case: then the decision is the account's own matter.
    """
    campaign = join(decision.pk, at=at)
    return campaign.reference if campaign is not None and campaign.state != Campaign.State.CLEARED else ""


def tend(at: datetime) -> int:
    """Count the attempts that a lost wake-up left; once more the campaigns that somebody joined just now, and those
    whose budget is spent, as time alone frees it. How many attempts joined. One that fails keeps no other from being
    counted."""
    using, counted = conf.database, 0
    for (decision,) in TODO.rows(using):
        with alarm.shielded("campaigns.join"):
            counted += join(decision, at=at) is not None
    for campaign in TENDED.all(using, since=at - LATELY):
        count(campaign, at=at)
    return counted


def _write_todo() -> QuerySet[Mark, Any]:
    todo = Mark.objects.filter(todo=True).order_by("at")
    return cast("QuerySet[Mark, Any]", todo.values_list("decision_id")[:CHUNK])


def _write_tended() -> QuerySet[Campaign]:
    wanted = Q(over_budget=True) | Q(last_seen__gt=given("since", datetime))
    return Campaign.objects.exclude(state=Campaign.State.CLEARED).filter(wanted).order_by("-last_seen")[:CHUNK]


TODO, TENDED = Prepared(_write_todo), Whole(_write_tended)


def count(campaign: Campaign, *, at: datetime) -> None:
    """Members, reach, and whether they have together spent what a campaign may send in a day. Bounded, as it is done
    for every attempt that joins: what is older than the newest members is no longer counted."""
    using = conf.database
    newest = Member.objects.using(using).filter(campaign=campaign).order_by("-at")[:MOST]
    said = newest.aggregate(
        accounts=Count("account", distinct=True),
        attempts=Count("pk"),
        today=Sum("recipients", default=0, filter=Q(at__gt=at - DAY)),  # before the next, which takes the name
        recipients=Sum("recipients", default=0),
        first_seen=Min("at"),
        last_seen=Max("at"),
    )
    said["over_budget"] = said.pop("today") >= conf.policy.campaigns.budget_day
    if said["attempts"]:
        said["first_seen"] = min(said["first_seen"], campaign.first_seen)
        Campaign.objects.using(using).filter(pk=campaign.pk).update(**said)
    campaign.refresh_from_db(using=using)


def _place(trace: marks.Trace, account: str, at: datetime) -> tuple[Campaign | None, list[UUID]]:
    """The campaign of an attempt, and the attempts of others that belong to it with it."""
    using = conf.database
    window = timedelta(days=conf.policy.campaigns.window_days)
    found = crowds.count(trace, marks.others(trace, account, at=at, window=window, using=using))
    others = list({row.decision for party in found.parties if party.sure for row in party.rows if not row.campaign})
    key = trace.campaign or found.campaign
    if key is not None:
        return Campaign.objects.using(using).filter(pk=key).first(), others
    if not others:
        return None, []
    kinds = list(found.crowd.shared)
    return _begin(kinds, at), others


def _begin(kinds: Sequence[str], at: datetime) -> Campaign:
    """A new one, watched. Two workers may begin the same at once: what they then count belongs to either."""
    begun = Campaign.objects.using(conf.database).create(
        reference=f"C-{short_code()}", kinds=list(kinds), first_seen=at, last_seen=at
    )
    audit.record(audit.SYSTEM, "campaign.found", f"campaign:{begun.pk}", data={"kinds": list(kinds)}, at=at)
    return begun


def _add(campaign: Campaign, decisions: Iterable[UUID], *, at: datetime) -> None:
    """Make members of attempts that are in no campaign yet, and bring what nobody has decided into its one case.

    Whoever independent guests accepted is no member: others can copy what they write, and a verdict on the copies would
    fall on them. What they send is a case of its own.
    """
    using = conf.database
    keys = list(dict.fromkeys(decisions))
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        free = Decision.objects.using(using).filter(pk__in=part, member__isnull=True)
        found = free.values_list("pk", "account", "strangers", "created_at", "facts__account__accepted_invitations")
        rows = [
            Member(campaign=campaign, decision_id=pk, account=account, recipients=strangers, at=made)
            for pk, account, strangers, made, accepted in found
            if (accepted or 0) < PROVEN
        ]
        part = [row.decision_id for row in rows]
        Member.objects.using(using).bulk_create(rows, ignore_conflicts=True)
        Mark.objects.using(using).filter(decision_id__in=part, campaign=None).update(campaign=campaign)
        if campaign.state != Campaign.State.CLEARED:
            cases.collect(campaign.reference, part, at=at)


def _spreads(decision_id: UUID | str) -> bool:
    """Whether the judge held an attempt for how many others do the same."""
    row = Decision.objects.using(conf.database).only("signals", "verdict").get(pk=decision_id)
    named = {f"{signal.get('detector')}.{signal.get('code')}" for signal in row.signals}
    return row.verdict >= Verdict.HOLD and "campaign.spread" in named
