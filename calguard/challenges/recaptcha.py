"""reCAPTCHA: Google's opinion of who is at the other end; its script is loaded only where a challenge is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import validate_host

from calguard import alarm, client_ip, keyed
from calguard.challenge import EXPIRED, INVALID, LIFE, Binding, Challenge, Failed, Right, Unavailable, digest
from calguard.conf import conf

FIELD = "g-recaptcha-response"
BINDING_FIELD = "calguard_binding"  # Google's answers cannot carry what they are for; ours stands beside them
DEADLINE = 2.0  # seconds in a request, name resolution included, which no socket timeout covers
_asking = threading.BoundedSemaphore(16)  # an outage must not pile up threads


def offer(binding: Binding) -> Challenge:
    """The checkbox with the operator's key, and the signed statement of what its answer will be good for."""
    signed = keyed.sign("recaptcha", binding.signed_part())
    return Challenge(
        provider="recaptcha",
        public={"field": FIELD, "sitekey": _key("PUBLIC"), BINDING_FIELD: signed},
        context={
            "sitekey": _key("PUBLIC"),
            "domain": getattr(settings, "RECAPTCHA_DOMAIN", "www.google.com"),
            "binding_field": BINDING_FIELD,
            "binding": signed,
        },
    )


def check(answer: str, binding: Binding, *, request: HttpRequest | None, at: datetime) -> Right | Failed | Unavailable:
    """Our binding first, which costs nothing; then Google's word, the host name in it, and its score if it has one.

    Programs send both in one string, `<binding>|<response>`.
    """
    signed, bar, response = answer.partition("|")
    if not bar:
        signed, response = (request.POST.get(BINDING_FIELD, "") if request is not None else ""), answer
    try:
        bound = keyed.unsign("recaptcha", signed, max_age=LIFE)
    except keyed.SignatureExpired:
        return Failed(EXPIRED)
    except keyed.BadSignature:
        return Failed(INVALID)
    other = binding.mismatch(bound)
    if other:
        return Failed(other)
    said = _within(DEADLINE, lambda: _ask(response, client_ip.text(request) if request is not None else ""))
    return said if isinstance(said, Unavailable) else _judged(said, response)


def _key(which: str) -> str:
    return str(getattr(settings, f"RECAPTCHA_{which}_KEY", ""))


def _judged(said: Any, response: str) -> Right | Failed | Unavailable:
    codes = set(said.error_codes)
    if codes & {"invalid-input-secret", "missing-input-secret"}:
        alarm.raised("recaptcha", RuntimeError("RECAPTCHA_PRIVATE_KEY was refused"))
        return Unavailable()
    if said.is_valid is not True:
        return Failed(EXPIRED if "timeout-or-duplicate" in codes else INVALID)
    if not _ours(str(said.extra_data.get("hostname", ""))):
        return Failed(INVALID)
    wanted, score = getattr(settings, "RECAPTCHA_REQUIRED_SCORE", None), said.extra_data.get("score")
    if wanted is not None and isinstance(score, int | float) and score < float(wanted):
        return Failed(INVALID)
    return Right(digest=digest("recaptcha", response))


def _ours(hostname: str) -> bool:
    """Solved on a page of this installation: an answer bought from a page elsewhere is none."""
    named = [urlsplit(conf.base_url).hostname or ""]
    allowed = [host for host in settings.ALLOWED_HOSTS if host != "*"]
    if settings.DEBUG:
        allowed += ["localhost", "127.0.0.1"]
    return bool(hostname) and (hostname in named or validate_host(hostname, allowed))


def _ask(response: str, ip: str) -> Any:
    from django_recaptcha import client  # reads settings when imported, so only where its keys are set

    return client.submit(recaptcha_response=response, private_key=_key("PRIVATE"), remoteip=ip)


def _within(seconds: float, ask: Callable[[], Any]) -> Any | Unavailable:
    """The answer, or Unavailable where it fails or takes too long. A thread can be left behind; a look-up cannot."""
    if not _asking.acquire(blocking=False):
        return Unavailable()
    answers: list[Any] = []

    def run() -> None:
        try:
            answers.append(ask())
        except (OSError, HTTPException, ValueError, KeyError, AttributeError, TypeError) as error:
            alarm.raised("recaptcha", error)  # no answer, or one that is not what the interface promises
        finally:
            _asking.release()

    thread = threading.Thread(target=run, name="calguard-recaptcha", daemon=True)
    thread.start()
    thread.join(seconds)
    return answers[0] if answers else Unavailable()
