"""What a request says of the program that made it: its name, how the form was filled, and which device it is."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from calguard import hands, keyed
from calguard.conf import conf
from calguard.engine import agents
from calguard.engine.types import Channel, Client
from outbound.fitting import shorten

NONCE = "calguard_form"  # hidden field: when, for whom and on which device the form was rendered, signed
HONEYPOT = "event_homepage"  # a field people never see; its name must tempt programs
NONCE_LIFE = timedelta(days=2)  # a form left open over night is still a form

COOKIE = "calguard_device"
COOKIE_LIFE = timedelta(days=400)  # the most that browsers keep a cookie
LONGEST = 500  # characters of a header that are looked at
PAGES = 3  # counted since the browser last wrote; more would tell nothing more
REGISTERED = "registered"  # the signature of every API client of record

_EXPECTED = "_calguard_form_expected"
_DEVICE = "_calguard_new_device"
_READ = "_calguard_read_device"

FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendering:
    """One form as it was shown."""

    id: str
    seconds: float  # since it was


def facts(request: HttpRequest, *, channel: Channel = "web", at: datetime | None = None) -> Client:
    """The request as the judge sees it, now or at another moment. Whether the device is known is for the ledger."""
    browser = channel in ("web", "share", "booking")
    shown, rendered = _rendering(request, at) if browser else (None, None)
    registered = _registered(request)
    agent = _agent(request)
    held = _held(request)
    return Client(
        user_agent=agent,
        accept_language=_header(request, "HTTP_ACCEPT_LANGUAGE") or "",
        registered=registered,
        form_seconds=shown.seconds if shown else None,
        honeypot_filled=browser and any(value.strip() for value in _posted(request, HONEYPOT)),
        form_rendered=rendered,
        signature=REGISTERED if registered else agents.read(agent).signature,
        first_signature=str(held.get("s", ""))[:40],
        brands=_header(request, "HTTP_SEC_CH_UA"),
        platform=_header(request, "HTTP_SEC_CH_UA_PLATFORM"),
        mobile=_header(request, "HTTP_SEC_CH_UA_MOBILE"),
        input=_hands(request) if browser else None,
        form=shown.id if shown else "",
        steps=_pages(held) if browser and _sent_by_a_page(request) else None,
    )


def nonce(account: str, *, at: datetime | None = None, request: HttpRequest | None = None) -> str:
    """A value for the hidden field of one form, rendered now or at another moment; on the device of the request."""
    payload = {"at": int(_moment(at) * 1000), "for": _short(account), "id": secrets.token_urlsafe(9)}
    on = _device_mark(request) if request is not None else ""
    return keyed.sign("form", payload | {"on": on} if on else payload)


def expect_form(request: HttpRequest) -> None:
    """This request is the answer to a form that carries a nonce; one without it was made by a program (R12)."""
    setattr(request, _EXPECTED, True)


def read_nonce(
    signed: str, account: str, *, at: datetime | None = None, request: HttpRequest | None = None
) -> Rendering | None:
    """How the form was rendered for this account; None where the nonce is forged, another's, too old, or was shown on a
    device that does not send it back."""
    try:
        payload = keyed.unsign("form", signed)
        age = _moment(at) - int(payload["at"]) / 1000
    except (keyed.BadSignature, KeyError, TypeError, ValueError):
        return None
    if age > NONCE_LIFE.total_seconds() or not keyed.same(str(payload.get("for", "")), _short(account)):
        return None
    on = str(payload.get("on", ""))
    if on and request is not None and not keyed.same(on, _device_mark(request)):
        return None
    return Rendering(id=str(payload.get("id", ""))[:16], seconds=max(0.0, age))


def device(request: HttpRequest) -> str:
    """The device as a pseudonym, "" where neither the host names it nor a cookie of ours does. A random number we gave
    it, no fingerprint."""
    named = conf.host.device(request)
    number = f"host:{named}" if named else _number(request)
    return keyed.pseudonym("device", number)[0] if number else ""


def give_device(request: HttpRequest) -> str:
    """The device's pseudonym; one without a number gets one with the response (`set_cookie`)."""
    if not _number(request):
        setattr(request, _DEVICE, secrets.token_urlsafe(18))
    return device(request)


def set_cookie(request: HttpRequest, response: HttpResponse, *, wrote: bool = False) -> None:
    """Hand out the number that `give_device` made in this request, with what the program says it is; and, to a device
    that has one, how many pages it saw since it last wrote, where that has changed. `wrote`: this request sent
    something."""
    held, made = _held(request), getattr(request, _DEVICE, "")
    before = 0 if made else _pages(held)
    pages = _pages_after(before, wrote=wrote, shown=_shows_page(request, response))
    if not _number(request) or (pages == before and not made):
        return
    state = {"n": _number(request), "s": held.get("s") or agents.read(_agent(request)).signature, "p": pages}
    patch_vary_headers(response, ("Cookie",))
    response.set_cookie(
        COOKIE,
        keyed.sign("device", state),
        max_age=COOKIE_LIFE,
        secure=settings.SESSION_COOKIE_SECURE or request.is_secure(),
        httponly=True,
        samesite="Lax",
        path=settings.SESSION_COOKIE_PATH,
        domain=settings.SESSION_COOKIE_DOMAIN,
    )


def account_of(request: HttpRequest) -> str:
    """The account that is signed in, "" where nobody is."""
    user = getattr(request, "user", None)
    return conf.host.account(user) if user is not None and user.is_authenticated else ""


def _rendering(request: HttpRequest, at: datetime | None) -> tuple[Rendering | None, bool | None]:
    """The form that is answered, and whether there was one; both unknown where no form of ours was asked for."""
    account = account_of(request)
    found = [read_nonce(signed, account, at=at, request=request) for signed in _posted(request, NONCE)]
    shown = [one for one in found if one is not None]
    if shown:
        return min(shown, key=lambda one: one.seconds), True
    return None, False if getattr(request, _EXPECTED, False) else None


def _hands(request: HttpRequest) -> Any:
    """What the script saw; of a form that was sent twice over, the first that can be read."""
    tails = {hands.tail(signed) for signed in _posted(request, NONCE) if signed}
    return next(filter(None, (hands.read(written, tails) for written in _posted(request, hands.FIELD))), None)


def _posted(request: HttpRequest, name: str) -> Iterator[str]:
    """The values of a field, whatever prefix its form has."""
    try:
        fields: Any = request.POST
    except Exception:  # noqa: BLE001  a body no parser can read carries no form
        return
    for key in fields:
        if key == name or key.endswith(f"-{name}"):
            yield from (value for value in fields.getlist(key) if isinstance(value, str))


def _registered(request: HttpRequest) -> bool:
    """Only the host knows its API clients of record; a header could be sent by anybody."""
    return bool(conf.host.registered_client(request))


def _header(request: HttpRequest, name: str) -> str | None:
    """As far as it is looked at, and as PostgreSQL can keep it."""
    given = request.META.get(name)
    return None if given is None else shorten(str(given)[:LONGEST], LONGEST)


def _agent(request: HttpRequest) -> str:
    return _header(request, "HTTP_USER_AGENT") or ""


def _sent_by_a_page(request: HttpRequest) -> bool:
    """Whether a browser sent this form itself, and goes where the answer leads: a page's script may send as many events
    as it likes and never ask for another page."""
    return (
        request.content_type in FORMS
        and "text/html" in request.META.get("HTTP_ACCEPT", "")
        and request.META.get("HTTP_SEC_FETCH_MODE", "navigate") == "navigate"
        and "HTTP_X_REQUESTED_WITH" not in request.META
    )


def _shows_page(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether somebody signed in gets a page to look at. What a cache may give to others is never counted, as the count
    comes with a cookie."""
    session = getattr(request, "session", None)
    return (
        bool(getattr(session, "accessed", False))
        and not 300 <= response.status_code < 400
        and response.status_code < 500
        and response.get("Content-Type", "").startswith("text/html")
        and "public" not in response.get("Cache-Control", "")
    )


def _held(request: HttpRequest) -> dict[str, Any]:
    """What the device's cookie holds, read once a request: "n" its number, "s" what it first said it was, "p" pages."""
    known = getattr(request, _READ, None)
    if known is None:
        known = {}
        signed = request.COOKIES.get(COOKIE, "")
        if signed:
            try:
                known = keyed.unsign("device", signed)
            except keyed.BadSignature:
                known = {}
        setattr(request, _READ, known)
    return dict(known)


def _pages(held: dict[str, Any]) -> int | None:
    pages = held.get("p")
    return min(PAGES, max(0, pages)) if isinstance(pages, int) else None


def _pages_after(before: int | None, *, wrote: bool, shown: bool) -> int | None:
    """Unknown until a page was counted: forms of pages that we never see are nobody's fault."""
    if before is None and not shown:
        return None
    return min(PAGES, (0 if wrote else before or 0) + shown)


def _number(request: HttpRequest) -> str:
    return str(getattr(request, _DEVICE, "") or _held(request).get("n", ""))


def _device_mark(request: HttpRequest) -> str:
    """The device as a nonce names it: of a random number, a plain hash tells nothing. "" where it has none."""
    number = _number(request)
    return hashlib.sha256(f"form:{number}".encode()).hexdigest()[:16] if number else ""


def _moment(at: datetime | None) -> float:
    return time.time() if at is None else at.timestamp()


def _short(account: str) -> str:
    return keyed.pseudonym("form", account)[0][:22]
