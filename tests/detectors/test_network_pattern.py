"""Moving about is what people do; being everywhere at once is not."""

from __future__ import annotations

from typing import Any

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

LURE = "Your PayPal account was charged 499.99 USD. If you did not authorise this call +1 (805) 302-8040 to cancel"


def around(prefixes: int = 1, asns: int = 1, countries: int = 1, **more: Any) -> dict[str, Any]:
    return {"prefixes_hour": prefixes, "asns_hour": asns, "countries_hour": countries, **more}


BERLIN_TO_LAGOS = 5200.0
INNOCENT: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("one network", around(), {}),
    ("no request at all", around(0, 0, 0), {}),
    ("wifi and telephone", around(3, 2), {}),
    ("wifi and telephone, each with IPv4 and IPv6", around(6, 2), {}),
    ("a mobile network's gateways", around(9, 1), {}),
    ("a company's proxies", around(24, 2), {}),
    ("a train through three countries", around(3, 3, 3), {}),
    ("no GeoIP files, and a telephone", around(4, 0, 0), {}),
    ("a flight last night", around(travel_km=BERLIN_TO_LAGOS, travel_hours=7.0), {"known_device": False}),
    ("home is 300 km off by GeoIP", around(travel_km=900.0, travel_hours=0.1), {"known_device": False}),
    (
        "a telephone abroad, routed through home",
        around(2, 2, 2, travel_km=9000.0, travel_hours=0.1),
        {"known_device": True},
    ),
    ("a hotel it was in before", around(2, 2, 2, travel_km=9000.0, travel_hours=0.1, known_prefix=True), {}),
    ("an integration in five data centres", around(9, 5, 5), {"registered": True}),
    ("the operator's own proxies", around(30, 9, 9, lists=frozenset({"allow"})), {}),
]


@pytest.mark.requirement("R17")
@pytest.mark.parametrize(("network", "client"), [row[1:] for row in INNOCENT], ids=[row[0] for row in INNOCENT])
def test_people_who_move_are_left_alone(network: dict[str, Any], client: dict[str, Any]) -> None:
    assert codes("network_pattern", attempt(who="trial", network=network, client=client)) == set()


FOUND: list[tuple[str, dict[str, Any], dict[str, Any], set[str]]] = [
    ("four systems", around(4, 4), {}, {"fan"}),
    ("four countries", around(4, 3, 4), {}, {"fan"}),
    ("ten networks of unknown systems", around(10, 0, 0), {}, {"fan"}),
    ("eight systems", around(8, 8, 2), {}, {"wide_fan"}),
    ("six countries", around(6, 6, 6), {}, {"wide_fan"}),
    ("Berlin to Lagos in an hour", around(travel_km=BERLIN_TO_LAGOS, travel_hours=1.0), {}, {"travel"}),
    (
        "everything",
        around(9, 9, 9, travel_km=9000.0, travel_hours=0.0),
        {"known_device": False},
        {"wide_fan", "travel"},
    ),
]


@pytest.mark.requirement("R17")
@pytest.mark.parametrize(("network", "client", "said"), [row[1:] for row in FOUND], ids=[row[0] for row in FOUND])
def test_being_everywhere_at_once_is_seen(network: dict[str, Any], client: dict[str, Any], said: set[str]) -> None:
    assert codes("network_pattern", attempt(who="trial", network=network, client=client)) == said


def test_a_journey_weighs_more_where_device_and_network_are_unknown() -> None:
    journey = around(travel_km=BERLIN_TO_LAGOS, travel_hours=0.2)
    perhaps = verdict_of(event(), "trial", network=journey)
    surely = verdict_of(event(), "trial", network={**journey, "known_prefix": False}, client={"known_device": False})

    def points(made: Any) -> float:
        return next(float(s.points) for s in made.signals if s.detector == "network_pattern")

    assert points(perhaps) < points(surely)


@pytest.mark.requirement("R17")
@pytest.mark.parametrize("who", ["new", "trial", "longtime", "established"])
def test_without_abusive_content_it_asks_for_proof_and_no_more(who: str) -> None:
    made = verdict_of(event(), who, network=around(30, 20, 20, travel_km=15000.0, travel_hours=0.0))
    assert made.verdict <= Verdict.CHALLENGE
    assert "alert" not in made.actions


@pytest.mark.requirement("R17")
@pytest.mark.parametrize("network", [around(5, 5), around(9, 9), around(travel_km=BERLIN_TO_LAGOS, travel_hours=0.5)])
def test_with_abusive_content_the_owner_of_an_established_account_is_told(network: dict[str, Any]) -> None:
    made = verdict_of(event(LURE), "established", network=network)
    assert made.verdict >= Verdict.HOLD
    assert "alert" in made.actions
    assert "alert" not in verdict_of(event(LURE), "established", network=around()).actions
