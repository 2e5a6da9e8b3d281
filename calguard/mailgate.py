"""Judges rendered mail that carries a calendar part, and ties one mail per guest together as one submission."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from email.utils import make_msgid
from typing import Any
from uuid import uuid4

from django.core.mail import DNS_NAME, EmailMessage
from django.db import transaction
from django.utils import timezone

from calguard import allowances, attempts, challenge, current, introductions, keyed, people
from calguard.calls import Call, Outcome
from calguard.conf import conf
from calguard.content import mail as mails
from calguard.content.people import normalise
from calguard.content.types import Address, Content
from calguard.decision import Decision
from calguard.dispatch import HOST_TIME, SYSTEM_TEXT
from calguard.engine.types import ScoredSignal, Verdict
from calguard.facts import remembering
from calguard.mailpass import Pass, refusal, sent, stored, unsent
from calguard.mailsender import account_of, signed_in
from calguard.models import Decision as DecisionRow
from outbound import ledger as messages
from outbound.fitting import fit
from outbound.models import Delivery, Submission

__all__ = ["Pass", "judge", "sent", "unsent"]

SAME_EVENT = timedelta(hours=24)  # mails of one event, one per guest, belong together for this long
TRIES = 3  # of one mail to the same guests: a mail server may be away
LATEST = 5  # submissions of one event that another guest's mail may belong to
SAID = frozenset({"text", "links", "identity", "structure"})  # groups of signals that tell what a mail says


def judge(message: EmailMessage) -> Pass:
    """The answer for one mail. A part is a calendar by its content, whatever it calls itself (ARCHITECTURE G4)."""
    recipients = [address for address in message.recipients() if address]
    if conf.mode == "off" or not recipients:
        return Pass(leaves=True)
    _named(message)
    raw = message.message().as_bytes()
    parts = mails.calendars(raw)
    if not parts.calendars:
        return Pass(leaves=True)
    at = timezone.now()
    account, user = account_of(parts)
    calendar = parts.calendars[0]
    whole = _bound(parts.content(), calendar, recipients)
    approved = _approved(account, calendar, recipients, at)
    if (
        approved is not None
        and _body_adds_nothing(account, user, calendar, whole, at)
        and _charged(approved, recipients, at)
    ):
        return Pass(leaves=True)
    return _judged(message, raw, account, user, calendar, whole, recipients, at)


def _named(message: EmailMessage) -> None:
    """Fix the Message-ID: Django makes up another one at each rendering, and what leaves must be found again (R78)."""
    if not any(name.lower() == "message-id" for name in message.extra_headers):
        message.extra_headers["Message-ID"] = make_msgid(domain=str(DNS_NAME))


def _approved(account: str, calendar: Content, recipients: list[str], at: datetime) -> Submission | None:
    """A submission of the host's own, judged before, that is free to go as it is and names these guests."""
    if conf.mode == "enforce" and people.active(account, at=at, using=conf.database):
        return None  # contained since (R66)
    candidates = (
        Submission.objects.using(conf.database)
        .filter(
            account=account,
            content_hash=calendar.hash,
            method=calendar.method,
            sender=Submission.Sender.HOST,
            state=Submission.State.ACCEPTED,
            holds__isnull=True,
        )
        .exclude(channel="mail")
        .exclude(note__contains=SYSTEM_TEXT)
    )
    wanted = {normalise(address) for address in recipients}
    for submission in candidates.order_by("-created_at")[:5]:
        guests = attempts.as_content(bytes(submission.snapshot or b""))
        if wanted <= {guest.email for guest in guests.addresses}:
            return submission
    return None


def _body_adds_nothing(account: str, user: Any, calendar: Content, whole: Content, at: datetime) -> bool:
    """Whether the mail around an approved event is no worse than the event (CC A.1: read all parts)."""
    if "part_mismatch" in whole.problems:
        return False
    asked = Call(user=user, account=account, content=whole, channel="mail", at=at, sender=Submission.Sender.HOST)
    with_body, alone = attempts.compare(asked, calendar)
    return with_body.verdict <= Verdict.OBSERVE or not _says_more(with_body.signals, map(asdict, alone.signals))


def _says_more(signals: Sequence[ScoredSignal], before: Iterable[Mapping[str, Any]]) -> bool:
    """Whether one mail says something worse than what was judged before it, whoever sends it to whom."""
    was: dict[str, float] = {}
    for known in before:
        was[str(known["group"])] = max(was.get(str(known["group"]), 0.0), float(known["points"]))
    return any(signal.group in SAID and signal.points > was.get(signal.group, 0.0) for signal in signals)


def _charged(approved: Submission, recipients: list[str], at: datetime) -> bool:
    """Charge the guests of a mail that the host sends itself, once each; without room the mail waits (R60)."""
    wanted = allowances.asked(approved, recipients)
    whom = keyed.pseudonym("recipient", ",".join(sorted(map(normalise, recipients))))[0]
    owner = f"submission:{approved.pk}/{whom[:32]}"
    if allowances.crowded(approved, recipients, at=at) or introductions.full(approved, recipients, at=at):
        return False
    if wanted is None:
        return True
    if not _as_new(approved, whom, at):  # a host's "send again" is one more notification each time
        return allowances.reserve(wanted, f"{owner}/{uuid4().hex[:16]}", at=at) is None
    if allowances.when_released(approved):
        return True
    return allowances.reserve(wanted, owner, at=at) is None


def _as_new(approved: Submission, whom: str, at: datetime) -> bool:
    """Whether this mail has not left for the same guests so often that it is no host's second try any more."""
    names = (challenge.digest("gate", str(approved.pk), whom, str(n)) for n in range(TRIES))
    return any(challenge.spend(name, at=at, life=HOST_TIME) for name in names)


def _bound(whole: Content, calendar: Content, recipients: list[str]) -> Content:
    """What is judged: the whole mail. What the verdict is bound to: the event, so that one mail per guest is one event.

    The people this mail goes to are guests, whether or not the event names them.
    """
    event = [address for address in whole.addresses if not address.field.startswith("mail.")]
    known = {address.email for address in event if address.role == "attendee"}
    extra = [
        Address(email=normalise(written), written=written, name="", role="attendee", field="mail.to")
        for written in recipients
        if normalise(written) not in known
    ]
    return replace(
        whole,
        addresses=(*event, *extra),
        hash=calendar.hash,
        guests_hash=calendar.guests_hash,
        raw=calendar.raw,
    )


def _judged(
    message: EmailMessage,
    raw: bytes,
    account: str,
    user: Any,
    calendar: Content,
    content: Content,
    recipients: list[str],
    at: datetime,
) -> Pass:
    """Judge, write down, charge; all in one transaction, so that a mail is on record before it leaves."""
    sofar = _submissions_so_far(account, calendar, at)
    call = Call(
        user=user,
        account=account,
        content=content,
        channel="mail",
        at=at,
        request=current.request(),
        proven=signed_in() is not None,
        sender=Submission.Sender.HOST,
        gate="G4",
        guests=_reached(sofar, recipients) + len(recipients),
        token="",
    )
    with transaction.atomic(using=conf.database):
        if sofar:
            continued = replace(call, besides=tuple(str(earlier.decision) for earlier in sofar))
            outcome = attempts.decide(continued, cleared=False)
            for earlier in sofar:
                if (joined := _joined(call, outcome, earlier, message, raw, recipients, at)) is not None:
                    return joined
            call = replace(call, resend=True)  # the host sends on purpose what a guest may have already
        decision = attempts.check(replace(call, guests=max(call.guests or 0, len(content.attendees))))
        return _answered(decision, call, message, raw, recipients, at)


def _submissions_so_far(account: str, calendar: Content, at: datetime) -> list[Submission]:
    """What mails of the same event became so far, newest first."""
    rows = Submission.objects.using(conf.database).filter(
        account=account,
        channel="mail",
        uid=fit(calendar.uid, 500),
        method=calendar.method,
        content_hash=calendar.hash,
        state__in=[Submission.State.ACCEPTED, Submission.State.SENT, Submission.State.REFUSED],
        created_at__gt=at - SAME_EVENT,
    )
    return list(rows.order_by("-created_at")[:LATEST])


def _reached(sofar: list[Submission], recipients: list[str]) -> int:
    """How many other guests mails of this event went to."""
    hashes = keyed.pseudonyms("recipient", [normalise(address) for address in recipients])
    others = Delivery.objects.using(conf.database).filter(message__submission__in=sofar)
    return others.exclude(recipient_hash__in=hashes).values("recipient_hash").distinct().count()


def _joined(
    call: Call,
    outcome: Outcome,
    sofar: Submission,
    message: EmailMessage,
    raw: bytes,
    recipients: list[str],
    at: datetime,
) -> Pass | None:
    """Another guest's mail of an event judged before: the same answer, if it still is the answer."""
    row = DecisionRow.objects.using(conf.database).filter(pk=sofar.decision).first()
    if row is None or sofar.state == Submission.State.SENT:  # which takes no more guests
        return None
    if outcome.system_text_only is not (SYSTEM_TEXT in sofar.note.split()):
        return None
    if _failed_before(sofar, recipients):  # the host tries again: its backend told it that nothing left
        return None
    refused = sofar.state == Submission.State.REFUSED
    held = sofar.holds.exists()
    if not _same_answer(outcome, row, withheld=held or refused):
        return None
    guests = max(sofar.recipients, call.guests or 0)
    Submission.objects.using(conf.database).filter(pk=sofar.pk).update(recipients=guests)
    DecisionRow.objects.using(conf.database).filter(pk=row.pk).update(recipients=guests)
    remembering.forget(row.account)
    if refused:
        return refusal(row.code)
    return stored(sofar, message, raw, recipients, at, held=held, code=row.code)


def _failed_before(sofar: Submission, recipients: list[str]) -> bool:
    hashes = keyed.pseudonyms("recipient", [normalise(address) for address in recipients])
    copies = Delivery.objects.using(conf.database).filter(message__submission=sofar, recipient_hash__in=hashes)
    return copies.filter(state=Delivery.State.FAILED).exists()


def _same_answer(outcome: Outcome, row: DecisionRow, *, withheld: bool) -> bool:
    """What was fine for few is not for many; and who lets go what is withheld has seen, or judged, no worse."""
    if not withheld:
        return outcome.verdict <= Verdict.OBSERVE
    if outcome.verdict <= Verdict.OBSERVE < row.verdict:
        return False  # the earlier one was withheld for what this one does not say
    stricter = outcome.verdict is Verdict.DENY and row.verdict < Verdict.DENY
    return not stricter and not _says_more(outcome.judgement.signals, row.signals)


def _answered(
    decision: Decision, call: Call, message: EmailMessage, raw: bytes, recipients: list[str], at: datetime
) -> Pass:
    if decision.submission is None:
        raise RuntimeError("the verdict could not be recorded")
    if decision.is_refused:
        return refusal(decision.reference)
    submission = Submission.objects.using(conf.database).get(pk=decision.submission)
    messages.confirm(submission.pk, at=at, using=conf.database)
    submission.refresh_from_db()
    return stored(submission, message, raw, recipients, at, held=decision.waits, code=decision.reference)
