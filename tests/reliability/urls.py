"""A calendar with one view: it saves an event, and has its guests told."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

from calguard import guard
from calguard.rates import hit
from tests.guard.events import invitation
from tests.hosts.plain.models import Event


@login_required
def save(request: HttpRequest) -> HttpResponse:
    """What the user of a real calendar would see: that it is saved, and where its invitations are."""
    hit(request, "write")
    title, name, now = request.POST["title"], request.POST["name"], datetime.now(UTC)
    content = invitation(
        organizer=request.user.email, summary=title, uid=f"{name}@x", guests=[f"ben-{name}@home.example"]
    )
    with guard.sending(request.user, content, channel="web", request=request, reference=name) as decision:
        Event.objects.create(owner=request.user, title=title, starts_at=now, ends_at=now)
    return JsonResponse({"said": decision.as_dict(), "guests": [state.state for state in guard.guest_states(name)]})


urlpatterns = [path("save/", save), path("calguard/", include("calguard.urls"))]
