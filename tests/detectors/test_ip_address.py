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
