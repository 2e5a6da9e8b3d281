"""How much of what the account sent came back (CC 4.2(1)(3), R77)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

SOME = 0.05
MANY = 0.10


@detector(
    group="behaviour",
    codes={"some": Reason.ADDRESSES_BOUNCE, "many": Reason.ADDRESSES_BOUNCE, "unwelcome": Reason.ADDRESSES_BOUNCE},
)
def bounces(attempt: Attempt) -> Iterator[Signal]:
    """Of the addresses the account wrote to within five weeks, a twentieth or a tenth do not exist: lists of victims
    are bought or guessed, guest lists of one's own are not. Few acceptances among many answers say the same. Rates
    need a volume; a handful of mistyped addresses says nothing."""
    rate, welcome = attempt.behaviour.bounce_rate, attempt.behaviour.acceptance_rate
    if not attempt.audience.external:
        return
    if rate is not None and rate >= SOME:
        code = "many" if rate >= MANY else "some"
        yield Signal(code=code, reason=f"{rate:.0%} of the addresses written to within five weeks do not exist")
    if welcome is not None and welcome < SOME:
        yield Signal(code="unwelcome", reason=f"{welcome:.0%} of the guests who answered accepted")
