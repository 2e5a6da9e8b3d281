"""Where the request came from (CC 4.2(1)(2), R16)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

ABUSERS = 3  # other accounts at which this weighs most
WORDS = {
    "deny": "a network the operator has listed",
    "tor": "a Tor exit",
    "hosting": "a data centre",
    "vpn": "a VPN",
}


@detector(
    group="network",
    codes=dict.fromkeys((*WORDS, "neighbour"), Reason.NETWORK_NOT_TRUSTED),
)
def ip_address(attempt: Attempt) -> Iterator[Signal]:
    """The address is on one of the operator's lists, or others on its network were found to abuse it this week. Many
    honest people share an address, so this only ever nudges the score; a registered API client may well run in a data
    centre."""
    network = attempt.network
    if "allow" in network.lists:
        return
    for name, words in WORDS.items():
        if name in network.lists and not (name == "hosting" and attempt.client.registered):
            yield Signal(code=name, reason=f"sent from {words}", field="address")
    others = network.abusers_on_prefix
    if others and not attempt.client.registered:
        said = f"{others} other account{'s' * (others > 1)} on this network found to abuse it within seven days"
        yield Signal(code="neighbour", reason=said, field="address", weight=min(1.0, others / ABUSERS))
