"""Saving an event and telling its guests: one transaction, and never without having asked the guard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from calguard import guard
from demo import guestlist, ical
from demo.host import REPLY_PREFIX
from demo.models import Event, Guest, InboxItem, Told, User

Channel = Literal["web", "import"]
CHUNK = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """An event as it was before its owner touched it."""

    calendar: bytes
    visible: bytes
    schedule: tuple[object, ...]
    guests: tuple[Guest, ...]


def before(event: Event) -> Before:
    """Remember an event before a form writes into it."""
    guests = tuple(event.guests.all())
    return Before(
        calendar=ical.build(event, guests),
        visible=ical.visible(event),
        schedule=tuple(getattr(event, name) for name in ical.SCHEDULE),
        guests=guests,
    )


def save(
    event: Event, addresses: Sequence[str], request: HttpRequest, *, was: Before | None = None, channel: Channel = "web"
) -> guard.Decision | None:
    """
    Save, and notify whom it concerns. None: nobody is told, so nobody was asked.

    With a challenge in the answer nothing was saved: the form comes back. With any other answer the event stands in
    its owner's calendar, sent or not (R52).
    """
    kept = {guest.address: guest.answer for guest in was.guests} if was else {}
    guests = [Guest(event=event, address=one, answer=kept.get(one, Guest.Answer.NONE)) for one in addresses]
    now = timezone.now()
    if was is not None and tuple(getattr(event, name) for name in ical.SCHEDULE) != was.schedule:
        event.sequence += 1  # RFC 5546, 2.1.4
        for guest in guests:
            guest.answer = Guest.Answer.NONE
    seen = was is None or ical.visible(event) != was.visible or not kept.keys() >= set(addresses)
    if seen:
        event.changed_at = now

    def store() -> None:
        event.save()
        _store_guests(event, guests)

    if not (seen and event.notifies and guests):
        with transaction.atomic():
            store()
        return None
    previous = was.calendar if was and was.guests else None
    return _ask(event, ical.build(event, guests), request, store, channel=channel, previous=previous)


def send(event: Event, request: HttpRequest, *, again: bool) -> guard.Decision:
    """Send what was kept back by its owner (an import), or the same once more."""
    event.notifies = True

    def store() -> None:
        event.save(update_fields=["notifies"])

    return _ask(event, ical.build(event, event.guests.all()), request, store, channel="web", resend=again)


def cancel(event: Event, request: HttpRequest) -> guard.Decision | None:
    """
    Cancel, and tell those who were told of it before (RFC 5546, 3.2.5); None: nobody was.

    Whom an invitation has reached is settled by the guard when the message leaves: one may be on its way right now.
    """
    guests = list(event.guests.all())
    previous = ical.build(event, guests)
    concerned = guestlist.under_way(event)
    event.cancelled_at = event.changed_at = timezone.now()
    event.sequence += 1
    if not concerned:
        event.save()
        return None
    return _ask(event, ical.build(event, guests, "CANCEL"), request, event.save, channel="web", previous=previous)


def uninvite(event: Event, was: Before, request: HttpRequest) -> guard.Decision | None:
    """Tell guests who were taken off the list that it goes on without them (RFC 5546, 3.2.5); None: nobody was."""
    stay = set(event.guests.values_list("address", flat=True))
    gone = guestlist.reached(event, [guest for guest in was.guests if guest.address not in stay])
    if not gone:
        return None
    event.sequence += 1  # newer than what they have, and than what they get if they are invited again

    def store() -> None:
        event.save(update_fields=["sequence"])

    return _ask(event, ical.build(event, gone, "CANCEL"), request, store, channel="web", previous=was.calendar)


def answer(item: InboxItem, state: str, request: HttpRequest, at: datetime) -> guard.Decision:
    """Accept or decline an invitation: the answer goes to the organiser, past the guard like everything else."""
    item.state, item.answered_at = state, at
    with guard.sending(
        item.user, ical.reply(item), channel="web", request=request, reference=f"{REPLY_PREFIX}{item.pk}"
    ) as decision:
        item.save(update_fields=["state", "answered_at"])
    return decision


def _ask(
    event: Event,
    calendar: bytes,
    request: HttpRequest,
    store: Callable[[], None],
    *,
    channel: Channel,
    previous: bytes | None = None,
    resend: bool = False,
) -> guard.Decision:
    owner = event.owner
    with guard.sending(
        owner, calendar, channel=channel, request=request, reference=str(event.pk), previous=previous, resend=resend
    ) as decision:
        if decision.challenge is None:
            store()
            _note(owner, event, decision)
    return decision


def _note(owner: User, event: Event, decision: guard.Decision) -> None:
    if decision.may_send:
        return
    Told.objects.get_or_create(
        user=owner,
        code=decision.reference,
        defaults={
            "event": event,
            "title": event.title,
            "headline": str(decision.headline),
            "url": decision.explain_url,
            "at": timezone.now(),
        },
    )


def _store_guests(event: Event, guests: Sequence[Guest]) -> None:
    wanted = {guest.address for guest in guests}
    gone = [pk for pk, address in event.guests.values_list("pk", "address") if address not in wanted]
    for first in range(0, len(gone), CHUNK):
        event.guests.filter(pk__in=gone[first : first + CHUNK]).delete()
    Guest.objects.bulk_create(
        guests, batch_size=CHUNK, update_conflicts=True, unique_fields=["event", "address"], update_fields=["answer"]
    )
