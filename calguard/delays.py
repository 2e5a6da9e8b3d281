"""Which delays are looked at again when they are over, and which the ledger's own budgets end."""

from __future__ import annotations

from collections.abc import Iterable

from calguard.conf import conf
from calguard.engine.scoring import key
from calguard.engine.types import Judgement, ScoredSignal, Verdict

DELAYED = "delayed"  # the word in a submission's note
COUNTED = frozenset({"budget", "attendees"})  # what these ask for is reserved exactly, when it goes


def by_a_sign(judgement: Judgement) -> bool:
    """Whether it was a sign that may go away again, and not lack of room, that asks to wait."""
    return judgement.verdict is Verdict.THROTTLE and any(_delays(judgement.signals, judgement.tier))


def _delays(signals: Iterable[ScoredSignal], tier: str) -> Iterable[bool]:
    floors = conf.policy.floors
    for signal in signals:
        floor = floors.get(key(signal))
        if signal.detector not in COUNTED and floor is not None and tier in floor.tiers:
            yield floor.verdict is Verdict.THROTTLE
