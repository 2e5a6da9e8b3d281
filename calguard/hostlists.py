"""The operator's lists of hosts, domains and addresses, read from files and read anew when they change."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

from calguard import listfetch
from calguard.conf import conf
from calguard.content.hosts import CONFERENCE, PLATFORMS, USER_CONTENT, is_public_suffix
from calguard.content.url_hashes import canonical, digest
from calguard.engine.types import Lists
from calguard.watched import Watched

NAMES = frozenset(field.name for field in fields(Lists))
FETCHED = NAMES - {"allow_domains"}  # whom to trust is for the operator to say, not for a feed

_SHA256 = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


def current() -> tuple[Lists, frozenset[str]]:
    """The lists as they are now, and the names of those that could not be had, for the policy's failure modes.

    A file that is gone or damaged is an alarm; what was read of it before stays in use and is not missing.
    """
    found: dict[str, list[frozenset[str]]] = {}
    missing: set[str] = set()
    for name, path in conf.lists.items():
        entries = _reader(name, own=True).get(path)
        if entries is None:
            missing.add(f"lists.{name}")
        elif name in NAMES:
            found.setdefault(name, []).append(entries)
    for name, sources in conf.list_sources.items():
        for source in sources:
            entries = _reader(name, own=False).get(listfetch.copy_of(source)) if conf.list_dir else None
            if entries is None:
                missing.add(f"lists.{name}")
            elif name in FETCHED:
                found.setdefault(name, []).append(entries)
    return Lists(**{name: _together(name, parts) for name, parts in found.items()}), frozenset(missing)


def read_list(text: str) -> list[str]:
    """One host or domain a line, also as hosts files and filter lists write them; what follows # is a comment.

    "0.0.0.0 evil.example", "||evil.example^" and "https://evil.example/path" all mean evil.example. Names beyond ASCII
    are taken in their punycode form.
    """
    found = []
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if not words or words[0].startswith("!"):
            continue
        word = words[-1].removeprefix("||").removesuffix("^")
        host = word.rpartition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0].strip(".").lower()
        if host.isascii():
            found += [host] if host else []
        else:
            with suppress(UnicodeError):  # a line that is no name names nobody
                found.append(host.encode("idna").decode())
    return found


def read_urls(text: str) -> list[str]:
    """One address a line, as a URL or the SHA-256 of its canonical form or of a host and folder; returns the hashes."""
    found = []
    for line in text.splitlines():
        word = line.strip()
        if not word or word[0] in "#!":
            continue
        hashed = _SHA256.fullmatch(word.lower())
        expression = "" if hashed else canonical(word.split()[0])
        if hashed or expression:
            found.append(hashed[1] if hashed else digest(expression))
    return found


def entries_of(name: str, text: str, *, own: bool) -> frozenset[str]:
    """The entries of one list. A feed may not refuse a whole ending or a service that half the world writes with."""
    if name.endswith("_urls"):
        return frozenset(read_urls(text))
    hosts = frozenset(read_list(text))
    if name == "allow_domains" or name == "extra_disposable":
        return hosts
    return frozenset(host for host in hosts if not is_public_suffix(host) and (own or host not in _SHARED))


_SHARED = USER_CONTENT | CONFERENCE | PLATFORMS


def _together(name: str, parts: list[frozenset[str]]) -> frozenset[str]:
    """All files of one list as one set, joined again only when one of them changed."""
    if len(parts) == 1:
        return parts[0]
    known = _joined.get(name)
    if known is None or len(known[0]) != len(parts) or any(a is not b for a, b in zip(known[0], parts, strict=True)):
        known = _joined[name] = (parts, frozenset().union(*parts))
    return known[1]


def _reader(name: str, *, own: bool) -> Watched[frozenset[str]]:
    return _readers.setdefault((name, own), _watched(name, own=own))


def _watched(name: str, *, own: bool) -> Watched[frozenset[str]]:
    def load(path: Path) -> frozenset[str]:
        return entries_of(name, path.read_text(encoding="utf-8-sig"), own=own)

    return Watched("hostlists", load, (OSError, ValueError))


_readers: dict[tuple[str, bool], Watched[frozenset[str]]] = {}
_joined: dict[str, tuple[list[frozenset[str]], frozenset[str]]] = {}
