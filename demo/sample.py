"""A few ordinary events, so that nobody starts with an empty calendar; they invite nobody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import uuid4

from django.conf import settings

from demo.models import Event, Recurrence, User
from demo.zones import zone

# title, days from this week's Monday, hour, minutes long, recurrence, place
NONE, WEEKLY, MONTHLY = Recurrence.NONE, Recurrence.WEEKLY, Recurrence.MONTHLY
Line = tuple[str, int, int, int, Recurrence, str]
EVENTS: dict[str, tuple[Line, ...]] = {
    "ada@northwind-clinic.example": (
        ("Ward round", 0, 8, 45, WEEKLY, "Second floor"),
        ("Team meeting", 2, 13, 60, WEEKLY, "Blue room"),
        ("Budget review", 8, 10, 90, NONE, "Blue room"),
        ("Rota for next month", 11, 15, 30, MONTHLY, ""),
        ("Dentist", 15, 17, 30, NONE, "Lindenstrasse 4"),
    ),
    "ben.carter@gmail.com": (
        ("Running with Jo", 1, 7, 60, WEEKLY, "Regent's Park"),
        ("Caterer tasting", 9, 18, 90, NONE, "The Old Mill"),
        ("Call the florist", 4, 12, 15, NONE, ""),
    ),
    "cleo@brightpath-webinars.example": (
        ("Rehearse slides", 3, 11, 60, NONE, ""),
        ("Office hours", 4, 15, 60, WEEKLY, "Online"),
    ),
    "emil@lakeside-choir.example": (
        ("Choir practice", 3, 19, 120, WEEKLY, "St Olof's hall"),
        ("Tune the piano", 10, 10, 60, NONE, "St Olof's hall"),
    ),
}


def load(people: Iterable[User], at: datetime) -> int:
    """Give each of these new people their events; the number made."""
    made = [_event(user, line, at) for user in people for line in EVENTS.get(user.email, ())]
    Event.objects.bulk_create(made)
    return len(made)


def _event(user: User, line: Line, at: datetime) -> Event:
    title, days, hour, minutes, recurrence, place = line
    today: date = at.astimezone(zone(user.time_zone)).date()
    day = today - timedelta(days=today.weekday()) + timedelta(days=days)
    start = datetime.combine(day, time(hour), tzinfo=zone(user.time_zone))
    key = uuid4()
    return Event(
        pk=key,
        owner=user,
        uid=f"{key}@{settings.MAIL_DOMAIN}",
        title=title,
        place=place,
        starts_at=start,
        ends_at=start + timedelta(minutes=minutes),
        time_zone=user.time_zone,
        recurrence=recurrence,
        changed_at=at,
    )
