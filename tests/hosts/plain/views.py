"""Views of a calendar that mails each guest by itself and knows nothing of CalGuard: only settings can protect it."""

from __future__ import annotations

from datetime import UTC, datetime
from smtplib import SMTPException

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST
from icalendar import Calendar, vCalAddress
from icalendar import Event as Component

from tests.hosts.plain.models import Event, StoredObject


class EventForm(forms.ModelForm):
    class Meta:
        model = Event
        fields = ("title", "notes", "place", "starts_at", "ends_at", "guests")


@login_required
@require_POST
def create(request: HttpRequest) -> HttpResponse:
    """Save an event and mail its guests."""
    return _save(request, Event(owner=request.user))


@login_required
@require_POST
def update(request: HttpRequest, pk: int) -> HttpResponse:
    """Save a change and mail the guests again."""
    event = get_object_or_404(Event, pk=pk, owner=request.user)
    event.sequence += 1
    return _save(request, event)


@login_required
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Call the event off and say so to the guests."""
    event = get_object_or_404(Event, pk=pk, owner=request.user)
    event.sequence += 1
    told = notify(event, "CANCEL")
    event.delete()
    return JsonResponse({"told": told})


@csrf_exempt
@login_required
@require_http_methods(["PUT"])
def put(request: HttpRequest, name: str) -> HttpResponse:
    """What a CalDAV server does with a PUT, as far as CalGuard is concerned: keep the bytes."""
    _, created = StoredObject.objects.update_or_create(owner=request.user, name=name, defaults={"body": request.body})
    return HttpResponse(status=201 if created else 204)


def _save(request: HttpRequest, event: Event) -> HttpResponse:
    form = EventForm(request.POST, instance=event)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    event = form.save()
    try:
        told = notify(event, "REQUEST")
    except SMTPException as error:
        return JsonResponse({"id": event.pk, "told": 0, "error": str(error)}, status=502)
    return JsonResponse({"id": event.pk, "told": told}, status=201)


def notify(event: Event, method: str) -> int:
    """One mail per guest through Django's mail API, as such hosts do it; the number sent."""
    body = calendar(event, method)
    sent = 0
    for guest in guests_of(event):
        mail = EmailMultiAlternatives(
            subject=f"Invitation: {event.title}",
            body=f"{event.title}\n\n{event.notes}",
            from_email=f"Plain Calendar <calendar@{event.owner.email.rpartition('@')[2]}>",
            to=[guest],
            reply_to=[event.owner.email],
        )
        mail.attach("invite.ics", body, f"text/calendar; method={method}; charset=utf-8")
        sent += mail.send() or 0
    return sent


def guests_of(event: Event) -> list[str]:
    """The addresses as written, empty lines left out."""
    return [line.strip() for line in event.guests.splitlines() if line.strip()]


def calendar(event: Event, method: str) -> bytes:
    """The event as an iTIP message."""
    component = Component()
    component.add("UID", str(event.uid))
    component.add("DTSTAMP", datetime.now(UTC))
    component.add("DTSTART", event.starts_at)
    component.add("DTEND", event.ends_at)
    component.add("SUMMARY", event.title)
    component.add("DESCRIPTION", event.notes)
    component.add("LOCATION", event.place)
    component.add("SEQUENCE", event.sequence)
    component.add("ORGANIZER", vCalAddress(f"mailto:{event.owner.email}"))
    for guest in guests_of(event):
        component.add("ATTENDEE", vCalAddress(f"mailto:{guest}"))
    whole = Calendar()
    whole.add("PRODID", "-//plain//EN")
    whole.add("VERSION", "2.0")
    whole.add("METHOD", method)
    whole.add_component(component)
    return bytes(whole.to_ical())
