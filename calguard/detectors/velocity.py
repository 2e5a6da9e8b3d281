"""How fast the account acts (CC 4.2(1)(3), R19, R20)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from calguard.engine import pace
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

GAPS_NEEDED = 6  # fewer say nothing of a rhythm
SPREAD = 0.05  # people vary their pauses by far more than a twentieth
INHUMAN = 1.0  # seconds between finished invitations
MANY_10M = 10
FLOOD_10M = 30
MANY_HOUR = 40
CLIENT_10M = 600  # of all registered clients of one account together: once a second for ten minutes
CLIENT_HOUR = 2000


@detector(
    group="behaviour",
    codes={
        "metronome": Reason.SENDING_TOO_FAST,
        "inhuman": Reason.SENDING_TOO_FAST,
        "many": Reason.SENDING_TOO_FAST,
        "flood": Reason.SENDING_TOO_FAST,
        "again": Reason.SENDING_TOO_FAST,
        "client_flood": Reason.SENDING_TOO_FAST,
    },
)
def velocity(attempt: Attempt) -> Iterator[Signal]:
    """Invitations follow each other in a machine's rhythm or faster than people work; and go on so after it was asked
    about before. Irregular pauses at an ordinary volume are nobody's fault. A registered API client keeps its own time,
    within a budget of its own. Entries that nobody else gets, as an import brings by the thousand, are no sending."""
    behaviour = attempt.behaviour
    if not attempt.audience.total:
        return
    if attempt.client.registered:
        if behaviour.attempts_10m >= CLIENT_10M or behaviour.attempts_hour >= CLIENT_HOUR:
            yield Signal(code="client_flood", reason=_many("API calls", attempt))
        return
    timing = list(_timing(behaviour.click_gaps))
    yield from timing
    if timing and behaviour.machine_challenges:
        yield Signal(code="again", reason="the same was asked about within the day, and goes on")
    if behaviour.attempts_10m >= FLOOD_10M:
        yield Signal(code="flood", reason=f"{behaviour.attempts_10m} invitations within ten minutes")
    elif behaviour.attempts_10m >= MANY_10M or behaviour.attempts_hour >= MANY_HOUR:
        yield Signal(code="many", reason=_many("invitations", attempt))


def _timing(pauses: Sequence[float]) -> Iterator[Signal]:
    gaps = [gap for gap in pauses if gap >= 0][-20:]
    if len(gaps) < GAPS_NEEDED:
        return
    rhythm = pace.mean(gaps)
    if 0 < rhythm < 300 and pace.even(gaps, SPREAD):
        yield Signal(code="metronome", reason=f"{len(gaps)} requests every {rhythm:.1f} s with no variation")
    if rhythm < INHUMAN:
        yield Signal(code="inhuman", reason=f"{len(gaps)} requests {rhythm:.2f} s apart")


def _many(what: str, attempt: Attempt) -> str:
    behaviour = attempt.behaviour
    count, span = max((behaviour.attempts_10m, "ten minutes"), (behaviour.attempts_hour, "an hour"))
    return f"{count} {what} within {span}"
