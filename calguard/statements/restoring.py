"""What an owner gets back who was right: everything that the measure did to the account, and its invitations."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from accounts_risk.models import Clearance, Restriction, Strike
from calguard import enforcement, notices, people, same, wake
from calguard.campaigns.models import Mark, Member
from calguard.conf import conf
from calguard.content import reader
from calguard.facts import remembering
from calguard.models import Appeal, Case, Decision, Enforcement, Evidence
from calguard.sanctions import ladder
from calguard.statements import ledger, resending
from calguard.statements.models import Statement
from outbound import ledger as messages
from outbound.models import Hold, Submission

MOST_TOLD = 200  # attempts of one case, in the reviewer's own request; all of it stands on the owners' pages
STEP = "strike:"  # how an owner begins that stands for what a strike led to
SHARED = "campaign:"  # how an owner begins that stands for what was done to many accounts


def restore(appeal: Appeal, case: Case, account: str, *, at: datetime) -> dict[str, Any]:
    """Take back what is overturned, on all ledgers; what was done, for the audit log. Safe to repeat.

    Budgets need nothing: what never left was never charged, and what is sent now is charged once, as always.
    """
    owners = _owners(appeal, case, account)
    suspended = _limited(account, owners, Restriction.Kind.SUSPENSION, at)
    for owner in owners:
        if not owner.startswith(SHARED):
            enforcement.lift(owner, at=at)
    removed = people.overturn(account, owners, using=conf.database)
    freed = _unhold(account, owners)
    if suspended and not _suspended(account, at):
        conf.host.reinstate(account)
    ladder.reconsider({account}, at=at)
    until = at + timedelta(days=conf.policy.sanctions.appeal_days)
    people.clear(
        account, f"appeal:{appeal.pk}", at=at, until=until, ground=Clearance.Ground.APPEAL, using=conf.database
    )
    decisions = _decisions(appeal, case, account)
    _forget_campaign(decisions)
    sent, expired = _send(decisions, at)
    rows = Statement.objects.using(conf.database).filter(account=account, owner__in=owners, overturned_at=None)
    rows.update(overturned_at=at)
    for owner in owners:
        ledger.end(owner, at=at, account=account)
    remembering.forget(account)
    return {"owners": sorted(owners), "removed": removed, "freed": freed, "sent": sent, "expired": expired}


def _owners(appeal: Appeal, case: Case, account: str) -> list[str]:
    """The names under which the measure's rows stand, and those of what its strikes have led to. A release takes back
    all of the decision on the case that the measure came from; to restore ends the measure alone."""
    owners: dict[str, None] = {}
    if appeal.statement is not None:
        owners[appeal.statement.owner] = None
        if appeal.statement.owner.endswith("/accounts"):  # an order on a campaign: what it did to content stands apart
            owners[appeal.statement.owner.removesuffix("/accounts")] = None
        former = appeal.statement.case
        if former is not None and not former.campaign and case.outcome == "release":
            owners[f"case:{former.pk}"] = None
    if appeal.decision is not None:
        owners[appeal.decision.owner] = None
    strikes = Strike.objects.using(conf.database).filter(account=account, owner__in=list(owners))
    return [*owners, *(f"{STEP}{key}" for key in strikes.values_list("pk", flat=True))]


def _decisions(appeal: Appeal, case: Case, account: str) -> list[Decision]:
    """The attempts that were judged wrongly: those of the account that were brought into the appeal's case."""
    rows = Decision.objects.using(conf.database).filter(case=case, account=account).select_related("submission")
    found = {row.pk: row for row in rows}
    if appeal.decision is not None:
        found.setdefault(appeal.decision.pk, appeal.decision)
    return list(found.values())


def _unhold(account: str, owners: list[str]) -> int:
    """Holds under these owners on what the account has open: of orders on a campaign, its own part alone."""
    mine = Hold.objects.using(conf.database).filter(owner__in=owners, submission__account=account)
    keys = list(mine.values_list("submission_id", flat=True))
    mine.delete()
    for key in keys:
        if messages.is_free(key, using=conf.database):
            wake.dispatch(key)
    return len(keys)


def _forget_campaign(decisions: list[Decision]) -> None:
    """An attempt of somebody who was right makes no campaign, and nothing sent later is compared with it."""
    keys = [row.pk for row in decisions]
    Member.objects.using(conf.database).filter(decision__in=keys).delete()
    Mark.objects.using(conf.database).filter(decision__in=keys).delete()


def bring_along(case: Case, *, at: datetime) -> int:
    """What a restored account is limited for comes into the case that restores it, to be decided with it: an account
    that did nothing wrong has no refusals either. How many attempts."""
    standing = people.active(case.account, at=at, using=conf.database)
    strikes = [row.owner.removeprefix(STEP) for row in standing if row.owner.startswith(STEP)]
    struck = Strike.objects.using(conf.database).filter(pk__in=[key for key in strikes if key.isdecimal()])
    owners = {row.owner for row in standing} | set(struck.values_list("owner", flat=True))
    cases = [key for owner in owners if (key := owner.removeprefix("case:")).isdecimal()]
    alone = [key for owner in owners if (key := owner.removeprefix("decision:")) != owner]
    closed = Q(case__in=cases, case__state=Case.State.CLOSED, case__campaign="")
    mine = Decision.objects.using(conf.database).filter(closed | Q(pk__in=alone), account=case.account)
    brought = list(mine.exclude(case=case).values_list("pk", flat=True))
    return Decision.objects.using(conf.database).filter(pk__in=brought).update(case=case)


def tell(case: Case, *, at: datetime) -> int:
    """Tell the owners of what a reviewer let go of their own accord, though a machine had refused it: they can send it
    now. One mail for each owner; who had objected reads it in the answer to that. How many."""
    answered = Appeal.objects.using(conf.database).filter(case=case, state=Appeal.State.OVERTURNED)
    codes: dict[str, list[str]] = {}
    told = set(answered.values_list("decision__account", flat=True))
    told |= set(answered.values_list("statement__account", flat=True))
    for row in resending.refused(Q(case=case))[:MOST_TOLD]:
        if row.account not in told and resending.offer(row, at=at) in {"now", "anew"}:
            codes.setdefault(row.account, []).append(row.code)
    for account, mine in codes.items():
        context = {"offered": mine, "code": mine[0]}
        notices.place("taken_back", f"case:{case.pk}:{account}", account=account, context=context, at=at)
    return len(codes)


def _send(decisions: list[Decision], at: datetime) -> tuple[int, int]:
    """What a person had refused goes now, or is over by now; how many of each. What was still held is free already, and
    what a machine refused waits for its owner's word, who had not been told that it would go."""
    sent = expired = 0
    for decision in decisions:
        submission = decision.submission
        if submission is None or submission.state != Submission.State.REFUSED:
            continue
        kept = Evidence.objects.using(conf.database).filter(decision=decision).first()
        if kept is None or not submission.reference:
            continue  # nobody can say what it was: its owner sends it again, and is told so
        if same.is_late(reader.read(bytes(kept.content)), submission, at):
            expired += messages.expire_refused(submission.pk, at=at, using=conf.database)
        elif _stands(submission, bytes(kept.content)) and messages.reopen(
            submission.pk, snapshot=bytes(kept.content), beside=kept.beside, at=at, using=conf.database
        ):
            sent += 1
            wake.dispatch(submission.pk)
    return sent, expired


def _stands(submission: Submission, judged: bytes) -> bool:
    """Whether the host still has the event. Another version is judged again before it leaves, where we send it; a host
    that sends by itself is told of none but the one that was looked at."""
    fresh = same.loaded(submission)
    if fresh is None or submission.sender == Submission.Sender.CALGUARD:
        return fresh is not None
    return not same.is_changed(fresh[1], submission, judged)


def _limited(account: str, owners: list[str], kind: str, at: datetime) -> bool:
    standing = people.active(account, at=at, using=conf.database)
    ordered = Enforcement.objects.using(conf.database).filter(owner__in=owners, action="suspend", account=account)
    return any(row.owner in owners and row.kind == kind for row in standing) or ordered.exists()


def _suspended(account: str, at: datetime) -> bool:
    standing = people.active(account, at=at, using=conf.database)
    return any(row.kind == Restriction.Kind.SUSPENSION for row in standing)
