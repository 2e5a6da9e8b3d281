"""Mails to owners and staff: one row per incident, text made when it is sent, never in the way of containment."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from django.core.mail import EmailMessage, get_connection
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation

from calguard import actors, reasons, recording, wake
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.facts.types import VISITED
from calguard.host import Facts
from calguard.incidents import mail as incident_mail
from calguard.models import Decision, Notice
from calguard.order import Order
from calguard.sql import Prepared, given
from calguard.statements import resending, showing
from outbound.fitting import fit
from outbound.models import Submission

log = logging.getLogger("calguard")

ATTEMPTS = 10
IN_HAND = timedelta(minutes=10)  # no mail takes this long: its worker died
STAFF = frozenset({"appeals_overdue", "approval_wanted", "case_opened", "order_failed", "queue_untended"})
OF_PAGE = "bookings_wait"  # in place of those below, once a day: whoever visits a page chooses how many there are
BY_ATTEMPT = frozenset(  # of events
    {"challenge", "delayed", "expired", "following", "over_budget", "refused", "withheld", OF_PAGE}
)
DAY, MOST_UNPROVEN = timedelta(days=1), 3  # of those, to an address that nobody has proved to be the account's
LATE_KIND = {
    Verdict.CHALLENGE: "challenge",
    Verdict.THROTTLE: "delayed",
    Verdict.HOLD: "withheld",
    Verdict.DENY: "refused",
}


def place(kind: str, incident: str, *, account: str = "", context: dict[str, Any] | None = None, at: datetime) -> None:
    """Write a notice once per kind and incident, and wake a worker to send it."""
    row, made = Notice.objects.using(conf.database).get_or_create(
        kind=kind, incident=incident[:150], defaults={"account": account, "context": context or {}, "created_at": at}
    )
    if made:
        wake.notify(row.pk)


def create(kind: str, incident: str, order: Order) -> None:
    """A notice to the owner of the account an order is about."""
    place(kind, incident, account=order.account, context=_context(order), at=order.at)


def tell_owner(kind: str, order: Order) -> None:
    """One notice per decision or case: the sender saw no page that said it."""
    create(kind, order.owner, order)


def tell_owner_late(decision: Decision, verdict: Verdict, *, at: datetime) -> None:
    """Something accepted earlier was kept back at the last look: "sent" was never said, and now "not yet" is."""
    if decision.channel in VISITED:
        _tell_of_page(decision.account, at)
        return
    context = {"code": decision.code, "reasons": decision.reasons, "reference": decision.reference}
    place(LATE_KIND[verdict], decision.owner, account=decision.account, context=context, at=at)


def create_for_submission(kind: str, submission: Submission, context: dict[str, Any], *, at: datetime) -> None:
    if submission.channel in VISITED:
        _tell_of_page(submission.account, at)
        return
    code = Decision.objects.using(conf.database).filter(pk=submission.decision).values_list("code", flat=True).first()
    details = {**context, "code": code or "", "reference": submission.reference}
    place(kind, f"submission:{submission.pk}", account=submission.account, context=details, at=at)


def _tell_of_page(account: str, at: datetime) -> None:
    """Its owner learns once a day that bookings wait, and never as often as visitors like."""
    place(OF_PAGE, f"{at:%Y-%m-%d} {fit(account, 130)}", account=account, at=at)


def count(kind: str, account: str, *, since: datetime) -> int:
    """How many of a kind an account's owner was, or is to be, told since then."""
    return Notice.objects.using(conf.database).filter(kind=kind, account=account, created_at__gt=since).count()


def drop(kind: str, order: Order) -> None:
    """Take back a notice that has not been sent."""
    Notice.objects.using(conf.database).filter(kind=kind, incident=order.owner, state=Notice.State.PENDING).delete()


def pending(*, before: datetime, limit: int = 200) -> list[int]:
    return [pk for (pk,) in PENDING.rows(conf.database, limit, before=before)]


def _write_pending(limit: int) -> QuerySet[Notice, Any]:
    before = given("before", datetime)
    rows = _unclaimed(before, None).filter(created_at__lt=before)
    return cast("QuerySet[Notice, Any]", rows.order_by("created_at").values_list("pk")[:limit])


PENDING = Prepared(_write_pending)


def _unclaimed(at: Any, using: str | None) -> QuerySet[Notice]:
    """What is to be sent and in nobody's hands: `sent_at` of a pending notice is when a worker took it."""
    nobody = Q(sent_at=None) | Q(sent_at__lt=at - IN_HAND)
    return Notice.objects.using(using).filter(nobody, state=Notice.State.PENDING)


def send(notice_id: int, *, at: datetime) -> bool:
    """Send one notice; True when it left now. A second run finds it sent.

    Where the worker dies with the notice in hand it is sent again: told twice is better than never told.
    """
    rows = Notice.objects.using(conf.database)
    claimed = _unclaimed(at, conf.database).filter(pk=notice_id).update(sent_at=at)
    notice = rows.filter(pk=notice_id).first()
    if not claimed or notice is None:
        return False
    try:
        mail = _mail(notice)
        if mail is not None:
            get_connection(conf.email_backend).send_messages([mail])
    except Exception as error:
        log.exception("notice %s could not be sent", notice.pk)
        given_up = notice.attempts + 1 >= ATTEMPTS
        rows.filter(pk=notice.pk).update(
            state=Notice.State.FAILED if given_up else Notice.State.PENDING,
            attempts=notice.attempts + 1,
            sent_at=None,
            created_at=at + timedelta(minutes=min(2**notice.attempts, 120)),
            error=f"{type(error).__name__}: {error}"[:300],
        )
        return False
    rows.filter(pk=notice.pk).update(state=Notice.State.SENT)
    return True


def _called(facts: Facts, *, known: bool) -> str:
    """How the reader is greeted: nobody without a proved address chooses words that a stranger reads."""
    return (facts.name if known else "") or facts.email.partition("@")[0]


def _mail(notice: Notice) -> EmailMessage | None:
    """The mail, in the reader's language; None where nobody is to be reached."""
    account = actors.own_account(notice.account)  # a visitor has none, and is told nothing
    facts = conf.host.facts(account) if account else None
    if notice.kind in STAFF:
        to = list(conf.staff_emails)
    elif notice.kind in incident_mail.KINDS:
        to = [str(notice.context.get("to", ""))]  # chosen when it was placed: a thief may have changed the rest since
    else:
        to = [facts.email] if facts else []
    to = [address for address in to if address]
    unproven = facts is not None and facts.email_verified is False and notice.kind not in STAFF | incident_mail.KINDS
    if not to or (unproven and _enough(notice)):
        return None
    with translation.override((facts.language if facts and notice.kind not in STAFF else "") or None):
        context = {
            **notice.context,
            "notice": notice,
            "name": _called(facts, known=not unproven) if facts else "",
            "reason_texts": [str(reasons.text(code)) for code in notice.context.get("reasons", ())],
            "explain_url": recording.explain_url(notice.context["code"]) if notice.context.get("code") else "",
            **incident_mail.of_mail(notice),
            "base_url": conf.base_url,
            "for_others": actors.kind(notice.account) == "delegate",
            "now": timezone.now(),
            **_of_statements(notice),
        }
        if unproven and "it" in context:
            context["it"] = replace(context["it"], titles=())
        if unproven and context.get("offered"):
            context["offered"] = [replace(one, title="") for one in context["offered"]]
        text = render_to_string(f"calguard/mail/{notice.kind}.txt", context)
    subject, _, body = text.strip().partition("\n")
    return EmailMessage(
        subject=" ".join(subject.split()),
        body=body.strip() + "\n",
        from_email=conf.from_email,
        to=to,
        headers={"Auto-Submitted": "auto-generated"},
    )


def _enough(notice: Notice) -> bool:
    """Whether an address that may be somebody else's was told as often as it is to be in a day: who signs up with it
    must neither fill it nor write to it in our name. All of it stands on the account's own pages."""
    rows = Notice.objects.using(conf.database).filter(account=notice.account, kind__in=BY_ATTEMPT, pk__lt=notice.pk)
    since = notice.created_at - DAY
    return notice.kind in BY_ATTEMPT and rows.filter(created_at__gt=since).count() >= MOST_UNPROVEN


def _of_statements(notice: Notice) -> Mapping[str, Any]:
    """What a mail about a measure, or about the answer to an appeal, says: read when it is sent, in its language."""
    statement, appeal = notice.context.get("statement"), notice.context.get("appeal")
    if notice.kind == "taken_back":
        return resending.mail_context(notice.context.get("offered", ()), at=timezone.now())
    if statement:
        return showing.mail_context(statement, at=timezone.now())
    return showing.answer_context(appeal, at=timezone.now()) if appeal else {}


def _context(order: Order) -> dict[str, Any]:
    decision = order.decision
    return {
        "code": decision.code if decision else "",
        "reasons": decision.reasons if decision else [],
        "reference": decision.reference if decision else "",
        "by_human": order.by_human,
        "words": order.reason if order.by_human else "",
        "time": order.at.isoformat(),
    }
