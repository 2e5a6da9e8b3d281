"""Booking pages: which times are free, and what happens when a visitor takes one."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone

from calguard import actors, guard
from demo import ical, sending
from demo.models import BookingPage, Event, Guest
from demo.occurrences import occurrences
from demo.zones import zone

DAYS = 14  # ahead
NOTICE = timedelta(hours=2)  # nobody is booked for the next minute
WAITS = frozenset({"review", "delayed", "paused"})


class TakenError(ValueError):
    """The time is no longer free."""


def make_key() -> str:
    return secrets.token_urlsafe(9)


def free(page: BookingPage, at: datetime) -> list[datetime]:
    """The times that can be booked, on working days in the owner's zone."""
    owner = page.owner
    own = zone(owner.time_zone)
    today = at.astimezone(own).date()
    begin, end = (datetime.combine(today + timedelta(days=n), time(), tzinfo=own) for n in (0, DAYS + 1))
    near = list(owner.events.filter(cancelled_at=None, starts_at__lt=end))
    gone = {event.pk for event in lapsed(near)}
    taken = [(one.start, one.end) for one in occurrences([one for one in near if one.pk not in gone], begin, end)]
    length = timedelta(minutes=page.minutes)
    found = []
    for day in (today + timedelta(days=n) for n in range(DAYS + 1)):
        if day.weekday() >= 5:
            continue
        start = datetime.combine(day, time(page.first_hour), tzinfo=own)
        closing = datetime.combine(day, time(page.last_hour), tzinfo=own)
        while start + length <= closing:
            if start >= at + NOTICE and all(start + length <= a or b <= start for a, b in taken):
                found.append(start)
            start += length
    return found


def lapsed(events: Iterable[Event]) -> list[Event]:
    """Bookings that wait for a look and do not keep their time meanwhile: whoever may come goes first."""
    booked = [event for event in events if event.booked]
    kept = guard.keeps_time(event.pk for event in booked)
    return [event for event in booked if str(event.pk) not in kept]


def beside(event: Event) -> Iterable[Event]:
    """Other bookings at the same time."""
    others = event.owner.events.filter(booked=True, cancelled_at=None, starts_at__lt=event.ends_at)
    return others.filter(ends_at__gt=event.starts_at).exclude(pk=event.pk)


def waits(event: Event) -> bool:
    return any(one.state in WAITS for one in guard.guest_states(event.pk))


def give_way(others: Iterable[Event]) -> None:
    """What waited for a time that is taken now is over, and was never sent."""
    for other in others:
        guard.withdraw(str(other.pk))
        other.delete()


def reserve(
    page: BookingPage, key: UUID, *, start: datetime, name: str, address: str, answer: str, request: HttpRequest
) -> tuple[Event, guard.Decision]:
    """Put the visitor's wish before the guard, and the event into the owner's calendar where it may stand there.

    What is refused is not stored: it is the visitor's, and its owner has asked for none of it. What waits for a look
    keeps its time for a while only, as nobody is to fill a calendar with what never comes. Raises TakenError.
    """
    at = timezone.now()
    owner = page.owner
    event = Event(
        pk=key,
        owner=owner,
        uid=f"{key}@{settings.MAIL_DOMAIN}",
        title=f"{page.title}: {name}"[:200],
        notes=answer,
        starts_at=start,
        ends_at=start + timedelta(minutes=page.minutes),
        time_zone=owner.time_zone,
        changed_at=at,
        booked=True,
    )
    guests = [Guest(event=event, address=address)]
    source = sending.Source(
        request=request,
        channel="booking",
        actor=actors.visitor(request, address),
        texts={
            "booking.title": page.title,
            "booking.question": page.question,
            "booking.name": name,
            "booking.answer": answer,
        },
    )
    with transaction.atomic():
        page = BookingPage.objects.select_for_update().select_related("owner").get(pk=page.pk)  # one visitor at a time
        if start not in free(page, at) or Event.objects.filter(pk=key).exists():
            raise TakenError
        decision = sending.ask(
            owner,
            ical.build(event, guests),
            source,
            lambda: sending.store(event, guests),
            reference=str(key),
            event=event,
            title=event.title,
        )
        if decision.may_send:
            give_way(lapsed(beside(event)))
    return event, decision


def submission_changed(sender: object, *, reference: str, submission: UUID, state: str, **_: Any) -> None:
    """The visitor's invitation has left: now the owner is told, and not before."""
    if state != "sent":
        return
    try:
        event = Event.objects.select_related("owner").filter(pk=UUID(reference), booked=True, sequence=0).first()
    except ValueError:
        return
    if event is None or event.cancelled_at is not None:
        return
    give_way(other for other in beside(event) if waits(other))
    if event.owner.email_verified_at is None:
        return  # nobody is written to because somebody signed up with their address
    link = settings.CALGUARD["BASE_URL"] + event.get_absolute_url()
    text = render_to_string("demo/mail/booked.txt", {"event": event, "link": link})
    subject, _break, body = text.strip().partition("\n")
    EmailMessage(
        subject=" ".join(subject.split()),
        body=body.strip() + "\n",
        to=[event.owner.email],
        headers={"Auto-Submitted": "auto-generated"},
    ).send()
