"""The calendar as a month and as a list."""

from __future__ import annotations

import calendar as weeks
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import cast

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date

from demo.models import InboxItem, Recurrence, User
from demo.occurrences import Occurrence, occurrences

LIST_DAYS = 60
FIRST_YEAR, LAST_YEAR = 1900, 2200


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """One square of the month."""

    date: date
    occurrences: list[Occurrence]
    today: bool
    outside: bool

    @property
    def shown(self) -> list[Occurrence]:
        return self.occurrences if len(self.occurrences) <= 4 else self.occurrences[:3]

    @property
    def more(self) -> int:
        return len(self.occurrences) - len(self.shown)


@login_required
def month(request: HttpRequest, year: int | None = None, month: int | None = None) -> HttpResponse:
    today = timezone.localdate()
    year, month = year or today.year, month or today.month
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        raise Http404
    rows = weeks.Calendar().monthdatescalendar(year, month)
    first = date(year, month, 1)
    by_day = _by_day(_window(cast("User", request.user), rows[0][0], rows[-1][-1] + timedelta(days=1)))
    days = [
        [Day(date=day, occurrences=by_day[day], today=day == today, outside=day.month != month) for day in row]
        for row in rows
    ]
    context = {
        "weeks": days,
        "first": first,
        "previous": first - timedelta(days=1),
        "next": first + timedelta(days=31),
        "today": today,
    }
    return render(request, "demo/month.html", context)


@login_required
def agenda(request: HttpRequest) -> HttpResponse:
    try:
        first = parse_date(request.GET.get("from", "")) or timezone.localdate()
    except ValueError:
        first = timezone.localdate()
    if not FIRST_YEAR <= first.year <= LAST_YEAR:
        raise Http404
    found = _window(cast("User", request.user), first, first + timedelta(days=LIST_DAYS))
    days = [(day, list(group)) for day, group in groupby(found, key=lambda one: max(one.day, first))]
    context = {
        "days": days,
        "first": first,
        "last": first + timedelta(days=LIST_DAYS - 1),
        "previous": first - timedelta(days=LIST_DAYS),
        "next": first + timedelta(days=LIST_DAYS),
        "today": timezone.localdate(),
    }
    return render(request, "demo/list.html", context)


def _window(user: User, first: date, end: date) -> list[Occurrence]:
    """Own events and accepted or waiting invitations between two days, in the zone of whoever looks."""
    zone = timezone.get_current_timezone()
    begin, until = (datetime.combine(day, time(), tzinfo=zone) for day in (first, end))
    near = Q(starts_at__lt=until) & (Q(ends_at__gte=begin) | ~Q(recurrence=Recurrence.NONE))
    own = user.events.filter(near, cancelled_at=None)
    invited = user.inbox.filter(near, state__in=[InboxItem.State.NEW, InboxItem.State.ACCEPTED])
    both = occurrences(own, begin, until) + occurrences(invited, begin, until, inbox=True)
    return sorted(both, key=lambda one: one.start)


def _by_day(found: list[Occurrence]) -> defaultdict[date, list[Occurrence]]:
    """Each occurrence under every day it touches, six weeks at most."""
    by_day: defaultdict[date, list[Occurrence]] = defaultdict(list)
    for one in found:
        for offset in range(min((one.last_day - one.day).days, 400) + 1):
            by_day[one.day + timedelta(days=offset)].append(one)
    return by_day
