"""Whether hands filled the form in, as the page's own script saw it (CC 4.2(1)(3), R19, R20)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine import pace
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Input, Signal

TYPED = 20  # characters; fewer say nothing of a rhythm
SPREAD = 0.05  # of typists the pauses vary by a third of their length and more, of a scanning switch by a twelfth
FASTEST = 0.01  # seconds between characters: a held key repeats at 0.03, and the fastest typists need 0.05
FIELDS = 3  # a text expander fills one field at once; between fields people find their way
NO_PAUSE = 0.1  # seconds


@detector(
    group="behaviour",
    codes={
        "webdriver": Reason.LOOKS_AUTOMATED,
        "none": Reason.LOOKS_AUTOMATED,
        "metronome": Reason.SENDING_TOO_FAST,
        "inhuman": Reason.SENDING_TOO_FAST,
        "again": Reason.SENDING_TOO_FAST,
    },
)
def hands(attempt: Attempt) -> Iterator[Signal]:
    """The browser says that it is steered by a program, nobody pressed or touched anything, or the typing kept time or
    ran without any pause as none does; and the same again after it was asked about before. Password managers,
    dictation, pasting, switches, screen readers and keyboards on glass all leave a press, a touch or an answer of the
    browser that no script can make, or type as unevenly as people do. Without the script nothing is said."""
    seen = attempt.client.input
    if seen is None or attempt.client.registered:
        return
    if seen.webdriver:
        yield Signal(code="webdriver", reason="the browser says that a program steers it")
    if not seen.trusted:
        made = f", and a script made up {seen.dispatched} events" if seen.dispatched else ""
        yield Signal(code="none", reason=f"the form was sent without one key, press or touch{made}")
    timing = list(_timing(seen))
    yield from timing
    if timing and attempt.behaviour.machine_challenges:
        yield Signal(code="again", reason="the same was asked about within the day, and goes on")


def _timing(seen: Input) -> Iterator[Signal]:
    gaps = [gap for gap in seen.gaps if gap >= 0]
    if len(gaps) >= TYPED:
        rhythm = pace.mean(gaps)
        if rhythm >= FASTEST and pace.even(gaps, SPREAD):
            reason = f"{len(gaps)} characters typed every {rhythm * 1000:.0f} ms with no variation"
            yield Signal(code="metronome", reason=reason)
    if seen.keys >= TYPED and seen.fields >= FIELDS and seen.longest is not None and seen.longest < NO_PAUSE:
        reason = f"{seen.keys} characters in {seen.fields} fields, and never a pause of {NO_PAUSE * 1000:.0f} ms"
        yield Signal(code="inhuman", reason=reason)
