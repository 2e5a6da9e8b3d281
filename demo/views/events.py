"""Pages of one event: create, look, edit, cancel, send."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import cast
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from calguard import guard
from calguard.integrations.views import limited
from demo import guestlist, ical, sending
from demo.forms import CancelForm, EventForm, SendForm
from demo.models import Event, User

SHOWN_GUESTS = 200
UNCHANGED = "Saved. Nothing your guests see has changed, so nobody was told."
TAKEN_OFF = "Saved. Only those you took off the list are told."


@login_required
@limited("write", methods=("POST",))
def create(request: HttpRequest) -> HttpResponse:
    """The form carries the new event's key: a form sent twice, or again after a challenge, is still one event."""
    user = cast("User", request.user)
    key = _key(request.POST.get("key", ""))
    if Event.objects.filter(pk=key).exists():
        mine = Event.objects.filter(pk=key, owner=user).first()
        if mine is not None:
            return redirect(mine)
        key = uuid4()
    event = Event(pk=key, owner=user, uid=f"{key}@{settings.MAIL_DOMAIN}", changed_at=timezone.now())
    form = EventForm(request.POST or None, instance=event, owner=user, guard_request=request, initial=_day(request))
    if request.method == "POST" and form.is_valid():
        decision = sending.save(event, form.cleaned_data["guests"], sending.Source(request=request))
        if decision is None or decision.challenge is None:
            return _told(request, event, decision, "Saved.")
        return _shown(request, form, {"form": form, "key": key, "decision": decision})
    return _shown(request, form, {"form": form, "key": key})


@login_required
@limited("write", methods=("POST",))
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    event = get_object_or_404(_mine(request), pk=pk, cancelled_at=None)
    was = sending.before(event) if request.method == "POST" else None
    form = EventForm(request.POST or None, instance=event, owner=event.owner, guard_request=request)
    context = {"form": form, "event": event, "title": Event.objects.get(pk=pk).title}
    if was is not None and form.is_valid():
        source = sending.Source(request=request)
        decision = sending.save(event, form.cleaned_data["guests"], source, was=was)
        if decision is None or decision.challenge is None:
            uninvited = sending.uninvite(event, was, source)
            if uninvited is not None and not uninvited.may_send:
                _explain(request, uninvited)
            return _told(request, event, decision, TAKEN_OFF if uninvited else UNCHANGED)
        return _shown(request, form, {**context, "decision": decision})
    return _shown(request, form, context)


@require_safe
@login_required
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    event = get_object_or_404(_mine(request), pk=pk)
    guests = list(event.guests.all()[: SHOWN_GUESTS + 1])
    rows = guestlist.rows(event, guests[:SHOWN_GUESTS])
    context = {
        "event": event,
        "rows": rows,
        "guest_count": event.guests.count() if len(guests) > SHOWN_GUESTS else len(guests),
        "unsent": any(row.state in guestlist.CAN_BE_SENT for row in rows),
        "told": event.told.first(),
    }
    return render(request, "demo/event.html", context)


@login_required
@limited("write", methods=("POST",))
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    event = get_object_or_404(_mine(request), pk=pk, cancelled_at=None)
    form = CancelForm(request.POST or None, guard_request=request)
    context = {"form": form, "event": event, "concerned": guestlist.under_way(event)}
    if request.method == "POST" and form.is_valid():
        source = sending.Source(request=request)
        decision = sending.cancel(event, source, comment=form.cleaned_data["comment"])
        if decision is None or decision.challenge is None:
            return _told(request, event, decision, "Cancelled. Nobody had been invited yet, so nobody was told.")
        return render(request, "demo/event_cancel.html", {**context, "decision": decision})
    return render(request, "demo/event_cancel.html", context)


@login_required
@limited("write", methods=("POST",))
def send(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send invitations that an import left unsent, or that expired; or, asked for it, the same once more."""
    event = get_object_or_404(_mine(request), pk=pk, cancelled_at=None)
    again = (request.POST if request.method == "POST" else request.GET).get("again") == "1"
    form = SendForm(request.POST or None, guard_request=request)
    guests = list(event.guests.all())
    missing = len(guests) - len(guestlist.reached(event, guests, surely=True)) if again else 0
    context = {"form": form, "event": event, "again": again, "guest_count": len(guests), "missing": missing}
    if not context["guest_count"]:
        return redirect(event)
    if request.method == "POST" and form.is_valid():
        whom: sending.Again = "missing" if again and request.POST.get("to") == "missing" else again
        decision = sending.send(event, sending.Source(request=request), again=whom)
        if decision.challenge is None:
            return _told(request, event, decision, "")
        return render(request, "demo/event_send.html", {**context, "decision": decision})
    return render(request, "demo/event_send.html", context)


@require_safe
@login_required
def download(request: HttpRequest, pk: UUID) -> HttpResponse:
    event = get_object_or_404(_mine(request), pk=pk)
    answer = HttpResponse(ical.build(event, event.guests.all()), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="event.ics"'
    return answer


def _shown(request: HttpRequest, form: EventForm, context: dict[str, object]) -> HttpResponse:
    """The form, with what may still be sent: of what was written, whether there is room for all."""
    guests = form.cleaned_data.get("guests") if form.is_bound else None
    context["budget"] = guard.budget(request.user, guests=guests)
    return render(request, "demo/event_form.html", context)


def _mine(request: HttpRequest) -> QuerySet[Event]:
    return Event.objects.select_related("owner").filter(owner=cast("User", request.user))


def _told(request: HttpRequest, event: Event, decision: guard.Decision | None, quiet: str) -> HttpResponse:
    """What happened, said on the next page: accepted is not sent, and withheld is explained."""
    if decision is None:
        messages.success(request, quiet)
    elif decision.may_send:
        messages.success(request, "Saved. The messages to your guests are on their way; see below for each guest.")
    else:
        _explain(request, decision)
    return redirect(event)


def _explain(request: HttpRequest, decision: guard.Decision) -> None:
    banner = render_to_string("calguard/decision.html", {"decision": decision}, request)
    messages.warning(request, banner, extra_tags="verdict")


def _key(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        return uuid4()


def _day(request: HttpRequest) -> dict[str, object]:
    """A day clicked in the month: the event begins there, at nine."""
    try:
        day = parse_date(request.GET.get("day", ""))
    except ValueError:
        day = None
    if day is None:
        return {}
    start = datetime.combine(day, time(9))
    return {"start": start, "end": start + timedelta(hours=1)}
