"""How cost grows with size, in this process's own CPU time: a busy machine slows both sides of a ratio alike."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Sequence

ROUNDS = 5
REPEATS = 8  # of the smaller work in a row, so that both sides run long enough to be measured


def growth(work: Callable[[int], object], small: int, times: int) -> float:
    """How many times the CPU time of `work(small)` `work(small * times)` takes: about `times` where it is linear."""
    return ratio(lambda: work(small * times), lambda: work(small), repeats=min(times, REPEATS))


def ratio(
    much: Callable[[], object], little: Callable[[], object], *, repeats: int = REPEATS, rounds: int = ROUNDS
) -> float:
    """CPU time of the one in that of the other; the best of several rounds each, taken in turns."""
    caches = _caches()
    most = least = float("inf")
    for _ in range(rounds):
        most = min(most, cpu_seconds(much, forget=caches))
        least = min(least, sum(cpu_seconds(little, forget=caches) for _ in range(repeats)) / repeats)
    return most / least


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
