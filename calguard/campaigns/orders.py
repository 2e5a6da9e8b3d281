"""One verdict on a whole campaign: carried out on its members in chunks, stopped or taken back by its owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet

from calguard import audit, enforcement, notices, people, wake
from calguard.campaigns.models import Campaign, CampaignEntry, CampaignOrder, Member
from calguard.campaigns.recall import recall
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.letting_go import lets_go
from calguard.models import Case
from calguard.order import Order
from calguard.sanctions import ladder, limits
from calguard.sql import Prepared, Whole, given
from calguard.statements import ledger as statements
from calguard.statements.models import Statement
from outbound import ledger as messages
from outbound.models import Hold, Submission

CHUNK = 100
STRIKES = frozenset({"spam", "phish"})  # a hijacked or runaway account is no abuser
CLEARANCE = timedelta(days=30)
CONTAINS = frozenset({"restrict", "suspend"})  # what is done to accounts as well
REASON = "part_of_campaign"
RECALL = "recall"
WAITING = (Submission.State.PROPOSED, Submission.State.ACCEPTED)

State = CampaignOrder.State
Found = CampaignEntry.Found


def hold(campaign: Campaign, *, at: datetime) -> CampaignOrder | None:
    """A machine's verdict: what members have waiting stays, and what they send now waits for a person. Once."""
    watched = Campaign.objects.using(conf.database).filter(pk=campaign.pk, state=Campaign.State.WATCHED)
    if not watched.update(state=Campaign.State.HELD):
        return None
    return give(campaign, "hold", actor=audit.SYSTEM, reason="many accounts send alike", at=at)


def decided(case: Case, outcome: str, me: str, *, at: datetime) -> CampaignOrder | None:
    """A person's verdict on the campaign of a case; None where the case is about no campaign."""
    campaign = Campaign.objects.using(conf.database).filter(reference=case.campaign).first() if case.campaign else None
    if campaign is None:
        return None
    frees = lets_go(outcome, case.label)
    Campaign.objects.using(conf.database).filter(pk=campaign.pk).update(
        state=Campaign.State.CLEARED if frees else Campaign.State.HELD, decided_by=me, decided_at=at
    )
    return give(campaign, outcome, actor=me, reason=case.reason, label=case.label, case=case, at=at)


def give(
    campaign: Campaign,
    outcome: str,
    *,
    actor: str,
    reason: str,
    label: str = "",
    case: Case | None = None,
    at: datetime,
) -> CampaignOrder:
    """Order one thing for all members; workers carry it out after the commit."""
    using = conf.database
    with transaction.atomic(using=using):
        order = CampaignOrder.objects.using(using).create(
            campaign=campaign,
            case=case,
            outcome=outcome,
            label=label,
            actor=actor,
            reason=reason,
            total=Member.objects.using(using).filter(campaign=campaign).count(),
            created_at=at,
        )
        data = {"order": order.pk, "members": order.total, "label": label}
        audit.record(actor, f"campaign.{outcome}", f"campaign:{campaign.pk}", reason, data, at=at)
    wake.campaign_order(order.pk)
    return order


def call_back(order_id: int, *, actor: str, at: datetime) -> bool:
    """A person's order on what another order found had left: whoever got it is told that it is off. Once for each."""
    using = conf.database
    with transaction.atomic(using=using):
        locked = CampaignOrder.objects.using(using).select_for_update(of=("self",)).select_related("campaign")
        order = locked.filter(pk=order_id, state__in=(State.DONE, State.CANCELLED)).first()
        if order is None or actor == audit.SYSTEM or not may_call_back(order):
            return False
        give(order.campaign, RECALL, actor=actor, reason=order.reason, label=order.label, at=at)
    return True


def may_call_back(order: CampaignOrder) -> bool:
    """Whether there is anything to call back, and nobody did yet: a person's refusal that found what had left."""
    if order.actor == audit.SYSTEM or order.outcome == RECALL or lets_go(order.outcome, order.label):
        return False
    later = CampaignOrder.objects.using(conf.database).filter(campaign=order.campaign_id, outcome=RECALL)
    if later.filter(pk__gt=order.pk).exclude(state=State.CANCELLED).exists():
        return False
    return CampaignEntry.objects.using(conf.database).filter(order=order, found=Found.SENT).exists()


def run(order_id: int | str, *, at: datetime) -> bool:
    """The next chunk of an order, or its taking back; True while there is more to do. Safe to run twice at once."""
    using = conf.database
    with transaction.atomic(using=using):
        locked = CampaignOrder.objects.using(using).select_for_update(of=("self",)).select_related("campaign", "case")
        order = locked.filter(pk=order_id).first()
        if order is None or order.state not in (State.RUNNING, State.LIFTING):
            return False
        if order.state == State.LIFTING:
            more = _take_back(order, at)
            if more:
                wake.campaign_order(order.pk)
            return more
        members = Member.objects.using(using).filter(campaign=order.campaign_id, pk__gt=order.cursor)
        chunk = list(members.select_related("decision", "decision__submission").order_by("pk")[:CHUNK])
        entries = [
            CampaignEntry(order=order, submission=of.pk, account=member.account, found=found, at=at)
            for member in chunk
            for found, of in [(_carry_out(order, member, at), member.decision.submission)]
            if of is not None
        ]
        CampaignEntry.objects.using(using).bulk_create(entries, ignore_conflicts=True)
        order.done += len(chunk)
        if chunk:
            order.cursor = chunk[-1].pk
        else:
            _finish(order, at)
        order.save(using=using)
    if chunk:
        wake.campaign_order(order.pk)
    return bool(chunk)


def cancel(order_id: int, *, actor: str, at: datetime) -> bool:
    """Stop an order where it is; what it did so far stands until it is lifted. True if it was running."""
    using = conf.database
    with transaction.atomic(using=using):
        running = CampaignOrder.objects.using(using).filter(pk=order_id, state=State.RUNNING)
        if not running.update(state=State.CANCELLED, finished_at=at):
            return False
        order = CampaignOrder.objects.using(using).get(pk=order_id)
        data = {"order": order.pk, "done": order.done, "of": order.total}
        audit.record(actor, "campaign.order_cancelled", f"campaign:{order.campaign_id}", data=data, at=at)
    return True


def lift(order_id: int, *, actor: str, at: datetime) -> bool:
    """Take back all that an order did and that can be: what it let go has left, and what was closed stays closed."""
    using = conf.database
    with transaction.atomic(using=using):
        standing = CampaignOrder.objects.using(using).filter(
            pk=order_id, state__in=(State.RUNNING, State.DONE, State.CANCELLED)
        )
        if not standing.update(state=State.LIFTING, final_at=None):
            return False
        order = CampaignOrder.objects.using(using).get(pk=order_id)
        audit.record(actor, "campaign.order_lifted", f"campaign:{order.campaign_id}", data={"order": order.pk}, at=at)
    wake.campaign_order(order_id)
    return True


def tend(at: datetime) -> dict[str, int]:
    """Wake what a lost wake-up left, and close what was refused and can no longer be taken back."""
    using = conf.database
    waiting = [pk for (pk,) in TODO.rows(using)]
    for order in waiting:
        wake.campaign_order(order)
    closed = 0
    for final in FINAL.all(using, at=at):
        entries = CampaignEntry.objects.using(using).filter(order=final, found=Found.HELD)
        for submission in entries.values_list("submission", flat=True).iterator(chunk_size=CHUNK):
            closed += messages.refuse(submission, "refused_after_review", at=at, using=using)
        CampaignOrder.objects.using(using).filter(pk=final.pk).update(final_at=None)
    return {"campaign_orders": len(waiting), "campaign_closed": closed}


def _write_todo() -> QuerySet[CampaignOrder, Any]:
    todo = CampaignOrder.objects.filter(state__in=(State.RUNNING, State.LIFTING)).order_by("created_at")
    return cast("QuerySet[CampaignOrder, Any]", todo.values_list("pk")[:CHUNK])


def _write_final() -> QuerySet[CampaignOrder]:
    final = CampaignOrder.objects.filter(state=State.DONE, final_at__lte=given("at", datetime))
    return final.order_by("final_at")[:CHUNK]


TODO, FINAL = Prepared(_write_todo), Whole(_write_final)


def _carry_out(order: CampaignOrder, member: Member, at: datetime) -> str:
    """One member's attempt, and once for each order its account; what was found of the attempt. Guests who were invited
    learn that an event is off, whoever invited them (R63)."""
    using, submission = conf.database, member.decision.submission
    if order.outcome == RECALL:
        return Found.SENT if submission is not None and recall(submission, order.owner, at=at) else Found.OVER
    waits = submission is not None and submission.state in WAITING and submission.method != "CANCEL"
    if order.outcome == "restore":
        enforcement.restore(member.account, owner=order.owner, reviewer=order.actor, reason=order.reason, at=at)
    if lets_go(order.outcome, order.label):
        enforcement.lift(member.decision.owner)
        people.clear(member.account, order.owner, at=at, until=at + CLEARANCE, using=using)
        if submission is not None and waits:
            _free(submission)
            return Found.FREED
        return _past(submission)
    if order.outcome in CONTAINS and not limits.protected(member.account):  # about whom two people decide, one by one
        enforcement.registry()[order.outcome].carry_out(_of_account(order, member.account, at))
    if order.label in STRIKES:
        tier, human = member.decision.tier, order.actor != audit.SYSTEM
        ladder.confirmed(member.account, order.owner, order.label, tier=tier, at=at, by_human=human)
    if submission is None or not waits:
        return _past(submission)
    made = messages.hold(submission.pk, Hold.Kind.REVIEW, order.owner, REASON, at=at, using=using)
    if made and member.decision.verdict <= Verdict.OBSERVE:
        notices.tell_owner_late(member.decision, Verdict.HOLD, at=at)  # who was told "accepted" must know
    if order.case_id is not None:
        statements.issue(_of_content(order, member, at), Statement.Measure.WITHHELD)
    return Found.HELD


def _of_content(order: CampaignOrder, member: Member, at: datetime) -> Order:
    """A person's no to one member's attempt."""
    return replace(_of_account(order, member.account, at), owner=order.owner, decision=member.decision)


def _free(submission: Submission) -> None:
    """A person lets it go: holds of the machine and of earlier orders on the campaign end."""
    kinds = [Hold.Kind.REVIEW, Hold.Kind.CHALLENGE, Hold.Kind.CONTAINMENT]
    if messages.lift_submission(submission.pk, kinds=kinds, using=conf.database):
        wake.dispatch(submission.pk)


def _past(submission: Submission | None) -> str:
    return Found.SENT if submission is not None and submission.state == Submission.State.SENT else Found.OVER


def _finish(order: CampaignOrder, at: datetime) -> None:
    order.state, order.finished_at, order.total = State.DONE, at, order.done
    if order.case_id is not None and not lets_go(order.outcome, order.label):
        order.final_at = at + timedelta(hours=conf.policy.campaigns.undo_hours)
    entries = CampaignEntry.objects.using(conf.database).filter(order=order)
    counted: Mapping[str, int] = {found: entries.filter(found=found).count() for found in Found.values}
    data = {"order": order.pk, "members": order.done, **counted}
    audit.record(audit.SYSTEM, "campaign.order_done", f"campaign:{order.campaign_id}", data=data, at=at)


def _take_back(order: CampaignOrder, at: datetime) -> bool:
    """The next chunk of what stands under the order's owner, the last member first; True while there is more. What is
    taken back stays so where a later chunk fails."""
    using = conf.database
    dealt_with = Member.objects.using(using).filter(campaign=order.campaign_id, pk__lte=order.cursor)
    chunk = list(dealt_with.select_related("decision").order_by("-pk")[:CHUNK])
    if not chunk:
        _all_is_back(order, at)
        return False
    accounts = list(dict.fromkeys(member.account for member in chunk))
    for account in accounts:
        if order.outcome in CONTAINS:
            enforcement.registry()[order.outcome].undo(_of_account(order, account, at))
        statements.end(order.owner, at=at, account=account)
    submissions = [member.decision.submission_id for member in chunk if member.decision.submission_id]
    for owner in (order.owner, _accounts_owner(order)):
        for submission in messages.lift(owner, submissions=submissions, using=using):
            wake.dispatch(submission)
    ladder.take_back(order.owner, at=at, accounts=accounts)
    order.cursor = chunk[-1].pk - 1
    order.save(using=using, update_fields=["cursor"])
    return True


def _all_is_back(order: CampaignOrder, at: datetime) -> None:
    """With whatever is left of members that are gone; a campaign without any other verdict is watched again."""
    using = conf.database
    for owner in (order.owner, _accounts_owner(order)):
        for submission in messages.lift(owner, using=using):
            wake.dispatch(submission)
    people.lift(_accounts_owner(order), using=using)
    ladder.take_back(order.owner, at=at)
    statements.end(order.owner, at=at)
    people.unclear(order.owner, using=using)
    order.state, order.finished_at = State.LIFTED, at
    order.save(using=using)
    standing = CampaignOrder.objects.using(using).filter(campaign=order.campaign_id)
    last = standing.exclude(outcome=RECALL).exclude(state__in=(State.LIFTING, State.LIFTED)).order_by("-pk").first()
    state = Campaign.State.WATCHED
    if last is not None:
        state = Campaign.State.CLEARED if lets_go(last.outcome, last.label) else Campaign.State.HELD
    Campaign.objects.using(using).filter(pk=order.campaign_id).update(state=state)


def _accounts_owner(order: CampaignOrder) -> str:
    """What is done to accounts ends by itself after a time, and must not take with it what keeps content back."""
    return f"{order.owner}/accounts"


def _of_account(order: CampaignOrder, account: str, at: datetime) -> Order:
    return Order(
        owner=_accounts_owner(order),
        account=account,
        at=at,
        using=conf.database,
        case=order.case,
        by_human=order.actor != audit.SYSTEM,
        reason=order.reason,
        parameters={"reviewer": order.actor, "label": order.label},
    )
