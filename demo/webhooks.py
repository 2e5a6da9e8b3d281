"""Telling an address of the user's own what left their account: afterwards, signed, where operators allow it."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from demo.models import Event, Webhook, WebhookCall

SECONDS = 5.0
TRIES = 5
BUSY = timedelta(minutes=2)  # a call at hand is not made a second time


def allowed(url: str) -> bool:
    """Whether the operator has named this very host and port: anything else may lead into a network of the operator's
    own, by a name that resolves to it, a redirect or an odd spelling. Nothing is allowed until it is named."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return False
    if parts.scheme not in {"https", "http"} or parts.username is not None or not parts.hostname:
        return False
    return f"{parts.hostname}:{port}" in settings.ALMANAC_WEBHOOK_HOSTS


def submission_changed(sender: object, *, reference: str, submission: UUID, state: str, **_: Any) -> None:
    """CalGuard says what became of an invitation. Only what has left is told: a webhook is one more way out."""
    if state != "sent":
        return
    try:
        event = Event.objects.filter(pk=UUID(reference)).first()
    except ValueError:
        return  # an answer, a reminder, a shared calendar
    hook = Webhook.objects.filter(user=event.owner_id).first() if event is not None else None
    if event is None or hook is None:
        return
    at = timezone.now()
    what = "event.cancelled" if event.cancelled_at else "event.sent"
    body = {"what": what, "event": str(event.pk), "uid": event.uid, "title": event.title, "at": at.isoformat()}
    WebhookCall.objects.get_or_create(
        webhook=hook, submission=str(submission), defaults={"body": body, "made_at": at, "next_at": at}
    )


def call_due(at: datetime) -> int:
    """Make every call that is due; the number that arrived. Safe to run twice at once."""
    waiting = WebhookCall.objects.filter(done_at=None, next_at__lte=at).order_by("next_at")
    return sum(_call(pk, at) for pk in waiting.values_list("pk", flat=True)[:100])


def _call(key: int, at: datetime) -> bool:
    mine = WebhookCall.objects.filter(pk=key, done_at=None, next_at__lte=at).update(next_at=at + BUSY)
    if not mine:
        return False
    call = WebhookCall.objects.select_related("webhook").get(pk=key)
    status, answer = _post(call.webhook, json.dumps(call.body).encode())
    call.attempts += 1
    call.answer = answer[:100]
    arrived = 200 <= status < 300
    if arrived or call.attempts >= TRIES:
        call.done_at = at
    else:
        call.next_at = at + timedelta(minutes=2**call.attempts)
    with transaction.atomic():
        call.save(update_fields=["attempts", "answer", "done_at", "next_at"])
    return arrived


def _post(hook: Webhook, body: bytes) -> tuple[int, str]:
    """One request, without following redirects; asked again here whether it is allowed, as settings change."""
    if not allowed(hook.url):
        return 0, "this address is not allowed here"
    parts = urlsplit(hook.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(str(parts.hostname), parts.port, timeout=SECONDS)
    signature = hmac.new(hook.secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Almanac-Signature": f"sha256={signature}"}
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, f"HTTP {answer.status}"
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        return 0, type(error).__name__
    finally:
        connection.close()
