"""What becomes of one judged mail: it leaves, waits as it was rendered, is said in our words, or is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.core.mail import EmailMessage
from django.utils import timezone

from calguard import allowances, handover, introductions, keyed, recording, wake
from calguard.conf import conf
from calguard.content.people import normalise
from calguard.dispatch import SYSTEM_TEXT
from outbound import ledger as messages
from outbound.models import Delivery, Submission


@dataclass(frozen=True, kw_only=True, slots=True)
class Pass:
    """What becomes of one mail."""

    leaves: bool
    refused: bool = False
    text: str = ""
    reference: str = ""
    claims: tuple[tuple[int, UUID], ...] = field(default=())  # deliveries to be marked when it has left


def stored(
    submission: Submission,
    message: EmailMessage,
    raw: bytes,
    recipients: list[str],
    at: datetime,
    *,
    held: bool,
    code: str,
) -> Pass:
    """A delivery per recipient; held ones keep the mail as it was rendered, free ones leave with the host's call."""
    using = conf.database
    if SYSTEM_TEXT in submission.note.split():
        return _in_our_words(submission, recipients, at, code=code)
    alone = not held and (  # then each guest's copy goes by itself
        allowances.crowded(submission, recipients, at=at) or introductions.full(submission, recipients, at=at)
    )
    waits = held or alone or not _room(submission, recipients, at)
    hashes = keyed.pseudonyms("recipient", [normalise(address) for address in recipients])
    written = [
        messages.Recipient(
            address=address,
            hash=hashed,
            rendered=raw if waits else None,
            envelope_from=message.from_email or "",
            message_id=str(message.message().get("Message-ID", "")),
        )
        for address, hashed in zip(recipients, hashes, strict=True)
    ]
    handover.write_down(submission, written, at)
    if waits:
        if alone:
            wake.dispatch(submission.pk)
        return Pass(leaves=False, reference=code)
    claim = uuid4()
    mine = Delivery.objects.using(using).filter(message__submission=submission, recipient_hash__in=hashes)
    claimed = messages.claim(submission.pk, limit=len(recipients), claim=claim, at=at, only=hashes, using=using)
    taken = [delivery.pk for delivery in claimed]
    if not taken and not mine.filter(state=Delivery.State.SENT).exists():
        return Pass(leaves=False, reference=code)
    taken = [delivery for delivery in taken if messages.begin_sending(delivery, claim, using=using, at=at)]
    return Pass(leaves=True, reference=code, claims=tuple((delivery, claim) for delivery in taken))


def _in_our_words(submission: Submission, recipients: list[str], at: datetime, *, code: str) -> Pass:
    """A cancellation whose words are withheld: the mail stays, and who was invited is told by the worker (R63)."""
    hashed = dict(
        zip(keyed.pseudonyms("recipient", [normalise(address) for address in recipients]), recipients, strict=True)
    )
    invited = messages.invited_before(submission.account, submission.uid, list(hashed), using=conf.database)
    if invited:
        handover.write_down(
            submission, [messages.Recipient(address=hashed[key], hash=key) for key in sorted(invited)], at
        )
        wake.dispatch(submission.pk)
    elif not Delivery.objects.using(conf.database).filter(message__submission=submission).exists():
        messages.withdraw(submission.pk, "never_invited", at=at, using=conf.database)
    return Pass(leaves=False, reference=code)


def _room(submission: Submission, recipients: list[str], at: datetime) -> bool:
    """Charge the guests of this mail; without room the submission waits like any other (R60)."""
    wanted = allowances.asked(submission, recipients)
    if wanted is None:
        return True
    short = allowances.reserve(wanted, f"mail:{uuid4()}", at=at)
    if short:
        allowances.over_budget(submission, short, len(recipients), at=at)
    return short is None


def refusal(code: str) -> Pass:
    text = f"5.7.1 This invitation was refused ({code}). {recording.explain_url(code)}".strip()
    return Pass(leaves=False, refused=True, text=text, reference=code)


def sent(answer: Pass) -> None:
    """The host's backend took it."""
    for delivery, claim in answer.claims:
        messages.mark_sent(delivery, claim, at=timezone.now(), using=conf.database)


def unsent(answer: Pass) -> None:
    """The host's backend failed; the host knows, and may try again."""
    for delivery, claim in answer.claims:
        messages.mark_failed(delivery, claim, "the mail backend failed", at=timezone.now(), using=conf.database)
