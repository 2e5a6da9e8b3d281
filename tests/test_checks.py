"""A sound installation has nothing to say; each mistake is named once, with what repairs it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage, Error, run_checks

from calguard import checks, network_checks
from calguard.host import Host

LIBRARY = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}


class OwnHost(Host):
    """A host's own adapter."""


@pytest.fixture(autouse=True)
def sound(settings: Any) -> None:
    """An installation as the README asks for it."""
    settings.CALGUARD = {"MODE": "enforce", "BASE_URL": "https://calendar.example"}
    settings.CACHES = {"default": LIBRARY}
    if "django_altcha" not in settings.INSTALLED_APPS:
        settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "django_altcha"]


def found() -> list[CheckMessage]:
    return checks.installation(None)


def ids() -> list[str | None]:
    return [message.id for message in found()]


def test_a_sound_installation_has_nothing_to_say() -> None:
    assert found() == []


def test_the_checks_are_registered(settings: Any) -> None:
    settings.CALGUARD = {"MODES": "enforce"}
    assert checks.UNKNOWN_KEY in [message.id for message in run_checks()]


INNOCENT: list[dict[str, Any]] = [
    {"MODE": "off"},
    {"MODE": "observe", "BASE_URL": ""},  # nothing is mailed yet
    {"HOST": "tests.test_checks.OwnHost"},
    {"DISABLED_ACTIONS": ["suspend", "restrict"]},
    {"DISABLED_ACTIONS": ()},
    {"GUARDED_PATHS": ["/dav/"], "STAFF_EMAILS": ("trust@calendar.example",)},
    {"KEYS": {"2026": "n" * 32, "2025": "o" * 40}},
    {"TRUSTED_PROXIES": ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"]},
    {"IP_LIST_FILES": {"tor": __file__, "our_offices": [__file__]}, "IP_LISTS": __file__},
    {"GEO_FILES": [__file__]},
    {"DNSBL": {"bl.example.net": {"127.0.0.2": 1, "127.0.0.4/30": 0.5}, "dnsbl.example.": {"127.0.0.0/16": 0.1}}},
    {"DNS_SERVERS": ["127.0.0.1", "127.0.0.1:5353", "[2001:db8::53]:53", "2001:db8::53"]},
    {"RATE_LIMITS": {"challenge": "5/m"}},
    {"RATE_LIMITS": {"appeal": "100/2h", "write": "1/s"}},
    {"CHALLENGE": "altcha"},
    {"DISPATCH": "host"},
    {"EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"},
]


@pytest.mark.parametrize("given", INNOCENT, ids=repr)
def test_what_is_right_is_left_alone(settings: Any, given: dict[str, Any]) -> None:
    settings.CALGUARD = settings.CALGUARD | given
    assert found() == []


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"MODDE": "enforce"}, checks.UNKNOWN_KEY, "Did you mean 'MODE'?"),
    ({"trusted_proxies": ()}, checks.UNKNOWN_KEY, "Did you mean 'TRUSTED_PROXIES'?"),
    ({"XYZZY": 1}, checks.UNKNOWN_KEY, "Known: "),
    ({"MODE": "enforced"}, checks.BAD_MODE, "Did you mean 'enforce'?"),
    ({"MODE": None}, checks.BAD_MODE, "Known: enforce, observe, off"),
    ({"DISPATCH": "hosts"}, checks.BAD_DISPATCH, "Did you mean 'host'?"),
    ({"HOST": "no.such.Host"}, checks.BAD_HOST, "subclass"),
    ({"HOST": "no_dots"}, checks.BAD_HOST, "subclass"),
    ({"HOST": "calguard.host.Facts"}, checks.BAD_HOST, "Subclass"),
    ({"HOST": None}, checks.BAD_HOST, "subclass"),
    ({"DISABLED_ACTIONS": ["suspended"]}, checks.UNKNOWN_ACTION, "Did you mean 'suspend'?"),
    ({"DISABLED_ACTIONS": "suspend"}, checks.WRONG_KIND, "Write ['suspend']."),
    ({"GUARDED_PATHS": "/dav/"}, checks.WRONG_KIND, "Write ['/dav/']."),  # as letters it would guard every path
    ({"STAFF_EMAILS": "trust@calendar.example"}, checks.WRONG_KIND, "Write ['trust@calendar.example']."),
    ({"EMAIL_BACKEND": "django.core.mail.backends.smpt.EmailBackend"}, checks.BAD_BACKEND, "really sends"),
    ({"DATABASE": "defualt"}, checks.UNKNOWN_DATABASE, "Did you mean 'default'?"),
    ({"BASE_URL": ""}, checks.NO_BASE_URL, "https://calendar.example"),
    ({"BASE_URL": "calendar.example"}, checks.NO_BASE_URL, "https://calendar.example"),
    ({"KEYS": {"a": "short"}}, checks.BAD_KEYS, "32 random characters"),
    ({"KEYS": {"a": None}}, checks.BAD_KEYS, "32 random characters"),
    ({"KEYS": {"x" * 17: "n" * 32}}, checks.BAD_KEYS, "1 to 16 characters"),
    ({"KEYS": ["n" * 32]}, checks.BAD_KEYS, "newest first"),
    ({"TRUSTED_PROXIES": ["10.0.0.0/99"]}, checks.BAD_PROXIES, "Write networks"),
    ({"TRUSTED_PROXIES": ["10.0.0.1/8"]}, checks.BAD_PROXIES, "Write networks"),
    ({"TRUSTED_PROXIES": "10.0.0.0/8"}, checks.BAD_PROXIES, "Write networks"),
    ({"TRUSTED_PROXIES": ["0.0.0.0/0"]}, checks.BAD_PROXIES, "your own proxies only"),
    ({"CHALLENGE": "alcha"}, checks.UNKNOWN_CHALLENGE, "Did you mean 'altcha'?"),
    ({"CHALLENGE": "friendly"}, checks.UNKNOWN_CHALLENGE, "Known: altcha, hcaptcha, recaptcha, turnstile"),
    ({"CHALLENGE": ["altcha", "turnstile"]}, checks.NO_CHALLENGE_KEYS, "TURNSTILE_SITEKEY and TURNSTILE_SECRET"),
    ({"CHALLENGE": "hcaptcha"}, checks.NO_CHALLENGE_KEYS, "HCAPTCHA_SITEKEY and HCAPTCHA_SECRET"),
    ({"CHALLENGE": "recaptcha"}, checks.HALF_RECAPTCHA, "RECAPTCHA_PUBLIC_KEY"),
    ({"CACHE": "shared"}, checks.UNKNOWN_CACHE, "default"),
    ({"RATE_LIMITS": {"chalenge": "1/m"}}, checks.BAD_RATE, "Did you mean 'challenge'?"),
    ({"RATE_LIMITS": {"challenge": "often"}}, checks.BAD_RATE, "'30/m'"),
    ({"RATE_LIMITS": {"challenge": 30}}, checks.BAD_RATE, "'30/m'"),
    ({"RATE_LIMITS": None}, checks.BAD_RATE, "Known: "),
    ({"IP_LISTS": "/no/such/file"}, network_checks.NO_IP_LISTS, "calguard_compile_lists"),
    ({"IP_LIST_FILES": ["tor.txt"]}, network_checks.BAD_IP_FILES, "{'tor': "),
    ({"IP_LIST_FILES": {"tor": "/no/file"}, "IP_LISTS": __file__}, network_checks.BAD_IP_FILES, "one network a line"),
    ({"IP_LIST_FILES": {"Tor exits": __file__}, "IP_LISTS": __file__}, network_checks.BAD_IP_FILES, "lower case"),
    ({"IP_LIST_FILES": {"tor": __file__}}, network_checks.BAD_IP_FILES, "which every process can read"),
    ({"GEO_FILES": __file__}, network_checks.NO_GEO_FILE, "Write ['"),
    ({"GEO_FILES": ["/no/such/file"]}, network_checks.NO_GEO_FILE, "geoipupdate"),
    ({"DNSBL": ["bl.example.net"]}, network_checks.BAD_DNSBL, "by zone"),
    ({"DNSBL": {"https://bl.example.net": {"127.0.0.2": 1}}}, network_checks.BAD_DNSBL, "by zone"),
    ({"DNSBL": {"bl.example.net": {}}}, network_checks.BAD_DNSBL, "the answers that count"),
    ({"DNSBL": {"bl.example.net": 1.0}}, network_checks.BAD_DNSBL, "the answers that count"),
    ({"DNSBL": {"bl.example.net": {"127.0.0.2": 2}}}, network_checks.BAD_DNSBL, "up to 1"),
    ({"DNSBL": {"bl.example.net": {"127.0.0.2": True}}}, network_checks.BAD_DNSBL, "up to 1"),
    ({"DNSBL": {"bl.example.net": {"127.255.255.254": 1}}}, network_checks.BAD_DNSBL, "127.0.0.2"),
    ({"DNSBL": {"bl.example.net": {"192.0.2.1": 1}}}, network_checks.BAD_DNSBL, "127.0.0.2"),
    ({"DNSBL": {"bl.example.net": {"listed": 1}}}, network_checks.BAD_DNSBL, "127.0.0.2"),
    ({"DNS_SERVERS": "127.0.0.1"}, network_checks.BAD_DNS_SERVER, "127.0.0.1:5353"),
    ({"DNS_SERVERS": ["resolver.example"]}, network_checks.BAD_DNS_SERVER, "Write addresses"),
    ({"DNS_SERVERS": ["127.0.0.1:dns"]}, network_checks.BAD_DNS_SERVER, "Write addresses"),
    ({"LISTS": {"deny_domains": "/no/such/file"}}, checks.BAD_LISTS, "one host or domain a line"),
    ({"LISTS": {"deny_domain": __file__}}, checks.BAD_LISTS, "Did you mean 'deny_domains'?"),
    ({"LISTS": ["/some/file"]}, checks.BAD_LISTS, "deny_domains"),
    ({"LIST_SOURCES": ["https://lists.example/x"], "LIST_DIR": "/tmp"}, checks.BAD_SOURCES, "deny_domains"),
    ({"LIST_SOURCES": {"deny_url": "/x"}, "LIST_DIR": "/tmp"}, checks.BAD_SOURCES, "Did you mean 'deny_urls'?"),
    ({"LIST_SOURCES": {"allow_domains": "/x"}, "LIST_DIR": "/tmp"}, checks.BAD_SOURCES, "deny_domains"),
    ({"LIST_SOURCES": {"deny_urls": ["http://lists.example/x"]}, "LIST_DIR": "/tmp"}, checks.BAD_SOURCES, "https"),
    ({"LIST_SOURCES": {"deny_urls": ["ftp://lists.example/x"]}, "LIST_DIR": "/tmp"}, checks.BAD_SOURCES, "https"),
    ({"LIST_SOURCES": {"deny_urls": "https://lists.example/x"}}, checks.NO_LIST_DIR, "/var/lib/calguard"),
    ({"EMAIL_BACKEND": checks.BACKEND}, checks.MAIL_LOOP, "really sends"),
    ({"TRUSTED_PROXIES": None}, checks.WRONG_KIND, "documentation"),
    ({"DISABLED_ACTIONS": 7}, checks.WRONG_KIND, "documentation"),
    ({"POLICY": "/no/such/policy.toml"}, checks.BAD_POLICY, "TOML"),
]


@pytest.mark.parametrize(("given", "identifier", "hint"), WRONG, ids=repr)
def test_a_mistake_is_named_with_what_repairs_it(
    settings: Any, given: dict[str, Any], identifier: str, hint: str
) -> None:
    settings.CALGUARD = settings.CALGUARD | given
    messages = found()
    assert [message.id for message in messages] == [identifier]
    assert hint in (messages[0].hint or "")
    assert isinstance(messages[0], Error)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version = ", "not valid TOML"),
        ("verison = '1'", "unknown key"),
        ("version = '1'", "campaigns: missing; copy this section from the shipped policy"),
    ],
)
def test_a_policy_file_says_where_it_is_wrong(settings: Any, tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    settings.CALGUARD = settings.CALGUARD | {"POLICY": str(path)}
    (message,) = found()
    assert message.id == checks.BAD_POLICY
    assert said in message.msg
    assert str(path) in (message.hint or "")
    assert "default.toml" in (message.hint or "")


def test_calguard_must_be_a_dictionary(settings: Any) -> None:
    settings.CALGUARD = [("MODE", "enforce")]
    assert ids() == [checks.UNKNOWN_KEY]


def test_moments_need_time_zones(settings: Any) -> None:
    settings.USE_TZ = False
    assert ids() == [checks.NO_TIME_ZONES]


def test_a_short_secret_key_makes_weak_hashes(settings: Any) -> None:
    settings.SECRET_KEY = "short"
    assert ids() == [checks.BAD_KEYS]


@pytest.mark.parametrize(("public", "private"), [("p", ""), ("", "p")])
def test_recaptcha_needs_both_keys(settings: Any, public: str, private: str) -> None:
    settings.RECAPTCHA_PUBLIC_KEY, settings.RECAPTCHA_PRIVATE_KEY = public, private
    assert ids() == [checks.HALF_RECAPTCHA]
    settings.RECAPTCHA_PUBLIC_KEY = settings.RECAPTCHA_PRIVATE_KEY = "p"
    assert ids() == []


def test_altcha_needs_its_script(settings: Any) -> None:
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "django_altcha"]
    assert ids() == [checks.NO_ALTCHA_FILES]
    settings.RECAPTCHA_PUBLIC_KEY = settings.RECAPTCHA_PRIVATE_KEY = "p"
    assert ids() == []


@pytest.mark.parametrize("backend", ["locmem.LocMemCache", "dummy.DummyCache"])
def test_a_cache_of_one_process_is_a_warning_in_production(settings: Any, backend: str) -> None:
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}"}}
    assert ids() == [checks.CACHE_NOT_SHARED]
    settings.DEBUG = True
    assert ids() == []


def test_both_libraries_must_use_the_same_cache(settings: Any) -> None:
    settings.CACHES = {"default": LIBRARY, "rates": LIBRARY}
    settings.CALGUARD = settings.CALGUARD | {"CACHE": "rates"}
    assert ids() == [checks.UNKNOWN_CACHE]
    settings.RATELIMIT_USE_CACHE = "rates"
    assert ids() == []


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        (None, False),
        ("", False),
        ("redis://127.0.0.1:6379/1", False),
        ("unix:///run/redis/redis.sock?db=1", False),
        ("127.0.0.1:6379", True),
        (6379, True),
    ],
)
def test_facts_are_kept_at_an_address_of_redis(settings: Any, given: object, wrong: bool) -> None:
    settings.CALGUARD = settings.CALGUARD | {"FACTS": given}
    assert ids() == ([checks.BAD_FACTS] if wrong else [])


def test_django_ratelimit_as_an_app_brings_checks_that_refuse_djangos_caches(settings: Any) -> None:
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "django_ratelimit"]
    assert ids() == [checks.LIBRARY_CHECKS]


def test_the_middleware_must_be_there_and_know_who_is_signed_in(settings: Any) -> None:
    without = [name for name in settings.MIDDLEWARE if name != checks.MIDDLEWARE]
    settings.MIDDLEWARE = without
    assert ids() == [checks.NO_MIDDLEWARE]
    settings.MIDDLEWARE = [checks.MIDDLEWARE, *without]
    assert ids() == [checks.MIDDLEWARE_TOO_EARLY]
    settings.MIDDLEWARE = [*without, checks.MIDDLEWARE]
    assert ids() == []


def test_mail_without_the_gate_is_a_warning(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert ids() == [checks.MAIL_NOT_GUARDED]


@pytest.mark.urls("tests.hosts.plain.urls")
def test_pages_without_an_address_are_a_warning() -> None:
    assert ids() == [checks.NO_URLS]


def test_every_identifier_is_used_for_one_thing() -> None:
    pattern = re.compile(r"calguard\.[EW]\d{3}")
    constants = [*vars(checks).values(), *vars(network_checks).values()]
    names = [value for value in constants if isinstance(value, str) and pattern.fullmatch(value)]
    assert len(names) == len(set(names))
    for kind in "EW":
        numbers = sorted(int(name[-3:]) for name in names if name[-4] == kind)
        assert numbers == list(range(1, len(numbers) + 1))  # none is left out, and none taken twice
