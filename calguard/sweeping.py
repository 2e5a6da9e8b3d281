"""The clockwork: finds what a lost wake-up left, ends what is over, and forgets what need not be kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import Q, QuerySet

from accounts_risk.models import Restriction
from calguard import alarm, cases, degraded, enforcement, notices, people, sessions, wake
from calguard.campaigns import growth, orders
from calguard.campaigns.models import Campaign, Mark
from calguard.conf import conf
from calguard.facts.types import MINUTES
from calguard.incidents import ending
from calguard.incidents.models import Incident
from calguard.models import Case, Decision, Enforcement, Evidence, Exemption, Heartbeat, Notice, SpentToken
from calguard.sanctions import approvals, telling
from calguard.sql import Added, Changed, Prepared, given
from calguard.statements import appealing, resending
from calguard.statements import ledger as statements
from calguard.statements.models import Statement
from outbound import ledger as messages

STALE = timedelta(minutes=5)  # a claim this old belongs to a worker that died
SILENT = timedelta(minutes=10)  # so does a hand-over: longer than a mail server is waited for
LATE = timedelta(seconds=20)  # orders younger than this are probably being carried out
AGAIN = timedelta(minutes=5)  # a wake-up that waits in a long queue is not doubled every round
TENDED = timedelta(minutes=5)  # how often the queue is ranked anew
LIMIT = 500


def sweep(*, at: datetime) -> dict[str, int]:
    """One round; counts of what was found. Safe to run in several processes at once.

    A part that fails is recorded, counted as "failed", and stops no other.
    """
    found: dict[str, int] = {"failed": 0}
    for part in (
        _recover,
        _expire,
        degraded.look_again,
        _wake_due,
        _wake_orders,
        _wake_notices,
        _tend_incidents,
        _lapse,
        _forget_words,
        _forget_places,
        _tend_campaigns,
        _tend_queue,
    ):
        found["failed"] += 1
        with alarm.shielded(f"sweep.{part.__name__.strip('_')}"):
            found.update(part(at))
            found["failed"] -= 1
    beat("sweep", at=at, detail=found)
    return found


def _recover(at: datetime) -> dict[str, int]:
    recovered = messages.recover(at=at, stale=STALE, silent=SILENT, using=conf.database)
    return {"reclaimed": recovered.reclaimed, "doubtful": recovered.doubtful, "uncertain": recovered.uncertain}


def _expire(at: datetime) -> dict[str, int]:
    expired = messages.proposed_too_long(at=at, limit=LIMIT, using=conf.database)
    for submission in expired:
        messages.expire(submission, "never_confirmed", at=at, using=conf.database)
    return {"expired": len(expired)}


def _wake_due(at: datetime) -> dict[str, int]:
    freed = messages.lift_due(at=at, limit=LIMIT, using=conf.database)
    due = messages.due(at=at, limit=LIMIT, using=conf.database)
    messages.postpone_all(due, at + AGAIN, using=conf.database)
    for submission in {*freed, *due}:
        wake.dispatch(submission)
    return {"due": len(due)}


def _wake_orders(at: datetime) -> dict[str, int]:
    owners = enforcement.pending(before=at - LATE)
    for owner in owners:
        wake.enforce(owner)
    return {"orders": len(owners)}


def _wake_notices(at: datetime) -> dict[str, int]:
    late = notices.pending(before=at - LATE)
    for notice in late:
        wake.notify(notice)
    return {"notices": len(late)}


def _lapse(at: datetime) -> dict[str, int]:
    return {"lapsed": enforcement.lapse(at), "told": telling.tell(at)}


def _tend_incidents(at: datetime) -> dict[str, int]:
    """Accounts whose owner did not answer in time, and answers that the host could not carry out."""
    return ending.tend(at)


def _forget_words(at: datetime) -> dict[str, int]:
    """What untrusted accounts said is kept only for as long as their next attempts are read with it (R27)."""
    return {"forgotten": WORDS.run(conf.database, before=at - MINUTES)}


def _forget_places(at: datetime) -> dict[str, int]:
    """Of where an attempt came from, a pseudonym, the system and the country remain (R18)."""
    return {"places": PLACES.run(conf.database, before=at - conf.ip_retention)}


def _tend_campaigns(at: datetime) -> dict[str, int]:
    """Attempts and orders that a lost wake-up left, and what members of a campaign have sent together."""
    return {"joined": growth.tend(at), **orders.tend(at)}


def _tend_queue(at: datetime) -> dict[str, int]:
    """Not in every round: it reads every open case, and hours decide there."""
    if TENDED_LATELY.rows(conf.database, since=at - TENDED, at=at):
        return {}
    beat("queue", at=at)
    approvals.expire(at)
    cases.rerank(at)
    statements.lapse(at)
    resending.lapse(at)
    return {"too_late": cases.untended(at), "appeals_overdue": appealing.overdue(at)}


def beat(name: str, *, at: datetime, detail: dict[str, int] | None = None) -> None:
    """Say that a part is alive; the doctor reads it."""
    BEAT.add(Heartbeat(name=name, at=at, detail=detail or {}), conf.database)


def _older() -> QuerySet[Decision]:
    return Decision.objects.filter(created_at__lt=given("before", datetime))


def _write_places() -> tuple[QuerySet[Decision], Mapping[str, Any]]:
    known = _older().filter(Q(ip__isnull=False) | Q(latitude__isnull=False))
    return known, {"ip": None, "latitude": None, "longitude": None}


def _write_tended() -> QuerySet[Heartbeat, Any]:
    lately = {"at__gt": given("since", datetime), "at__lte": given("at", datetime)}
    return cast("QuerySet[Heartbeat, Any]", Heartbeat.objects.filter(name="queue", **lately).values_list("name"))


WORDS, PLACES = Changed(lambda: (_older().exclude(said=""), {"said": ""})), Changed(_write_places)
BEAT, TENDED_LATELY = Added(Heartbeat, update=["at", "detail"], unique=["name"]), Prepared(_write_tended)


def purge(*, at: datetime) -> dict[str, int]:
    """Forget on the clock (GDPR Art. 5(1)(e)): content first, then decisions with all that was said about them, then
    pseudonyms. What waits for a person is not forgotten, and the audit log never."""
    using = conf.database
    old = at - conf.decision_retention
    done = (Notice.State.SENT, Notice.State.FAILED)
    standing = Restriction.objects.using(using).values("owner")  # an order is needed as long as it can be lifted
    gone = {
        "evidence": Evidence.objects.using(using).filter(expires_at__lt=at),
        "tokens": SpentToken.objects.using(using).filter(expires_at__lt=at),
        "exemptions": Exemption.objects.using(using).filter(expires_at__lt=old),
        "notices": Notice.objects.using(using).filter(state__in=done, created_at__lt=old),
        "cases": Case.objects.using(using).filter(state=Case.State.CLOSED, closed_at__lt=old),
        "decisions": Decision.objects.using(using).filter(created_at__lt=old, case__isnull=True),
        "marks": Mark.objects.using(using).filter(
            at__lt=at - timedelta(days=conf.policy.campaigns.window_days), todo=False
        ),
        "statements": Statement.objects.using(using)
        .filter(created_at__lt=old)
        .exclude(owner__in=standing)
        .exclude(appeal__state="open"),
        "incidents": Incident.objects.using(using).filter(ended_at__lt=old),
        "campaigns": Campaign.objects.using(using).filter(last_seen__lt=old),
        "orders": Enforcement.objects.using(using)
        .filter(created_at__lt=old)
        .exclude(state=Enforcement.State.PENDING)
        .exclude(owner__in=standing),
    }
    counts = {name: rows.delete()[0] for name, rows in gone.items()}
    return {
        **counts,
        "told": ending.forget(at),
        "sessions": sessions.forget(at),
        "messages": messages.purge(before=old, using=using),
        "people": people.purge(before=old, using=using),
    }
