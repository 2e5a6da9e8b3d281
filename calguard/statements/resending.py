"""What was refused and a person took back: its owner sends it with one click, while it is still the same event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from calguard import actors, audit, links, public, same, wake
from calguard.conf import conf
from calguard.content import reader
from calguard.letting_go import let_go, lets_go
from calguard.models import Case, Decision, Evidence
from calguard.sql import Prepared, given
from outbound import ledger as messages
from outbound.models import Submission

Lazy = str | Promise
MOST = 20  # events of one case that a mail or page names
LATELY = timedelta(days=90)

NOTHING: Lazy = _("There is nothing here that could be sent any more.")
SAID: Mapping[str, Lazy] = {
    "changed": _("You have changed the event since. Send it again from your calendar, as it is now."),
    "begun": _("The event has begun, so its invitations are not sent any more."),
    "anew": _(
        "A person has let this go, but the event as it was looked at is not kept any more, so it cannot be sent with "
        "one click. If you still want it sent, save the event anew in your calendar and send it from there."
    ),
}

Offer = Literal["", "now", "changed", "begun", "anew"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Offered:
    """One event whose invitations can be sent now, for a page or a mail."""

    code: str
    title: str
    url: str  # of the page that has the button


def offer(decision: Decision, *, at: datetime) -> Offer:
    """Whether its owner can have these invitations sent now.

    "now": a person took the refusal back, the event is still ahead, and the host has it exactly as it was judged, for
    nobody else. "changed": it has another version, which is sent like any other. "begun": it would come too late.
    "anew": what was judged is not kept any more, so that only another attempt can send it. "": nothing was taken back,
    or nothing can be said of the event any more.
    """
    submission = decision.submission
    if submission is None or not _taken_back(decision):
        return ""
    if messages.newer_exists(submission, conf.database):
        return ""
    kept = _kept(decision)
    if kept is not None and same.is_late(reader.read(bytes(kept.content)), submission, at):
        return "begun"
    fresh = same.loaded(submission)
    if fresh is None or _stopped(submission, at):
        return ""
    if kept is None:
        return "begun" if same.is_late(fresh[1], submission, at) else "anew"
    return "changed" if same.is_changed(fresh[1], submission, bytes(kept.content)) else "now"


def send(decision: Decision, *, by: str, at: datetime) -> Offer:
    """Let the invitations go, at the word of `by`; what was offered. Only with "now" anything was done, once. The last
    look follows as always: budget, restrictions, and the event as it is then."""
    with transaction.atomic(using=conf.database):
        offered = offer(decision, at=at)
        submission, kept = decision.submission, _kept(decision)
        if offered != "now" or submission is None or kept is None:
            return offered
        if not messages.reopen(
            submission.pk,
            snapshot=bytes(kept.content),
            beside=kept.beside,
            by_owner=True,
            at=at,
            using=conf.database,
        ):
            return ""
        data = {"decision": str(decision.pk), "submission": str(submission.pk)}
        audit.record(by, "submission.sent_after_all", decision.account, "a person took the refusal back", data, at=at)
        wake.dispatch(submission.pk)
    submission.refresh_from_db()
    return "now"


def offered(decisions: Iterable[Decision], *, at: datetime) -> tuple[Offered, ...]:
    """Those of some attempts that can be sent now."""
    return tuple(
        Offered(code=row.code, title=public.title(row), url=_url(row.code))
        for row in decisions
        if offer(row, at=at) == "now"
    )


def mail_context(codes: Iterable[str], *, at: datetime) -> Mapping[str, Any]:
    """What the mail says, as it is when it is sent."""
    rows = Decision.objects.using(conf.database).filter(code__in=list(codes)[:MOST])
    return {"offered": offered(rows.select_related("submission", "case"), at=at), "reason_texts": []}


def lapse(at: datetime) -> int:
    """What was taken back and not sent by the time its event began has expired. How many."""
    if not BEGUN.rows(conf.database, at=at):
        return 0
    gone = 0
    for row in _begun(at, conf.database)[:MOST]:
        if row.submission is not None and offer(row, at=at) == "begun":
            gone += messages.expire_refused(row.submission.pk, at=at, using=conf.database)
    return gone


_FREED = Q(case__state=Case.State.CLOSED) & let_go()


def _begun(at: Any, using: str | None) -> QuerySet[Decision]:
    begun = Q(created_at__gt=at - LATELY, submission__starts_at__lte=at) & _FREED
    return _refused(begun, using)


BEGUN = Prepared(lambda: _begun(given("at", datetime), None).order_by().values_list("pk")[:1])


def refused(which: Q) -> QuerySet[Decision]:
    """Attempts whose invitations stand refused, the oldest first."""
    return _refused(which, conf.database)


def _refused(which: Q, using: str | None) -> QuerySet[Decision]:
    rows = Decision.objects.using(using).filter(which, submission__state=Submission.State.REFUSED)
    return rows.select_related("submission", "case").order_by("created_at")


def _taken_back(decision: Decision) -> bool:
    """Whether invitations were refused, by whomever, and a person has let them go since."""
    submission, case = decision.submission, decision.case
    if submission is None or submission.state != Submission.State.REFUSED or submission.method != "REQUEST":
        return False
    if case is None or case.state != Case.State.CLOSED or not submission.reference:
        return False
    return lets_go(case.outcome, case.label)


def _kept(decision: Decision) -> Evidence | None:
    return Evidence.objects.using(conf.database).filter(decision=decision).first()


def _stopped(submission: Submission, at: datetime) -> bool:
    return conf.mode == "enforce" and actors.stopped(submission.account, submission.actor, at=at)


def _url(code: str) -> str:
    try:
        return links.explain(code)
    except NoReverseMatch:
        return ""
