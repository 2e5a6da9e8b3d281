"""reCAPTCHA: Google's opinion of who is at the other end; its script is loaded only where a challenge is shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from calguard import siteverify
from calguard.challenge import INVALID, Binding, Challenge, Failed, Right, Unavailable

FIELD = "g-recaptcha-response"
NAME = "recaptcha"
ACTION = "calguard"  # what version 3 says that its score was given for


def offer(binding: Binding) -> Challenge:
    """The checkbox, or version 3's script where a score is wanted, with the operator's key; and the signed statement
    of what its answer will be good for."""
    return siteverify.offer(
        NAME,
        FIELD,
        siteverify.setting("RECAPTCHA_PUBLIC_KEY"),
        binding,
        domain=getattr(settings, "RECAPTCHA_DOMAIN", "www.google.com"),
        action="" if _wanted() is None else ACTION,
    )


def check(answer: str, binding: Binding, *, request: HttpRequest | None, at: datetime) -> Right | Failed | Unavailable:
    """Our binding first, which costs nothing; then Google's word, the host name in it, and its score if one is wanted,
    for our action."""
    response = siteverify.response(NAME, answer, binding)
    if isinstance(response, Failed):
        return response
    ask = partial(_ask, response, siteverify.ip(request))
    said = siteverify.within(siteverify.DEADLINE, NAME, ask, account=binding.account)
    if isinstance(said, Failed | Unavailable):
        return said
    told = {**said.extra_data, "action": said.action, "success": said.is_valid, "error-codes": list(said.error_codes)}
    found = siteverify.judged(NAME, siteverify.Said(told, response))
    return Failed(INVALID) if isinstance(found, Right) and not _enough(told) else found


def _wanted() -> float | None:
    """The score that version 3 must give; None where the keys are of version 2."""
    wanted = getattr(settings, "RECAPTCHA_REQUIRED_SCORE", None)
    return None if wanted is None else float(wanted)


def _enough(told: Mapping[str, Any]) -> bool:
    wanted, score = _wanted(), told.get("score")
    if wanted is None:
        return True
    if isinstance(score, bool) or not isinstance(score, int | float):
        return False  # a box that was ticked, where a score is wanted
    return score >= wanted and told.get("action") == ACTION


def _ask(response: str, ip: str) -> Any:
    from django_recaptcha import client  # reads settings when imported, so only where its keys are set

    private_key = siteverify.setting("RECAPTCHA_PRIVATE_KEY")
    return client.submit(recaptcha_response=response, private_key=private_key, remoteip=ip)
