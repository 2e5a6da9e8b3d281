"""The host's create-event view four times: bare, behind one rate limit, behind three, and guarded."""

from __future__ import annotations

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.http import require_POST
from django_ratelimit.decorators import ratelimit

from bench.invitations import invitation
from bench.models import Event
from calguard import guard

NEVER_REACHED = "1000000/h"


class EventForm(forms.ModelForm):
    class Meta:
        model = Event
        fields = ("title", "notes", "place", "starts_at", "guests")


def _form(request: HttpRequest) -> EventForm:
    form = EventForm(request.POST, instance=Event(owner=request.user))
    if not form.is_valid():
        raise ValueError(form.errors.as_json())
    return form


@login_required
@require_POST
def bare(request: HttpRequest) -> HttpResponse:
    """Validate and save; whoever mails the guests does so elsewhere."""
    _form(request).save()
    return HttpResponse(status=201)


once = ratelimit(key="user", rate=NEVER_REACHED, method="POST", group="bench.one")(bare)
thrice = ratelimit(key="user", rate=NEVER_REACHED, method="POST", group="bench.user")(
    ratelimit(key="ip", rate=NEVER_REACHED, method="POST", group="bench.ip")(
        ratelimit(key="user_or_ip", rate=NEVER_REACHED, method="POST", group="bench.both")(bare)
    )
)


@login_required
@require_POST
def guarded(request: HttpRequest) -> HttpResponse:
    """The same, with the host's save and the acceptance in one transaction. Writing the iCalendar counts too."""
    form = _form(request)
    event = form.instance
    content = invitation(
        event.guests.split(), organizer=request.user.email, summary=event.title, description=event.notes
    )
    with guard.sending(request.user, content, channel="web", request=request, reference=event.pk) as decision:
        event.save()
    return HttpResponse(status=201, headers={"X-Verdict": decision.verdict.name})


urlpatterns = [
    path("bare", bare),
    path("once", once),
    path("thrice", thrice),
    path("guarded", guarded),
    path("calguard/", include("calguard.urls")),
]
