"""CalDAV for real clients: discovery, reading, and writing past the guard (RFC 4791, RFC 6578, RFC 6638)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import quote, unquote, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from calguard import actors
from calguard.integrations import caldav, rest
from demo import dav, scheduling, sending, tokens
from demo.dav import C, D
from demo.models import Event, InboxItem, User

View = Callable[..., HttpResponse]
LARGEST = 2 * 1024 * 1024
MOST_ASKED = 1000  # objects in one multiget
CAPABILITIES = "1, 3, calendar-access, calendar-auto-schedule"
WRITES = frozenset({"PUT", "DELETE"})


def resource(**handlers: View) -> View:
    """One address of the tree, with a function per method. Basic credentials: mail address, and a key as password."""
    allowed = ("OPTIONS", *handlers)

    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "OPTIONS":
            return _plain(200, allowed)
        user = _user(request)
        if user is None:
            response = HttpResponse("Sign in with your mail address and a key from your account page.", status=401)
            response["WWW-Authenticate"] = 'Basic realm="Almanac", charset="UTF-8"'
            return response
        handler = handlers.get(request.method or "")
        if handler is None:
            return _plain(405, allowed)
        if kwargs.pop("pk", user.pk) != user.pk:
            return HttpResponse(status=404)  # nobody learns who else is here
        if "\0" in kwargs.get("name", ""):
            return HttpResponse(status=400)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > LARGEST:
            return caldav.too_large()
        over = rest.limited(request) if request.method in WRITES else None
        if over is not None:
            return over
        try:
            response = handler(request, user, *args, **kwargs)
        except dav.BadRequestError:
            return HttpResponse(status=400)
        response["DAV"] = CAPABILITIES
        return response

    return cast("View", csrf_exempt(view))


def _plain(status: int, allowed: tuple[str, ...]) -> HttpResponse:
    response = HttpResponse(status=status)
    response["Allow"], response["DAV"] = ", ".join(allowed), CAPABILITIES
    return response


def _user(request: HttpRequest) -> User | None:
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, key = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    token = tokens.find(key, timezone.now())
    if token is None or token.user.email != name.strip().lower():
        return None
    request.user = token.user
    request.api_token = token  # type: ignore[attr-defined]
    return token.user


def well_known(request: HttpRequest) -> HttpResponse:
    return redirect("dav-root")


def root_properties(request: HttpRequest, user: User) -> HttpResponse:
    found = {request.path: dav.principal(user)[2:], reverse("dav-principal", args=[user.pk]): dav.principal(user)}
    return _multistatus(request, found if _depth(request) else {request.path: found[request.path]})


def principal_properties(request: HttpRequest, user: User) -> HttpResponse:
    return _multistatus(request, {request.path: dav.principal(user)})


def home_properties(request: HttpRequest, user: User) -> HttpResponse:
    found = {request.path: dav.home(user)}
    if _depth(request):
        found[_calendar(user)] = dav.calendar(user, _token(user))
    return _multistatus(request, found)


def calendar_properties(request: HttpRequest, user: User) -> HttpResponse:
    everything = list(dav.things(user))
    token = dav.state_now(user, {one.name: one.etag for one in everything}, timezone.now())
    found = {request.path: dav.calendar(user, token)}
    if _depth(request):
        found |= {_address(user, one): dav.properties(one)[:3] for one in everything}
    return _multistatus(request, found)


def object_properties(request: HttpRequest, user: User, name: str) -> HttpResponse:
    one = dav.find(user, name)
    return _multistatus(request, {_address(user, one): dav.properties(one)}) if one else HttpResponse(status=404)


def report(request: HttpRequest, user: User) -> HttpResponse:
    """calendar-query, calendar-multiget and sync-collection."""
    root = dav.parse(request.body)
    if root is None:
        raise dav.BadRequestError
    names = dav.asked(root)
    if root.tag == f"{{{C}}}calendar-query":
        asked = dav.filters(root)
        found = {_address(user, one): dav.properties(one) for one in dav.things(user) if dav.matches(one, asked)}
        return _xml(dav.multistatus(found, names))
    if root.tag == f"{{{C}}}calendar-multiget":
        hrefs = [urlsplit(one.text or "").path for one in root.findall(f"{{{D}}}href")][:MOST_ASKED]
        objects = {href: dav.find(user, unquote(href).removeprefix(_calendar(user))) for href in hrefs}
        return _xml(
            dav.multistatus({href: dav.properties(one) if one else None for href, one in objects.items()}, names)
        )
    if root.tag == f"{{{D}}}sync-collection":
        return _changes(user, (root.findtext(f"{{{D}}}sync-token") or "").strip(), names)
    return caldav.error(403, f"{{{D}}}supported-report", "This report is not supported.")


def _changes(user: User, token: str, names: list[str]) -> HttpResponse:
    before = dav.held_then(user, token)
    if before is None:
        return caldav.error(403, f"{{{D}}}valid-sync-token", "Read the whole calendar again.")
    everything = {one.name: one for one in dav.things(user)}
    now = dav.state_now(user, {name: one.etag for name, one in everything.items()}, timezone.now())
    found: dict[str, Any] = {
        _address(user, one): dav.properties(one) for name, one in everything.items() if before.get(name) != one.etag
    }
    found |= {_calendar(user) + quote(name): None for name in before if name not in everything}
    return _xml(dav.multistatus(found, names, now))


def read(request: HttpRequest, user: User, name: str) -> HttpResponse:
    one = dav.find(user, name)
    if one is None:
        return HttpResponse(status=404)
    response = HttpResponse(one.content, content_type="text/calendar; charset=utf-8")
    response["ETag"] = one.etag
    return response


def write(request: HttpRequest, user: User, name: str) -> HttpResponse:
    """Stored first as the guard says, sent later: 201 is no promise, SCHEDULE-STATUS tells each guest's state (R07).

    What is held, delayed or refused is stored as a draft (R52); its owner is told by mail. Only what is somebody
    else's is refused here.
    """
    there = dav.find(user, name)
    if not _fits(request, there):
        return HttpResponse(status=412)
    try:
        kept = scheduling.put(
            user, request.body, _source(request), name=name[:255], current=there.what if there else None
        )
    except scheduling.RefusedError as refused:
        return caldav.refused(request, refused.decision)
    except scheduling.UnusableError as wrong:
        return caldav.error(403, f"{{{C}}}{wrong.condition}", str(wrong))
    response = HttpResponse(status=204 if there else 201)
    if kept.decision is not None and not kept.decision.may_send and kept.decision.explain_url:
        # For people who read what their client logs; the same link is in the mail.
        response["Link"] = f'<{kept.decision.explain_url}>; rel="help"'
    return response  # without an ETag: what is kept is not octet for octet what came (RFC 4791 5.3.4)


def remove(request: HttpRequest, user: User, name: str) -> HttpResponse:
    """An organiser's event is cancelled, an invitation declined; both are told past the guard."""
    there = dav.find(user, name)
    if there is None:
        return HttpResponse(status=404)
    if not _fits(request, there):
        return HttpResponse(status=412)
    if isinstance(there.what, Event):
        sending.cancel(there.what, _source(request))
        return HttpResponse(status=204)
    quiet = request.headers.get("Schedule-Reply", "").upper() == "F"  # RFC 6638 8.1
    if not quiet and there.what.state in {InboxItem.State.NEW, InboxItem.State.ACCEPTED}:
        sending.answer(there.what, "decline", _source(request))
    else:
        InboxItem.objects.filter(pk=there.what.pk).update(state=InboxItem.State.DECLINED)
    return HttpResponse(status=204)


root = resource(PROPFIND=root_properties)
principal = resource(PROPFIND=principal_properties)
home = resource(PROPFIND=home_properties)
calendar = resource(PROPFIND=calendar_properties, REPORT=report)
entry = resource(PROPFIND=object_properties, GET=read, HEAD=read, PUT=write, DELETE=remove)


def _fits(request: HttpRequest, there: dav.Thing | None) -> bool:
    """The client's preconditions (RFC 9110 13.1)."""
    match, none = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    if match is not None and (there is None or (match.strip() != "*" and there.etag not in match)):
        return False
    return not (none is not None and there is not None and (none.strip() == "*" or there.etag in none))


def _source(request: HttpRequest) -> sending.Source:
    token = request.api_token  # type: ignore[attr-defined]
    return sending.Source(request=request, channel="caldav", actor=actors.client(token.pk))


def _depth(request: HttpRequest) -> bool:
    return request.headers.get("Depth", "0") != "0"


def _calendar(user: User) -> str:
    return reverse("dav-calendar", args=[user.pk])


def _address(user: User, one: dav.Thing) -> str:
    return _calendar(user) + quote(one.name)


def _token(user: User) -> str:
    return dav.state_now(user, {one.name: one.etag for one in dav.things(user)}, timezone.now())


def _multistatus(request: HttpRequest, found: dict[str, Any]) -> HttpResponse:
    return _xml(dav.multistatus(found, dav.asked(dav.parse(request.body))))


def _xml(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type="application/xml; charset=utf-8", status=207)
