"""What DNS block lists say of the address (CC 4.2(1)(2), R14)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal


@detector(group="network", codes={"listed": Reason.NETWORK_NOT_TRUSTED})
def dnsbl(attempt: Attempt) -> Iterator[Signal]:
    """A DNS block list of the operator's names the address an untrusted sender wrote from; a worker asks, before
    anything leaves. It weighs what the operator gives the list's answer. Whole families and offices are listed for one
    infected machine among them, so this only ever nudges the score."""
    if attempt.account.tier == "established" or "allow" in attempt.network.lists:
        return
    for listing in attempt.network.listings:
        yield Signal(
            code="listed",
            reason=f"the address is on the block list {listing.zone} ({listing.code})",
            field="address",
            weight=listing.confidence,
        )
