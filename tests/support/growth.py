"""How cost grows with size, in this process's own CPU time.

What else a machine does can only make a run look dearer, and a long run meets more of it than a short one. A ratio
above its bound is therefore measured again before it is believed, over a minute, as a machine is not busy for long in
the same way: no number of rounds makes cheap what grows too fast, as the dearer side would have to be below its own
true cost.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sequence

ROUNDS = 5
PATIENCE = 45  # rounds before a ratio above its bound is believed
SECONDS = 30.0  # of CPU time that doubt may cost
REPEATS = 8  # of the smaller work in a row, so that both sides run long enough to be measured


class Ratio:
    """CPU time of one work in that of another: the best of several rounds each, taken in turns."""

    def __init__(
        self, much: Callable[[], object], little: Callable[[], object], *, repeats: int = REPEATS, rounds: int = ROUNDS
    ):
        self.much, self.little, self.repeats = much, little, repeats
        self.most = self.least = float("inf")
        self.rounds, self.spent = 0, 0.0
        self._caches = _caches()
        for _ in range(rounds):
            self._round()

    def __float__(self) -> float:
        return self.most / self.least

    def __repr__(self) -> str:
        return f"{float(self):.2f} after {self.rounds} rounds"

    def __le__(self, bound: float) -> bool:
        while float(self) > bound and self.rounds < PATIENCE and self.spent < SECONDS:
            time.sleep(min(2.0, 0.01 * 1.2**self.rounds))
            self._round()
        return float(self) <= bound

    def __gt__(self, bound: float) -> bool:
        return not self <= bound

    def _round(self) -> None:
        taken = cpu_seconds(self.much, forget=self._caches)
        each = sum(cpu_seconds(self.little, forget=self._caches) for _ in range(self.repeats)) / self.repeats
        self.most, self.least = min(self.most, taken), min(self.least, each)
        self.rounds += 1
        self.spent += taken + each * self.repeats


def growth(work: Callable[[int], object], small: int, times: int) -> Ratio:
    """How many times the CPU time of `work(small)` `work(small * times)` takes: about `times` where it is linear."""
    return Ratio(lambda: work(small * times), lambda: work(small), repeats=min(times, REPEATS))


def fresh(work: Callable[[], object], *, rounds: int = ROUNDS) -> float:
    """CPU time of one run that remembers nothing of those before it, the best of several; for use in ratios."""
    caches = _caches()
    return min(cpu_seconds(work, forget=caches) for _ in range(rounds))


def cpu_seconds(work: Callable[[], object], *, forget: Sequence[Callable[[], None]] = ()) -> float:
    """CPU time of one run. The collector waits: what it would find in the suite's heap is not this work's."""
    for clear in forget:
        clear()
    collecting = gc.isenabled()
    gc.disable()
    try:
        started = time.process_time()
        work()
        return time.process_time() - started
    finally:
        if collecting:
            gc.enable()


def _caches() -> list[Callable[[], None]]:
    """What CalGuard remembers of texts it has read, or every round but the first would measure a look-up."""
    return [
        member.cache_clear
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] == "calguard"
        for member in list(vars(module).values())
        if hasattr(member, "cache_parameters") and member.cache_parameters()["maxsize"] is not None
    ]
