"""Keys for programs and the webhook: what may act for an account, and what is told of it."""

from __future__ import annotations

import secrets
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from demo import tokens
from demo.forms import KeyForm, WebhookForm
from demo.models import User, Webhook


@login_required
@never_cache
def access(request: HttpRequest) -> HttpResponse:
    """A new key is shown in the answer to its form, and never again."""
    user = cast("User", request.user)
    asked = request.POST.get("form", "")
    hook = Webhook.objects.filter(user=user).first()
    key_form = KeyForm(request.POST if asked == "key" else None)
    hook_form = WebhookForm(request.POST if asked == "webhook" else None, instance=hook)
    made = ""
    if asked == "key" and key_form.is_valid():
        if user.api_tokens.count() < tokens.MOST:
            made = tokens.make(user, key_form.cleaned_data["name"], timezone.now())
            key_form = KeyForm()
        else:
            key_form.add_error("name", "You have as many keys as there can be. End one that you no longer use.")
    elif asked == "webhook" and hook_form.is_valid():
        _keep(user, hook_form)
        messages.success(request, "Saved. It is called whenever invitations of yours have left.")
        return redirect("access")
    elif asked == "webhook-end":
        Webhook.objects.filter(user=user).delete()
        messages.success(request, "Nothing is called any more.")
        return redirect("access")
    context = {
        "key_form": key_form,
        "hook_form": hook_form,
        "made": made,
        "keys": user.api_tokens.all(),
        "hook": hook,
        "calls": hook.calls.order_by("-pk")[:5] if hook else [],
        "hosts": sorted(settings.ALMANAC_WEBHOOK_HOSTS),
        "base": settings.CALGUARD["BASE_URL"],
    }
    return render(request, "demo/access.html", context)


@require_POST
@login_required
def end_key(request: HttpRequest, pk: int) -> HttpResponse:
    ended, _ = cast("User", request.user).api_tokens.filter(pk=pk).delete()
    if ended:
        messages.success(request, "The key is ended. Programs that used it can no longer sign in.")
    return redirect("access")


def _keep(user: User, form: WebhookForm) -> None:
    hook = form.save(commit=False)
    hook.user = user
    hook.secret = hook.secret or secrets.token_urlsafe(32)
    hook.save()
