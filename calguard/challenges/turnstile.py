"""Turnstile: Cloudflare's check, mostly without a question; its script is loaded only where a challenge is shown."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from calguard import keyed, siteverify
from calguard.challenge import OTHER_CONTENT, Binding, Challenge, Failed, Right, Unavailable, digest

FIELD = "cf-turnstile-response"
NAME = "turnstile"
VERIFY_URL = "https://challenges.cloudflare.com/turnstile/v0/siteverify"
SCRIPT = "https://challenges.cloudflare.com/turnstile/v0/api.js"


def offer(binding: Binding) -> Challenge:
    """The widget. Cloudflare signs what it was shown for, as `cdata`, so that an answer fits one attempt only."""
    script = siteverify.setting("TURNSTILE_JS_API_URL") or SCRIPT
    sitekey = siteverify.setting("TURNSTILE_SITEKEY")
    return siteverify.offer(NAME, FIELD, sitekey, binding, script=script, cdata=_cdata(binding))


def check(answer: str, binding: Binding, *, request: HttpRequest | None, at: datetime) -> Right | Failed | Unavailable:
    """Cloudflare's word, the host name, and what it was shown for."""
    said = siteverify.ask(NAME, VERIFY_URL, answer, binding, request=request)
    if not isinstance(said, siteverify.Said):
        return said
    found = siteverify.judged(NAME, said)
    shown_for = str(said.words.get("cdata") or "")
    if isinstance(found, Right) and not keyed.same(shown_for, _cdata(binding)):
        return Failed(OTHER_CONTENT)
    return found


def _cdata(binding: Binding) -> str:
    """32 signs for account, content and guests, which tell nothing."""
    return digest(*(f"{key}={value}" for key, value in sorted(binding.signed_part().items())))[:32]
