"""Rows as a check leaves them, for tests of what people do with them."""

from __future__ import annotations

import itertools
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from calguard import evidence
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.models import Decision
from outbound.models import Delivery, Hold, Message, Submission

_serial = itertools.count(1)

LURE = b"""BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//Example//EN\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
UID:lure-1@calendar.example\r
DTSTAMP:20260615T090000Z\r
DTSTART:20260616T100000Z\r
DTEND:20260616T110000Z\r
SUMMARY:PayPal order 559.99 USD <script>alert(1)</script>\r
DESCRIPTION:Call +1 888 555 0147 or open http://evil.example/login?x=1 now\r
ORGANIZER;CN=Billing:mailto:billing@throwaway.example\r
ATTENDEE;CN=Jane:mailto:jane.doe@victim.example\r
ATTENDEE:mailto:bob@other.example\r
END:VEVENT\r
END:VCALENDAR\r
"""

LURE_SIGNALS: list[dict[str, Any]] = [
    {
        "detector": "lure",
        "code": "callback_lure",
        "group": "text",
        "points": 60.0,
        "reason": "an amount, a brand and a number to call",
        "field": "DESCRIPTION",
        "public": "content_looks_like_scam",
    },
    {
        "detector": "links",
        "code": "block_list",
        "group": "links",
        "points": 40.0,
        "reason": "evil.example is on the block list",
        "field": "DESCRIPTION",
        "public": "link_not_allowed",
    },
]


def make_user(name: str, *permissions: str, **fields: Any) -> Any:
    """A user of the host; with permissions, a member of its staff. "view_case" and so on, of the app calguard."""
    model = get_user_model()
    user = model._default_manager.create_user(
        username=name, email=f"{name}@calendar.example", password="made-up", is_staff=bool(permissions), **fields
    )
    found = Permission.objects.filter(content_type__app_label="calguard", codename__in=permissions)
    assert found.count() == len(permissions), f"unknown permission among {permissions}"
    user.user_permissions.set(found)
    return user


def account_of(user: Any) -> str:
    return conf.host.account(user)


def submission(
    account: str, *, at: datetime, starts_in: timedelta | None = timedelta(days=1), **fields: Any
) -> Submission:
    given: dict[str, Any] = {
        "channel": "web",
        "reference": f"event:{next(_serial)}",
        "decision": "made-up",
        "method": "REQUEST",
        "uid": f"{next(_serial)}@calendar.example",
        "content_hash": "c" * 64,
        "guests_hash": "d" * 64,
        "recipients": 2,
        "snapshot": LURE,
        "state": Submission.State.ACCEPTED,
        "starts_at": at + starts_in if starts_in is not None else None,
        "created_at": at,
        "due_at": at,
    }
    return Submission.objects.create(account=account, **(given | fields))


def decision(
    account: str,
    *,
    at: datetime,
    verdict: Verdict = Verdict.HOLD,
    held: bool = True,
    starts_in: timedelta | None = timedelta(days=1),
    recipients: int = 2,
    content: bytes | None = LURE,
    **fields: Any,
) -> Decision:
    """One judged attempt. `held`: its submission waits for a person, by this decision's hold."""
    number = next(_serial)
    key = uuid.uuid4()
    sent = submission(account, at=at, starts_in=starts_in, recipients=recipients, snapshot=content, decision=str(key))
    given: dict[str, Any] = {
        "pk": key,
        "code": f"K{number % 1000:03d}-P{number % 1000:03d}",
        "channel": "web",
        "verdict": verdict,
        "enforced": True,
        "score": 100.0,
        "tier": "new",
        "reasons": ["content_looks_like_scam", "link_not_allowed"],
        "signals": LURE_SIGNALS,
        "actions": ["hold"],
        "facts": {"account": {"age_hours": 3.0, "tier": "new"}, "behaviour": {"attempts_hour": 4}, "missing": []},
        "policy_version": "test",
        "content_hash": "c" * 64,
        "guests_hash": "d" * 64,
        "similarity": f"{number:064x}",
        "uid": sent.uid,
        "method": "REQUEST",
        "recipients": recipients,
        "created_at": at,
        "submission": sent,
    }
    row = Decision.objects.create(account=account, **(given | fields))
    if held:
        Hold.objects.create(
            submission=sent, kind=Hold.Kind.REVIEW, owner=row.owner, reason="content_looks_like_scam", created_at=at
        )
    if content:
        evidence.record(row, content, at=at)
    return row


def delivery(
    sent: Submission, recipient: str, *, at: datetime, state: str = Delivery.State.SENT, mail: str = ""
) -> Delivery:
    """One guest's copy of a submission."""
    number = next(_serial)
    message, _ = Message.objects.get_or_create(
        submission=sent,
        uid=sent.uid,
        defaults={
            "account": sent.account,
            "method": sent.method,
            "content_hash": sent.content_hash,
            "occasion": 1,
            "created_at": at,
        },
    )
    return Delivery.objects.create(
        message=message,
        recipient=recipient,
        recipient_hash=f"{number:064x}",
        key_id="default",
        dedupe_key=f"{number:064x}",
        state=state,
        mail_id=mail or f"<{number}@calendar.example>",
        created_at=at,
        sent_at=at if state == Delivery.State.SENT else None,
    )
