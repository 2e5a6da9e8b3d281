"""What the providers share that say over HTTPS whether a visitor passed: our binding, a deadline, a host."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from django.conf import settings
from django.http import HttpRequest
from django.http.request import validate_host

from calguard import alarm, client_ip, keyed
from calguard.challenge import (
    BINDING_FIELD,
    BUSY,
    EXPIRED,
    INVALID,
    LIFE,
    Binding,
    Challenge,
    Failed,
    Right,
    Unavailable,
)
from calguard.challenge import digest as digest_of
from calguard.conf import conf

DEADLINE = 2.0  # seconds in a request, name resolution included, which no socket timeout covers
LONGEST = 65_536  # octets of an answer that are read
OUR_MISTAKE = frozenset(
    {"invalid-input-secret", "missing-input-secret", "sitekey-secret-mismatch", "invalid-sitekey", "internal-error"}
)
TOO_LATE = frozenset({"timeout-or-duplicate", "expired-input-response", "already-seen-response"})
ITS_ANSWER = frozenset({400, 413, 414, 422})  # what a provider says to an answer that it cannot read
MOST = 16  # answers that are asked about at once: an outage must not pile up threads
EACH = 2  # of them, of one account: nobody fills all places alone


@dataclass(frozen=True, slots=True)
class Said:
    """A provider's word, and the answer it is about."""

    words: Mapping[str, Any]
    response: str


class Doors:
    """How many are asking at this moment, of each account and together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside: Counter[str] = Counter()

    def enter(self, account: str) -> bool:
        with self._lock:
            if self._inside.total() >= MOST or self._inside[account] >= EACH:
                return False
            self._inside[account] += 1
            return True

    def leave(self, account: str) -> None:
        with self._lock:
            self._inside[account] -= 1
            self._inside += Counter()  # drops whoever is not inside any more


doors = Doors()


def setting(name: str) -> str:
    """A setting of Django's under which the provider's own packages look for it too."""
    return str(getattr(settings, name, ""))


def offer(name: str, field: str, sitekey: str, binding: Binding, **context: str) -> Challenge:
    """The widget with the operator's key, and the signed statement of what its answer will be good for."""
    signed = keyed.sign(name, binding.signed_part())
    return Challenge(
        provider=name,
        public={"field": field, "sitekey": sitekey, BINDING_FIELD: signed},
        context={"field": field, "sitekey": sitekey, "binding_field": BINDING_FIELD, "binding": signed, **context},
    )


def response(name: str, answer: str, binding: Binding) -> str | Failed:
    """What the provider gave the visitor, out of `<binding>|<response>`, once our own word in it holds: for free."""
    signed, _, given = answer.partition("|")
    try:
        bound = keyed.unsign(name, signed, max_age=LIFE)
    except keyed.SignatureExpired:
        return Failed(EXPIRED)
    except keyed.BadSignature:
        return Failed(INVALID)
    other = binding.mismatch(bound)
    return Failed(other) if other else given


def ip(request: HttpRequest | None) -> str:
    """The visitor's address for the provider, "" where unknown."""
    return client_ip.text(request) if request is not None else ""


def ask(
    name: str, url: str, answer: str, binding: Binding, *, request: HttpRequest | None, **more: str
) -> Said | Failed | Unavailable:
    """Our own word in an answer first, which costs nothing; then the provider's, from its address or the operator's."""
    given = response(name, answer, binding)
    if isinstance(given, Failed):
        return given
    prefix = name.upper()
    fields = {"secret": setting(f"{prefix}_SECRET"), "response": given, "remoteip": ip(request), **more}
    posted = {key: value for key, value in fields.items() if value}
    address = setting(f"{prefix}_VERIFY_URL") or url
    said = within(DEADLINE, name, lambda: _post(address, posted), account=binding.account)
    if isinstance(said, Failed | Unavailable):
        return said
    if isinstance(said, dict):
        return Said(said, given)
    alarm.raised(name, TypeError("the answer is no object"))
    return Unavailable()


def judged(name: str, told: Said) -> Right | Failed | Unavailable:
    """Right for what was solved on a page of ours. The host's own mistakes are an outage, and nobody's fault."""
    said = told.words
    given = said.get("error-codes") or ()
    codes = {str(code) for code in given} if isinstance(given, list | tuple) else {str(given)}
    if codes & OUR_MISTAKE:
        alarm.raised(name, RuntimeError(f"refused by the provider: {', '.join(sorted(codes & OUR_MISTAKE))}"))
        return Unavailable()
    if said.get("success") is not True:
        return Failed(EXPIRED if codes & TOO_LATE else INVALID)
    if not ours(str(said.get("hostname", ""))):
        return Failed(INVALID)
    return Right(digest=digest_of(name, told.response))


def ours(hostname: str) -> bool:
    """Solved on a page of this installation: an answer bought from a page elsewhere is none."""
    named = [urlsplit(conf.base_url).hostname or ""]
    allowed = [host for host in settings.ALLOWED_HOSTS if host != "*"]
    if settings.DEBUG:
        allowed += ["localhost", "127.0.0.1"]
    return bool(hostname) and (hostname in named or validate_host(hostname, allowed))


def within(seconds: float, name: str, ask: Callable[[], Any], *, account: str) -> Any | Failed | Unavailable:
    """The answer, or Unavailable where it fails or takes too long. A thread can be left behind; a look-up cannot.

    Where too many ask, the attempt fails and the provider does not: else a crowd of one's own would bring an easier
    question, or none. The same for an answer that the provider cannot read.
    """
    if not doors.enter(account):
        return Failed(BUSY)
    answers: list[Any] = []

    def run() -> None:
        try:
            answers.append(ask())
        except HTTPError as error:
            with error:  # a response that is to be closed
                answers.append(Failed(INVALID) if error.code in ITS_ANSWER else Unavailable())
            alarm.raised(name, error)
        except (OSError, HTTPException, ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
            alarm.raised(name, error)  # no answer, or one that is not what the interface promises
        finally:
            doors.leave(account)

    thread = threading.Thread(target=run, name=f"calguard-{name}", daemon=True)
    thread.start()
    thread.join(seconds)
    return answers[0] if answers else Unavailable()


class _Stays(HTTPRedirectHandler):
    """The secret goes where the operator says, and nowhere else."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _post(url: str, fields: Mapping[str, str]) -> Any:
    if urlsplit(url).scheme != "https":
        raise ValueError(f"{url} is not https")
    request = Request(url, data=urlencode(fields).encode(), headers={"User-Agent": "CalGuard"})  # noqa: S310  https only
    with build_opener(HTTPSHandler(), _Stays()).open(request, timeout=DEADLINE) as answer:
        return json.loads(answer.read(LONGEST))
