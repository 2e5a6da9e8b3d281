"""Every setting CalGuard reads, each one typed property, read late so that tests and reloads see the change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal, cast

from django.conf import settings as django_settings
from django.utils.module_loading import import_string

from calguard.engine.policy import Policy, load
from calguard.host import Host

Mode = Literal["off", "observe", "enforce"]

DEFAULTS: Mapping[str, Any] = {
    "MODE": "observe",
    "HOST": "calguard.host.Host",
    "DATABASE": "default",
    "QUEUE": "calguard",
    "BASE_URL": "",
    "POLICY": None,
    "KEYS": None,
    "TRUSTED_PROXIES": (),
    "IP_LISTS": None,
    "IP_LIST_FILES": {},
    "GEO_FILES": (),
    "DNSBL": {},
    "DNS_SERVERS": (),
    "IP_RETENTION_HOURS": 24,
    "LISTS": {},
    "TEXT_MODEL_DIR": None,
    "LIST_SOURCES": {},
    "LIST_DIR": None,
    "CACHE": "default",
    "FACTS": None,
    "DISABLED_ACTIONS": (),
    "DISPATCH": "calguard",
    "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    "FROM_EMAIL": None,
    "STAFF_EMAILS": (),
    "REDRESS": "",
    "CHALLENGE": None,
    "GUARDED_PATHS": (),
    "RATE_LIMITS": {"challenge": "30/m", "appeal": "10/h", "write": "120/m"},
    "LOCK_TIMEOUT_MS": 500,
    "STATEMENT_TIMEOUT_MS": 2000,
    "PROPOSAL_MINUTES": 15,
    "BATCH_SIZE": 50,
    "RAW_RETENTION_DAYS": 90,
    "DECISION_RETENTION_DAYS": 365,
}


class Settings:
    """`settings.CALGUARD`, with defaults. An unknown key is a start-up error (calguard.E001)."""

    @property
    def _given(self) -> Mapping[str, Any]:
        given = getattr(django_settings, "CALGUARD", {})
        return given if isinstance(given, Mapping) else {}  # calguard.E001 says what is wrong

    def _get(self, name: str) -> Any:
        given = getattr(django_settings, "CALGUARD", None)
        if type(given) is not dict:  # asked dozens of times a check, and it hardly ever is anything else
            given = self._given
        return given[name] if name in given else DEFAULTS[name]

    @property
    def mode(self) -> Mode:
        """`off`: nothing is judged. `observe`: judged and recorded. `enforce`: judged, recorded and enforced."""
        return cast("Mode", self._get("MODE"))

    @property
    def host(self) -> Host:
        """The adapter through which CalGuard asks the host; a dotted path to a subclass of `calguard.host.Host`."""
        return _host(self._get("HOST"))

    @property
    def database(self) -> str:
        """The one database alias of all CalGuard tables."""
        return str(self._get("DATABASE"))

    @property
    def queue(self) -> str:
        """The Celery queue of all CalGuard tasks."""
        return str(self._get("QUEUE"))

    @property
    def base_url(self) -> str:
        """Where links in mail lead, such as `https://calendar.example`; never taken from a request's Host header."""
        return str(self._get("BASE_URL")).rstrip("/")

    @property
    def policy(self) -> Policy:
        """The shipped policy, or the TOML file named."""
        return _policy(self._get("POLICY"))

    @property
    def keys(self) -> Mapping[str, str]:
        """Hash keys by id, newest first; older ones still match stored rows. Default: derived from SECRET_KEY."""
        given = self._get("KEYS")
        return cast("Mapping[str, str]", given) if given else {"default": django_settings.SECRET_KEY}

    @property
    def trusted_proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Networks whose X-Forwarded-For is believed (R13)."""
        return _networks(tuple(self._get("TRUSTED_PROXIES")))

    @property
    def ip_lists(self) -> Path | None:
        """The compiled file of operator networks (`calguard_compile_lists`)."""
        path = self._get("IP_LISTS")
        return Path(path) if path else None

    @property
    def ip_list_files(self) -> Mapping[str, tuple[Path, ...]]:
        """Files of networks, one network a line and one or several files a list, of which a worker compiles `IP_LISTS`
        anew when they change. Names that mean something: `tor`, `vpn` and `hosting` count a little against a sender,
        `deny` more, none of them enough to hold anything; `relay` (a company's proxy, a browser's private relay) and
        `allow` count nothing and, like the first two, say nothing of where a person is."""
        return {
            name: tuple(Path(path) for path in ((given,) if isinstance(given, str | Path) else given))
            for name, given in self._get("IP_LIST_FILES").items()
        }

    @property
    def geo_files(self) -> tuple[Path, ...]:
        """Your GeoIP files in MaxMind's format (GeoLite2 ASN, Country or City, or others of the same fields); the
        first that knows a thing is believed. Read from disk, followed when replaced, never fetched."""
        return tuple(Path(path) for path in self._get("GEO_FILES"))

    @property
    def dnsbl(self) -> Mapping[str, Mapping[str, float]]:
        """DNS block lists that a worker asks for the address of an untrusted sender before anything leaves: by zone,
        which answers count and how much, above 0 and up to 1. An answer is an address or a network of them, as in
        `{"zen.example.net": {"127.0.0.2": 1.0, "127.0.0.4/30": 0.7}}`. What is not named does not count, so leave out
        a list's codes for home and dynamic addresses: guests of a calendar sit there."""
        return cast("Mapping[str, Mapping[str, float]]", self._get("DNSBL"))

    @property
    def dns_servers(self) -> tuple[str, ...]:
        """Name servers for `DNSBL`, as `10.0.0.53` or `127.0.0.1:5353`; by default those of the system. Block lists
        refuse what large public resolvers ask, so name one of your own."""
        return tuple(self._get("DNS_SERVERS"))

    @property
    def ip_retention(self) -> timedelta:
        """How long a sender's address is kept as it is, where `DNSBL` needs it, and whole degrees of latitude and
        longitude where `GEO_FILES` know them; then only a pseudonym of its network, the autonomous system and the
        country remain (GDPR 4(5))."""
        return timedelta(hours=self._get("IP_RETENTION_HOURS"))

    @property
    def lists(self) -> Mapping[str, Path]:
        """Files of hosts, domains or addresses, one a line, read anew when they change. What is on `deny_hosts`,
        `deny_domains` or `deny_urls` is refused wherever linked; what is on `suspect_hosts`, `suspect_domains` or
        `suspect_urls` is held for a person. Addresses are URLs or their SHA-256. `allow_domains` count as the sender's
        own, `extra_disposable` as throw-away."""
        return {name: Path(path) for name, path in self._get("LISTS").items()}

    @property
    def list_sources(self) -> Mapping[str, tuple[str, ...]]:
        """Where lists are fetched from, by the names of `LISTS` (not `allow_domains`): https addresses or files, one or
        several a name. The task `calguard.refresh_lists`, or the command `calguard_refresh_lists`, keeps the last good
        copy of each in `LIST_DIR`. A fetched list never refuses a whole ending or a service many people write with."""
        return {
            name: (given,) if isinstance(given, str) else tuple(given)
            for name, given in self._get("LIST_SOURCES").items()
        }

    @property
    def list_dir(self) -> Path | None:
        """The directory of fetched lists, which every process that checks can read and the worker can write."""
        path = self._get("LIST_DIR")
        return Path(path) if path else None

    @property
    def text_model_dir(self) -> Path | None:
        """The directory of text models trained on your own reviewed cases (`calguard_train`); running processes follow
        what is put to use in it, so all hosts need the same one. Without it, or where it fails, the shipped model
        judges."""
        path = self._get("TEXT_MODEL_DIR")
        return Path(path) if path else None

    @property
    def cache(self) -> str:
        """The cache alias of HTTP rate limits; shared between processes, or the limits are per process."""
        return str(self._get("CACHE"))

    @property
    def facts(self) -> str | None:
        """A Redis server (`redis://...`, with the extra `redis`) that keeps what a check asks about accounts, for all
        processes. Without it, and while it does not answer, the database is asked; restrictions and budgets are read
        from the database before anything leaves in any case."""
        given = self._get("FACTS")
        return str(given) if given else None

    @property
    def disabled_actions(self) -> frozenset[str]:
        """Kill switch: names of actions that are recorded but not carried out (R67)."""
        return frozenset(self._get("DISABLED_ACTIONS"))

    @property
    def dispatch(self) -> Literal["calguard", "host"]:
        """Who builds and sends the invitation mail of an accepted submission."""
        return cast("Literal['calguard', 'host']", self._get("DISPATCH"))

    @property
    def email_backend(self) -> str:
        """The backend behind `calguard.integrations.mail.GuardedBackend`: the one that really sends."""
        return str(self._get("EMAIL_BACKEND"))

    @property
    def from_email(self) -> str:
        """The sender of invitation mail and notices; DEFAULT_FROM_EMAIL where not set."""
        return str(self._get("FROM_EMAIL") or django_settings.DEFAULT_FROM_EMAIL)

    @property
    def staff_emails(self) -> tuple[str, ...]:
        """Who is told of new cases and of a queue that nobody tends."""
        return tuple(self._get("STAFF_EMAILS"))

    @property
    def redress(self) -> Mapping[str, str]:
        """What people can do beside and after an appeal to you, as every statement of reasons says (DSA Art. 17(3)(f)):
        your complaint desk, a certified body for out-of-court settlement, the courts. One text, or texts by language:
        `{"en": "...", "de": "..."}`; the first serves languages that are not named."""
        given = self._get("REDRESS")
        return {"": given} if isinstance(given, str) else cast("Mapping[str, str]", given)

    @property
    def challenge(self) -> tuple[str, ...]:
        """`altcha`, `recaptcha`, `turnstile` or `hcaptcha`, or several of them: the first is asked, and the next while
        it does not answer. By default reCAPTCHA where its keys are set, else ALTCHA. ALTCHA runs on your own machines
        and is a good last one."""
        given = self._get("CHALLENGE")
        if given:
            return (given,) if isinstance(given, str) else tuple(given)
        return ("recaptcha",) if getattr(django_settings, "RECAPTCHA_PRIVATE_KEY", "") else ("altcha",)

    @property
    def guarded_paths(self) -> tuple[str, ...]:
        """Path prefixes of CalDAV collections whose PUTs the middleware judges."""
        return tuple(self._get("GUARDED_PATHS"))

    def rate(self, name: str) -> str:
        """The HTTP rate, as django-ratelimit writes it, of `challenge`, `appeal` or `write` requests per account."""
        return str({**DEFAULTS["RATE_LIMITS"], **self._get("RATE_LIMITS")}[name])

    @property
    def lock_timeout_ms(self) -> int:
        """How long a check waits for a lock before it is decided without (PostgreSQL)."""
        return int(self._get("LOCK_TIMEOUT_MS"))

    @property
    def statement_timeout_ms(self) -> int:
        """How long one statement of a check may take (PostgreSQL)."""
        return int(self._get("STATEMENT_TIMEOUT_MS"))

    @property
    def proposal_life(self) -> timedelta:
        """How long an unconfirmed submission waits for `guard.confirm`."""
        return timedelta(minutes=self._get("PROPOSAL_MINUTES"))

    @property
    def batch_size(self) -> int:
        """Guests per dispatch task."""
        return int(self._get("BATCH_SIZE"))

    @property
    def raw_retention(self) -> timedelta:
        """How long withheld content is kept after its decision. Apart from it, up to 1,000 characters of what an
        account that is not established wrote are kept with the decision, to be read with its next attempts, and
        forgotten after ten minutes by the sweep."""
        return timedelta(days=self._get("RAW_RETENTION_DAYS"))

    @property
    def decision_retention(self) -> timedelta:
        """How long decisions are kept."""
        return timedelta(days=self._get("DECISION_RETENTION_DAYS"))


def _host(path: str) -> Host:
    """A new adapter a call: adapters are cheap, and one that caches must not outlive a request."""
    return _host_class(path)()


@lru_cache(maxsize=8)
def _host_class(path: str) -> type[Host]:
    return cast("type[Host]", import_string(path))


@lru_cache(maxsize=8)
def _policy(path: str | None) -> Policy:
    return Policy.shipped() if path is None else load(Path(path).read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def _networks(written: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(net) for net in written)


conf = Settings()
