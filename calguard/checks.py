"""What is wrong with an installation, said at start-up with the line that repairs it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, Warning  # noqa: A004  Django's own names
from django.urls import NoReverseMatch, reverse
from django.utils.module_loading import import_string

from calguard import hostlists, listfetch, network_checks, session_checks
from calguard.conf import DEFAULTS, conf
from calguard.engine import shipped
from calguard.engine.policy import PolicyError
from calguard.host import Host

UNKNOWN_KEY = "calguard.E001"
BAD_MODE = "calguard.E002"
BAD_HOST = "calguard.E003"
NO_TIME_ZONES = "calguard.E004"
BAD_POLICY = "calguard.E005"
UNKNOWN_ACTION = "calguard.E006"
UNKNOWN_DATABASE = "calguard.E007"
NO_BASE_URL = "calguard.E008"
BAD_KEYS = "calguard.E009"
BAD_PROXIES = "calguard.E010"
HALF_RECAPTCHA = "calguard.E011"
UNKNOWN_CHALLENGE = "calguard.E012"
NO_ALTCHA_FILES = "calguard.E013"
UNKNOWN_CACHE = "calguard.E014"
BAD_DISPATCH = "calguard.E015"
BAD_RATE = "calguard.E016"
MAIL_LOOP = "calguard.E018"
WRONG_KIND = "calguard.E019"
BAD_BACKEND = "calguard.E020"
BAD_LISTS = "calguard.E021"
BAD_SOURCES = "calguard.E022"
NO_LIST_DIR = "calguard.E023"
NO_MODEL_DIR = "calguard.E024"
NO_CHALLENGE_KEYS = "calguard.E025"
BAD_FACTS = "calguard.E031"
CACHE_NOT_SHARED = "calguard.W001"
NO_MIDDLEWARE = "calguard.W002"
MAIL_NOT_GUARDED = "calguard.W003"
NO_URLS = "calguard.W004"
MIDDLEWARE_TOO_EARLY = "calguard.W005"
LIBRARY_CHECKS = "calguard.W006"

MIDDLEWARE = "calguard.integrations.middleware.CalguardMiddleware"
BACKEND = "calguard.integrations.mail.GuardedBackend"
AUTHENTICATION = "django.contrib.auth.middleware.AuthenticationMiddleware"
SHORTEST_KEY = 32  # characters: as many as SHA-256 has octets
NOT_SHARED = ("locmem.LocMemCache", "dummy.DummyCache")

Found = Iterator[CheckMessage]
PARTS: list[Callable[[], Found]] = [*network_checks.PARTS, *session_checks.PARTS]


def register() -> None:
    """Called once, by the app's ready()."""
    checks.register(installation, Tags.compatibility)


def installation(app_configs: Sequence[Any] | None, **kwargs: Any) -> list[CheckMessage]:
    """Every check. With unreadable settings only that is said: the rest would stumble over them."""
    given = getattr(settings, "CALGUARD", {})
    if not isinstance(given, dict):
        return [Error("CALGUARD is not a dictionary.", hint="Write CALGUARD = {...} in your settings.", id=UNKNOWN_KEY)]
    return [message for part in PARTS for message in _said_by(part)]


def _said_by(check: Callable[[], Found]) -> list[CheckMessage]:
    """A value of the wrong kind must be named, and not stop the checks that would name it."""
    try:
        return list(check())
    except (AttributeError, TypeError, ValueError) as error:
        said = f"A value in CALGUARD is of the wrong kind ({check.__name__.replace('_', ' ')}): {error}."
        return [Error(said, hint="The documentation of the settings shows each with an example.", id=WRONG_KIND)]


def part(check: Callable[[], Found]) -> Callable[[], Found]:
    PARTS.append(check)
    return check


@part
def keys_of_settings() -> Found:
    for name in getattr(settings, "CALGUARD", {}):
        if name not in DEFAULTS:
            yield Error(f"CALGUARD has an unknown key {name!r}.", hint=_meant(str(name), DEFAULTS), id=UNKNOWN_KEY)


@part
def mode() -> Found:
    known = ("off", "observe", "enforce")
    if conf.mode not in known:
        yield Error(f"CALGUARD['MODE'] is {conf.mode!r}.", hint=_meant(str(conf.mode), known), id=BAD_MODE)
    if conf.dispatch not in ("calguard", "host"):
        yield Error(
            f"CALGUARD['DISPATCH'] is {conf.dispatch!r}.",
            hint=_meant(conf.dispatch, ("calguard", "host")),
            id=BAD_DISPATCH,
        )


@part
def host() -> Found:
    path = _given("HOST")
    try:
        found = import_string(path)
    except (ImportError, ValueError, TypeError, AttributeError) as error:
        yield Error(
            f"CALGUARD['HOST'] cannot be imported: {error}.", hint="Name a subclass of calguard.host.Host.", id=BAD_HOST
        )
        return
    if not (isinstance(found, type) and issubclass(found, Host)):
        yield Error(
            f"CALGUARD['HOST'] names {path}, which is no Host.", hint="Subclass calguard.host.Host.", id=BAD_HOST
        )


@part
def time_zones() -> Found:
    if not settings.USE_TZ:
        said = "USE_TZ is off, and CalGuard compares moments in time."
        yield Error(said, hint="Set USE_TZ = True.", id=NO_TIME_ZONES)


@part
def policy() -> Found:
    try:
        _ = conf.policy
    except PolicyError as error:
        said = "; ".join(str(error).splitlines())
        hint = f"Correct {_given('POLICY') or 'the policy'}; the shipped one, to compare with: {shipped.PATH}"
        yield Error(f"The policy cannot be used: {said}.", hint=hint, id=BAD_POLICY)
    except (OSError, UnicodeDecodeError) as error:
        yield Error(
            f"The policy cannot be read: {error}.", hint="CALGUARD['POLICY'] is the path of a TOML file.", id=BAD_POLICY
        )


@part
def actions() -> Found:
    from calguard.enforcement import registry

    known = tuple(registry())
    given = _given("DISABLED_ACTIONS")
    for name in (given,) if isinstance(given, str) else given:  # that it should be a list, `lists` says
        if name not in known:
            hint = _meant(str(name), known)
            yield Error(f"CALGUARD['DISABLED_ACTIONS'] names an unknown action {name!r}.", hint=hint, id=UNKNOWN_ACTION)


@part
def lists() -> Found:
    """A string is a list of letters: the action would stay on, every path would be guarded."""
    for name in ("DISABLED_ACTIONS", "GUARDED_PATHS", "STAFF_EMAILS"):
        given = _given(name)
        if isinstance(given, str):
            said = f"CALGUARD['{name}'] is a string, not a list."
            yield Error(said, hint=f"Write [{given!r}].", id=WRONG_KIND)


@part
def database() -> Found:
    if conf.database not in settings.DATABASES:
        hint = _meant(conf.database, settings.DATABASES)
        yield Error(
            f"CALGUARD['DATABASE'] is {conf.database!r}, which DATABASES lacks.", hint=hint, id=UNKNOWN_DATABASE
        )


@part
def base_url() -> Found:
    said = conf.base_url
    if conf.mode == "enforce" and not said.startswith(("https://", "http://")):
        hint = "Set it to your site's address, such as https://calendar.example; a Host header can be forged."
        yield Error(f"CALGUARD['BASE_URL'] is {said!r}, so links in mail lead nowhere.", hint=hint, id=NO_BASE_URL)


@part
def hash_keys() -> Found:
    given = conf.keys
    if not hasattr(given, "items"):
        yield Error("CALGUARD['KEYS'] is not a dictionary.", hint="Write {'2026': '...'}, newest first.", id=BAD_KEYS)
        return
    for key_id, secret in given.items():
        if not isinstance(secret, str) or len(secret) < SHORTEST_KEY:
            make = "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            hint = f"Use at least {SHORTEST_KEY} random characters: {make}"
            where = f"CALGUARD['KEYS'][{key_id!r}]" if _given("KEYS") else "SECRET_KEY, from which hash keys are made,"
            yield Error(f"{where} is too short.", hint=hint, id=BAD_KEYS)
        if not isinstance(key_id, str) or not 0 < len(key_id) <= 16:
            hint = "Rows store the id beside each hash: give it 1 to 16 characters."
            yield Error(f"CALGUARD['KEYS'] has the id {key_id!r}.", hint=hint, id=BAD_KEYS)


@part
def proxies() -> Found:
    given = _given("TRUSTED_PROXIES")
    hint = "Write networks, such as ['10.0.0.0/8']."
    if isinstance(given, str):
        yield Error("CALGUARD['TRUSTED_PROXIES'] is a string, not a list.", hint=hint, id=BAD_PROXIES)
        return
    for written in given:
        try:
            network = ip_network(written)
        except ValueError as error:
            yield Error(f"CALGUARD['TRUSTED_PROXIES']: {error}.", hint=hint, id=BAD_PROXIES)
            continue
        if network.prefixlen == 0:
            hint = "Whoever is trusted may name any address as the origin. List your own proxies only."
            yield Error(f"CALGUARD['TRUSTED_PROXIES'] trusts everybody: {written}.", hint=hint, id=BAD_PROXIES)


@part
def challenge() -> Found:
    from calguard.challenge import providers

    names = conf.challenge
    for name in names:
        if name not in providers():
            yield Error(f"CALGUARD['CHALLENGE'] is {name!r}.", hint=_meant(name, providers()), id=UNKNOWN_CHALLENGE)
    both = [bool(getattr(settings, f"RECAPTCHA_{which}_KEY", "")) for which in ("PUBLIC", "PRIVATE")]
    if any(both) is not all(both) or ("recaptcha" in names and not all(both)):
        hint = "Set RECAPTCHA_PUBLIC_KEY and RECAPTCHA_PRIVATE_KEY, or neither."
        yield Error("reCAPTCHA needs both of its keys.", hint=hint, id=HALF_RECAPTCHA)
    for name, prefix in (("turnstile", "TURNSTILE"), ("hcaptcha", "HCAPTCHA")):
        wanted = [f"{prefix}_{which}" for which in ("SITEKEY", "SECRET")]
        if name in names and not all(getattr(settings, key, "") for key in wanted):
            yield Error(f"{name} needs both of its keys.", hint=f"Set {' and '.join(wanted)}.", id=NO_CHALLENGE_KEYS)
    if "altcha" in names and not apps.is_installed("django_altcha"):
        hint = "Add 'django_altcha' to INSTALLED_APPS; it brings the script that solves the challenge."
        yield Error("The ALTCHA challenge has no script to solve it.", hint=hint, id=NO_ALTCHA_FILES)


@part
def cache() -> Found:
    name = conf.cache
    if name not in settings.CACHES:
        yield Error(
            f"CALGUARD['CACHE'] is {name!r}, which CACHES lacks.", hint=_meant(name, settings.CACHES), id=UNKNOWN_CACHE
        )
        return
    used = getattr(settings, "RATELIMIT_USE_CACHE", "default")
    if used != name:
        hint = f"Set RATELIMIT_USE_CACHE = {name!r}: django-ratelimit reads only that."
        yield Error(f"CALGUARD['CACHE'] is {name!r}, but django-ratelimit uses {used!r}.", hint=hint, id=UNKNOWN_CACHE)
    backend = settings.CACHES[name].get("BACKEND", "")
    if not settings.DEBUG and backend.endswith(NOT_SHARED):
        hint = "Use Redis or Memcached in production; with one process, or to accept this, silence the check."
        yield Warning(f"Each process counts for itself in cache {name!r} ({backend}).", hint=hint, id=CACHE_NOT_SHARED)
    if apps.is_installed("django_ratelimit") and backend.startswith("django.core.cache.backends."):
        hint = "Remove it from INSTALLED_APPS: CalGuard needs only its functions, and its checks refuse this cache."
        yield Warning("django_ratelimit is installed as an app.", hint=hint, id=LIBRARY_CHECKS)


@part
def facts() -> Found:
    given = _given("FACTS")
    if not given:
        return
    if not isinstance(given, str) or not given.startswith(("redis://", "rediss://", "unix://")):
        hint = "Write 'redis://127.0.0.1:6379/1', or leave it out: then the database answers."
        yield Error(f"CALGUARD['FACTS'] is {given!r}, which is no address of a Redis.", hint=hint, id=BAD_FACTS)
    elif find_spec("redis") is None:
        said = "CALGUARD['FACTS'] names a Redis, and the package to speak with it is not installed."
        yield Error(said, hint="pip install 'calguard[redis]'.", id=BAD_FACTS)


@part
def rates() -> Found:
    from django_ratelimit.core import rate_re

    given = _given("RATE_LIMITS")
    for name, rate in given.items() if hasattr(given, "items") else [("", given)]:
        if name not in DEFAULTS["RATE_LIMITS"]:
            yield Error(
                f"CALGUARD['RATE_LIMITS'] has an unknown name {name!r}.",
                hint=_meant(str(name), DEFAULTS["RATE_LIMITS"]),
                id=BAD_RATE,
            )
        elif not (isinstance(rate, str) and rate_re.fullmatch(rate)):
            yield Error(
                f"CALGUARD['RATE_LIMITS'][{name!r}] is {rate!r}.", hint="Write it as '30/m' or '10/h'.", id=BAD_RATE
            )


@part
def host_lists() -> Found:
    given = conf._get("LISTS")
    if not isinstance(given, Mapping):
        hint = "Write {'deny_domains': '/var/lib/calguard/deny.txt'}."
        yield Error("CALGUARD['LISTS'] is no dictionary of names and files.", hint=hint, id=BAD_LISTS)
        return
    for name, path in given.items():
        if name not in hostlists.NAMES:
            hint = _meant(str(name), hostlists.NAMES)
            yield Error(f"CALGUARD['LISTS'] has an unknown name {name!r}.", hint=hint, id=BAD_LISTS)
        elif not Path(str(path)).is_file():
            hint = "Make it, with one host or domain a line; an empty file is a list, too."
            yield Error(f"CALGUARD['LISTS'][{name!r}] names {path}, which is not there.", hint=hint, id=BAD_LISTS)


@part
def list_sources() -> Found:
    given = conf._get("LIST_SOURCES")
    if not isinstance(given, Mapping):
        hint = "Write {'deny_domains': ['https://lists.example/phishing.txt']}."
        yield Error("CALGUARD['LIST_SOURCES'] is no dictionary of names and sources.", hint=hint, id=BAD_SOURCES)
        return
    for name, source in ((name, source) for name, sources in conf.list_sources.items() for source in sources):
        if name not in hostlists.FETCHED:
            hint = _meant(str(name), hostlists.FETCHED)
            yield Error(f"CALGUARD['LIST_SOURCES'] has an unknown name {name!r}.", hint=hint, id=BAD_SOURCES)
        elif "://" in str(source) and not listfetch.is_web(str(source)):
            hint = "Name an https address, or the path of a file."
            yield Error(f"CALGUARD['LIST_SOURCES'][{name!r}] names {source}.", hint=hint, id=BAD_SOURCES)
    if given and conf.list_dir is None:
        hint = "Name a directory that the worker can write and every process can read: '/var/lib/calguard/lists'."
        yield Error("CALGUARD['LIST_DIR'] is not set: fetched lists have no place.", hint=hint, id=NO_LIST_DIR)


@part
def text_models() -> Found:
    folder = conf.text_model_dir
    if folder is not None and not folder.is_dir():
        hint = "Make it, readable for every process and writable for whoever runs calguard_train; empty is fine."
        yield Error(f"CALGUARD['TEXT_MODEL_DIR'] names {folder}, which is no directory.", hint=hint, id=NO_MODEL_DIR)


@part
def around_requests() -> Found:
    order = list(settings.MIDDLEWARE)
    if MIDDLEWARE not in order:
        hint = f"Add '{MIDDLEWARE}' to MIDDLEWARE, below AuthenticationMiddleware."
        yield Warning(
            "CalGuard's middleware is not installed: a refusal can be lost with the view's transaction.",
            hint=hint,
            id=NO_MIDDLEWARE,
        )
    elif AUTHENTICATION in order and order.index(MIDDLEWARE) < order.index(AUTHENTICATION):
        hint = "Move it below AuthenticationMiddleware."
        yield Warning("CalGuard's middleware does not know who is signed in.", hint=hint, id=MIDDLEWARE_TOO_EARLY)


@part
def mail() -> Found:
    if settings.EMAIL_BACKEND != BACKEND:
        hint = f"Set EMAIL_BACKEND = '{BACKEND}' and name the one you used before in CALGUARD['EMAIL_BACKEND']."
        yield Warning(
            "Mail leaves without the last gate: an invitation sent around the guard is not seen.",
            hint=hint,
            id=MAIL_NOT_GUARDED,
        )
    elif conf.email_backend == BACKEND:
        hint = "Name the backend that really sends, such as django.core.mail.backends.smtp.EmailBackend."
        yield Error("CALGUARD['EMAIL_BACKEND'] is the gate itself: no mail would ever leave.", hint=hint, id=MAIL_LOOP)
    else:
        try:
            import_string(conf.email_backend)
        except ImportError as error:
            said = f"CALGUARD['EMAIL_BACKEND'] cannot be imported, so no mail would ever leave: {error}."
            hint = "Name the backend that really sends, such as django.core.mail.backends.smtp.EmailBackend."
            yield Error(said, hint=hint, id=BAD_BACKEND)


@part
def pages() -> Found:
    try:
        reverse("calguard:explain", args=["0000-0000"])
    except NoReverseMatch:
        hint = "Add path('calguard/', include('calguard.urls')) to your URLconf."
        yield Warning(
            "CalGuard's pages have no address: no challenge can be solved and no decision explained.",
            hint=hint,
            id=NO_URLS,
        )


def _given(name: str) -> Any:
    return getattr(settings, "CALGUARD", {}).get(name, DEFAULTS[name])


def _meant(given: str, known: Iterable[str]) -> str:
    names = sorted(str(name) for name in known)
    near = difflib.get_close_matches(given, names, n=1) or difflib.get_close_matches(given.upper(), names, n=1)
    return f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(names)}."
