"""Lures in every text other than the title, and in all of them together (CC 4.2(2)(2), R26, R27)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.fraud import NOTHING, best, together
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
def description(attempt: Attempt) -> Iterator[Signal]:
    """Notes, place, comment, category, a guest's name, a reminder or any other text carries the lure, or the lure is
    spread over several of them."""
    found, field = best(attempt, lambda text: text.field != "SUMMARY")
    if not found.lure and len(attempt.content.texts) > 1:
        title, _ = best(attempt, lambda text: text.field == "SUMMARY")
        joined = NOTHING if title.lure else together(attempt)
        if joined.lure:
            found, field = joined, "all texts together"
    if found.lure:
        code = "borrowed_lure" if found.borrowed else "lure"
        signal = Signal(code=code, reason=found.reason, field=field, weight=found.lure)
        yield among(signal, attempt.content, found.said)
    elif found.claim:
        signal = Signal(code="claim", reason=found.reason, field=field, weight=found.claim)
        yield among(signal, attempt.content, found.said)
