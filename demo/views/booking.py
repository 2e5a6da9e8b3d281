"""The booking page: its owner's settings, and what visitors see."""

from __future__ import annotations

from datetime import datetime
from typing import cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from calguard.integrations.views import limited
from demo import booking
from demo.forms import BookingForm, BookingPageForm
from demo.models import BookingPage, User
from demo.zones import zone


@login_required
def settings(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    page = BookingPage.objects.filter(owner=user).first()
    form = BookingPageForm(request.POST or None, instance=page or BookingPage(owner=user, key=booking.make_key()))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("booking")
    booked = user.events.filter(booked=True, cancelled_at=None, starts_at__gt=timezone.now()).order_by("starts_at")
    return render(request, "demo/booking.html", {"form": form, "page": page, "booked": booked[:50]})


@limited("write", methods=("POST",))
def book(request: HttpRequest, key: str) -> HttpResponse:
    """Without login. The form carries the event's key: sent twice, or again after a challenge, it is one booking."""
    pages = BookingPage.objects.select_related("owner__organisation")
    page = get_object_or_404(pages, key=key, open=True, owner__is_active=True)
    wish = _key(request.POST.get("key", ""))
    with timezone.override(zone(page.owner.time_zone)):
        return _book(request, page, wish)


def _book(request: HttpRequest, page: BookingPage, wish: UUID) -> HttpResponse:
    times = booking.free(page, timezone.now())
    form = BookingForm(request.POST or None, page=page, times=times, guard_request=request)
    context = {"page": page, "form": form, "key": wish, "full": not times}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            event, decision = booking.reserve(
                page,
                wish,
                start=datetime.fromisoformat(given["start"]),
                name=given["name"],
                address=given["address"],
                answer=given["answer"],
                request=request,
            )
        except booking.TakenError:
            form.add_error("start", "This time was just taken. Please choose another one.")
            return render(request, "demo/book.html", context)
        if decision.challenge is not None:
            return render(request, "demo/book.html", {**context, "decision": decision})
        status = decision.status if decision.is_refused else 200
        done = {"page": page, "event": event, "decision": decision, "address": given["address"]}
        return render(request, "demo/booked.html", done, status=status)
    return render(request, "demo/book.html", context)


def _key(written: str) -> UUID:
    try:
        return UUID(written)
    except ValueError:
        return uuid4()
