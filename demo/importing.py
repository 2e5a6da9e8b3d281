"""What an .ics file would become here, and bringing it in; nobody is invited unless its owner asks (R06)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from demo import sending
from demo.models import Event, Guest, User
from demo.occurrences import is_over
from demo.reading import Read

MOST_EVENTS = 500
MOST_GUESTS = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """One event of the file, as it would be imported."""

    event: Event
    guests: tuple[str, ...]
    over: bool
    foreign: bool  # somebody else organises it: a private copy, guests stay out
    known: bool  # already in this calendar
    exception: bool  # one changed time of a series, which Almanac does not keep apart
    dropped: tuple[str, ...]

    @property
    def skipped(self) -> bool:
        return self.known or self.exception

    @property
    def may_invite(self) -> bool:
        return bool(self.guests) and not (self.over or self.foreign or self.skipped)


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What an import did. `stopped`: a challenge or refusal came, and the rest was imported without inviting."""

    saved: int
    invited: int
    withheld: int
    skipped: int
    stopped: bool


def plan(read: Iterable[Read], user: User, at: datetime) -> list[Planned]:
    """The first MOST_EVENTS events, in the file's order."""
    chosen = list(read)[:MOST_EVENTS]
    uids = {one.values["uid"] for one in chosen}
    known = set(user.events.filter(uid__in=uids).values_list("uid", flat=True))
    return [_planned(one, user, at, known) for one in chosen]


def bring_in(planned: Iterable[Planned], request: HttpRequest, *, invite: bool) -> Imported:
    """Save every event; with `invite`, each one's invitations go past the guard until it asks for a person."""
    saved = invited = withheld = skipped = 0
    stopped = False
    for one in planned:
        if one.skipped:
            skipped += 1
            continue
        saved += 1
        if not (invite and one.may_invite) or stopped:
            _store(one)
            continue
        decision = sending.save(one.event, one.guests, sending.Source(request=request, channel="import"))
        if decision is not None and decision.challenge is not None:
            stopped = True
            _store(one)
        elif decision is None or decision.may_send:
            invited += 1
        else:
            withheld += 1
    return Imported(saved=saved, invited=invited, withheld=withheld, skipped=skipped, stopped=stopped)


def _planned(read: Read, user: User, at: datetime, known: set[str]) -> Planned:
    key = uuid4()
    values = {**read.values, "uid": read.values["uid"] or f"{key}@{settings.MAIL_DOMAIN}"}
    event = Event(pk=key, owner=user, changed_at=at, **values)
    foreign = bool(read.organiser) and read.organiser != user.email
    doubled = event.uid in known and not read.recurrence_id
    if not read.recurrence_id:
        known.add(event.uid)
    return Planned(
        event=event,
        guests=() if foreign else tuple(one for one in read.guests if one != user.email)[:MOST_GUESTS],
        over=is_over(event, at),
        foreign=foreign,
        known=doubled,
        exception=bool(read.recurrence_id),
        dropped=read.dropped,
    )


def _store(one: Planned) -> None:
    """Into the calendar, telling nobody: neither now, nor when it is edited later."""
    one.event.notifies = False
    with transaction.atomic():
        one.event.save()
        Guest.objects.bulk_create(Guest(event=one.event, address=address) for address in one.guests)
