"""One question before sending, bound to who asks, what is sent and to whom; a right answer counts once (R55)."""

from __future__ import annotations

import hashlib
import json
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any, Protocol, cast

from django.core.cache import caches
from django.core.exceptions import SuspiciousOperation
from django.db import DatabaseError, transaction
from django.http import HttpRequest
from django.http.request import RawPostDataException
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from calguard import alarm, keyed
from calguard.conf import conf
from calguard.models import SpentToken

PACKAGE = "calguard.challenges"
HEADER = "X-CalGuard-Challenge"  # where programs put an answer, beside "challenge" in a JSON body
IN_META = "HTTP_" + HEADER.upper().replace("-", "_")
REVIEW = "calguard_review"  # the button that asks for a person instead
BINDING_FIELD = "calguard_binding"  # what others' answers cannot carry, what they are for, stands beside them
SHOWN_FIELD = "calguard_asked"  # says that the form came from a page with the question on it
LONGEST = 8192  # characters of an answer; longer ones are garbage
TOKEN = re.compile(r"[\w.:|=+/-]+", re.ASCII)  # what any provider's answer consists of; nothing else is passed on
MOST_FILES = 20  # uploads that are named
LONGEST_BODY = 2_500_000  # octets of a JSON body that are searched for one
LIFE = timedelta(minutes=10)  # of one question
DOWN = 120  # seconds for which a provider that did not answer is not asked about again, where there is another
SEEN_DOWN = 2  # accounts that must have seen it, until it counts as down for others: nobody alone picks their provider
URL_LIFE = timedelta(days=1)  # of the address that questions come from: a form may stay open for long

MISSING = "challenge_missing"
INVALID = "challenge_invalid"
EXPIRED = "challenge_expired"
USED = "challenge_used"
OTHER_ACCOUNT = "challenge_other_account"
OTHER_CONTENT = "challenge_other_content"
OTHER_GUESTS = "challenge_other_guests"
OTHER_PROVIDER = "challenge_other_provider"  # the provider did not answer; the next one's question is to be shown
BUSY = "challenge_busy"  # too many answers are being looked at just now, of this account or of all

NOT_YET: str | Promise = _("The check was not completed. Please try again, or send for review instead.")
PROBLEMS: Mapping[str, str | Promise] = {
    MISSING: _("Please complete the check first, or send for review instead."),
    INVALID: NOT_YET,
    EXPIRED: _("The check took too long. Please do it once more."),
    USED: _("This check was used already. If you sent the form twice, the first one counted and you need do nothing."),
    OTHER_ACCOUNT: NOT_YET,
    OTHER_CONTENT: _("The event was changed after the check. Please do the check once more."),
    OTHER_GUESTS: _("The guest list was changed after the check. Please do the check once more."),
    OTHER_PROVIDER: _("That check could not be made at the moment. Please do this one instead."),
    BUSY: _("Many checks are being made at the moment. Please try again shortly."),
}
NOBODYS_FAULT = frozenset({USED, OTHER_PROVIDER, BUSY})  # a double click, an outage, a crowd: none counts as a try


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """What one answer is good for. It is shown only as pseudonyms: a page that carries it must tell nothing."""

    account: str
    content_hash: str
    guests_hash: str

    def signed_part(self) -> dict[str, str]:
        """For whoever signs: `mismatch` reads it again."""
        return {key: _short(keyed.pseudonym(purpose, value)[0]) for key, purpose, value, _ in self._parts()}

    def mismatch(self, given: Mapping[str, Any]) -> str:
        """The code of the first part in which a signed answer differs; "" where it fits, under whichever key."""
        for key, purpose, value, code in self._parts():
            said = str(given.get(key, ""))
            if not any(keyed.same(said, _short(digest)) for digest in keyed.hashes(purpose, value)):
                return code
        return ""

    def _parts(self) -> tuple[tuple[str, str, str, str], ...]:
        return (
            ("a", "challenge.account", self.account, OTHER_ACCOUNT),
            ("c", "challenge.content", self.content_hash, OTHER_CONTENT),
            ("g", "challenge.guests", self.guests_hash, OTHER_GUESTS),
        )


def _short(digest: str) -> str:
    return digest[:32]


@dataclass(frozen=True, kw_only=True, slots=True)
class Challenge:
    """What to show, and where a program fetches the question."""

    provider: str
    url: str = ""  # GET: the question as JSON; "" where the provider's own script asks
    public: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # fields for JSON clients
    context: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))  # for calguard/challenge.html
    problem: str = ""  # why it is put again, one of the codes above; "" the first time
    files: tuple[str, ...] = ()  # uploads that came with it, which no browser fills in again

    @property
    def said(self) -> str:
        """What to tell the reader about the problem."""
        return str(PROBLEMS.get(self.problem, NOT_YET)) if self.problem else ""

    @property
    def template(self) -> str:
        """The widget of the provider, which calguard/challenge.html includes."""
        return f"calguard/challenges/{self.provider}.html"


@dataclass(frozen=True, slots=True)
class Passed:
    """Right, for this account, content and guest list, and not used before."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Not right; `code` is one of the constants above."""

    code: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The provider could not be asked; the policy says what that means."""

    code: str = "challenge_unavailable"


@dataclass(frozen=True, slots=True)
class Right:
    """A provider's word that an answer is right; `digest` names it for ever, and it still has to be its first use."""

    digest: str


class Provider(Protocol):
    """One file in calguard/challenges: these names in it are the registration."""

    FIELD: str  # where a form carries the answer

    def offer(self, binding: Binding) -> Challenge: ...

    def check(
        self, answer: str, binding: Binding, *, request: HttpRequest | None, at: datetime
    ) -> Right | Failed | Unavailable: ...


@cache
def providers() -> tuple[str, ...]:
    """The names that CALGUARD["CHALLENGE"] may have."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(import_module(PACKAGE).__path__)))


@cache
def provider(name: str) -> Provider:
    """The provider of that name; LookupError where there is none."""
    if name not in providers():
        raise LookupError(f"unknown challenge provider {name!r}; known: {', '.join(providers())}")
    return cast("Provider", import_module(f"{PACKAGE}.{name}"))


def offer(*, account: str, content_hash: str, guests_hash: str) -> Challenge:
    """The challenge to show for one attempt: of the first provider that answered when it was last asked."""
    ladder = [(name, provider(name)) for name in conf.challenge]
    up = [rung for name, rung in ladder if not _down(name, account)]
    chosen = up[0] if up else ladder[0][1]
    return chosen.offer(Binding(account=account, content_hash=content_hash, guests_hash=guests_hash))


def verify(
    given: HttpRequest | str, *, account: str, content_hash: str, guests_hash: str, at: datetime
) -> Passed | Failed | Unavailable:
    """Whether the answer in a request, or a bare one, clears this attempt. Never raises because of what was sent.

    A right answer is spent here, in the surrounding transaction: if the host's save is rolled back, so is its use.
    """
    request = None if isinstance(given, str) else given
    binding = Binding(account=account, content_hash=content_hash, guests_hash=guests_hash)
    failed = Failed(MISSING)
    for name in conf.challenge:
        chosen = provider(name)
        answer = given if isinstance(given, str) else answer_in(given, chosen.FIELD)
        if not answer:
            continue
        if len(answer) > LONGEST or not TOKEN.fullmatch(answer):
            return Failed(INVALID)
        found = chosen.check(answer, binding, request=request, at=at)
        if isinstance(found, Right):
            return Passed() if spend(found.digest, at=at) else Failed(USED)
        if isinstance(found, Unavailable):
            return _unavailable(name, account)
        if found.code == BUSY:
            return found
        if failed.code in (MISSING, INVALID):
            failed = found  # one provider's answer is nonsense to every other
    return failed


def _unavailable(name: str, account: str) -> Failed | Unavailable:
    """Another provider's question may be asked instead, where there is one that answers."""
    with alarm.shielded("challenge.cache"):
        seen = {*_seen_down(name), digest("down", account)}
        caches[conf.cache].set(_down_key(name), tuple(sorted(seen)[:SEEN_DOWN]), DOWN)
    others = any(not _down(other, account) for other in conf.challenge if other != name)
    return Failed(OTHER_PROVIDER) if others else Unavailable()


def _down(name: str, account: str) -> bool:
    """Whether it did not answer this account lately, or several others; a cache that fails remembers nothing."""
    if len(conf.challenge) == 1:
        return False
    with alarm.shielded("challenge.cache"):
        seen = _seen_down(name)
        return len(seen) >= SEEN_DOWN or digest("down", account) in seen
    return False


def _seen_down(name: str) -> tuple[str, ...]:
    return tuple(caches[conf.cache].get(_down_key(name)) or ())


def _down_key(name: str) -> str:
    return f"calguard.challenge.down.{name}"


def spend(digest: str, *, at: datetime, life: timedelta = LIFE) -> bool:
    """Use up a token; True for exactly one caller, however many try at once, because the digest is the primary key."""
    using = conf.database
    try:
        with transaction.atomic(using=using):
            SpentToken(digest=digest, spent_at=at, expires_at=at + life).save(using=using, force_insert=True)
    except DatabaseError:  # used before, or being used at this moment: a lock that times out must not count as a pass
        return False
    return True


def digest(*parts: str) -> str:
    """The name under which a token is spent."""
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def review_wanted(request: HttpRequest | None) -> bool:
    """Whether the person chose a human look instead of the challenge: the way for those whom it shuts out."""
    return request is not None and request.method == "POST" and bool(_form(request).get(REVIEW))


def answer_in(request: HttpRequest, name: str) -> str:
    """The answer a request carries: in its form, in the header for programs, or in its JSON body; "" where none.

    Of a form with a binding beside the answer it is `<binding>|<answer>`, as programs send both.
    """
    form = _form(request)
    found, binding = _last(form, name), _last(form, BINDING_FIELD)
    if found and binding:
        return f"{binding}|{found}"
    told = found or request.META.get(IN_META, "") or _in_json(request)
    return told if isinstance(told, str) else ""


def given_answer(request: HttpRequest) -> str:
    """The answer a request carries to any of the operator's providers; "" where none."""
    found = (answer_in(request, provider(name).FIELD) for name in conf.challenge)
    return next((answer for answer in found if answer), "")


def problem_of(found: object, request: HttpRequest | None) -> str:
    """What to say when the question is put again: nothing the first time, and what was wrong from then on."""
    if not isinstance(found, Failed):
        return ""
    if found.code == MISSING and not (request is not None and _last(_form(request), SHOWN_FIELD)):
        return ""
    return found.code


def files_in(request: HttpRequest | None) -> tuple[str, ...]:
    """The names of uploads in a form, which browsers do not fill in again."""
    if request is None or request.content_type != "multipart/form-data" or not _form(request):
        return ()
    return tuple(dict.fromkeys(str(one.name) for many in request.FILES.lists() for one in many[1]))[:MOST_FILES]


def _last(form: Any, name: str) -> str:
    """The widget and a hidden field may both be sent; the last filled one counts."""
    values = form.getlist(name) if hasattr(form, "getlist") else [form.get(name)]
    given = [value for value in values if isinstance(value, str) and value]
    return given[-1] if given else ""


def _form(request: HttpRequest) -> Any:
    """POST fields; a body that cannot be read as a form has none. What REST framework has parsed is taken as it is."""
    parsed = getattr(request, "data", None)
    if isinstance(parsed, Mapping):
        return parsed
    try:
        return request.POST
    except Exception:  # noqa: BLE001  any error of the parser: an answer that cannot be read is none
        return {}


def _in_json(request: HttpRequest) -> object:
    parsed = getattr(request, "data", None)
    if isinstance(parsed, Mapping):
        return parsed.get("challenge", "")
    if request.content_type != "application/json":
        return ""
    try:
        if len(request.body) > LONGEST_BODY:
            return ""
        body = json.loads(request.body)
    except (RawPostDataException, SuspiciousOperation, OSError, ValueError, RecursionError):
        return ""
    return body.get("challenge", "") if isinstance(body, dict) else ""
