"""What a request says of the program that made it: its name, how the form was filled, and which device it is."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from calguard import keyed
from calguard.conf import conf
from calguard.engine.types import Channel, Client

NONCE = "calguard_form"  # hidden field: when and for whom the form was rendered, signed
HONEYPOT = "event_homepage"  # a field people never see; its name must tempt programs
NONCE_LIFE = timedelta(days=2)  # a form left open over night is still a form

COOKIE = "calguard_device"
COOKIE_LIFE = timedelta(days=400)  # the most that browsers keep a cookie
LONGEST = 500  # characters of a header that are looked at

_EXPECTED = "_calguard_form_expected"
_DEVICE = "_calguard_new_device"


def facts(request: HttpRequest, *, channel: Channel = "web", at: datetime | None = None) -> Client:
    """The request as the judge sees it, now or at another moment. Whether the device is known is for the ledger."""
    browser = channel in ("web", "share", "booking")
    seconds, rendered = _rendering(request, at) if browser else (None, None)
    return Client(
        user_agent=request.META.get("HTTP_USER_AGENT", "")[:LONGEST],
        accept_language=request.META.get("HTTP_ACCEPT_LANGUAGE", "")[:LONGEST],
        registered=_registered(request),
        form_seconds=seconds,
        honeypot_filled=browser and any(value.strip() for value in _posted(request, HONEYPOT)),
        form_rendered=rendered,
    )


def nonce(account: str, *, at: datetime | None = None) -> str:
    """A value for the hidden field of one form, rendered now or at another moment."""
    payload = {"at": int(_moment(at) * 1000), "for": _short(account), "id": secrets.token_urlsafe(9)}
    return keyed.sign("form", payload)


def expect_form(request: HttpRequest) -> None:
    """This request is the answer to a form that carries a nonce; one without it was made by a program (R12)."""
    setattr(request, _EXPECTED, True)


def read_nonce(signed: str, account: str, *, at: datetime | None = None) -> float | None:
    """Seconds since the form was rendered for this account; None where the nonce is forged, another's or too old."""
    try:
        payload = keyed.unsign("form", signed)
        age = _moment(at) - int(payload["at"]) / 1000
    except (keyed.BadSignature, KeyError, TypeError, ValueError):
        return None
    if age > NONCE_LIFE.total_seconds() or not keyed.same(str(payload.get("for", "")), _short(account)):
        return None
    return max(0.0, age)


def device(request: HttpRequest) -> str:
    """The device as a pseudonym, "" where it has no cookie of ours. A random number we gave it, no fingerprint."""
    held = getattr(request, _DEVICE, "") or _held(request)
    return keyed.pseudonym("device", held)[0] if held else ""


def give_device(request: HttpRequest) -> str:
    """The device's pseudonym; one without a number gets one with the response (`set_cookie`)."""
    if not _held(request) and not getattr(request, _DEVICE, ""):
        setattr(request, _DEVICE, secrets.token_urlsafe(18))
    return device(request)


def set_cookie(request: HttpRequest, response: HttpResponse) -> None:
    """Hand out the number that `give_device` made in this request, if it made one."""
    made = getattr(request, _DEVICE, "")
    if made:
        response.set_cookie(
            COOKIE,
            keyed.sign("device", {"n": made}),
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


def _rendering(request: HttpRequest, at: datetime | None) -> tuple[float | None, bool | None]:
    """Seconds in the form, and whether there was one; both unknown where no form of ours was asked for."""
    account = account_of(request)
    ages = [age for signed in _posted(request, NONCE) if (age := read_nonce(signed, account, at=at)) is not None]
    if ages:
        return min(ages), True
    return None, False if getattr(request, _EXPECTED, False) else None


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


def _held(request: HttpRequest) -> str:
    signed = request.COOKIES.get(COOKIE, "")
    if not signed:
        return ""
    try:
        return str(keyed.unsign("device", signed).get("n", ""))
    except keyed.BadSignature:
        return ""


def _moment(at: datetime | None) -> float:
    return time.time() if at is None else at.timestamp()


def _short(account: str) -> str:
    return keyed.pseudonym("form", account)[0][:22]
