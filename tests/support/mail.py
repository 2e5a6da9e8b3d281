"""A real SMTP server that keeps what it is given and can refuse as real ones do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings as django_settings
from pytest_django import Settings

from tests.support.parts import free_port


@dataclass(frozen=True, kw_only=True)
class Received:
    """One accepted mail."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        return cast("EmailMessage", message_from_bytes(self.content, policy=policy.default))


@dataclass
class SmtpServer:
    """What arrived, in order; `refuse[address] = "550 5.1.1 no such user"` answers that recipient so."""

    port: int
    received: list[Received] = field(default_factory=list)
    refuse: dict[str, str] = field(default_factory=dict)

    def to(self, address: str) -> list[Received]:
        """The mails that one recipient got."""
        return [mail for mail in self.received if address in mail.recipients]

    async def handle_RCPT(  # noqa: N802  named and shaped by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content: Any = envelope.original_content or envelope.content or b""
        self.received.append(
            Received(sender=envelope.mail_from or "", recipients=tuple(envelope.rcpt_tos), content=bytes(content))
        )
        return "250 OK"


@pytest.fixture(scope="session")
def smtp_process() -> Iterator[SmtpServer]:
    """The server itself, on a free port for the whole session, as the worker process learns the port only once."""
    server = SmtpServer(port=free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    yield server
    controller.stop()


@pytest.fixture
def smtp_server(smtp_process: SmtpServer, settings: Settings) -> SmtpServer:
    """An empty mailbox; mail of this process, too, goes there through Django's SMTP backend behind the guard."""
    smtp_process.received.clear()
    smtp_process.refuse.clear()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp_process.port
    settings.CALGUARD = {**django_settings.CALGUARD, "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"}
    return smtp_process
