"""Whose a copy was: from a Message-ID, UID or feedback id to account, actor, decision and channel, in one query (R78).

The feedback id stands in the header CFBL-Feedback-ID (RFC 9477) of the mail we build. It says which submission a mail
belongs to, and only to us: what we did not make leads nowhere.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, OuterRef, Q, QuerySet, Subquery, Value

from calguard import keyed
from calguard.conf import conf
from calguard.models import Decision
from outbound.fitting import fit
from outbound.models import Delivery, Submission

__all__ = ["HEADER", "Trace", "feedback_id", "find", "submission_of"]

HEADER = "CFBL-Feedback-ID"
PURPOSE = "feedback-id"
NAMED = re.compile(rf"(?:{HEADER}\s*:\s*)?([a-z2-7]{{26}})\.([a-z2-7]{{24}})", re.IGNORECASE)
LONGEST = 1000  # characters of a question
MOST = 200  # rows of an answer, newest first


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """Where one copy, or one submission where no copy is named, came from."""

    account: str
    actor: str  # "" where it was the account itself
    channel: str  # how it came in: web, api, caldav, booking, ...
    route: str  # how it left: mail, or internal for a calendar here; "" where a submission is meant
    state: str
    method: str
    uid: str
    sequence: int
    message_id: str
    decision: str  # the verdict it was accepted under
    code: str  # and the reference that its sender was shown
    submission: UUID
    reference: str
    at: datetime | None  # when it left; of a submission, when it was made


def feedback_id(submission: UUID) -> str:
    """What the header says for every copy of a submission."""
    return f"{_written(submission.bytes)}.{_written(_mac(submission.bytes, _secrets()[0]))}"


def submission_of(text: str) -> UUID | None:
    """The submission that a feedback id of ours names, under any key still configured; None for every other text."""
    found = NAMED.fullmatch(text.strip().strip("<>")[:LONGEST])
    if found is None:
        return None
    try:
        named, mac = (base64.b32decode(part.upper() + "=" * (-len(part) % 8)) for part in found.groups())
    except binascii.Error:
        return None
    ours = [hmac.compare_digest(mac, _mac(named, secret)) for secret in _secrets()]
    return UUID(bytes=named) if len(named) == 16 and any(ours) else None


def find(text: str) -> list[Trace]:
    """Everything that leaves from here under that Message-ID (with or without angle brackets), UID or feedback id,
    newest first and bounded; one query. Nothing for what is none of ours."""
    words = text.strip()[:LONGEST]
    if not words:
        return []
    named = submission_of(words)
    if named is not None:
        return _read(_submissions(Q(pk=named)))
    bare = words.strip("<>")
    copies = _copies(Q(mail_id__in=[fit(f"<{bare}>", 200), fit(bare, 200)]))
    return _read(copies.union(_submissions(Q(uid=fit(words, 500))), all=True))


COLUMNS: Mapping[str, tuple[Any, Any]] = {
    "account": (F("message__account"), F("account")),
    "actor": (F("message__submission__actor"), F("actor")),
    "channel": (F("message__submission__channel"), F("channel")),
    "route": (F("route"), Value("", output_field=CharField())),
    "state": (F("state"), F("state")),
    "method": (F("message__method"), F("method")),
    "uid": (F("message__uid"), F("uid")),
    "sequence": (F("message__sequence"), F("sequence")),
    "message_id": (F("mail_id"), Value("", output_field=CharField())),
    "decision": (F("message__submission__decision"), F("decision")),
    "submission": (F("message__submission_id"), F("pk")),
    "reference": (F("message__submission__reference"), F("reference")),
    "at": (F("sent_at"), F("created_at")),
}
"""Of a copy, and of a submission."""
NAMES = (*COLUMNS, "code")


def _copies(wanted: Q) -> QuerySet[Any, Any]:
    rows = Delivery.objects.using(conf.database).filter(wanted)
    return _told(rows, 0, "message__submission_id")


def _submissions(wanted: Q) -> QuerySet[Any, Any]:
    rows = Submission.objects.using(conf.database).filter(wanted)
    return _told(rows, 1, "pk")


def _told(rows: QuerySet[Any], place: int, key: str) -> QuerySet[Any, Any]:
    judged = Decision.objects.filter(submission=OuterRef(key)).order_by("-created_at").values("code")[:1]
    columns = {f"of_{name}": both[place] for name, both in COLUMNS.items()}
    return rows.order_by().annotate(**columns, of_code=Subquery(judged)).values_list(*columns, "of_code")


def _read(rows: QuerySet[Any, Any]) -> list[Trace]:
    found: Any = rows.order_by("-of_at")[:MOST]
    return [_trace(dict(zip(NAMES, row, strict=True))) for row in found]


def _trace(said: dict[str, Any]) -> Trace:
    key = said.pop("submission")
    return Trace(**said | {"code": said["code"] or ""}, submission=key if isinstance(key, UUID) else UUID(str(key)))


def _secrets() -> list[bytes]:
    return [bytes.fromhex(secret) for secret in keyed.secrets(PURPOSE)]


def _mac(named: bytes, secret: bytes) -> bytes:
    return hmac.digest(secret, named, "sha256")[:15]


def _written(octets: bytes) -> str:
    return base64.b32encode(octets).decode().rstrip("=").lower()
