"""From where an attempt comes: remembered as little as possible, asked about before it leaves, and nobody's neighbour's
fault."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calguard import guard, sweeping
from calguard.conf import conf
from calguard.guard import Verdict
from calguard.models import Case, Decision
from tests.guard.events import LURE, invitation
from tests.guard.test_challenge import solved
from tests.guard.test_check import CHECK_QUERIES, send, to_guests
from tests.guard.test_dispatch import Calendar
from tests.support.dns import DnsServer
from tests.support.geo import asn_file, city_file

pytestmark = pytest.mark.django_db(transaction=True)

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/149.0.0.0 Safari/537.36"
)
HOME, STREET = "203.0.113.7", "198.51.100.9"
BERLIN, WARSAW, LAGOS = ("DE", 52.5, 13.4), ("PL", 52.2, 21.0), ("NG", 6.5, 3.4)


class Fleet(Calendar):
    """A host that knows its API clients."""

    def registered_client(self, request: Any) -> bool:
        return getattr(request, "of_our_fleet", False)


@pytest.fixture(autouse=True)
def fleet(settings: Any) -> type[Fleet]:
    Fleet.events = {}
    settings.CALGUARD = settings.CALGUARD | {"HOST": "tests.guard.test_whence.Fleet"}
    return Fleet


def request(ip: str, **headers: str) -> Any:
    return RequestFactory().post(
        "/", REMOTE_ADDR=ip, HTTP_USER_AGENT=headers.get("agent", CHROME), HTTP_ACCEPT_LANGUAGE="de"
    )


def program(ip: str) -> Any:
    """A request of an API client that the host has authenticated and registered."""
    made = request(ip, agent="acme-crm/4.2")
    made.of_our_fleet = True
    return made


@pytest.fixture
def places(tmp_path: Path, settings: Any) -> None:
    """Systems 64500 to 64529 in 30 networks, of 10 countries; HOME is in Berlin, STREET by the mobile network too."""
    asn = {f"11.{n}.0.0/16": 64500 + n for n in range(30)} | {"203.0.113.0/24": 65001, "198.51.100.0/24": 65002}
    city = {f"11.{n}.0.0/16": (f"{'ABCDEFGHIJ'[n % 10]}X", n * 2.0, n * 3.0) for n in range(30)}
    city |= {"203.0.113.0/24": BERLIN, "198.51.100.0/24": BERLIN, "2001:db8::/32": BERLIN, "192.0.2.0/24": LAGOS}
    files = [asn_file(tmp_path / "asn.mmdb", asn), city_file(tmp_path / "city.mmdb", city)]
    settings.CALGUARD = settings.CALGUARD | {"GEO_FILES": files}


@pytest.fixture
def lists(tmp_path: Path, settings: Any) -> None:
    """11.0/16 to 11.9/16 belong to a VPN, 11.10/16 to 11.14/16 to a data centre, 11.20/16 to 11.29/16 are Tor exits."""
    vpn, hosting, tor, out = (tmp_path / name for name in ("vpn.txt", "hosting.txt", "tor.txt", "lists.mmdb"))
    tor.write_text("".join(f"11.{n}.0.0/16\n" for n in range(20, 30)))
    vpn.write_text("".join(f"11.{n}.0.0/16\n" for n in range(10)))
    hosting.write_text("".join(f"11.{n}.0.0/16\n" for n in range(10, 15)))
    settings.CALGUARD = settings.CALGUARD | {
        "IP_LISTS": str(out),
        "IP_LIST_FILES": {"vpn": str(vpn), "hosting": [str(hosting)], "tor": tor},
    }
    call_command("calguard_compile_lists", verbosity=0)


@pytest.fixture
def listed(dns_server: DnsServer, settings: Any) -> DnsServer:
    settings.CALGUARD = settings.CALGUARD | {
        "DNSBL": {"bl.example": {"127.0.0.2": 1.0}},
        "DNS_SERVERS": [f"127.0.0.1:{dns_server.port}"],
    }
    return dns_server


def signs(decision: Any) -> set[str]:
    row = Decision.objects.get(pk=decision.id)
    return {f"{signal['detector']}.{signal['code']}" for signal in row.signals}


def tried(user: Any, n: int, made: Any) -> Any:
    return guard.check(user, invitation(uid=f"{n}@x", summary=f"Walk no. {n}"), request=made)


# What is remembered


@pytest.mark.requirement("R18")
@pytest.mark.usefixtures("places", "listed")
def test_after_a_day_no_column_of_the_database_holds_the_address(person: Any, work: Any, clock: Any) -> None:
    for n, ip in enumerate((HOME, "2001:db8:77::beef")):
        decision = guard.check(person(f"x{n}@free.example", days=2), invitation(summary=LURE), request=request(ip))
        row = Decision.objects.get(pk=decision.id)
        assert (row.ip, row.latitude) == (ip, 52)
    assert len(_holding("203.0.113", "2001:db8:77")) == 2
    clock.shift(conf.ip_retention - timedelta(minutes=1))
    sweeping.sweep(at=timezone.now())
    assert len(_holding("203.0.113", "2001:db8:77")) == 2
    clock.shift(timedelta(minutes=2))
    sweeping.sweep(at=timezone.now())
    assert _holding("203.0.113", "2001:db8:77") == []
    for row in Decision.objects.all():
        assert (row.ip, row.latitude, row.longitude) == (None, None, None)
        assert len(row.prefix) == 64
        assert row.country == "DE"
    assert Decision.objects.filter(asn=65001).count() == 1


def _holding(*written: str) -> list[str]:
    """The columns, of all tables of the database, in which one of these stands."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for column in connection.introspection.get_table_description(cursor, table):
                name, of = connection.ops.quote_name(column.name), connection.ops.quote_name(table)
                cursor.execute(f"SELECT {name} FROM {of}")
                values = [_as_text(value) for (value,) in cursor.fetchall()]
                found += [f"{table}.{column.name}" for value in values if any(part in value for part in written)]
    return found


def _as_text(value: Any) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, bytes | memoryview) else str(value)


@pytest.mark.requirement("R18")
@pytest.mark.usefixtures("places")
def test_without_block_lists_no_address_is_ever_written(person: Any) -> None:
    guard.check(person("x@free.example", days=2), invitation(), request=request(HOME))
    assert Decision.objects.get().ip is None


@pytest.mark.requirement("R18")
@pytest.mark.usefixtures("places", "listed")
def test_the_address_of_an_established_sender_is_never_written(person: Any) -> None:
    guard.check(person(), invitation(), request=request(HOME))
    row = Decision.objects.get()
    assert (row.tier, row.ip, row.asn) == ("established", None, 65001)


@pytest.mark.usefixtures("places", "lists", "listed")
def test_where_a_relay_or_a_data_centre_stands_is_nobodys_place(person: Any) -> None:
    user = person(days=3)
    vias = []
    for n, made in enumerate((request(HOME), request("11.3.0.1"), request("11.12.0.1"), program(HOME))):
        row = Decision.objects.get(pk=tried(user, n, made).id)
        vias.append((row.via, row.latitude is not None))
    assert vias == [("direct", True), ("relay", False), ("hosting", False), ("program", False)]


@pytest.mark.usefixtures("places", "lists", "listed")
def test_knowing_from_where_costs_one_query_more_than_not(person: Any) -> None:
    user, content = person(), invitation()
    with CaptureQueriesContext(connection) as queries:
        guard.check(user, content, request=request(HOME))
    assert len(queries) == CHECK_QUERIES[connection.vendor] + 1  # who else abuses this network


# What block lists say


def moderately_odd(user: Any, ip: str, uid: str = "odd@x") -> Any:
    """An attempt that is only noted: a new account and a program that does not say its name."""
    return send(user, invitation(organizer=user.email, uid=uid), request=request(ip, agent=""), reference=uid)


@pytest.mark.requirement("R14")
@pytest.mark.parametrize(
    ("ip", "name"),
    [
        (HOME, "7.113.0.203.bl.example"),
        ("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.example"),
    ],
)
def test_a_listed_address_is_found_before_anything_leaves(
    person: Any, work: Any, listed: DnsServer, ip: str, name: str
) -> None:
    listed.answer(name, "127.0.0.2")
    first = moderately_odd(person("x@free.example", days=0.5), ip)
    assert first.may_send
    assert listed.asked == []  # not in the request
    work()
    assert to_guests() == []
    assert listed.asked == [(name, "A")]
    again = Decision.objects.exclude(pk=first.id).get()
    assert (again.gate, again.verdict) == ("G3", Verdict.CHALLENGE)  # never more by an address alone
    (signal,) = [signal for signal in again.signals if signal["detector"] == "dnsbl"]
    assert "bl.example (127.0.0.2)" in signal["reason"]
    assert again.facts["network"]["listings"] == [{"zone": "bl.example", "code": "127.0.0.2", "confidence": 1.0}]
    assert {"user_agent.empty"} <= signs(again), "what was known at the first look still counts"


@pytest.mark.requirement("R14")
def test_an_unlisted_address_leaves_and_is_forgotten_at_once(person: Any, work: Any, listed: DnsServer) -> None:
    moderately_odd(person("x@free.example", days=0.5), HOME)
    work()
    assert len(to_guests()) == 1
    assert len(listed.asked) == 1
    assert Decision.objects.get().ip is None
    work()
    assert len(listed.asked) == 1


@pytest.mark.requirement("R14")
def test_a_listing_that_changes_nothing_is_kept_for_the_reviewer(person: Any, work: Any, listed: DnsServer) -> None:
    listed.answer("7.113.0.203.bl.example", "127.0.0.2")
    decision = send(person("ada@clinic.example", days=10), invitation(), request=request(HOME))
    work()
    assert len(to_guests()) == 1
    assert signs(decision) == {"dnsbl.listed"}
    row = Decision.objects.get()
    assert (row.ip, row.facts["network"]["listings"][0]["zone"]) == (None, "bl.example")


@pytest.mark.requirement("R14")
def test_nobody_is_asked_about_an_established_sender(person: Any, work: Any, listed: DnsServer) -> None:
    listed.answer("7.113.0.203.bl.example", "127.0.0.2")
    send(person(), invitation(), request=request(HOME))
    work()
    assert len(to_guests()) == 1
    assert listed.asked == []


@pytest.mark.requirement("R15")
@pytest.mark.parametrize("how", ["refused", "SERVFAIL", "silent", "NXDOMAIN"])
def test_a_list_that_does_not_answer_blocks_nobody(person: Any, work: Any, listed: DnsServer, how: str) -> None:
    name = "7.113.0.203.bl.example"
    if how == "refused":
        listed.answer(name, "127.255.255.254")
    elif how == "SERVFAIL":
        listed.fail(name)
    elif how == "silent":
        listed.ignore(name)
    moderately_odd(person("x@free.example", days=0.5), HOME)
    work()
    assert len(to_guests()) == 1
    assert [name for name, _ in listed.asked[:1]] == [name]


@pytest.mark.requirement("R14")
def test_who_changes_the_event_meanwhile_is_still_who_he_was(
    person: Any, work: Any, listed: DnsServer, fleet: type[Fleet], clock: Any
) -> None:
    listed.answer("7.113.0.203.bl.example", "127.0.0.2")
    fleet.events = {"odd@x": invitation(organizer="x@free.example", uid="odd@x", summary="Another lunch")}
    moderately_odd(person("x@free.example", days=0.5), HOME)
    for _ in range(3):
        work()
        clock.shift(timedelta(minutes=2))
    assert to_guests() == []
    assert Decision.objects.order_by("created_at").last().verdict == Verdict.CHALLENGE


@pytest.mark.requirement("R14")
@pytest.mark.parametrize("how", ["afterwards", "with it"])
def test_who_gave_proof_is_not_asked_about_again(person: Any, work: Any, listed: DnsServer, how: str) -> None:
    listed.answer("7.113.0.203.bl.example", "127.0.0.2")
    user, content = person("x@free.example", days=0.5), invitation(organizer="x@free.example")
    made = request(HOME, agent="curl/8.9.1")
    decision = send(user, content, request=made)
    assert decision.verdict is Verdict.CHALLENGE
    if how == "afterwards":
        assert guard.challenge_passed(decision.submission, solved(decision.challenge))
    else:
        assert send(user, content, request=made, token=solved(decision.challenge)).may_send
    work()
    assert len(to_guests()) == 1
    assert listed.asked == []


# Who moves about


@pytest.mark.requirement("R17")
@pytest.mark.usefixtures("places")
def test_one_account_from_everywhere_within_the_hour_is_seen(person: Any, clock: Any) -> None:
    user, seen = person(days=3), []
    for n in range(10):
        clock.shift(timedelta(seconds=127 + 31 * n))
        seen.append(tried(user, n, request(f"11.{n}.0.1")))
    assert "network_pattern.fan" in signs(seen[3])
    assert "network_pattern.wide_fan" in signs(seen[7])
    assert seen[7].verdict is Verdict.CHALLENGE
    row = Decision.objects.get(pk=seen[7].id)
    assert (row.facts["network"]["asns_hour"], row.facts["network"]["countries_hour"]) == (8, 8)


@pytest.mark.requirement("R17")
@pytest.mark.usefixtures("places")
def test_the_owner_of_an_established_account_is_told_when_it_sends_lures_from_everywhere(
    person: Any, clock: Any
) -> None:
    user = person()
    for n in range(5):
        clock.shift(timedelta(seconds=127 + 31 * n))
        quiet = tried(user, n, request(f"11.{n}.0.1"))
    assert quiet.verdict is Verdict.ALLOW  # established and clean: nobody is asked anything
    clock.shift(timedelta(seconds=300))
    decision = guard.check(user, invitation(uid="lure@x", summary=LURE), request=request("11.9.0.1"))
    assert decision.verdict >= Verdict.HOLD
    assert "alert" in Decision.objects.get(pk=decision.id).actions


INNOCENT: dict[str, list[Any]] = {
    "wifi, telephone, wifi": [request(HOME), request(STREET), request(HOME), request(STREET)],
    "IPv4 and IPv6 of one line": [request(HOME), request("2001:db8:5::1"), request(HOME), request("2001:db8:6::1")],
    "a VPN that changes countries": [request(f"11.{n}.0.1") for n in range(10)],
    "home, then VPN, then home": [request(HOME), request("11.9.0.1"), request(HOME), request("11.8.0.1")],
    "Tor Browser's circuits": [request(f"11.{n}.0.1") for n in range(20, 30)],
    "a company's proxies": [request(f"11.17.{n}.1") for n in range(12)],
    "an integration in many regions": [program(f"11.{n}.0.1") for n in range(19)],
    "the integration, and its owner at home": [
        program("11.18.0.1"),
        request(HOME),
        program("11.19.0.1"),
        request(HOME),
    ],
}


@pytest.mark.requirement("R17")
@pytest.mark.usefixtures("places", "lists")
@pytest.mark.parametrize("kind", INNOCENT)
def test_people_who_move_are_left_alone(person: Any, clock: Any, kind: str) -> None:
    user = person(days=8)
    for n, made in enumerate(INNOCENT[kind]):
        clock.shift(timedelta(seconds=161 + 37 * (n % 3)))
        decision = tried(user, n, made)
        assert decision.may_send
        assert not {sign for sign in signs(decision) if sign.startswith("network_pattern")}


@pytest.mark.requirement("R17")
@pytest.mark.usefixtures("places")
def test_who_books_a_time_from_afar_is_not_its_owner_on_a_journey(person: Any, clock: Any) -> None:
    user = person(days=8)
    tried(user, 1, request(HOME))
    for n in range(12):
        clock.shift(timedelta(seconds=173))
        booked = invitation(uid=f"b{n}@x", summary=f"First talk no. {n}")
        decision = guard.check(user, booked, request=request(f"11.{n}.0.1"), channel="booking", actor=f"visitor:{n}")
        assert not {sign for sign in signs(decision) if sign.startswith("network_pattern")}
    assert not {sign for sign in signs(tried(user, 2, request(HOME))) if sign.startswith("network_pattern")}


@pytest.mark.requirement("R17")
@pytest.mark.usefixtures("places")
@pytest.mark.parametrize(("hours", "found"), [(0.5, True), (9, False)])
def test_a_journey_nobody_can_have_made(person: Any, clock: Any, hours: float, found: bool) -> None:
    user = person(days=8)
    tried(user, 1, request(HOME))
    clock.shift(timedelta(hours=hours))
    decision = tried(user, 2, request("192.0.2.9"))  # Berlin to Lagos
    assert ("network_pattern.travel" in signs(decision)) is found
    assert decision.may_send
    network = Decision.objects.get(pk=decision.id).facts["network"]
    assert network["travel_km"] == pytest.approx(5200, rel=0.05)
    assert network["travel_hours"] == pytest.approx(hours)


# Who shares a network


@pytest.mark.requirement("R16")
@pytest.mark.usefixtures("places", "lists")
def test_a_campus_does_not_pay_for_the_one_who_abuses_it(person: Any, work: Any, clock: Any) -> None:
    abuser = person("x@free.example", days=2)
    for n in range(6):
        clock.shift(timedelta(seconds=130 + 41 * n))
        guard.check(abuser, invitation(organizer="x@free.example", uid=f"{n}@x", summary=LURE), request=request(HOME))
    work()
    assert Case.objects.update(state="closed", label="phish", outcome="deny", closed_at=timezone.now()) == 1
    for n in range(100):
        clock.shift(timedelta(seconds=20))
        student = person(f"student{n}@campus.example", days=(2, 9, 300)[n % 3])
        decision = send(
            student,
            invitation(
                organizer=student.email, guests=[f"friend{n}@home.example"], uid=f"s{n}@x", summary="Study group"
            ),
            request=request(f"203.0.113.{n + 10}"),
        )
        assert decision.verdict is Verdict.ALLOW
        assert "ip_address.neighbour" in signs(decision)
    work()
    assert len(to_guests()) == 100  # and none of the abuser's
