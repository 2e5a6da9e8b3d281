"""Around every request: the mail gate learns who asks, calendar objects are judged first, refusals stay on record."""

from __future__ import annotations

import base64
import binascii
import posixpath
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError

from calguard import alarm, client, current, guard, recording, sessions
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.integrations import caldav


class CalguardMiddleware:
    """Behind AuthenticationMiddleware, in sync and async stacks. What fails in here never becomes the host's 500."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        if iscoroutinefunction(self):
            return self._async(request)
        with current.serving(request) as here:
            try:
                early, decision = _before(request)
                response: HttpResponse = early if early is not None else self.get_response(request)
                _after(request, response, decision)
            finally:
                _restore(here)
        return response

    async def _async(self, request: HttpRequest) -> HttpResponse:
        with current.serving(request) as here:
            try:
                early, decision = await _in_thread(_before)(request) if _concerned(request) else (None, None)
                response: HttpResponse = early if early is not None else await self.get_response(request)
                if decision or sessions.unwritten(request):
                    await _in_thread(_after)(request, response, decision)
                else:
                    _after(request, response, None)
            finally:
                if here.decisions:
                    await _in_thread(_restore)(here)
        return response


def _in_thread(call: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    return sync_to_async(call, thread_sensitive=True)


def _restore(here: current.Current) -> None:
    """Outside the view's transaction: what it rolled back is written again (R52)."""
    with alarm.shielded("middleware.restore"):
        for recorded in here.decisions:
            recording.restore(recorded)


def _before(request: HttpRequest) -> tuple[HttpResponse | None, guard.Decision | None]:
    """An answer instead of the view's, and the verdict on the calendar object it carries."""
    try:
        return _judged(request) if _concerned(request) else (None, None)
    except UnreadablePostError:
        return HttpResponse(status=400), None  # the client went away in the middle of its body
    except Exception as error:  # noqa: BLE001  the mail gate still judges whatever leaves
        alarm.raised("middleware", error)
        return None, None


def _after(request: HttpRequest, response: HttpResponse, decision: guard.Decision | None) -> None:
    with alarm.shielded("middleware"):
        if decision is not None:
            caldav.settle(decision, response)
        here = current.current()
        client.set_cookie(request, response, wrote=bool(here and here.decisions))
        sessions.keep(request)


def _concerned(request: HttpRequest) -> bool:
    """Whether this request stores a calendar object below one of GUARDED_PATHS."""
    paths = conf.guarded_paths
    if not paths or conf.mode == "off" or not caldav.may_write_event(request):
        return False
    return request.path.startswith(paths) or _path(request).startswith(paths)


def _path(request: HttpRequest) -> str:
    """The path as a server behind a proxying view resolves it: no doubled slashes, no dots."""
    path = posixpath.normpath("/" + request.path.lstrip("/"))
    return path + "/" if request.path.endswith("/") and path != "/" else path


def _judged(request: HttpRequest) -> tuple[HttpResponse | None, guard.Decision | None]:
    user = _user(request)
    if user is None:
        return None, None  # not signed in: the view refuses it, or is open to all, and then the mail gate judges
    body = _read(request)
    if body is None:
        return caldav.too_large(), None
    if not caldav.is_event(request, body):
        return None, None
    decision = caldav.judge(request, user, body, dispatch="host")  # a calendar that knows nothing of us mails itself
    if decision is None:
        return None, None
    return (caldav.refused(request, decision), None) if decision.verdict is Verdict.DENY else (None, decision)


def _read(request: HttpRequest) -> bytes | None:
    """The body, which the view can read again in each way there is; None where it is too large to be judged.

    Not `request.body`: its bound is meant for forms, and calendar objects with attachments are larger.
    """
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if declared.isdecimal() and int(declared) > caldav.LONGEST_BODY:
        return None
    if hasattr(request, "_body"):
        return request.body if len(request.body) <= caldav.LONGEST_BODY else None
    body = request.read(caldav.LONGEST_BODY + 1)
    if len(body) > caldav.LONGEST_BODY:
        return None
    request._body = body  # as Django's own `body` leaves it
    request._stream = BytesIO(body)
    if "wsgi.input" in request.META:
        request.META["wsgi.input"] = BytesIO(body)  # for views that pass the request on to another server
    return body


def _user(request: HttpRequest) -> Any | None:
    """Who asks: the session's user, or the one the Basic credentials prove, as CalDAV clients keep no session."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return user
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return authenticate(request, username=name, password=password) if colon else None
