"""Text that gives orders to a program reading for people (R51)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.lures import readings
from calguard.engine.pointing import at
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal


@detector(
    group="text",
    codes={"order": Reason.CONTENT_LOOKS_LIKE_SCAM, "steal": Reason.CONTENT_LOOKS_LIKE_SCAM},
)
def assistant_injection(attempt: Attempt) -> Iterator[Signal]:
    """A text tells an assistant or a reviewer's tool to forget its instructions, to act behind its user's back, or
    how to judge this very event. No program of ours obeys it."""
    for text, reading in readings(attempt.content):
        for code, sayings in (("order", reading.orders), ("steal", reading.steals)):
            if sayings:
                hidden = bool(text.hidden) or bool(text.tricks)
                weight = 1.0 if hidden or (reading.orders and reading.steals) else 0.8
                said = sayings[0].said
                signal = Signal(code=code, reason=f"tells a program: “{said}”", field=text.field, weight=weight)
                yield at(signal, attempt.content, said)
