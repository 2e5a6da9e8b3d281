"""Reminders by mail before an event, to its owner and to guests who have its invitation, past the guard."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string

from calguard import guard
from demo import guestlist, ical
from demo.models import Event, Guest, Recurrence, Reminder
from demo.occurrences import starts
from demo.references import REMINDER

log = logging.getLogger("almanac")

LONGEST = timedelta(days=7)  # the longest time before an event that the form offers
SOONEST = timedelta(minutes=1)  # how often the clock looks: "at the start" is the minute before it
DECLINED = frozenset({Guest.Answer.DECLINED})


def due(at: datetime) -> Iterator[tuple[Event, datetime]]:
    """Events of which a time begins within the minutes that their owner chose, and those times; each once."""
    near = Event.objects.select_related("owner").filter(
        reminder__isnull=False, cancelled_at=None, owner__is_active=True, starts_at__lte=at + LONGEST
    )
    for event in near.exclude(recurrence=Recurrence.NONE, starts_at__lte=at).iterator():
        until = at + max(timedelta(minutes=event.reminder or 0), SOONEST)
        for start in starts(event, at, until):
            if not event.reminders.filter(starts_at=start).exists():
                yield event, start


def remind(event: Event, starts_at: datetime, at: datetime) -> None:
    """Make one reminder and have it judged; without guests it is a note to oneself and goes at once."""
    concerned = [guest for guest in event.guests.exclude(answer__in=DECLINED) if guest.agent == Guest.Agent.SERVER]
    guests = guestlist.reached(event, concerned)
    reminder = Reminder(
        event=event,
        starts_at=starts_at,
        changed_at=event.changed_at,
        guests=[guest.address for guest in guests],
        made_at=at,
    )
    try:
        with transaction.atomic():
            reminder.save()
            if guests:
                _ask(reminder, guests)
    except IntegrityError:
        return  # another worker made it
    if not guests:
        released(str(reminder.pk), at)


def released(key: str, at: datetime) -> None:
    """It may go now, if what it says still holds. Safe to repeat: a reminder that comes twice is worse than none."""
    reminder = Reminder.objects.select_related("event__owner").filter(pk=key).first() if key.isdecimal() else None
    if reminder is None or not _holds(reminder, at):
        return
    if not Reminder.objects.filter(pk=reminder.pk, sent_at=None).update(sent_at=at):
        return
    owner = reminder.event.owner
    own = [owner.email] if owner.email_verified_at else []  # nobody writes to strangers by giving their address
    for address in (*own, *reminder.guests):
        try:
            _mail(reminder, address)
        except OSError:  # smtplib's errors are some, too
            log.exception("a reminder could not be sent")


def event_url(key: str) -> str:
    reminder = Reminder.objects.select_related("event").filter(pk=key).first() if key.isdecimal() else None
    return reminder.event.get_absolute_url() if reminder else ""


def _ask(reminder: Reminder, guests: Iterable[Guest]) -> None:
    """No request: the clock asks. The whole event is judged again, as lists and its sender's standing may be others."""
    event = reminder.event
    with guard.sending(
        event.owner,
        ical.build(event, guests, "PUBLISH"),
        channel="reminder",
        reference=f"{REMINDER}{reminder.pk}",
        resend=True,
        dispatch="host",
    ) as decision:
        if decision.challenge is not None:
            guard.confirm(decision)  # its owner gets a link to the check by mail


def _holds(reminder: Reminder, at: datetime) -> bool:
    """A reminder of what has begun, was cancelled or was changed since it was judged helps nobody."""
    event = reminder.event
    return event.cancelled_at is None and event.changed_at == reminder.changed_at and at <= reminder.starts_at


def _mail(reminder: Reminder, address: str) -> None:
    own = address == reminder.event.owner.email
    context = {"event": reminder.event, "starts_at": reminder.starts_at, "own": own}
    text = render_to_string("demo/mail/reminder.txt", context)
    subject, _, body = text.strip().partition("\n")
    EmailMessage(
        subject=" ".join(subject.split()),
        body=body.strip() + "\n",
        to=[address],
        headers={"Auto-Submitted": "auto-generated"},  # RFC 3834: no answering machine replies to it
    ).send()
