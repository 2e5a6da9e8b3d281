"""Invitations from other people here: accept, decline, or call it junk."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST

from calguard import feedback
from demo import sending, sharing
from demo.forms import AnswerForm
from demo.host import AlmanacHost
from demo.models import InboxItem, User


@login_required
def listing(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    items = user.inbox.exclude(state=InboxItem.State.JUNK)
    return render(request, "demo/inbox.html", {"items": items[:200], "shares": sharing.waiting(user)})


@require_POST
@login_required
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    user = cast("User", request.user)
    item = get_object_or_404(user.inbox.exclude(state=InboxItem.State.JUNK), pk=pk)
    if request.POST.get("answer") == "junk":
        return _junk(request, item)
    form = AnswerForm(request.POST)
    if not form.is_valid() or item.state == InboxItem.State.CANCELLED:
        return HttpResponseBadRequest("Unknown answer, or a comment that is too long.")
    source = sending.Source(request=request)
    decision = sending.answer(item, form.cleaned_data["answer"], source, comment=form.cleaned_data["comment"])
    if decision.may_send:
        messages.success(request, f"{item.get_state_display()}: {item.title}. The organiser will be told.")
    else:
        messages.warning(
            request, render_to_string("calguard/decision.html", {"decision": decision}, request), extra_tags="verdict"
        )
    return redirect("inbox")


def _junk(request: HttpRequest, item: InboxItem) -> HttpResponse:
    """It disappears, series and all, and the organiser is told nothing (R81)."""
    item.state, item.answered_at = InboxItem.State.JUNK, timezone.now()
    item.save(update_fields=["state", "answered_at"])
    organiser = AlmanacHost().account_for(item.organiser)
    if organiser:
        feedback.junk(organiser, item.user.email)
    messages.success(request, "Reported as junk and removed. The organiser is not told.")
    return redirect("inbox")
