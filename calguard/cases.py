"""How what waits for a person becomes one case per account, which comes first, and what happens if nobody comes."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Min, OuterRef, Q
from django.urls import NoReverseMatch, reverse

from calguard import actors, audit, notices, pages
from calguard.conf import conf
from calguard.content.reader import read
from calguard.facts import remembering
from calguard.models import Appeal, Case, Decision
from outbound import ledger
from outbound.models import Hold, Submission

WAITING = (Submission.State.PROPOSED, Submission.State.ACCEPTED)
CHUNK = 500
MOST_MAILS = 20  # to staff in an hour, where visitors of booking pages open cases
_STARTED = 0.5  # an event that has begun can no longer harm in time, nor be saved
_NEAR = 24  # hours within which the start raises the priority steeply


@dataclass(frozen=True, kw_only=True, slots=True)
class QueuePolicy:
    """What the operator wants of a queue that nobody tends."""

    alarm_hours: float = 24
    on_expiry: Literal["keep", "refuse"] = "refuse"


def priority(severity: int, reach: int, starts_at: datetime | None, now: datetime) -> float:
    """Severity x reach (in doublings) x nearness of the start: an event in 20 minutes outranks one next month (R88).

    Nearness is 1 where the start is far or unknown, 2 about a day ahead, and 25 at the start.
    """
    nearness = 1.0
    if starts_at is not None:
        hours = (starts_at - now) / timedelta(hours=1)
        nearness = 1 + _NEAR / (hours + 1) if hours >= 0 else _STARTED
    return round(max(severity, 1) * math.log2(2 + reach) * nearness, 3)


def open_for(decision: Decision, *, at: datetime, campaign: str = "") -> Case:
    """The case that this decision waits in: the account's open one, or a new one. Repeating it changes nothing,
    also at the same time: the row is locked, and one open case per account is a constraint."""
    using = conf.database
    with transaction.atomic(using=using):
        attached = Decision.objects.using(using).select_related("case").get(pk=decision.pk).case
        if attached is not None:
            return _known_to(decision, attached)
        party = actors.answers_for(decision.account, decision.actor)
        about = campaign_account(campaign) if campaign else pages.case_for(decision, party)
        case, opened = _open(about, campaign, at)
        if not Decision.objects.using(using).filter(pk=decision.pk, case=None).update(case=case):
            return case  # another worker attached it while we waited for the row
        case.severity = max(case.severity, decision.verdict)
        if actors.is_page(about):
            _close_empty(pages.gather(decision, case), case, at)
        _refresh([case], at)
        Case.objects.using(using).filter(pk=case.pk).update(
            severity=case.severity,
            reach=case.reach,
            starts_at=case.starts_at,
            priority=case.priority,
            version=F("version") + 1,
        )
        if opened and (actors.kind(party) != "visitor" or not _told_enough(at)):
            context = {"case": case.pk, "reference": decision.code, "case_path": path("change", case.pk)}
            notices.place("case_opened", f"case:{case.pk}", context=context, at=at)
        what = "case.opened" if opened else "case.joined"
        audit.record(audit.SYSTEM, what, f"case:{case.pk}", data={"decision": str(decision.pk)}, at=at)
    case.refresh_from_db(using=using)
    return _known_to(decision, case)


def _told_enough(at: datetime) -> bool:
    """Whether staff had so many mails in the last hour that visitors, who may be a new one each time, add none: their
    cases wait in the queue all the same, and nobody who has an account goes untold."""
    return notices.count("case_opened", "", since=at - timedelta(hours=1)) >= MOST_MAILS


def campaign_account(reference: str) -> str:
    """What stands for the account in a case that is about many."""
    return f"campaign:{reference}"


def collect(campaign: str, decisions: Sequence[UUID], *, at: datetime) -> Case | None:
    """Bring attempts that nobody has decided into the one case of their campaign (R47); None where there is none left
    to bring. Cases of single accounts that this empties are closed."""
    using = conf.database
    mine = Q(case=None) | Q(case__state=Case.State.OPEN, case__campaign="")
    with transaction.atomic(using=using):
        rows = Decision.objects.using(using).filter(mine, pk__in=decisions)
        found = list(rows.values_list("pk", "case_id", "verdict"))
        if not found:
            return None
        case, opened = _open(campaign_account(campaign), campaign, at)
        Decision.objects.using(using).filter(pk__in=[key for key, _, _ in found]).update(case=case)
        left = {former for _, former, _ in found if former is not None}
        _close_empty(left, case, at)
        case.severity = max(case.severity, *(verdict for _, _, verdict in found))
        _refresh([case], at)
        Case.objects.using(using).filter(pk=case.pk).update(
            severity=case.severity,
            reach=case.reach,
            starts_at=case.starts_at,
            priority=case.priority,
            version=F("version") + 1,
        )
        if opened:
            context = {"case": case.pk, "reference": campaign, "case_path": path("change", case.pk)}
            notices.place("case_opened", f"case:{case.pk}", context=context, at=at)
        data = {"campaign": campaign, "attempts": len(found), "former_cases": sorted(left)}
        audit.record(audit.SYSTEM, "case.opened" if opened else "case.joined", f"case:{case.pk}", data=data, at=at)
    case.refresh_from_db(using=using)
    return case


def _close_empty(keys: Collection[int], into: Case, at: datetime) -> None:
    held = Decision.objects.using(conf.database).filter(case=OuterRef("pk"))
    empty = Case.objects.using(conf.database).filter(~Exists(held), pk__in=keys, state=Case.State.OPEN)
    empty.update(
        state=Case.State.CLOSED,
        outcome="joined",
        label=Case.Label.UNCLEAR,
        reason=f"goes on as case {into.pk}",
        closed_at=at,
        version=F("version") + 1,
    )


def appealed(appeal: Appeal, *, at: datetime) -> Case:
    """Bring an appeal before a person: into the open case that its content waits in, or into its account's own, with
    all of the account's content that the same person decided on (R92)."""
    using = conf.database
    with transaction.atomic(using=using):
        decision, statement = appeal.decision, appeal.statement
        if decision is not None:
            decision.refresh_from_db(using=using, fields=["case"])
        former = decision.case if decision is not None else statement.case if statement is not None else None
        about = decision or statement
        account = about.account if about is not None else ""
        if decision is not None and actors.kind(decision.actor) == "visitor":
            account = decision.actor  # whose page it was has nothing to do with it
        if decision is not None and former is not None and former.state == Case.State.OPEN:
            case = former
        else:
            case = _again(account, decision, former, at)
        Case.objects.using(using).filter(pk=case.pk).update(version=F("version") + 1)
        due_at = at + timedelta(days=conf.policy.appeals.answer_days)
        Appeal.objects.using(using).filter(pk=appeal.pk).update(case=case, due_at=due_at)
        data = {
            "decision": str(decision.pk) if decision is not None else None,
            "statement": str(statement.pk) if statement is not None else None,
            "former_case": former.pk if former else None,
        }
        audit.record(appeal.account, "case.appealed", f"case:{case.pk}", data=data, at=at)
    case.refresh_from_db(using=using)
    return case


def _again(account: str, decision: Decision | None, former: Case | None, at: datetime) -> Case:
    """The account's own open case, with what was decided before brought back into it."""
    using = conf.database
    mine = Q(pk=decision.pk) if decision is not None else Q(pk=None)
    theirs = Q(actor=account) if actors.kind(account) == "visitor" else Q(account=account)
    if former is not None and former.state == Case.State.CLOSED:
        mine |= Q(case=former) & theirs
        # An objection to another measure of the same decision has taken the content along before, and was answered.
        taken = Appeal.objects.using(using).filter(statement__case=former, case__state=Case.State.CLOSED).values("case")
        mine |= Q(case__in=taken, created_at__lte=former.closed_at) & theirs
    case, opened = _open(account, "", at)
    rows = Decision.objects.using(using).filter(mine)
    case.severity = max([case.severity, *rows.values_list("verdict", flat=True)])
    rows.update(case=case)
    remembering.forget(account)
    _refresh([case], at)
    case.save(using=using, update_fields=["severity", "reach", "starts_at", "priority"])
    if opened:
        context = {
            "case": case.pk,
            "reference": decision.code if decision else "",
            "case_path": path("change", case.pk),
        }
        notices.place("case_opened", f"case:{case.pk}", context=context, at=at)
        audit.record(audit.SYSTEM, "case.opened", f"case:{case.pk}", data={"appeal": True}, at=at)
    return case


def rerank(at: datetime) -> int:
    """Bring reach, start and priority of every open case up to date; how many changed. Versions stay: nothing new
    was brought before the reviewer."""
    changed = 0
    for chunk in _chunks(Case.objects.using(conf.database).filter(state=Case.State.OPEN).order_by("pk")):
        before = {case.pk: (case.reach, case.starts_at, case.priority) for case in chunk}
        _refresh(chunk, at)
        moved = [case for case in chunk if before[case.pk] != (case.reach, case.starts_at, case.priority)]
        Case.objects.using(conf.database).bulk_update(moved, ["reach", "starts_at", "priority"])
        changed += len(moved)
    return changed


def untended(at: datetime) -> int:
    """Alarm staff when the oldest case waits too long, once a day, and let go of what can no longer be in time.
    How many submissions expired."""
    policy = queue_policy()
    oldest = Case.objects.using(conf.database).filter(state=Case.State.OPEN).aggregate(at=Min("opened_at"))["at"]
    if oldest is not None and at - oldest >= timedelta(hours=policy.alarm_hours):
        waiting = Case.objects.using(conf.database).filter(state=Case.State.OPEN).count()
        context = {"oldest": f"{oldest:%Y-%m-%d %H:%M} UTC", "waiting": waiting, "case_path": path("changelist")}
        notices.place("queue_untended", f"queue:{at:%Y-%m-%d}", context=context, at=at)
    return _expire_started(at) if policy.on_expiry == "refuse" else 0


def queue_policy() -> QueuePolicy:
    """The policy's [queue] section."""
    said = conf.policy.queue
    return QueuePolicy(alarm_hours=said.alarm_hours, on_expiry=said.on_expiry)


def _open(account: str, campaign: str, at: datetime) -> tuple[Case, bool]:
    """The open case, locked, and whether it is new. Twice round: it may be closed, or made, while we look."""
    rows = Case.objects.using(conf.database)
    for _ in range(2):
        found = rows.select_for_update().filter(account=account, campaign=campaign, state=Case.State.OPEN).first()
        if found is not None:
            return found, False
        try:
            with transaction.atomic(using=conf.database):
                return rows.create(account=account, campaign=campaign, opened_at=at), True
        except IntegrityError:
            continue
    return rows.select_for_update().get(account=account, campaign=campaign, state=Case.State.OPEN), False


def _refresh(cases: Sequence[Case], at: datetime) -> None:
    """Reach, earliest start and priority from what waits in the cases: two queries for any number of them."""
    waiting: dict[int, dict[str, tuple[int, datetime | None]]] = {case.pk: {} for case in cases}
    would_have: dict[int, int] = dict.fromkeys(waiting, 0)
    rows = (
        Decision.objects.using(conf.database)
        .filter(case__in=waiting)
        .values_list(
            "case_id",
            "recipients",
            "submission_id",
            "submission__state",
            "submission__recipients",
            "submission__starts_at",
        )
    )
    for key, recipients, submission, state, guests, starts_at in rows.iterator(chunk_size=2000):
        would_have[key] = max(would_have[key], recipients)
        if submission is not None and state in WAITING:
            waiting[key][str(submission)] = (guests, starts_at)
    for case in cases:
        held = waiting[case.pk].values()
        starts = sorted(start for _, start in held if start is not None)
        case.reach = sum(guests for guests, _ in held) if held else would_have[case.pk]
        case.starts_at = next((start for start in starts if start >= at), starts[-1] if starts else None)
        case.priority = priority(case.severity, case.reach, case.starts_at, at)


def _expire_started(at: datetime) -> int:
    """Expire what waits for a reviewer although its event began: it is never sent late. A series that goes on stays."""
    submissions = Submission.objects.using(conf.database)
    open_cases = Decision.objects.using(conf.database).filter(case__state=Case.State.OPEN, submission=OuterRef("pk"))
    held = Hold.objects.using(conf.database).filter(kind=Hold.Kind.REVIEW, submission=OuterRef("pk"))
    late = submissions.filter(Exists(open_cases), Exists(held), state__in=WAITING, starts_at__lte=at)
    expired = 0
    for key in list(late.order_by("starts_at").values_list("pk", flat=True)):
        submission = submissions.get(pk=key)
        if _goes_on(submission):
            continue
        with transaction.atomic(using=conf.database):
            if not ledger.expire(submission.pk, "started_before_review", at=at, using=conf.database):
                continue
            notices.create_for_submission("expired", submission, {}, at=at)
            target = f"submission:{submission.pk}"
            audit.record(audit.SYSTEM, "submission.expired", target, reason="began before a person looked", at=at)
        expired += 1
    return expired


def _goes_on(submission: Submission) -> bool:
    if not submission.snapshot:
        return False
    return any(event.recurrence.occurrences > 1 for event in read(bytes(submission.snapshot)).events)


def path(page: str, *arguments: object) -> str:
    """Where staff find it; empty where the queue is on no admin site that is called "admin"."""
    try:
        return reverse(f"admin:calguard_case_{page}", args=arguments)
    except NoReverseMatch:
        return ""


def _known_to(decision: Decision, case: Case) -> Case:
    decision.case = case  # the caller's copy says what the row says
    return case


def _chunks(cases: Iterable[Case]) -> Iterator[list[Case]]:
    chunk: list[Case] = []
    for case in cases:
        chunk.append(case)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
