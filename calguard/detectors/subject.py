"""Lures in the title of the event (CC 4.2(2)(1), R25)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.fraud import best
from calguard.engine.pointing import among
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal


@detector(
    group="text",
    codes={
        "lure": Reason.CONTENT_LOOKS_LIKE_SCAM,
        "borrowed_lure": Reason.CONTENT_LOOKS_LIKE_SCAM,
        "claim": Reason.CONTENT_LOOKS_LIKE_SCAM,
    },
)
def subject(attempt: Attempt) -> Iterator[Signal]:
    """The title tells the reader of a charge, a prize, a lock-out or a debt that is not the sender's own, and the
    invitation says where to turn: a number, an address, a messenger or a link. One guest and no link suffice."""
    found, field = best(attempt, lambda text: text.field == "SUMMARY")
    if found.lure:
        code = "borrowed_lure" if found.borrowed else "lure"
        signal = Signal(code=code, reason=found.reason, field=field, weight=found.lure)
        yield among(signal, attempt.content, found.said)
    elif found.claim:
        signal = Signal(code="claim", reason=found.reason, field=field, weight=found.claim)
        yield among(signal, attempt.content, found.said)
