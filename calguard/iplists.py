"""Which of the operator's lists an address is on, read from one compiled file that all processes share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

import maxminddb

from calguard import alarm
from calguard.client_ip import Address, Network
from calguard.conf import conf
from calguard.watched import Watched

KIND = "CalGuard-IP-Lists"  # database type in the file's metadata


class ListError(ValueError):
    """A list cannot be read; the message names the file and line."""


# A reader that is replaced is closed once no thread uses it any more.
_readers: Watched[Any] = Watched("iplists", maxminddb.open_database, (OSError, maxminddb.InvalidDatabaseError))


def names(ip: Address) -> frozenset[str]:
    """The lists an address is on. A file that cannot be read is an alarm and no list; the one read before stays in use.

    The file is mapped into memory: replace it by renaming, as the command does, and never write into it.
    """
    path = conf.ip_lists
    reader = _readers.get(path) if path is not None else None
    if reader is None:
        return frozenset()
    try:
        record = reader.get(str(ip))
        return frozenset(record["lists"]) if record else frozenset()
    except (maxminddb.InvalidDatabaseError, KeyError, TypeError) as error:
        alarm.raised("iplists", error)
        return frozenset()


def read_list(path: Path) -> Iterator[Network]:
    """The networks in a text file, one a line; what follows # or ; is a comment. ListError on the first wrong line."""
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1):
        written = line.partition("#")[0].partition(";")[0].strip()
        if not written:
            continue
        try:
            yield ip_network(written, strict=False)
        except ValueError:
            raise ListError(f"{path}, line {number}: not a network: {written[:60]!r}") from None


def merged(lists: Mapping[str, Iterable[Network]]) -> dict[Network, tuple[str, ...]]:
    """Every network with all lists that hold for it, wider ones first: a network inside another is on its lists too."""
    on: dict[Network, set[str]] = {}
    for name, networks in lists.items():
        for network in networks:
            on.setdefault(network, set()).add(name)
    around: list[Network] = []
    for network in sorted(on, key=lambda n: (n.version, int(n.network_address), n.prefixlen)):
        while around and not _inside(network, around[-1]):
            around.pop()
        if around:
            on[network] |= on[around[-1]]
        around.append(network)
    return {network: tuple(sorted(on[network])) for network in sorted(on, key=lambda n: n.prefixlen)}


def _inside(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False
