"""A block list nudges and never decides."""

from __future__ import annotations

import pytest

from calguard.engine.types import Listing, Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

LISTED = Listing(zone="bl.example", code="127.0.0.2")
HALF = Listing(zone="half.example", code="127.0.0.4", confidence=0.5)


def test_who_is_on_no_list_is_left_alone() -> None:
    assert codes("dnsbl", attempt()) == set()


@pytest.mark.parametrize("lists", [frozenset({"allow"}), frozenset({"allow", "vpn"})])
def test_the_operators_own_networks_are_left_alone(lists: frozenset[str]) -> None:
    assert codes("dnsbl", attempt(network={"lists": lists, "listings": (LISTED,)})) == set()


def test_an_established_sender_is_left_alone() -> None:
    assert codes("dnsbl", attempt(who="established", network={"listings": (LISTED,)})) == set()


@pytest.mark.requirement("R14")
def test_the_reason_names_zone_and_code() -> None:
    (signal,) = [s for s in verdict_of(event(), network={"listings": (LISTED,)}).signals if s.detector == "dnsbl"]
    assert "bl.example (127.0.0.2)" in signal.reason


def test_a_listing_weighs_what_the_operator_gives_it() -> None:
    whole, half = (verdict_of(event(), network={"listings": (one,)}).score for one in (LISTED, HALF))
    assert 0 < half < whole


@pytest.mark.requirement("R16")
@pytest.mark.parametrize("who", ["new", "trial", "longtime"])
def test_listed_everywhere_is_no_more_than_a_note(who: str) -> None:
    many = tuple(Listing(zone=f"bl{n}.example", code="127.0.0.2") for n in range(9))
    made = verdict_of(event(), who, network={"listings": many, "lists": frozenset({"deny", "tor"})})
    assert made.verdict <= Verdict.OBSERVE
