"""Which address a request came from, believed only as far as the operator's own proxies vouch for it (R13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from django.http import HttpRequest

from calguard.conf import conf

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST = 4096  # octets of X-Forwarded-For that are read, from its trustworthy end
UNIX_SOCKET = "127.0.0.1"  # a server on a Unix socket knows no peer; only a program on this machine can be at its end


def client_ip(meta: Mapping[str, Any], trusted: Sequence[Network]) -> Address | None:
    """The nearest address in the chain that is no proxy of the operator; None where the server says nothing usable.

    Read from the right, because only what a trusted proxy appended is worth anything: whatever a client sends in
    X-Forwarded-For stands to the left of that. A client on a Unix socket counts as loopback, so naming 127.0.0.0/8 in
    TRUSTED_PROXIES is what says that the proxy there is believed.
    """
    peer = str(meta.get("REMOTE_ADDR") or "")
    on_socket = not peer or peer.startswith("unix:")
    ip = read(UNIX_SOCKET if on_socket else peer)
    hops = str(meta.get("HTTP_X_FORWARDED_FOR") or "")[-LONGEST:].split(",")
    walked = False
    while ip is not None and hops and _in(ip, trusted):
        nearer = read(hops.pop())
        if nearer is None:
            break
        ip, walked = nearer, True
    return None if on_socket and not walked else ip


def of(request: HttpRequest) -> Address | None:
    """The address of whoever made the request."""
    return client_ip(request.META, conf.trusted_proxies)


def text(request: HttpRequest) -> str:
    """The same as text, "" where unknown; may be named in RATELIMIT_IP_META_KEY and AXES_CLIENT_IP_CALLABLE."""
    ip = of(request)
    return "" if ip is None else str(ip)


def prefix(ip: Address) -> str:
    """The network an address is taken to share with its neighbours: /24, or /48 in IPv6."""
    return str(ip_network((ip, 24 if ip.version == 4 else 48), strict=False))


def read(written: str) -> Address | None:
    """An address as proxies write it: with a port, in brackets, with a zone, or IPv4 dressed as IPv6."""
    bare = written.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        ip = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip


def _in(ip: Address, networks: Sequence[Network]) -> bool:
    return any(ip in network for network in networks)
