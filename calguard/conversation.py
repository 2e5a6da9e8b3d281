"""One copy given to the mail server, cut where it can be accepted: before the final dot nothing has left (RFC 5321)."""

from __future__ import annotations

import re
import smtplib
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend

from calguard.conf import conf

__all__ = ["Broken", "Refused", "Silent", "Stopped", "Unreachable", "close", "opened", "send"]

PATIENCE = 60  # seconds for each answer, where EMAIL_TIMEOUT does not say: a worker must not wait for ever
LINE_OF_DOT = re.compile(rb"(?m)^\.")


class Unreachable(Exception):  # noqa: N818  no fault of any copy
    """There is no conversation: the server is away, or does not let us in."""


class Broken(Exception):  # noqa: N818
    """The conversation ended before the copy was complete: it surely did not leave."""


class Silent(Exception):  # noqa: N818
    """The server was given the whole copy and did not say what became of it."""


class Stopped(Exception):  # noqa: N818
    """The copy is held, taken back or another worker's: nothing of it left."""


class Refused(Exception):  # noqa: N818
    """The server's own word on this copy (RFC 5321 4.2.1)."""

    def __init__(self, code: int, text: bytes | str, *, lasting: bool) -> None:
        self.code = code
        self.text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        self.lasting = lasting
        super().__init__(f"{code} {self.text}")


def opened() -> Any:
    """The operator's mail backend, connected. Raises Unreachable."""
    backend = get_connection(conf.email_backend)
    if isinstance(backend, EmailBackend) and backend.timeout is None:
        backend.timeout = PATIENCE
    try:
        backend.open()
    except (OSError, smtplib.SMTPException) as error:
        close(backend)
        raise Unreachable(f"{type(error).__name__}: {error}") from error
    return backend


def close(backend: Any) -> None:
    """What has been said stands, however the goodbye goes."""
    with suppress(OSError, smtplib.SMTPException):
        backend.close()


def send(backend: Any, mail: EmailMessage, begin: Callable[[], bool]) -> None:
    """Hand one mail over. `begin` is asked at the last moment at which it can still be stopped.

    Over SMTP that is before the final dot, so that whatever dies earlier may be tried again; other backends tell
    nothing of what they do, and are asked to begin before they are given the mail. Raises Stopped, Refused, Broken or
    Silent.
    """
    smtp = _smtp(backend)
    if smtp is None:
        _whole(backend, mail, begin)
        return
    smtp.data = _Data(smtp, begin)
    try:
        backend.send_messages([mail])
    except smtplib.SMTPException as error:
        raise _meaning(error) from error
    except OSError as error:
        raise Broken(f"{type(error).__name__}: {error}") from error
    finally:
        del smtp.data


def _smtp(backend: Any) -> Any | None:
    """The connection, where it is Django's way of speaking SMTP, in which the mail goes through `data` of it."""
    own: Any = type(backend)
    smtp = getattr(backend, "connection", None)
    as_django_does = (
        isinstance(backend, EmailBackend)
        and own.send_messages is EmailBackend.send_messages
        and own._send is cast("Any", EmailBackend)._send
        and isinstance(smtp, smtplib.SMTP)
        and type(smtp).sendmail is smtplib.SMTP.sendmail
    )
    return smtp if as_django_does else None


class _Data:
    """DATA, its text, and the end of it, in three steps."""

    def __init__(self, smtp: smtplib.SMTP, begin: Callable[[], bool]) -> None:
        self.smtp = smtp
        self.begin = begin

    def __call__(self, message: bytes) -> tuple[int, bytes]:
        smtp = self.smtp
        smtp.putcmd("data")
        code, said = smtp.getreply()
        if code != 354:
            return code, said
        if smtp.sock is not None:  # or the dot would wait until the server has acknowledged the text
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        text = LINE_OF_DOT.sub(b"..", message)
        smtp.send(text if text.endswith(b"\r\n") else text + b"\r\n")
        if not self.begin():
            smtp.close()  # without the dot the server forgets it
            raise Stopped
        try:
            smtp.send(b".\r\n")
            code, said = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            smtp.close()
            raise Silent(f"{type(error).__name__}: {error}") from error
        if 200 <= code < 300:
            return 250, said
        if not 400 <= code < 600:
            smtp.close()
            raise Silent(f"not an answer: {code}")
        return code, said


def _whole(backend: Any, mail: EmailMessage, begin: Callable[[], bool]) -> None:
    if not begin():
        raise Stopped
    try:
        backend.send_messages([mail])
    except Exception as error:
        meant = _meaning(error) if isinstance(error, smtplib.SMTPException) else None
        if isinstance(meant, Refused):
            raise meant from error
        raise Silent(f"{type(error).__name__}: {error}") from error


def _meaning(error: smtplib.SMTPException) -> Refused | Broken:
    """What the server said of a copy that is not with it. Who refuses our own address refuses no guest: an operator
    mends that, and the copy waits for it."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()), (550, b"refused"))
        return Refused(int(code), said, lasting=500 <= int(code) < 600)
    if isinstance(error, smtplib.SMTPResponseException) and 400 <= error.smtp_code < 600:
        ours = isinstance(error, smtplib.SMTPSenderRefused)
        return Refused(error.smtp_code, error.smtp_error, lasting=error.smtp_code >= 500 and not ours)
    return Broken(f"{type(error).__name__}: {error}")
