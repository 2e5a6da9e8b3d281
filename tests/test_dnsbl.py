"""DNS block lists, asked for real: right names, errors that are no listings, and lists that rest when they are ill."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

import pytest

from calguard import alarm, diagnosis, dnsbl, network_diagnosis, tasks
from calguard.engine.types import Listing
from tests.support.dns import DnsServer

ZONE = "bl.example"
IP, IP_6 = ip_address("203.0.113.77"), ip_address("2001:db8:1:2:3:4:567:89ab")
NAME = "77.113.0.203.bl.example"
NAME_6 = "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.bl.example"


@pytest.fixture
def server(dns_server: DnsServer, settings: Any) -> DnsServer:
    """One list, of which 127.0.0.2 and the 127.0.0.4 to 7 count; asked at a real server."""
    counted = {ZONE: {"127.0.0.2": 1.0, "127.0.0.4/30": 0.5}}
    settings.CALGUARD = settings.CALGUARD | {"DNSBL": counted, "DNS_SERVERS": [f"127.0.0.1:{dns_server.port}"]}
    return dns_server


def sound(server: DnsServer, zone: str = ZONE) -> None:
    server.answer(f"2.0.0.127.{zone}", "127.0.0.2")


def alarms() -> int:
    return alarm.counts().get("dnsbl", 0)


@pytest.mark.requirement("R14")
def test_names_are_octets_and_nibbles_in_reverse_order() -> None:
    assert dnsbl.query_name(IP, ZONE) == f"{NAME}."
    assert dnsbl.query_name(IP_6, ZONE) == f"{NAME_6}."
    assert dnsbl.query_name(IP, "bl.example.") == f"{NAME}."


@pytest.mark.requirement("R14")
@pytest.mark.parametrize(("ip", "name"), [(IP, NAME), (IP_6, NAME_6)])
def test_an_address_that_is_listed(server: DnsServer, ip: Any, name: str) -> None:
    server.answer(name, "127.0.0.2")
    assert dnsbl.listings(ip) == (Listing(zone=ZONE, code="127.0.0.2", confidence=1.0),)
    assert server.asked == [(name, "A")]


@pytest.mark.requirement("R14")
def test_each_code_weighs_what_the_operator_says_and_others_nothing(server: DnsServer) -> None:
    server.answer(NAME, "127.0.0.10", "127.0.0.5", "127.0.0.2")  # 10: an address that a provider gives to its customers
    found = [(listing.code, listing.confidence) for listing in dnsbl.listings(IP)]
    assert found == [("127.0.0.2", 1.0), ("127.0.0.5", 0.5)]


@pytest.mark.requirement("R14")
@pytest.mark.parametrize("values", [(), ("127.0.0.10",), ("127.0.0.11", "127.0.0.3")])
def test_innocent_addresses(server: DnsServer, values: tuple[str, ...]) -> None:
    before = alarms()
    if values:
        server.answer(NAME, *values)
    assert dnsbl.listings(IP) == ()
    assert alarms() == before


def test_a_name_that_exists_without_an_address_is_not_listed(server: DnsServer) -> None:
    server.answer(NAME, '"see https://bl.example"', kind="TXT")
    assert dnsbl.listings(IP) == ()


@pytest.mark.parametrize("own", ["10.1.2.3", "192.168.7.7", "127.0.0.2", "::1", "fd00::7"])
def test_nobody_is_asked_about_addresses_of_our_own(server: DnsServer, own: str) -> None:
    assert dnsbl.listings(ip_address(own)) == ()
    assert server.asked == []


@pytest.mark.requirement("R15")
@pytest.mark.parametrize("code", ["127.255.255.252", "127.255.255.254", "127.255.255.255", "203.0.113.1"])
def test_a_refusal_or_a_sold_zone_is_no_listing(server: DnsServer, settings: Any, code: str) -> None:
    settings.CALGUARD["DNSBL"][ZONE] = {"127.0.0.0/8": 1.0}  # an operator who did not know better
    before = alarms()
    server.answer(NAME, "127.0.0.2", code)
    assert dnsbl.listings(IP) == ()
    assert alarms() == before + 1
    assert dnsbl.is_resting(ZONE)


@pytest.mark.requirement("R15")
@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", "FORMERR"])
def test_a_server_that_fails_lists_nobody(server: DnsServer, rcode: str) -> None:
    before = alarms()
    server.fail(NAME, rcode)
    assert dnsbl.listings(IP) == ()
    assert alarms() == before + 1


@pytest.mark.requirement("R18")
@pytest.mark.parametrize("ip", [IP, IP_6])
def test_no_log_says_which_address_was_asked_about(
    server: DnsServer, ip: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The name asked for is the address in reverse order, and resolvers like to say it in their errors."""
    server.fail(dnsbl.query_name(ip, ZONE).rstrip("."))
    assert dnsbl.listings(ip) == ()
    written = "".join(map(caplog.handler.format, caplog.records))
    assert "NoNameservers" in written
    assert NAME.partition(".bl.")[0] not in written
    assert NAME_6.partition(".bl.")[0] not in written
    assert str(ip) not in written


@pytest.mark.requirement("R15")
def test_silence_lists_nobody_and_is_not_waited_for_again(server: DnsServer, settings: Any) -> None:
    settings.CALGUARD["DNSBL"] = {f"{letter}.example": {"127.0.0.2": 1.0} for letter in "ab"}
    before = alarms()
    server.ignore("77.113.0.203.a.example")
    server.answer("77.113.0.203.b.example", "127.0.0.2")
    assert [listing.zone for listing in dnsbl.listings(IP)] == ["b.example"]  # one silent list hides no other
    assert alarms() == before + 1
    asked = len(server.asked)
    dnsbl.listings(ip_address("203.0.113.78"))
    assert [name for name, _ in server.asked[asked:]] == ["78.113.0.203.b.example"]


@pytest.mark.requirement("R15")
def test_all_lists_together_have_little_time(server: DnsServer, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CALGUARD["DNSBL"] = {f"z{n}.example": {"127.0.0.2": 1.0} for n in range(9)}
    clock = iter(range(0, 900, 2))  # every look at the clock is two seconds later
    monkeypatch.setattr("calguard.dnsbl.time.monotonic", lambda: float(next(clock)))
    asked: list[str] = []
    monkeypatch.setattr("calguard.dnsbl.ask", lambda ip, zone, seconds: asked.append(zone) or ())
    dnsbl.listings(IP)
    assert asked == ["z0.example"]


def test_an_answer_is_remembered_and_the_address_is_not(server: DnsServer) -> None:
    from django.core.cache import cache

    server.answer(NAME, "127.0.0.2")
    assert [dnsbl.listings(IP) for _ in range(3)] == [dnsbl.listings(IP)] * 3
    dnsbl.listings(ip_address("203.0.113.78"))
    dnsbl.listings(ip_address("203.0.113.78"))
    assert [name for name, _ in server.asked] == [NAME, "78.113.0.203.bl.example"]
    kept = getattr(cache, "_cache", {})
    assert not [key for key in kept if "203.0.113" in str(key) or "113.0.203" in str(key)]


@pytest.mark.requirement("R15")
def test_a_sound_list_passes_its_test_and_is_asked_again(server: DnsServer) -> None:
    sound(server)
    server.fail(NAME)
    dnsbl.listings(IP)
    assert dnsbl.is_resting(ZONE)
    tasks.test_dnsbl()
    assert not dnsbl.is_resting(ZONE)
    del server.failures[NAME]
    server.answer(NAME, "127.0.0.2")
    assert dnsbl.listings(IP)


ILL: list[tuple[str, dict[str, tuple[str, ...]], str]] = [
    ("gone", {}, "is it still run?"),
    ("lists the world", {"2.0.0.127.bl.example": ("127.0.0.2",), "1.0.0.127.bl.example": ("127.0.0.2",)}, "everything"),
    ("refuses", {"2.0.0.127.bl.example": ("127.255.255.254",)}, "refuses to answer us"),
    (
        "lists the world of IPv6",
        {
            "2.0.0.127.bl.example": ("127.0.0.2",),
            "1.0.0.0.0.0.f.7.f.f.f.f" + ".0" * 20 + ".bl.example": ("127.0.0.2",),
        },
        "everything",
    ),
]


@pytest.mark.requirement("R15")
@pytest.mark.parametrize(("answers", "said"), [row[1:] for row in ILL], ids=[row[0] for row in ILL])
def test_a_list_that_fails_its_test_is_left_alone(server: DnsServer, answers: dict[str, Any], said: str) -> None:
    before = alarms()
    for name, values in answers.items():
        server.answer(name, *values)
    tasks.test_dnsbl()
    assert dnsbl.is_resting(ZONE)
    assert alarms() == before + 1
    server.answer(NAME, "127.0.0.2")
    assert dnsbl.listings(IP) == ()
    (finding,) = network_diagnosis.block_lists()
    assert finding.state == "error"
    assert said in finding.said


def test_the_doctor_leaves_a_sound_list_alone_and_names_one_that_rests(server: DnsServer) -> None:
    sound(server)
    assert [finding.state for finding in network_diagnosis.block_lists()] == ["ok"]
    server.fail(NAME)
    dnsbl.listings(IP)
    assert [finding.state for finding in network_diagnosis.block_lists()] == ["warning"]
    assert network_diagnosis.block_lists in diagnosis.LOOKS


def test_without_lists_nobody_is_asked(dns_server: DnsServer) -> None:
    assert dnsbl.listings(IP) == ()
    assert dnsbl.self_test() == []
    assert dns_server.asked == []
