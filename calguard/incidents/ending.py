"""Every way that an incident ends, and what becomes of what it held: nothing of a thief's leaves by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from calguard import alarm, audit, cases, evidence, people, signals, wake
from calguard.conf import conf
from calguard.facts.types import VISITED
from calguard.incidents import opening, telling
from calguard.incidents.mail import KINDS
from calguard.incidents.models import Incident
from calguard.models import Case, Decision, Notice
from calguard.order import Order
from calguard.statements import ledger as statements
from outbound import ledger as messages
from outbound.models import Hold, Submission

State = Incident.State

WAITING = (Submission.State.PROPOSED, Submission.State.ACCEPTED)
INNOCENT = frozenset({"innocent", "runaway"})  # labels that say: nobody else was there
CODE = opening.CODE
SLACK = timedelta(hours=1)  # a containment stands until the sweep has ended it, and not until a clock has


def tend(at: datetime) -> dict[str, int]:
    """What a sweep looks at: answers whose host failed, and incidents whose time is over."""
    asked = Incident.objects.using(conf.database).filter(facts__ending=True)
    for incident in asked.order_by("pk")[:100]:
        with alarm.shielded("incidents.end_access"):
            finish_access(incident, at=at)
    due = Incident.objects.using(conf.database).filter(ended_at=None, due_at__lte=at).order_by("due_at")
    done = 0
    for incident in due[:100]:
        with alarm.shielded("incidents.lapse"):  # one that fails keeps no other back, and is tried again next time
            _lapse(incident, at)
            done += 1
    return {"incidents": done}


def forget(at: datetime) -> int:
    """Of what is over, keep that it was: where it came from for no longer than decisions do, and the title and the
    address that was told for no longer than content. How many rows were shortened."""
    found = 0
    for key, kept in (("place", conf.ip_retention), ("title", conf.raw_retention), ("to", conf.raw_retention)):
        incidents = Incident.objects.using(conf.database).filter(opened_at__lt=at - kept, facts__has_key=key)
        for incident in incidents.exclude(ended_at=None):
            shorter = {name: value for name, value in incident.facts.items() if name != key}
            found += Incident.objects.using(conf.database).filter(pk=incident.pk).update(facts=shorter)
        mails = Notice.objects.using(conf.database).filter(
            kind__in=KINDS, created_at__lt=at - kept, context__has_key=key
        )
        for mail in mails.exclude(state=Notice.State.PENDING):
            shorter = {name: value for name, value in mail.context.items() if name != key}
            found += Notice.objects.using(conf.database).filter(pk=mail.pk).update(context=shorter)
    return found


def finish_access(incident: Incident, *, at: datetime) -> bool:
    """End sessions and tokens as an answer asked for, and note that it was done; until then every sweep tries again."""
    if not opening.end_access(incident, at=at):
        return False
    incident.facts.pop("ending", None)
    Incident.objects.using(conf.database).filter(pk=incident.pk).update(facts=incident.facts)
    return True


def _lapse(incident: Incident, at: datetime) -> None:
    """Nobody answered: a person looks, for as long again where the policy says so, and then it is over. What is being
    given back is; what is doubted waits for a person, however long that takes."""
    policy = conf.policy.incidents
    if incident.state == State.RETURNING:
        recovered(incident, at=at)
        return
    if incident.state == State.DOUBTED:
        _wait_for_a_person(incident, at=at)
        return
    more = at + timedelta(hours=policy.contain_hours)
    prolonged = incident.state != State.LAPSED and policy.unanswered == "prolong"
    with transaction.atomic(using=conf.database):
        mine = Incident.objects.using(conf.database).filter(pk=incident.pk, state=incident.state, due_at__lte=at)
        if not mine.update(state=State.LAPSED, due_at=more, ended_at=None if prolonged else at):
            return
        if prolonged:
            people.prolong(incident.owner, until=more, using=conf.database)
        else:
            _hand_over(incident, at)
            _let_go(incident, at)
        audit.record(audit.SYSTEM, "incident.lapsed", incident.account, CODE, {"prolonged": prolonged}, at=at)
    if incident.decision is not None:
        cases.open_for(incident.decision, at=at)


def given_back(incident: Incident, *, proved: bool, at: datetime) -> bool:
    """The password was changed after the account was secured. Where it is `proved` by whom, its owner has it back; else
    after a while in which everybody who may be its owner is told and may object, or a person decides. False where
    that had begun before, or somebody else ended it."""
    if proved:
        return recovered(incident, at=at)
    policy = conf.policy.incidents
    if policy.unproved == "person":
        return doubted(incident, at=at)
    until = at + timedelta(hours=policy.unproved_hours)
    with transaction.atomic(using=conf.database):
        mine = Incident.objects.using(conf.database).filter(pk=incident.pk, state=State.SECURED)
        began = {**incident.facts, "returning": at.isoformat()}
        if not mine.update(state=State.RETURNING, due_at=until, facts=began):
            return False
        incident.facts = began
        people.prolong(incident.owner, until=until + SLACK, using=conf.database)
        telling.give_notice(incident, until=until, at=at)
        audit.record(
            incident.account, "incident.returning", incident.account, CODE, {"until": until.isoformat()}, at=at
        )
    return True


def doubted(incident: Incident, *, at: datetime, **said: Any) -> bool:
    """Nobody can tell whether its owner took it back: a person decides, and nothing ends it but that."""
    with transaction.atomic(using=conf.database):
        before = (State.RETURNING,) if said else (State.SECURED,)
        mine = Incident.objects.using(conf.database).filter(pk=incident.pk, state__in=before)
        if not mine.update(state=State.DOUBTED, facts={**incident.facts, **said}):
            return False
        incident.facts = {**incident.facts, **said}
        telling.drop(incident)
        _wait_for_a_person(incident, at=at)
        audit.record(incident.account, "incident.doubted", incident.account, CODE, said, at=at)
    return True


def disbelieve(order: Order) -> None:
    """While it is being given back, something was sent as the thief sent it: a person decides, and sessions and new
    tokens end once more."""
    incident = opening.current(order.account)
    if incident is None or order.decision is None or order.decision.channel in VISITED:
        return
    if not opening.thief_is_back(incident, order.decision):
        return
    if doubted(incident, at=order.at, seen_again=str(order.decision.pk), ending=True):
        with alarm.shielded("incidents.end_access"):  # what fails, the sweep goes on with
            finish_access(incident, at=order.at)


def _wait_for_a_person(incident: Incident, *, at: datetime) -> None:
    until = at + timedelta(hours=conf.policy.incidents.contain_hours)
    Incident.objects.using(conf.database).filter(pk=incident.pk).update(due_at=until)
    people.prolong(incident.owner, until=until + SLACK, using=conf.database)
    if incident.decision is not None:
        cases.open_for(incident.decision, at=at)


def recovered(incident: Incident, *, at: datetime) -> bool:
    """Its owner has it back: on probation, and what was submitted since the first sign waits for a person, or until
    its owner discards it. False where somebody else ended it first."""
    days = conf.policy.incidents.probation_days
    with transaction.atomic(using=conf.database):
        taking = (State.SECURED, State.RETURNING)
        mine = Incident.objects.using(conf.database).filter(pk=incident.pk, state__in=taking)
        if not mine.update(state=State.RECOVERED, ended_at=at):
            return False
        people.put_on_probation(incident.account, until=at + timedelta(days=days), at=at, using=conf.database)
        _hand_over(incident, at)
        _let_go(incident, at)
        _forgive(incident)
        audit.record(incident.account, "incident.recovered", incident.account, CODE, {"probation": days}, at=at)
    with alarm.shielded("host.end_tokens"):  # made between the owner's two steps
        conf.host.end_tokens(incident.account, incident.since)
    return True


def overturned(order: Order) -> None:
    """The decision that opened it was taken back: it was a mistake of ours, and everything goes."""
    rows = Incident.objects.using(order.using).filter(account=order.account, ended_at=None)
    for incident in rows.filter(decision=order.decision) if order.decision is not None else ():
        close(incident, by=order.actor, at=order.at)


def close(incident: Incident, *, by: str, at: datetime) -> None:
    """A person has decided; what still waits under it and is nobody else's to keep back goes."""
    with transaction.atomic(using=conf.database):
        mine = Incident.objects.using(conf.database).filter(pk=incident.pk, ended_at=None)
        if not mine.exclude(state=State.CLOSED).update(state=State.CLOSED, ended_at=at):
            return
        _let_go(incident, at)
        audit.record(by, "incident.closed", incident.account, CODE, at=at)


def decided(case: Case, *, at: datetime) -> None:
    """What a reviewer's decision on a case means for the takeover it is about. Called before it is carried out.

    Refused as a hijacked account's, what came since the first sign is refused, and the account stays contained until
    its owner has it back. Every other decision closes the incident; only where nobody else was there, all of it goes.
    """
    incident = opening.current(case.account)
    if incident is None or case.campaign:
        return
    if case.label not in INNOCENT and case.outcome != "release":
        for submission in since_the_first_sign(incident):
            messages.refuse(submission.pk, "refused_after_review", at=at, using=conf.database)
    if case.outcome == "deny" and case.label == Case.Label.HIJACKED:
        Incident.objects.using(conf.database).filter(pk=incident.pk).update(
            facts={**incident.facts, "confirmed": case.decided_by}
        )
        return
    close(incident, by=case.decided_by, at=at)


def since_the_first_sign(incident: Incident) -> QuerySet[Submission]:
    """What the account submitted since then, while it was not yet over, and has not left. Not what visitors of its page
    did, who are no thieves of it: that goes when the incident is over, unless it is kept back for itself."""
    rows = Submission.objects.using(conf.database).filter(account=incident.account, state__in=WAITING)
    rows = rows.exclude(channel__in=VISITED)
    if incident.ended_at is not None:
        rows = rows.filter(created_at__lt=incident.ended_at)
    return rows.filter(created_at__gte=incident.since).exclude(method="CANCEL").order_by("created_at")


def discard(incident: Incident, submission: UUID, *, at: datetime) -> bool:
    """The owner does not want it sent: it never is. False for what is not theirs to discard here."""
    if not since_the_first_sign(incident).filter(pk=submission).exists():
        return False
    messages.withdraw(submission, "discarded_by_owner", at=at, using=conf.database)
    audit.record(incident.account, "incident.discarded", f"submission:{submission}", at=at)
    return True


def _hand_over(incident: Incident, at: datetime) -> None:
    """What came since the first sign waits for a person from here on, each in the case of its decision."""
    for submission in since_the_first_sign(incident):
        decision = _decision(submission)
        if decision is None:
            messages.refuse(submission.pk, "contained", at=at, using=conf.database)
            continue
        messages.hold(submission.pk, Hold.Kind.REVIEW, decision.owner, CODE, at=at, using=conf.database)
        evidence.record_submission(decision, submission, at=at)
        cases.open_for(decision, at=at)


def _decision(submission: Submission) -> Decision | None:
    rows = Decision.objects.using(conf.database).filter(Q(submission=submission))
    return rows.order_by("-created_at").first()


def _let_go(incident: Incident, at: datetime) -> None:
    """Lift the containment with its own holds; what others hold stays held, and mails not yet sent are dropped."""
    people.lift(incident.owner, using=conf.database)
    for submission in messages.lift(incident.owner, using=conf.database):
        wake.dispatch(submission)
    statements.end(incident.owner, at=at)
    telling.drop(incident)
    if not people.active(incident.account, at=at, using=conf.database):
        transaction.on_commit(
            lambda: signals.account_restored.send_robust(sender="calguard", account=incident.account),
            using=conf.database,
        )


def _forgive(incident: Incident) -> None:
    """What the machine imposed on the account for what a thief did in its name is no part of its record."""
    rows: Any = Decision.objects.using(conf.database).filter(
        account=incident.account, created_at__gte=incident.since, enforcements__action="restrict"
    )
    for decision in rows.distinct():
        people.lift(decision.owner, using=conf.database)
        messages.lift(decision.owner, kinds=[Hold.Kind.CONTAINMENT], using=conf.database)
