"""Mails to owners and staff: one row per incident, text made when it is sent, never in the way of containment."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.urls import NoReverseMatch
from django.utils import timezone, translation

from calguard import links, reasons, recording, wake
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.models import Decision, Notice
from calguard.order import Order
from outbound.models import Submission

log = logging.getLogger("calguard")

ATTEMPTS = 10
IN_HAND = timedelta(minutes=10)  # no mail takes this long: its worker died
STAFF = frozenset({"case_opened", "queue_untended"})
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
    context = {"code": decision.code, "reasons": decision.reasons, "reference": decision.reference}
    place(LATE_KIND[verdict], decision.owner, account=decision.account, context=context, at=at)


def create_for_submission(kind: str, submission: Submission, context: dict[str, Any], *, at: datetime) -> None:
    code = Decision.objects.using(conf.database).filter(pk=submission.decision).values_list("code", flat=True).first()
    details = {**context, "code": code or "", "reference": submission.reference}
    place(kind, f"submission:{submission.pk}", account=submission.account, context=details, at=at)


def drop(kind: str, order: Order) -> None:
    """Take back a notice that has not been sent."""
    Notice.objects.using(conf.database).filter(kind=kind, incident=order.owner, state=Notice.State.PENDING).delete()


def pending(*, before: datetime, limit: int = 200) -> list[int]:
    rows = _unclaimed(before).filter(created_at__lt=before)
    return list(rows.order_by("created_at").values_list("pk", flat=True)[:limit])


def _unclaimed(at: datetime) -> QuerySet[Notice]:
    """What is to be sent and in nobody's hands: `sent_at` of a pending notice is when a worker took it."""
    nobody = Q(sent_at=None) | Q(sent_at__lt=at - IN_HAND)
    return Notice.objects.using(conf.database).filter(nobody, state=Notice.State.PENDING)


def send(notice_id: int, *, at: datetime) -> bool:
    """Send one notice; True when it left now. A second run finds it sent.

    Where the worker dies with the notice in hand it is sent again: told twice is better than never told.
    """
    rows = Notice.objects.using(conf.database)
    claimed = _unclaimed(at).filter(pk=notice_id).update(sent_at=at)
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


def _mail(notice: Notice) -> EmailMessage | None:
    """The mail, in the reader's language; None where nobody is to be reached."""
    facts = conf.host.facts(notice.account) if notice.account else None
    if notice.kind in STAFF:
        to = list(conf.staff_emails)
    elif notice.kind == "owner_alert":
        to = [conf.host.alert_address(notice.account)]
    else:
        to = [facts.email] if facts else []
    to = [address for address in to if address]
    if not to:
        return None
    with translation.override((facts.language if facts and notice.kind not in STAFF else "") or None):
        context = {
            **notice.context,
            "notice": notice,
            "name": facts.name if facts else "",
            "reason_texts": [str(reasons.text(code)) for code in notice.context.get("reasons", ())],
            "explain_url": recording.explain_url(notice.context["code"]) if notice.context.get("code") else "",
            "secure_url": _secure_url(notice),
            "base_url": conf.base_url,
            "now": timezone.now(),
        }
        text = render_to_string(f"calguard/mail/{notice.kind}.txt", context)
    subject, _, body = text.strip().partition("\n")
    return EmailMessage(
        subject=" ".join(subject.split()),
        body=body.strip() + "\n",
        from_email=conf.from_email,
        to=to,
        headers={"Auto-Submitted": "auto-generated"},
    )


def _secure_url(notice: Notice) -> str:
    if notice.kind != "owner_alert" or not notice.account:
        return ""
    try:
        return links.secure(notice.account, notice.incident)
    except NoReverseMatch:
        return ""  # the host did not include calguard.urls


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
