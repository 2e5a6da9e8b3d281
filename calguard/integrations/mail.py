"""The last gate (G4): no calendar part leaves this process by mail without a verdict, whoever built it."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from calguard import alarm, mailgate
from calguard.conf import conf


class Denied(smtplib.SMTPException):
    """The invitation in this mail was refused, or could not be judged. Nothing of it was sent."""

    def __init__(self, text: str, *, reference: str = "") -> None:
        super().__init__(text)
        self.reference = reference


class GuardedBackend(BaseEmailBackend):
    """`EMAIL_BACKEND`: mail without a calendar part passes; the rest is judged, and held, refused or sent.

    Sends through CALGUARD["EMAIL_BACKEND"]. HOLD and THROTTLE store the mail as it is and release it later: it does
    not count as sent, and its owner is told. DENY raises `Denied`, or counts 0 with `fail_silently`.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.inner = get_connection(conf.email_backend, *args, **options)

    def open(self) -> bool | None:
        return self.inner.open()

    def close(self) -> None:
        self.inner.close()

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """The number that left. Every mail gets its answer before the first refusal is raised."""
        leaving: list[EmailMessage] = []
        passes: list[mailgate.Pass] = []
        refusals: list[Denied] = []
        for message in email_messages:
            answer = self._judge(message)
            if isinstance(answer, Denied):
                refusals.append(answer)
            elif answer.leaves:
                leaving.append(message)
                passes.append(answer)
        sent = self._send_all(leaving, passes)
        if refusals and not self.fail_silently:
            raise refusals[0]
        return sent

    def _judge(self, message: EmailMessage) -> mailgate.Pass | Denied:
        try:
            answer = mailgate.judge(message)
        except Exception as error:  # noqa: BLE001  what cannot be judged does not leave (R03)
            alarm.raised("mailgate", error)
            return Denied("The invitation could not be checked just now and was not sent. Please try again later.")
        if answer.refused:
            return Denied(answer.text, reference=answer.reference)
        return answer

    def _send_all(self, messages: list[EmailMessage], passes: list[mailgate.Pass]) -> int:
        """One by one over one connection: where it breaks, it is known which had left. The rest never began, and is
        written down as failed, as the host is told."""
        if not messages:
            return 0
        waiting = list(zip(messages, passes, strict=True))
        opened, sent = None, 0
        try:
            opened = self.inner.open()
            while waiting:
                sent += self._send(*waiting[0])
                waiting.pop(0)
        finally:
            for _, answer in waiting:
                mailgate.unsent(answer)
            if opened:
                self.inner.close()
        return sent

    def _send(self, message: EmailMessage, answer: mailgate.Pass) -> int:
        """A backend that keeps silent about its failures says only in its count that nothing left."""
        left = self.inner.send_messages([message])
        if not left and self.fail_silently:
            mailgate.unsent(answer)
            return 0
        mailgate.sent(answer)
        return int(left or 0)
