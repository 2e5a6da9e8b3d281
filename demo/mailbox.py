"""The demo's mail, one file per message: written by a backend, read by the page that shows what left."""

from __future__ import annotations

import email
import email.policy
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage as Parsed
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

NAME = re.compile(r"[0-9]{19}-[0-9a-f]{8}")
SHOWN = 20_000  # characters of a text part on its page


class FolderBackend(BaseEmailBackend):
    """
    Writes each message to a file of its own, under its final name only when it is complete.

    Django's file backend appends messages to one log with a line of dashes between; a message that contains such a
    line would read as two, and this demo promises to show mail exactly as sent.
    """

    def __init__(self, fail_silently: bool = False, **kwargs: Any) -> None:
        super().__init__(fail_silently=fail_silently, **kwargs)
        self.folder = Path(settings.EMAIL_FILE_PATH)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        self.folder.mkdir(parents=True, exist_ok=True)
        written = 0
        for message in email_messages:
            if not message.recipients():
                continue
            name = f"{time.time_ns():019d}-{secrets.token_hex(4)}"
            partial = self.folder / f".{name}.partial"
            partial.write_bytes(message.message().as_bytes())
            partial.rename(self.folder / f"{name}.eml")
            written += 1
        return written


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One leaf of a message's MIME tree."""

    kind: str
    parameters: str
    filename: str
    size: int
    text: str | None  # None: not text
    cut: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """A message that left."""

    name: str
    sender: str
    to: str
    subject: str
    date: str
    auto: str
    method: str
    parts: tuple[Part, ...]
    raw: str


def names() -> list[str]:
    """All messages, newest first."""
    return sorted((path.stem for path in Path(settings.EMAIL_FILE_PATH).glob("*.eml")), reverse=True)


def load(name: str) -> Mail | None:
    """One message by name; None where there is none, or the name is not one of ours."""
    if not NAME.fullmatch(name):
        return None
    try:
        content = (Path(settings.EMAIL_FILE_PATH) / f"{name}.eml").read_bytes()
    except FileNotFoundError:
        return None
    message = email.message_from_bytes(content, policy=email.policy.default)
    parts = tuple(_part(part) for part in message.walk() if not part.is_multipart())
    calendars = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    return Mail(
        name=name,
        sender=str(message.get("from", "")),
        to=str(message.get("to", "")),
        subject=str(message.get("subject", "")),
        date=str(message.get("date", "")),
        auto=str(message.get("auto-submitted", "")),
        method=str(calendars[0].get_param("method") or "").upper() if calendars else "",
        parts=parts,
        raw=content.decode("utf-8", "replace"),
    )


def _part(part: Parsed) -> Part:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    text = None
    if part.get_content_maintype() == "text" or part.get_content_type() == "application/ics":
        text = content.decode("utf-8", "replace")
    return Part(
        kind=part.get_content_type(),
        parameters="; ".join(f"{key}={value}" for key, value in part["content-type"].params.items())
        if part["content-type"]
        else "",
        filename=part.get_filename() or "",
        size=len(content),
        text=text[:SHOWN] if text is not None else None,
        cut=text is not None and len(text) > SHOWN,
    )
