"""Which delays are looked at again when they are over, and which the ledger's own budgets end."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.conf import conf
from calguard.engine.scoring import key
from calguard.engine.types import Judgement, Verdict

DELAYED = "delayed"  # the word in a submission's note
ROOM = "room"  # beside it: nothing but room is lacking, as an earlier look found
COUNTED = frozenset({"budget", "attendees"})  # what these ask for is reserved exactly, when it goes


def looked_at_again(judgement: Judgement) -> bool:
    """Whether what waits is judged again when its time has come: where a sign made it wait, and where it lacked room
    but whoever sends it is not known well, as the account may be found out meanwhile."""
    return judgement.tier != "established" or by_a_sign(judgement)


def by_a_sign(judgement: Judgement) -> bool:
    """Whether it was a sign that may go away again, and not lack of room, that asks to wait."""
    return judgement.verdict is Verdict.THROTTLE and Verdict.THROTTLE in _asked(judgement)


def found_out(judgement: Judgement) -> bool:
    """Whether something of the sender or of what it says asks to keep it back, and not how much was sent or tried."""
    return any(verdict >= Verdict.HOLD for verdict in _asked(judgement))


def _asked(judgement: Judgement) -> Iterator[Verdict]:
    """The verdicts that single signs ask for, but for those that count."""
    floors = conf.policy.floors
    for signal in judgement.signals:
        floor = floors.get(key(signal))
        if signal.detector not in COUNTED and floor is not None and judgement.tier in floor.tiers:
            yield floor.verdict
