"""Every way by which something can leave Almanac, watched: mail, calendars of people here, webhooks."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.test import Client
from django.utils import timezone

from demo import mailbox, tokens
from demo.models import Guest, InboxItem, Share, User, WebhookCall

OWN = frozenset({"rita@almanac.example"})  # staff, who are told of cases

# Words by which the guard is made to answer as a test wants; the lists are in `lists`.
FINE = "Shall we have lunch by the river?"
ASKED = "The slides are at http://203.0.113.5/slides.pdf"  # of a new account
HELD = "Please read https://wait-and-see.example/page before"
DENIED = "Please read https://never-ever.example/page before"


@dataclass(frozen=True, kw_only=True)
class Left:
    """What had left at one moment; a difference is what one deed caused."""

    mails: tuple[str, ...]
    items: tuple[Any, ...]
    answers: tuple[Any, ...]
    shares: tuple[Any, ...]
    calls: tuple[Any, ...]

    def since(self, before: Left) -> dict[str, list[Any]]:
        found = {name: [one for one in now if one not in getattr(before, name)] for name, now in vars(self).items()}
        return {name: news for name, news in found.items() if news}


def left(*own: str) -> Left:
    """Everything that reached anybody but the account itself and the operator's staff."""
    mails = [(name, mailbox.load(name)) for name in mailbox.names()]
    return Left(
        mails=tuple(name for name, mail in mails if mail is not None and mail.to not in {*own, *OWN}),
        items=tuple(  # without the guest's own answer, which is in their own calendar
            (*row[:-1], row[-1] == InboxItem.State.CANCELLED)
            for row in InboxItem.objects.values_list("pk", "title", "notes", "sequence", "organiser_comment", "state")
        ),
        answers=tuple(
            Guest.objects.exclude(answer="NEEDS-ACTION").values_list("event", "address", "answer", "comment")
        ),
        shares=tuple(Share.objects.filter(told_at__isnull=False).values_list("pk", flat=True)),
        calls=tuple(WebhookCall.objects.values_list("submission", flat=True)),
    )


def said(name: str) -> str:
    """All that a reader of a mail sees."""
    mail = mailbox.load(name)
    return "\n".join([mail.subject, *(part.text or "" for part in mail.parts)])


def lists(settings: Any, folder: Path) -> None:
    """The operator's lists: what is refused, and what is held."""
    files = {"deny_domains": "never-ever.example\n", "suspect_domains": "wait-and-see.example\n"}
    for name, text in files.items():
        (folder / name).write_text(text)
    settings.CALGUARD = {**settings.CALGUARD, "LISTS": {name: str(folder / name) for name in files}}


@dataclass
class Program:
    """A program with a key of its user's."""

    user: User
    key: str = field(default="")
    client: Client = field(default_factory=lambda: Client(headers={"user-agent": "choir-sync/2.1"}))

    def __post_init__(self) -> None:
        self.key = self.key or tokens.make(self.user, "test", timezone.now())

    def call(self, method: str, path: str, body: Any = None, *, content_type: str = "application/json") -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        bearer = {"authorization": f"Bearer {self.key}", "accept": "application/json"}
        return self.client.generic(method, path, data, content_type=content_type, headers=bearer)

    def dav(self, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
        secret = base64.b64encode(f"{self.user.email}:{self.key}".encode()).decode()
        sent = {
            "authorization": f"Basic {secret}",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.client.generic(method, path, body, content_type="text/calendar", headers=sent)

    def calendar(self, name: str = "") -> str:
        return f"/dav/calendars/{self.user.pk}/main/{name}"


def vevent(
    uid: str, organizer: str, *guests: str, summary: str = "Lunch", method: str = "", lines: tuple[str, ...] = ()
) -> bytes:
    """An event as a calendar program writes it."""
    start = (timezone.now() + timedelta(days=3)).replace(microsecond=0)
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Choir//Sync//EN", *([f"METHOD:{method}"] if method else [])]
    event = [
        "BEGIN:VEVENT", f"UID:{uid}", f"DTSTAMP:{start:%Y%m%dT%H%M%SZ}", f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{start + timedelta(hours=1):%Y%m%dT%H%M%SZ}", f"SUMMARY:{summary}", f"ORGANIZER:mailto:{organizer}",
        *(f"ATTENDEE:mailto:{guest}" for guest in guests), *lines, "END:VEVENT",
    ]  # fmt: skip
    return "\r\n".join([*head, *event, "END:VCALENDAR", ""]).encode()
