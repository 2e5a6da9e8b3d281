"""Opens one incident per account, contains what it sends, and ends what a thief came in with."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Min, Q

from accounts_risk.models import Profile, Restriction, Sighting
from calguard import alarm, audit, cases, evidence, keyed, people, signals
from calguard.conf import conf
from calguard.engine.reasons import Reason
from calguard.engine.theft import RECENT
from calguard.engine.types import Verdict
from calguard.facts.types import VISITED
from calguard.host import SessionsKept, SessionsLeft
from calguard.incidents import telling
from calguard.incidents.models import Incident
from calguard.models import Decision, Enforcement
from calguard.order import Order
from calguard.statements import ledger as statements
from calguard.statements.models import Statement
from outbound import ledger as messages
from outbound.models import Hold

CODE = Reason.ACCOUNT_CONTAINED.value
MARGIN = timedelta(minutes=10)  # clocks differ, and a sign-in takes its time
FRESH = timedelta(days=3)  # what was first seen longer ago was there before the thief, as far as anybody can tell
MOST_HELD = 50  # of what a contained account goes on trying; the rest is refused

ANSWERABLE = (Incident.State.OPEN, Incident.State.CLAIMED, Incident.State.LAPSED)


def current(account: str) -> Incident | None:
    """The incident of an account that is not over."""
    rows = Incident.objects.using(conf.database).filter(account=account, ended_at=None)
    return rows.order_by("-opened_at", "-pk").first()


def latest(account: str) -> Incident | None:
    """The account's last incident, over or not."""
    rows = Incident.objects.using(conf.database).filter(account=account)
    return rows.order_by("-opened_at", "-pk").first()


def room(account: str) -> bool:
    """Whether more may be kept of what a contained account sends: without an end it would be a way to fill the disk.
    What visitors of its page do has room of its own (`calguard.waiting`)."""
    held = Hold.objects.using(conf.database).filter(kind=Hold.Kind.CONTAINMENT, submission__account=account)
    own = held.exclude(submission__channel__in=VISITED)
    return own.filter(owner__startswith="incident:").count() < MOST_HELD


def contain(order: Order) -> None:
    """The rows alone, with the decision: the next attempt already finds the account contained. What cannot be written
    now, such as while another request opens the same incident, a worker writes (`pursue`)."""
    if order.decision is None:
        return
    try:
        with transaction.atomic(using=order.using):
            incident = _incident(order)
            if incident is not None:
                _hold(order, incident)
    except DatabaseError as error:
        alarm.raised("incidents.contain", error)


def pursue(order: Order) -> None:
    """The rest, by a worker: hold the queue, bring a person, tell the owner, end sessions and tokens. The rows come
    first and stand while a host that fails is asked again; repeated, it adds nothing."""
    decision = order.decision
    if decision is None:
        return
    if decision.channel in VISITED:
        _keep_visit(decision, order)
        return
    evidence.record_submission(decision, order.submission, at=order.at)
    case = cases.open_for(decision, at=order.at)
    with transaction.atomic(using=order.using):
        incident = _incident(order)
        if incident is None:
            return
        _hold(order, incident)
        if _contained(incident, order):
            own = replace(order, owner=incident.owner, reason=CODE)
            statements.issue(own, Statement.Measure.CONTAINED, ends_at=incident.due_at)
            held = messages.hold_account(
                order.account,
                Hold.Kind.CONTAINMENT,
                incident.owner,
                CODE,
                at=order.at,
                except_methods=("CANCEL",),
                using=order.using,
            )
        else:
            held = 0
        first = not Incident.objects.using(order.using).filter(pk=incident.pk).exclude(case=None).exists()
        Incident.objects.using(order.using).filter(pk=incident.pk).update(case=case, repeated=_repeated(incident))
        if first:
            audit.record(order.actor, "incident.opened", order.account, CODE, {"held": held}, at=order.at)
    if only_contained(order):
        return
    telling.alert(incident, at=order.at)
    if incident.state in (Incident.State.OPEN, Incident.State.LAPSED):
        end_access(incident, at=order.at)


def thief_is_back(incident: Incident, decision: Decision) -> bool:
    """Whether an attempt says that a thief is still there while the account is being given back: signs of a theft with
    something abusive, since that began, and from no device that the account had before the first sign. Signs alone say
    nothing: who has just chosen a password on a new telephone, or while travelling, shows them too."""
    began = incident.facts.get("returning", "")
    if incident.state != Incident.State.RETURNING or "alert" not in decision.actions or not began:
        return False
    return decision.created_at >= datetime.fromisoformat(began) and not had_before(incident, decision.device)


def had_before(incident: Incident, device: str) -> bool:
    """Whether the account was used from this device so long before the first sign that no thief made it known."""
    if not device or (incident.decision is not None and keyed.same(device, incident.decision.device)):
        return False
    before = incident.since - timedelta(days=conf.policy.incidents.rests_days)
    seen = Sighting.objects.using(conf.database).filter(account=incident.account, kind=Sighting.Kind.DEVICE)
    return seen.filter(value=device, first_seen_at__lte=before).exists()


def _keep_visit(decision: Decision, order: Order) -> None:
    """A visitor's booking shows nothing of a theft and brings no person. It waits as long as the account is contained;
    what would have been kept back for itself waits for a person beyond that."""
    incident = current(order.account)
    if order.submission is None or incident is None:
        return
    _hold(order, incident)
    if decision.verdict >= Verdict.CHALLENGE:
        evidence.record_submission(decision, order.submission, at=order.at)
        messages.hold(order.submission.pk, Hold.Kind.REVIEW, decision.owner, CODE, at=order.at, using=order.using)
        cases.open_for(decision, at=order.at)


def only_contained(order: Order) -> bool:
    """Whether this attempt was kept back because the account is contained, and showed nothing new of a theft."""
    decision = order.decision
    return decision is not None and CODE in decision.reasons and "alert" not in decision.actions


def end_access(incident: Incident, *, at: datetime) -> bool:
    """End the account's sessions, and what programs were let in with since the first sign. Both are tried; whatever
    the host's adapter raises is raised here after that, and the caller asks again. False: the sweep goes on with it."""
    failed: list[Exception] = []
    said: dict[str, bool] = {}
    ended = {"sessions": 0, "tokens": 0}
    try:
        ended["sessions"] = conf.host.end_sessions(incident.account)
    except SessionsKept:
        said = {"kept": True}
    except SessionsLeft:
        said = {"ending": True}
    except Exception as error:  # noqa: BLE001  the host's adapter may raise anything
        failed.append(error)
    try:
        ended["tokens"] = conf.host.end_tokens(incident.account, incident.since)
    except Exception as error:  # noqa: BLE001  likewise
        failed.append(error)
    if any(ended.values()):
        audit.record(audit.SYSTEM, "incident.access_ended", incident.account, CODE, ended, at=at)
    if said:
        incident.facts = {**incident.facts, **said}
        Incident.objects.using(conf.database).filter(pk=incident.pk).update(facts=incident.facts)
    if failed:
        raise failed[0]
    return "ending" not in said


def _incident(order: Order) -> Incident | None:
    """The account's incident, made here where there is none and this attempt shows signs of a theft, and contained."""
    incident = current(order.account)
    visited = order.decision is not None and order.decision.channel in VISITED
    if incident is not None or visited or only_contained(order):
        return incident
    due = order.at + timedelta(hours=conf.policy.incidents.contain_hours)
    made = Incident(
        account=order.account,
        decision=order.decision,
        since=since(order),
        facts=telling.facts(order),
        opened_at=order.at,
        due_at=due,
    )
    try:
        with transaction.atomic(using=order.using):
            made.save(using=order.using, force_insert=True)
    except IntegrityError:
        return current(order.account)  # another request was first
    _restrict(made, order)
    return made


def _restrict(incident: Incident, order: Order) -> None:
    """Not where a person has cleared the account: their word outranks ours, and its owner is told all the same."""
    stands = people.restrict(
        incident.account,
        Restriction.Kind.CONTAINMENT,
        incident.owner,
        CODE,
        by_human=False,
        at=order.at,
        expires_at=incident.due_at,
        using=order.using,
    )
    if stands:
        transaction.on_commit(
            lambda: signals.account_restricted.send_robust(
                sender="calguard",
                account=incident.account,
                kind=str(Restriction.Kind.CONTAINMENT),
                reason=CODE,
                expires_at=incident.due_at,
            ),
            using=order.using,
        )


def _contained(incident: Incident, order: Order) -> bool:
    return any(row.owner == incident.owner for row in people.active(order.account, at=order.at, using=order.using))


def _hold(order: Order, incident: Incident) -> None:
    if order.submission is not None and _contained(incident, order):
        messages.hold(order.submission.pk, Hold.Kind.CONTAINMENT, incident.owner, CODE, at=order.at, using=order.using)


def _repeated(incident: Incident) -> int:
    """How many attempts after the first showed signs of a theft: counted anew, so that a task that runs twice adds
    none."""
    rows = Enforcement.objects.using(conf.database).filter(
        action="alert", account=incident.account, created_at__gte=incident.opened_at, decision__isnull=False
    )
    told = rows.exclude(decision=incident.decision_id).values_list("decision__reasons", "decision__actions")
    return sum(CODE not in reasons or "alert" in actions for reasons, actions in told)


def since(order: Order) -> datetime:
    """The first sign: when the device or network of the attempt was first seen, or the password or address changed,
    whichever came first of what is fresh. Where nothing is, the last sign-in or the attempt itself."""
    decision, using = order.decision, order.using
    if decision is None:
        return order.at - MARGIN
    kinds = Q(kind=Sighting.Kind.DEVICE, value=decision.device) | Q(kind=Sighting.Kind.PREFIX, value=decision.prefix)
    seen = Sighting.objects.using(using).filter(kinds, account=order.account, first_seen_at__gte=order.at - FRESH)
    profile = Profile.objects.using(using).filter(account=order.account).first()
    changed = profile.credential_changed_at if profile else None
    recent = changed if changed and changed >= order.at - timedelta(hours=RECENT) else None
    signs = [moment for moment in (seen.aggregate(first=Min("first_seen_at"))["first"], recent) if moment]
    login = profile.last_login_at if profile else None
    usual = login if login and order.at - FRESH <= login <= order.at else decision.created_at
    return min(signs, default=usual) - MARGIN
