"""reCAPTCHA: Google's opinion of who is at the other end; its script is loaded only where a challenge is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from calguard import siteverify
from calguard.challenge import INVALID, Binding, Challenge, Failed, Right, Unavailable

FIELD = "g-recaptcha-response"
NAME = "recaptcha"


def offer(binding: Binding) -> Challenge:
    """The checkbox with the operator's key, and the signed statement of what its answer will be good for."""
    domain = getattr(settings, "RECAPTCHA_DOMAIN", "www.google.com")
    return siteverify.offer(NAME, FIELD, siteverify.setting("RECAPTCHA_PUBLIC_KEY"), binding, domain=domain)


def check(answer: str, binding: Binding, *, request: HttpRequest | None, at: datetime) -> Right | Failed | Unavailable:
    """Our binding first, which costs nothing; then Google's word, the host name in it, and its score if it has one."""
    response = siteverify.response(NAME, answer, binding)
    if isinstance(response, Failed):
        return response
    said = siteverify.within(siteverify.DEADLINE, NAME, lambda: _ask(response, siteverify.ip(request)))
    if isinstance(said, Unavailable):
        return said
    told = {**said.extra_data, "success": said.is_valid, "error-codes": list(said.error_codes)}
    found = siteverify.judged(NAME, told, response)
    wanted, score = getattr(settings, "RECAPTCHA_REQUIRED_SCORE", None), told.get("score")
    low = wanted is not None and isinstance(score, int | float) and score < float(wanted)
    return Failed(INVALID) if low and isinstance(found, Right) else found


def _ask(response: str, ip: str) -> Any:
    from django_recaptcha import client  # reads settings when imported, so only where its keys are set

    private_key = siteverify.setting("RECAPTCHA_PRIVATE_KEY")
    return client.submit(recaptcha_response=response, private_key=private_key, remoteip=ip)
