"""hCaptcha: pictures to tell apart; its script is loaded only where a challenge is shown."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest

from calguard import siteverify
from calguard.challenge import Binding, Challenge, Failed, Right, Unavailable

FIELD = "h-captcha-response"
NAME = "hcaptcha"
VERIFY_URL = "https://api.hcaptcha.com/siteverify"
SCRIPT = "https://js.hcaptcha.com/1/api.js"


def offer(binding: Binding) -> Challenge:
    """The checkbox with the operator's key, and the signed statement of what its answer will be good for."""
    script = siteverify.setting("HCAPTCHA_JS_API_URL") or SCRIPT
    return siteverify.offer(NAME, FIELD, siteverify.setting("HCAPTCHA_SITEKEY"), binding, script=script)


def check(answer: str, binding: Binding, *, request: HttpRequest | None, at: datetime) -> Right | Failed | Unavailable:
    """hCaptcha's word for this site's key, and the host name in it."""
    said = siteverify.ask(
        NAME, VERIFY_URL, answer, binding, request=request, sitekey=siteverify.setting("HCAPTCHA_SITEKEY")
    )
    return siteverify.judged(NAME, said) if isinstance(said, siteverify.Said) else said
