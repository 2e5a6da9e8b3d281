"""A client names itself only as far as the operator's proxies vouch for it."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from calguard import client_ip

TRUSTED = tuple(ip_network(net) for net in ("10.0.0.0/8", "2001:db8:aa::/48", "127.0.0.0/8"))

CASES = [
    # what the server says, what the header says, who it was
    ("203.0.113.5", None, "203.0.113.5"),  # direct
    ("10.0.0.1", "203.0.113.5", "203.0.113.5"),  # one honest proxy
    ("10.0.0.1", "203.0.113.5, 10.0.0.2", "203.0.113.5"),  # two of them
    ("10.0.0.1", "8.8.8.8, 203.0.113.5", "203.0.113.5"),  # the client wrote 8.8.8.8 itself
    ("203.0.113.5", "8.8.8.8", "203.0.113.5"),  # no proxy: the header is worth nothing
    ("203.0.113.5", "8.8.8.8, 10.0.0.1", "203.0.113.5"),  # nor one that names a proxy
    ("10.0.0.1", "10.0.0.9, 10.0.0.2", "10.0.0.9"),  # a client inside
    ("10.0.0.1", None, "10.0.0.1"),  # a monitor on the proxy itself
    ("10.0.0.1", "", "10.0.0.1"),
    ("10.0.0.1", "unknown", "10.0.0.1"),
    ("10.0.0.1", "junk, 203.0.113.5", "203.0.113.5"),
    ("10.0.0.1", "203.0.113.5:4711", "203.0.113.5"),  # with a port
    ("10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
    ("10.0.0.1", '"[2001:db8::7]"', "2001:db8::7"),
    ("10.0.0.1", "fe80::1%eth0", "fe80::1"),
    ("10.0.0.1", "::ffff:203.0.113.5", "203.0.113.5"),  # IPv4 dressed as IPv6
    ("::ffff:10.0.0.1", "203.0.113.5", "203.0.113.5"),  # so may the proxy be
    ("2001:db8:aa::1", "2001:db8:bb::2", "2001:db8:bb::2"),
    ("", "203.0.113.5", "203.0.113.5"),  # a Unix socket, loopback trusted
    ("unix:", "203.0.113.5", "203.0.113.5"),
    ("", None, None),  # and nothing said: not known, which is better than wrong
    ("", "junk", None),
    ("junk", "203.0.113.5", None),
]


@pytest.mark.requirement("R13")
@pytest.mark.parametrize(("peer", "forwarded", "expected"), CASES)
def test_only_the_trusted_chain_is_believed(peer: str, forwarded: str | None, expected: str | None) -> None:
    meta = {"REMOTE_ADDR": peer} | ({} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded})
    found = client_ip.client_ip(meta, TRUSTED)
    assert (None if found is None else str(found)) == expected


@pytest.mark.requirement("R13")
def test_a_unix_socket_is_not_believed_unless_loopback_is_trusted() -> None:
    meta = {"REMOTE_ADDR": "", "HTTP_X_FORWARDED_FOR": "8.8.8.8"}
    assert client_ip.client_ip(meta, TRUSTED[:1]) is None
    assert client_ip.client_ip({}, ()) is None


def test_the_chain_is_read_from_its_trustworthy_end_however_long_it_is() -> None:
    meta = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "8.8.8.8, " * 100_000 + "203.0.113.5"}
    assert str(client_ip.client_ip(meta, TRUSTED)) == "203.0.113.5"


def test_the_settings_name_the_proxies(settings: object) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="10.1.2.3", HTTP_X_FORWARDED_FOR="203.0.113.5")
    assert client_ip.text(request) == "10.1.2.3"
    settings.CALGUARD = {**settings.CALGUARD, "TRUSTED_PROXIES": ["10.0.0.0/8"]}  # type: ignore[attr-defined]
    assert client_ip.text(request) == "203.0.113.5"


@pytest.mark.parametrize(("ip", "prefix"), [("203.0.113.77", "203.0.113.0/24"), ("2001:db8:1:2::7", "2001:db8:1::/48")])
def test_the_prefix_is_the_neighbourhood(ip: str, prefix: str) -> None:
    assert client_ip.prefix(ip_address(ip)) == prefix


@given(peer=st.text(max_size=40), forwarded=st.text(max_size=200))
def test_no_header_is_an_error(peer: str, forwarded: str) -> None:
    client_ip.client_ip({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}, TRUSTED)


@given(forwarded=st.text(max_size=200))
def test_no_header_moves_an_untrusted_peer(forwarded: str) -> None:
    meta = {"REMOTE_ADDR": "203.0.113.5", "HTTP_X_FORWARDED_FOR": forwarded}
    assert str(client_ip.client_ip(meta, TRUSTED)) == "203.0.113.5"
