"""A host's question, and the answer before it is written down: what was judged, and what of it is enforced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from calguard.content.types import Content
from calguard.context import Gathered
from calguard.engine.types import Channel, Judgement, Verdict
from calguard.whence import Whence


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """A host's question."""

    user: Any
    content: Content
    channel: Channel
    at: datetime
    account: str = ""  # where there is no user object
    request: HttpRequest | None = None
    whence: Whence | None = None  # of the first look, where this is another
    reference: str = ""
    previous: Content | None = None
    actor: str = ""
    resend: bool = False
    missing: bool = False  # with `resend`: only for guests who have not surely got it
    token: str | None = None
    saved: bool = False  # by the host in the transaction of the check, so that both stand or neither
    sender: str = ""  # who builds the mail; conf.dispatch by default
    gate: str = "G2"
    guests: int | None = None
    proven: bool = True  # False where only the mail says whose account it is, as anybody can write
    extra_texts: Mapping[str, str] = field(default_factory=dict)  # what guests read beside the event, by its place
    besides: tuple[str, ...] = ()  # decisions on the same event that this one continues, and does not add to


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What the judge said, and what of it is enforced."""

    judgement: Judgement
    verdict: Verdict
    actions: tuple[str, ...]
    gathered: Gathered | None
    retry_at: datetime | None = None
    system_text_only: bool = False
    own: bool = True  # a deed of the account itself, and not of a visitor, a delegate or staff
