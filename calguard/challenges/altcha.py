"""ALTCHA: proof of work, hosted here; a tax on programs and no test of people, with nothing loaded from elsewhere."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qs

import altcha
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from calguard import keyed
from calguard.challenge import EXPIRED, INVALID, LIFE, Binding, Challenge, Failed, Right, digest

FIELD = "altcha"
ALGORITHM: Literal["SHA-256"] = "SHA-256"
WORK = 100_000  # hashes at most, on average half: a blink on a laptop, seconds on an old phone
PARTS = {"algorithm": str, "challenge": str, "number": int, "salt": str, "signature": str}


def offer(binding: Binding) -> Challenge:
    """The question is fetched from our own address when somebody starts the check, so that it is always fresh."""
    signed = keyed.sign("challenge", binding.signed_part())
    url = reverse("calguard:challenge", args=[signed])
    return Challenge(
        provider="altcha",
        url=url,
        public={"field": FIELD},
        context={"url": url, "name": FIELD, "strings": json.dumps(_strings())},
    )


def question(binding: dict[str, str], *, at: datetime) -> dict[str, Any]:
    """One fresh question; its answer is good for what the binding names, for ten minutes."""
    options = altcha.ChallengeOptions(
        algorithm=ALGORITHM,
        max_number=WORK,
        hmac_key=keyed.secrets("altcha")[0],
        expires=at + LIFE,
        params=binding,
    )
    made: dict[str, Any] = altcha.create_challenge(options).to_dict()
    return made


def check(answer: str, binding: Binding, *, request: HttpRequest | None, at: datetime) -> Right | Failed:
    """Whether the work was done for a question of ours that is fresh and names this account, content and guests."""
    given = _read(answer)
    if given is None or not _genuine(given):
        return Failed(INVALID)
    signed = {key: values[0] for key, values in parse_qs(given["salt"].partition("?")[2]).items() if len(values) == 1}
    if not signed.get("expires", "").isdecimal():
        return Failed(INVALID)
    if int(signed["expires"]) < at.timestamp():
        return Failed(EXPIRED)
    other = binding.mismatch(signed)
    return Failed(other) if other else Right(digest=digest("altcha", given["challenge"]))


def _read(answer: str) -> dict[str, Any] | None:
    try:
        given = json.loads(base64.b64decode(answer, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
    if not isinstance(given, dict) or any(type(given.get(key)) is not kind for key, kind in PARTS.items()):
        return None
    return given if given["algorithm"] == ALGORITHM and 0 <= given["number"] <= WORK else None


def _genuine(given: dict[str, Any]) -> bool:
    """Signed with a key of ours. The library compares with ==, which tells a patient listener how far it got."""
    for secret in keyed.secrets("altcha"):
        options = altcha.ChallengeOptions(
            algorithm=ALGORITHM, hmac_key=secret, number=given["number"], salt=given["salt"]
        )
        try:
            made = altcha.create_challenge(options)
        except ValueError:  # a salt with several question marks
            return False
        if keyed.same(made.challenge, given["challenge"]) and keyed.same(made.signature, given["signature"]):
            return True
    return False


def _strings() -> dict[str, str]:
    """The widget's words in the reader's language."""
    return {
        "label": _("I am not a program"),
        "loading": _("Loading…"),
        "verify": _("Check"),
        "verifying": _("Checking…"),
        "verificationRequired": _("Please tick the box first."),
        "verified": _("Checked. You can send now."),
        "error": _("The check did not work. Try again, or send for review instead."),
        "expired": _("The check took too long. Try again."),
        "waitAlert": _("Please wait until the check is done."),
        "footer": "",
    }
