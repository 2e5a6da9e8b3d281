"""Events that change: saved by one user, and what their guests were sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.core import mail
from django.utils import timezone

from calguard import dispatch, guard
from outbound.models import Submission
from tests.guard.events import invitation

HOUR = timedelta(hours=1)
OPTIONS = ("resend", "reference", "previous", "actor", "dispatch")
START = datetime(2031, 5, 6, 9, 0, tzinfo=UTC)


def save(user: Any, **said: Any) -> guard.Decision:
    """One save of the event, and what the workers do for it now."""
    options = {name: said.pop(name) for name in OPTIONS if name in said}
    event = invitation(organizer=user.email, name="Ada Berg", **{"start": START, "uid": "plan@x.example"} | said)
    with guard.sending(user, event, reference=options.pop("reference", "e1"), **options) as decision:
        pass
    run()
    return decision


def run() -> None:
    """What the workers do now with everything that is due."""
    now = timezone.now()
    for pk in Submission.objects.filter(state="accepted", due_at__lte=now).values_list("pk", flat=True):
        while dispatch.send(pk, at=now):
            pass


def mails_to(address: str) -> list[str]:
    """The subjects that one guest got."""
    return [str(message.subject) for message in mail.outbox if message.to == [address]]
