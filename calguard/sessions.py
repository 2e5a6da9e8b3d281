"""Whose each session is, so that one account's can be ended without reading everybody's."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.db import router
from django.http import HttpRequest
from django.utils import timezone

from calguard import alarm
from calguard.conf import conf
from calguard.host import SessionsKept, SessionsLeft
from calguard.incidents.models import SignedIn

MARK = "calguard_noted"  # in the session: which key it was written down under, and when
AT_ONCE = 20_000  # sessions not written down yet that one call reads: a second's work

IN_COOKIES = "django.contrib.sessions.backends.signed_cookies"


def note(session: Any, *, at: datetime) -> None:
    """Write down whose a session is. Its key changes with a password, and then it is written down anew."""
    user = str(session.get(SESSION_KEY, ""))
    if not user or settings.SESSION_ENGINE == IN_COOKIES:
        return
    if session.session_key is None:
        session.create()
    row = SignedIn(user=user, key=session.session_key, expires_at=at + timedelta(seconds=session.get_expiry_age()))
    SignedIn.objects.using(conf.database).bulk_create(
        [row], update_conflicts=True, unique_fields=["key"], update_fields=["user", "expires_at"]
    )
    session[MARK] = [_digest(session.session_key), int(at.timestamp())]


def unwritten(request: HttpRequest) -> bool:
    """Whether this request used a session of somebody signed in that is not written down, under its key, or was long
    ago; no query."""
    session: Any = getattr(request, "session", None)
    if not getattr(session, "accessed", False) or settings.SESSION_ENGINE == IN_COOKIES or not session.get(SESSION_KEY):
        return False
    mark = session.get(MARK)
    if not isinstance(mark, list) or len(mark) != 2 or mark[0] != _digest(session.session_key):
        return True
    return bool(timezone.now().timestamp() - mark[1] > session.get_expiry_age() / 2)


def keep(request: HttpRequest) -> None:
    """After a request: whatever signed its user in, before this was installed or by a way of its own."""
    if conf.mode != "off" and unwritten(request):
        with alarm.shielded("sessions.keep"):
            note(request.session, at=timezone.now())


def end(user: str) -> int:
    """End every session of the user whose key that is; the number ended. SessionsKept where they live in cookies;
    SessionsLeft while there are others that nobody has read yet: call again, and each is read once only."""
    if settings.SESSION_ENGINE == IN_COOKIES:
        raise SessionsKept
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    mine = SignedIn.objects.using(conf.database).filter(user=user)
    keys = list(mine.values_list("key", flat=True))
    ended = 0
    for key in keys:
        ended += bool(store.exists(key))
        store.delete(key)
    mine.filter(key__in=keys).delete()
    return ended + _among_the_rest(store, user)


def forget(at: datetime) -> int:
    return SignedIn.objects.using(conf.database).filter(expires_at__lt=at).delete()[0]


def _among_the_rest(store: Any, user: str) -> int:
    """Those of the database that were begun before anybody wrote them down. What is read is written down, as nobody's
    where nobody is signed in: signing in gives a session another key."""
    if not hasattr(store, "get_model_class") or not apps.is_installed("django.contrib.sessions"):
        return 0
    model = store.get_model_class()
    rows = model.objects.filter(expire_date__gt=timezone.now())
    written = SignedIn.objects.using(conf.database).values("key")
    if router.db_for_read(model) == conf.database:
        rows = rows.exclude(session_key__in=written)
    else:
        rows = rows.exclude(session_key__in=set(written.values_list("key", flat=True)))
    found = list(rows.order_by("-expire_date")[: AT_ONCE + 1])
    others, ended = [], 0
    for row in found[:AT_ONCE]:
        whose = str(row.get_decoded().get(SESSION_KEY, ""))
        if whose == user:
            store.delete(row.session_key)
            ended += 1
        else:
            others.append(SignedIn(user=whose, key=row.session_key, expires_at=row.expire_date))
    SignedIn.objects.using(conf.database).bulk_create(others, ignore_conflicts=True, batch_size=500)
    if len(found) > AT_ONCE:
        raise SessionsLeft
    return ended


def _digest(key: str | None) -> str:
    return hashlib.sha256(f"noted:{key}".encode()).hexdigest()[:16] if key else ""
