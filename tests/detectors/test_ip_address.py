"""A network nudges and never decides."""

from __future__ import annotations

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of


@pytest.mark.parametrize(
    ("lists", "found"),
    [
        (frozenset(), set()),
        (frozenset({"allow"}), set()),
        (frozenset({"allow", "vpn"}), set()),
        (frozenset({"home", "school"}), set()),  # lists of the operator's own that this detector does not know
        (frozenset({"tor"}), {"tor"}),
        (frozenset({"vpn", "hosting"}), {"vpn", "hosting"}),
        (frozenset({"deny"}), {"deny"}),
    ],
)
def test_lists(lists: frozenset[str], found: set[str]) -> None:
    assert codes("ip_address", attempt(network={"lists": lists})) == found


def test_a_registered_client_may_sit_in_a_data_centre() -> None:
    assert not codes("ip_address", attempt(network={"lists": frozenset({"hosting"})}, client={"registered": True}))
    assert codes("ip_address", attempt(network={"lists": frozenset({"tor"})}, client={"registered": True})) == {"tor"}


@pytest.mark.requirement("R16")
@pytest.mark.parametrize("who", ["new", "trial", "longtime", "established"])
def test_a_shared_address_never_holds_anybody(who: str) -> None:
    everything = frozenset({"deny", "tor", "vpn", "hosting"})
    assert verdict_of(event(), who, network={"lists": everything}).verdict <= Verdict.OBSERVE


@pytest.mark.requirement("R16")
@pytest.mark.parametrize(("others", "found"), [(0, set()), (1, {"neighbour"}), (40, {"neighbour"})])
def test_others_who_abuse_the_network_are_named(others: int, found: set[str]) -> None:
    assert codes("ip_address", attempt(network={"abusers_on_prefix": others})) == found
    assert not codes("ip_address", attempt(network={"abusers_on_prefix": others}, client={"registered": True}))
    assert not codes("ip_address", attempt(network={"abusers_on_prefix": others, "lists": frozenset({"allow"})}))


@pytest.mark.requirement("R16")
@pytest.mark.parametrize("who", ["new", "trial", "longtime", "established"])
def test_neighbours_are_never_punished_for_an_abuser(who: str) -> None:
    clean = verdict_of(event(), who)
    beside = verdict_of(event(), who, network={"abusers_on_prefix": 40, "known_prefix": False})
    assert beside.verdict == clean.verdict == Verdict.ALLOW
    assert beside.score - clean.score <= 6
    if who == "established":
        assert beside.score == clean.score
