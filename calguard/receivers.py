"""What CalGuard hears from Django by itself: sign-ins, so that a new device can be told from a known one (G1)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from calguard import alarm
from calguard.host import SIGNED_IN


def connect() -> None:
    """Called once, by the app's ready(). Hosts with a sign-in of their own call `calguard.feedback.logged_in`."""
    user_logged_in.connect(note_sign_in, dispatch_uid="calguard.note_sign_in")


def note_sign_in(sender: Any, request: HttpRequest | None, user: Any, **kwargs: Any) -> None:
    """Each write in a savepoint of its own: a sign-in never fails because of us."""
    from calguard import client, feedback, sessions  # models are not there yet when ready() imports this file
    from calguard.conf import conf

    session = getattr(request, "session", None)
    if session is not None:
        session[SIGNED_IN] = timezone.now().timestamp()
    if conf.mode == "off":
        return
    if session is not None:
        with alarm.shielded("receivers.session"), transaction.atomic(using=conf.database):
            sessions.note(session, at=timezone.now())
    with alarm.shielded("receivers.sign_in"), transaction.atomic(using=conf.database):
        if request is not None:
            client.give_device(request)
        feedback.logged_in(user, request)
