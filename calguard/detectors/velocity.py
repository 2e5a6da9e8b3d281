"""How fast the account acts (CC 4.2(1)(3), R19, R20)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean, pstdev

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

GAPS_NEEDED = 6  # fewer say nothing of a rhythm
SPREAD = 0.05  # people vary their pauses by far more than a twentieth
INHUMAN = 1.0  # seconds between finished invitations
MANY_10M = 10
FLOOD_10M = 30
MANY_HOUR = 40


@detector(
    group="behaviour",
    codes={
        "metronome": Reason.SENDING_TOO_FAST,
        "inhuman": Reason.SENDING_TOO_FAST,
        "many": Reason.SENDING_TOO_FAST,
        "flood": Reason.SENDING_TOO_FAST,
    },
)
def velocity(attempt: Attempt) -> Iterator[Signal]:
    """Invitations follow each other in a machine's rhythm or faster than people work. Irregular pauses at an ordinary
    volume are nobody's fault, and a registered API client keeps its own time."""
    if attempt.client.registered:
        return
    behaviour = attempt.behaviour
    gaps = [gap for gap in behaviour.click_gaps if gap >= 0][-20:]
    if len(gaps) >= GAPS_NEEDED:
        rhythm = fmean(gaps)
        if 0 < rhythm < 300 and _even(gaps, rhythm):
            yield Signal(code="metronome", reason=f"{len(gaps)} requests every {rhythm:.1f} s with no variation")
        if rhythm < INHUMAN:
            yield Signal(code="inhuman", reason=f"{len(gaps)} requests {rhythm:.2f} s apart")
    if behaviour.attempts_10m >= FLOOD_10M:
        yield Signal(code="flood", reason=f"{behaviour.attempts_10m} invitations within ten minutes")
    elif behaviour.attempts_10m >= MANY_10M or behaviour.attempts_hour >= MANY_HOUR:
        count, span = max((behaviour.attempts_10m, "ten minutes"), (behaviour.attempts_hour, "an hour"))
        yield Signal(code="many", reason=f"{count} invitations within {span}")


def _even(gaps: Sequence[float], rhythm: float) -> bool:
    return pstdev(gaps) / rhythm < SPREAD
