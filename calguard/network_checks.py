"""What is wrong with the settings of networks, places and DNS block lists, said at start-up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from calguard import dnsbl, networks
from calguard.conf import DEFAULTS, conf

NO_IP_LISTS = "calguard.E017"
BAD_IP_FILES = "calguard.E026"
NO_GEO_FILE = "calguard.E027"
BAD_DNSBL = "calguard.E028"
NO_DNS = "calguard.E029"
BAD_DNS_SERVER = "calguard.E030"

ZONE = re.compile(r"(?=.{4,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9-]{2,63}", re.IGNORECASE)
Found = Iterator[CheckMessage]


def ip_lists() -> Found:
    path: Path | None = conf.ip_lists
    if path is not None and not path.is_file():
        hint = "Make it: manage.py calguard_compile_lists, or with tor=tor.txt --out " + str(path)
        yield Error(f"CALGUARD['IP_LISTS'] names {path}, which is not there.", hint=hint, id=NO_IP_LISTS)


def ip_list_files() -> Found:
    given = _given("IP_LIST_FILES")
    if not isinstance(given, Mapping):
        hint = "Write {'tor': '/var/lib/calguard/tor.txt'}."
        yield Error("CALGUARD['IP_LIST_FILES'] is no dictionary of names and files.", hint=hint, id=BAD_IP_FILES)
        return
    for name, paths in conf.ip_list_files.items():
        if not networks.NAME.fullmatch(name):
            hint = "Names are lower case letters, digits and underscores, such as 'tor', 'vpn' or 'our_offices'."
            yield Error(f"CALGUARD['IP_LIST_FILES'] has the name {name!r}.", hint=hint, id=BAD_IP_FILES)
        for path in paths:
            if not path.is_file():
                hint = "Make it, with one network a line; an empty file is a list, too."
                said = f"CALGUARD['IP_LIST_FILES'][{name!r}] names {path}, which is not there."
                yield Error(said, hint=hint, id=BAD_IP_FILES)
    if given and conf.ip_lists is None:
        hint = "Name the file to compile them into, which every process can read: '/var/lib/calguard/networks.mmdb'."
        yield Error("CALGUARD['IP_LISTS'] is not set: compiled lists have no place.", hint=hint, id=BAD_IP_FILES)


def geo_files() -> Found:
    given = _given("GEO_FILES")
    if isinstance(given, str | Path):
        yield Error("CALGUARD['GEO_FILES'] is no list of files.", hint=f"Write [{str(given)!r}].", id=NO_GEO_FILE)
        return
    for path in conf.geo_files:
        if not path.is_file():
            hint = "Fetch it, with geoipupdate for MaxMind's, or take it away: without it no place is known."
            yield Error(f"CALGUARD['GEO_FILES'] names {path}, which is not there.", hint=hint, id=NO_GEO_FILE)


def dns_block_lists() -> Found:
    given = _given("DNSBL")
    hint = "Write {'bl.example.net': {'127.0.0.2': 1.0}}: by zone, the answers that count and how much, up to 1."
    if not isinstance(given, Mapping):
        yield Error("CALGUARD['DNSBL'] is no dictionary of zones.", hint=hint, id=BAD_DNSBL)
        return
    for zone, counted in given.items():
        if not ZONE.fullmatch(str(zone).rstrip(".")):
            yield Error(f"CALGUARD['DNSBL'] names {zone!r}, which is no zone.", hint=hint, id=BAD_DNSBL)
        elif not isinstance(counted, Mapping) or not counted:
            yield Error(f"CALGUARD['DNSBL'][{zone!r}] says of no answer that it counts.", hint=hint, id=BAD_DNSBL)
        else:
            yield from _codes(str(zone), counted, hint)
    if given and find_spec("dns") is None:
        hint = "pip install 'calguard[dns]', wherever workers run."
        yield Error("CALGUARD['DNSBL'] needs dnspython, which is not installed.", hint=hint, id=NO_DNS)


def _codes(zone: str, counted: Mapping[Any, Any], hint: str) -> Found:
    for code, worth in counted.items():
        try:
            dnsbl.network_of(str(code))
        except ValueError as error:
            yield Error(f"CALGUARD['DNSBL'][{zone!r}]: {error}.", hint=hint, id=BAD_DNSBL)
        if isinstance(worth, bool) or not isinstance(worth, int | float) or not 0 < worth <= 1:
            yield Error(f"CALGUARD['DNSBL'][{zone!r}][{code!r}] counts {worth!r}.", hint=hint, id=BAD_DNSBL)


def dns_servers() -> Found:
    hint = "Write addresses, such as ['10.0.0.53', '127.0.0.1:5353', '[2001:db8::53]:53']."
    if isinstance(_given("DNS_SERVERS"), str):
        yield Error("CALGUARD['DNS_SERVERS'] is a string, not a list.", hint=hint, id=BAD_DNS_SERVER)
        return
    try:
        list(dnsbl.servers())
    except ValueError as error:
        yield Error(f"CALGUARD['DNS_SERVERS']: {error}.", hint=hint, id=BAD_DNS_SERVER)


PARTS: tuple[Callable[[], Found], ...] = (ip_lists, ip_list_files, geo_files, dns_block_lists, dns_servers)


def _given(name: str) -> Any:
    return getattr(settings, "CALGUARD", {}).get(name, DEFAULTS[name])
