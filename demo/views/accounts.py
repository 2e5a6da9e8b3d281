"""Signing up, logging in, and everything about one's own account."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, views
from django.contrib.auth.decorators import login_required
from django.core.mail import send_mail
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.views.decorators.http import require_POST

from calguard import feedback, guard
from calguard.integrations.views import limited
from demo.forms import LoginForm, ProfileForm, SignUpForm
from demo.models import User

LINK_LIVES = timedelta(days=3)
log = logging.getLogger("almanac")
signer = TimestampSigner(salt="almanac.verify")


@limited("write", methods=("POST",))
def sign_up(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("month")
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.save()
        feedback.signed_up(user, request)
        login(request, user)
        messages.success(request, f"Welcome, {user.first_name or user.email}.")
        try:
            _send_link(user)
        except OSError:  # the account stands; the page offers to send it again
            log.exception("the verification mail to a new account could not be sent")
            messages.error(request, "The mail with your link could not be sent just now. Have it sent again later.")
        return redirect("month")
    return render(request, "demo/signup.html", {"form": form})


def verify(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail. Opening it is the proof; it works once more without harm."""
    try:
        key, address = cast("list[str]", signer.unsign_object(token, max_age=LINK_LIVES))
    except BadSignature:
        text = "The link is older than three days, or was not copied whole. Log in to have a new one sent."
        return render(request, "demo/problem.html", {"title": "This link does not work", "text": text}, status=400)
    waiting = User.objects.filter(pk=key, email=address, email_verified_at=None)
    confirmed = waiting.update(email_verified_at=timezone.now())
    messages.success(request, "Your address is confirmed." if confirmed else "Your address was confirmed before.")
    return redirect("month" if request.user.is_authenticated else "login")


@require_POST
@login_required
def verify_again(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    if user.email_verified_at is None:
        _send_link(user)
        messages.info(request, f"We sent a new mail to {user.email}.")
    return redirect("account")


@login_required
def account(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Saved.")
        return redirect("account")
    context = {
        "form": form,
        "standing": guard.can_send(user),
        "budget": guard.budget(user),
        "told": user.told.select_related("event")[:20],
    }
    return render(request, "demo/account.html", context)


def _send_link(user: User) -> None:
    path = reverse("verify", args=[signer.sign_object([str(user.pk), user.email])])
    text = render_to_string("demo/mail/verify.txt", {"user": user, "link": settings.CALGUARD["BASE_URL"] + path})
    send_mail("Confirm your address for Almanac", text, None, [user.email])


class Login(views.LoginView):
    template_name = "demo/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True


class Logout(views.LogoutView):
    pass


class PasswordChange(views.PasswordChangeView):
    template_name = "demo/password.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        feedback.credential_changed(self.request.user, self.request)
        messages.success(self.request, "Your password is changed.")
        return answer


class PasswordReset(views.PasswordResetView):
    template_name = "demo/password_reset.html"
    email_template_name = "demo/mail/password_reset.txt"
    subject_template_name = "demo/mail/password_reset_subject.txt"
    success_url = reverse_lazy("login")
    extra_email_context = {"base_url": settings.CALGUARD["BASE_URL"]}

    def form_valid(self, form: Any) -> HttpResponse:
        messages.info(self.request, "If that address has an account, a mail with a link is on its way.")
        return super().form_valid(form)


class PasswordResetConfirm(views.PasswordResetConfirmView):
    template_name = "demo/password.html"
    success_url = reverse_lazy("login")

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        feedback.credential_changed(self.user, self.request)
        messages.success(self.request, "Your password is changed. Log in with the new one.")
        return answer
