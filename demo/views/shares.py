"""Sharing when one is free and busy: invite, accept, look, end."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from calguard.integrations.views import limited
from demo import sending, sharing
from demo.forms import ShareForm
from demo.models import Share, User
from demo.occurrences import occurrences

DAYS = 14


@login_required
@limited("write", methods=("POST",))
def listing(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    form = ShareForm(request.POST or None, owner=user, guard_request=request)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        share = form.save(commit=False)
        share.owner, share.created_at = user, timezone.now()
        decision = sharing.invite(share, sending.Source(request=request))
        if decision.challenge is None:
            if decision.may_send:
                messages.success(request, f"The invitation to {share.address} is on its way.")
            else:
                banner = render_to_string("calguard/decision.html", {"decision": decision}, request)
                messages.warning(request, banner, extra_tags="verdict")
            return redirect("shares")
        context["decision"] = decision
    context["shares"] = [(share, *sharing.state(share)) for share in user.shares.all()]
    context["seen"] = sharing.seen(user)
    return render(request, "demo/shares.html", context)


@require_POST
@login_required
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    share = get_object_or_404(sharing.waiting(cast("User", request.user)), pk=pk)
    share.accepted_at = timezone.now()
    share.save(update_fields=["accepted_at"])
    return redirect("share", share.pk)


@require_POST
@login_required
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """By its owner, or by the one it is shared with. Neither is told by the other's doing."""
    user = cast("User", request.user)
    share = get_object_or_404(Share, Q(owner=user) | Q(address=user.email, told_at__isnull=False), pk=pk)
    junk = request.POST.get("junk") == "1" and share.address == user.email
    sharing.end(share, junk=junk)
    messages.success(request, "Reported as junk and removed." if junk else "This calendar is not shared any more.")
    return redirect("inbox" if junk else "shares")


@require_safe
@login_required
def calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """Times and nothing else: what its owner writes into the calendar later was shown to no judge."""
    share = get_object_or_404(sharing.seen(cast("User", request.user)), pk=pk)
    zone = timezone.get_current_timezone()
    begin = datetime.combine(timezone.localdate(), time(), tzinfo=zone)
    end_ = begin + timedelta(days=DAYS)
    busy = occurrences(share.owner.events.filter(cancelled_at=None, starts_at__lt=end_), begin, end_)
    days = [(day, list(times)) for day, times in groupby(busy, key=lambda one: max(one.day, begin.date()))]
    return render(request, "demo/share.html", {"share": share, "days": days, "until": end_ - timedelta(days=1)})
