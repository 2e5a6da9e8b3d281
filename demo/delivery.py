"""How an invitation, a cancellation or an answer reaches someone here without mail. Everything is safe to repeat."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from calguard.host import InternalMessage
from demo.models import Event, Guest, InboxItem, User
from demo.reading import Read, UnreadableError, read


def deliver(message: InternalMessage, *, at: datetime) -> bool:
    """True when it is in the recipient's calendar, now or from an earlier try; False: nobody here, or unreadable."""
    user = User.objects.filter(email=message.recipient.strip().lower()).first()
    if user is None:
        return False
    try:
        events = read(message.calendar)
    except UnreadableError:
        return False
    with transaction.atomic():
        for event in events:
            _put(user, event, message, at)
    return bool(events)


def _put(user: User, event: Read, message: InternalMessage, at: datetime) -> None:
    if message.method == "REPLY":
        _answered(user, event)
    elif message.method == "CANCEL":
        _cancelled(user, event)
    else:
        _invited(user, event, message.submission, at)


def _invited(user: User, event: Read, submission: str, at: datetime) -> None:
    values = {**event.values, "organiser_name": event.organiser_name, "submission": submission}
    uid = values.pop("uid")
    item, new = InboxItem.objects.get_or_create(
        user=user,
        organiser=event.organiser,
        uid=uid,
        recurrence_id=event.recurrence_id,
        defaults={**values, "received_at": at},
    )
    # What someone called junk stays away, and an older version never replaces a newer one.
    if new or item.state == InboxItem.State.JUNK or values["sequence"] < item.sequence:
        return
    moved = values["sequence"] > item.sequence
    for name, value in values.items():
        setattr(item, name, value)
    if moved:  # a new time or rule asks for a new answer (RFC 5546, 2.1.4)
        item.state, item.answered_at = InboxItem.State.NEW, None
    item.save()


def _cancelled(user: User, event: Read) -> None:
    InboxItem.objects.filter(
        user=user, organiser=event.organiser, uid=event.values["uid"], recurrence_id=event.recurrence_id
    ).exclude(state=InboxItem.State.JUNK).update(
        state=InboxItem.State.CANCELLED, sequence=event.values["sequence"], organiser_comment=event.comment
    )


def _answered(organiser: User, event: Read) -> None:
    """An answer counts only for the guest who gave it, on an event that really is the organiser's."""
    own = Event.objects.filter(owner=organiser, uid=event.values["uid"])
    for address, answer in event.answers.items():
        if answer in Guest.Answer.values:
            Guest.objects.filter(event__in=own, address=address).update(answer=answer, comment=event.comment)
