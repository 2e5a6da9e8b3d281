"""Turns a delivery into the mail that leaves: built by us after CC A.1, or exactly as the host rendered it."""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage as MimeMessage
from typing import Any

from django.core.mail import EmailMessage

from calguard import provenance
from calguard.conf import conf
from calguard.content.reader import read_text
from calguard.content.types import Content
from calguard.engine import lures
from calguard.engine.brands import claimed
from calguard.host import Facts
from outbound import imip
from outbound.models import Delivery, Submission


@dataclass(frozen=True, kw_only=True, slots=True)
class Ready:
    """A submission that may go, with what goes."""

    submission: Submission
    content: Content
    calendar: bytes
    facts: Facts
    system_text: bool
    previously_invited_only: bool
    alarms: bool = True  # whether the guests' copies keep the reminders (R43)


class Rendered(MimeMessage):
    """A message that leaves octet for octet as it was made, and is read only where somebody asks what is in it: a mail
    server does not."""

    def __init__(self, raw: bytes) -> None:  # what else a message has is read, see below
        self.raw = raw

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "policy" in vars(self):
            raise AttributeError(name)
        vars(self).update(vars(email.message_from_bytes(self.raw, policy=email.policy.default)))
        return getattr(self, name)

    def as_bytes(self, unixfrom: bool = False, policy: Any = None, linesep: str = "\n") -> bytes:
        return self.raw.replace(b"\r\n", b"\n").replace(b"\n", linesep.encode())

    def as_string(self, unixfrom: bool = False, maxheaderlen: int | None = None, policy: Any = None) -> str:
        return self.as_bytes().decode("utf-8", "surrogateescape")


class Prepared(EmailMessage):
    """What Django's mail backends send: an envelope, and a message that is ready."""

    def __init__(self, raw: bytes, *, sender: str, recipient: str) -> None:
        self._rendered = Rendered(raw)
        super().__init__(from_email=sender, to=[recipient])

    @property
    def subject(self) -> str:
        return str(self._rendered.get("Subject", ""))

    @subject.setter
    def subject(self, value: str) -> None:
        """Django sets one; the message has its own."""

    def message(self, **_: Any) -> Any:
        return self._rendered

    def recipients(self) -> list[str]:
        return list(self.to)


def calendar(ready: Ready) -> bytes:
    """The iCalendar object for the guests; a cancellation of a contained account carries our words only (R63)."""
    if ready.system_text and ready.submission.method == "CANCEL":
        return imip.cancellation(ready.calendar)
    return imip.with_method(ready.calendar, ready.submission.method, alarms=ready.alarms)


def _name_now(facts: Facts) -> str:
    """The account's name where the event has none; it may be newer than the verdict, so one that says more than who
    somebody is gives way to the address (R02)."""
    read = read_text({"account.name": facts.name})
    said = [lures.read(text.folded) for text in read.texts]
    claim = claimed(facts.name)
    borrowed = claim is not None and not claim.brand.owns(facts.email.rpartition("@")[2])
    tells = read.links or read.phones or any(reading.claims or reading.hook for reading in said)
    return "" if borrowed or tells else facts.name


def mail(ready: Ready, delivery: Delivery, at: datetime) -> Prepared:
    """The mail for one delivery. imip.Unbuildable where no mail can be made of the content."""
    if delivery.rendered:
        return Prepared(
            bytes(delivery.rendered), sender=delivery.envelope_from or conf.from_email, recipient=delivery.recipient
        )
    submission, content = ready.submission, ready.content
    organizer = content.organizer
    body = calendar(ready)
    raw = imip.rendered(
        imip.Invitation(
            calendar=body,
            method=submission.method,
            organizer_name=(organizer.name if organizer else "") or _name_now(ready.facts),
            organizer_address=(organizer.written if organizer else "") or ready.facts.email,
            from_email=conf.from_email,
            recipient=delivery.recipient,
            message_id=delivery.mail_id,
            date=at,
            language=ready.facts.language,
            system_text=ready.system_text,
            extra_headers={provenance.HEADER: provenance.feedback_id(submission.pk)},
        )
    )
    return Prepared(raw, sender=conf.from_email, recipient=delivery.recipient)
