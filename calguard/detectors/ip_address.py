"""Where the request came from (CC 4.2(1)(2), R16)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

WORDS = {
    "deny": "a network the operator has listed",
    "tor": "a Tor exit",
    "hosting": "a data centre",
    "vpn": "a VPN",
}


@detector(
    group="network",
    codes=dict.fromkeys(WORDS, Reason.NETWORK_NOT_TRUSTED),
)
def ip_address(attempt: Attempt) -> Iterator[Signal]:
    """The address is on one of the operator's lists. Many honest people share an address, so this only ever nudges
    the score; a registered API client may well run in a data centre."""
    network = attempt.network
    if "allow" in network.lists:
        return
    for name, words in WORDS.items():
        if name in network.lists and not (name == "hosting" and attempt.client.registered):
            yield Signal(code=name, reason=f"sent from {words}", field="address")
