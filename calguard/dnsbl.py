"""Asks the operator's DNS block lists about an address: in a worker, within seconds, and never in a request (R14)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network
from typing import Any

from django.core.cache import caches

from calguard import alarm, keyed
from calguard.client_ip import Address
from calguard.conf import conf
from calguard.engine.types import Listing

ONE_SECOND = 1.0  # seconds for one question
ALTOGETHER = 3.0  # seconds for all lists; those that are not reached say nothing
LISTED_FOR, CLEAR_FOR = 3600, 900  # seconds that an answer is remembered
REFUSED_FOR, SILENT_FOR = 3600, 120  # seconds that a list is left alone
MOST = 16  # addresses of one answer that are read

LISTS = IPv4Network("127.0.0.0/8")  # where listings are (RFC 5782, 2.1)
REFUSALS = IPv4Network("127.255.255.0/24")  # by custom: not a listing, but why there is no answer
OURS = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1/128", "fc00::/7")))
LISTED, NOT_LISTED = IPv4Address("127.0.0.2"), IPv4Address("127.0.0.1")  # by RFC 5782, 5
NOT_LISTED_6 = IPv6Address("::ffff:127.0.0.1")


class ZoneError(Exception):
    """A list gave no answer that can be believed. `rest`: seconds to leave it alone."""

    def __init__(self, message: str, rest: int) -> None:
        super().__init__(message)
        self.rest = rest


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """One list as its self-test found it; `problem` is "" where it is sound."""

    zone: str
    problem: str = ""


def listings(ip: Address) -> tuple[Listing, ...]:
    """What the lists say of an address, of the answers the operator counts. A list that refuses, fails or is silent
    lists nothing: that is an alarm, and it is left alone for a while (R15). Nobody else is asked about addresses that
    every network has for itself."""
    if any(ip in network for network in OURS):
        return ()
    until = time.monotonic() + ALTOGETHER
    found = []
    for zone, counted in conf.dnsbl.items():
        left = until - time.monotonic()
        codes = _remembered(ip, zone, min(ONE_SECOND, left)) if left > 0 else ()
        for code in codes:
            confidence = _confidence(code, counted)
            if confidence > 0:
                found.append(Listing(zone=zone, code=code, confidence=confidence))
    return tuple(sorted(found, key=lambda listing: (-listing.confidence, listing.zone, listing.code)))


def self_test() -> list[Health]:
    """Test every list; one that fails is an alarm and rests until a later test, one that is sound is asked again."""
    found = list(examine())
    for health in found:
        if health.problem:
            _rest(health.zone, ZoneError(f"{health.zone} {health.problem}", 2 * REFUSED_FOR))
        else:
            caches[conf.cache].delete(_resting(health.zone))
    return found


def examine() -> Iterator[Health]:
    """What each list says to the questions whose answers are laid down (RFC 5782, 5), and nothing changed by it."""
    for zone in conf.dnsbl:
        try:
            if not ask(LISTED, zone):
                yield Health(zone=zone, problem="does not list 127.0.0.2, as every list must: is it still run?")
            elif ask(NOT_LISTED, zone) or ask(NOT_LISTED_6, zone):
                yield Health(zone=zone, problem="lists 127.0.0.1, which none may: it seems to list everything")
            else:
                yield Health(zone=zone)
        except ZoneError as error:
            yield Health(zone=zone, problem=str(error).removeprefix(f"{zone} "))


def is_resting(zone: str) -> bool:
    """Whether a list is left alone for now."""
    return bool(caches[conf.cache].get(_resting(zone)))


def query_name(ip: Address, zone: str) -> str:
    """The name to ask for: octets or nibbles in reverse order before the zone (RFC 5782, 2.1 and 2.4)."""
    reverse = ip.reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
    return f"{reverse}.{zone.strip('.')}."


def ask(ip: Address, zone: str, seconds: float = ONE_SECOND) -> tuple[str, ...]:
    """The addresses a list answers with; none where it does not list the address. Raises ZoneError, which leaves out
    what the resolver says: that names the question, and so the address."""
    from dns import exception, resolver  # comes with the extra [dns]

    try:
        answer = _resolver().resolve(query_name(ip, zone), "A", search=False, lifetime=seconds)
    except (resolver.NXDOMAIN, resolver.NoAnswer):
        return ()
    except exception.Timeout:
        raise ZoneError(f"{zone} did not answer within {seconds:.1f} s", SILENT_FOR) from None
    except exception.DNSException as error:
        raise ZoneError(f"{zone} cannot be asked: {type(error).__name__}", SILENT_FOR) from None
    codes = tuple(sorted(record.address for record in answer)[:MOST])
    for code in map(IPv4Address, codes):
        if code in REFUSALS:
            raise ZoneError(f"{zone} refuses to answer us ({code})", REFUSED_FOR)
        if code not in LISTS:
            raise ZoneError(f"{zone} answers with {code}, which is no listing: is it still run?", REFUSED_FOR)
    return codes


def servers() -> Iterator[tuple[str, int]]:
    """The name servers configured, with their ports. ValueError where one is not written as an address."""
    for written in conf.dns_servers:
        host, port = written, "53"
        if written.startswith("["):
            host, _, port = written[1:].partition("]")
            port = port.removeprefix(":") or "53"
        elif written.count(":") == 1:
            host, _, port = written.partition(":")
        yield str(ip_address(host)), int(port)


def network_of(code: str) -> IPv4Network:
    """A code as the settings name it: an address or a network of them. ValueError where it can be no listing."""
    network = IPv4Network(code)
    if not network.subnet_of(LISTS) or network.overlaps(REFUSALS):
        raise ValueError(f"{code} is no listing: those are in 127.0.0.0/8, and not in 127.255.255.0/24")
    return network


def _resolver() -> Any:
    from dns.nameserver import Do53Nameserver
    from dns.resolver import Resolver

    own = [Do53Nameserver(host, port) for host, port in servers()]
    made = Resolver(configure=not own)
    if own:
        made.nameservers = own
    made.timeout = ONE_SECOND / 2
    return made


def _remembered(ip: Address, zone: str, seconds: float) -> tuple[str, ...]:
    cache = caches[conf.cache]
    name = f"calguard-dnsbl-{keyed.pseudonym('dnsbl', f'{zone} {ip}')[0]}"
    known = cache.get(name)
    if known is not None:
        return tuple(known)
    if is_resting(zone):
        return ()
    try:
        codes = ask(ip, zone, seconds)
    except ZoneError as error:
        _rest(zone, error)
        return ()
    cache.set(name, list(codes), LISTED_FOR if codes else CLEAR_FOR)
    return codes


def _rest(zone: str, error: ZoneError) -> None:
    alarm.raised("dnsbl", error)
    caches[conf.cache].set(_resting(zone), str(error), error.rest)


def _resting(zone: str) -> str:
    return f"calguard-dnsbl-rests-{keyed.pseudonym('dnsbl', zone)[0]}"


def _confidence(code: str, counted: Mapping[str, float]) -> float:
    return max((float(worth) for named, worth in counted.items() if IPv4Address(code) in IPv4Network(named)), default=0)
