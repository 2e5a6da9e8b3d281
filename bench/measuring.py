"""Times calls against each other in one run: interleaved call by call, in alternations, wall and CPU apart."""

from __future__ import annotations

import gc
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.progress import Progress

Run = Callable[[], object]
Prepare = Callable[[int], Run]  # what must be ready before the clock starts; the number is new in every round
WARM_UP = 5


@dataclass(frozen=True, slots=True)
class Timed:
    """One call: seconds of wall, of this process's CPU, and of the database server's CPU."""

    wall: float
    cpu: float
    server: float = 0.0


@dataclass(kw_only=True, slots=True)
class Series:
    """All timings of one call, one list per alternation."""

    blocks: list[list[Timed]] = field(default_factory=list)

    def medians(self, of: str = "wall") -> list[float]:
        """The median of each alternation."""
        return [median(getattr(timed, of) for timed in block) for block in self.blocks]

    def pooled(self, of: str = "wall") -> list[float]:
        return [getattr(timed, of) for block in self.blocks for timed in block]

    def summary(self) -> dict[str, Any]:
        """Milliseconds; p50 is the median of the alternations' medians, p99 is over all calls."""
        walls, cpus = self.medians(), self.medians("cpu")
        return {
            "calls": sum(map(len, self.blocks)),
            "p50_ms": ms(median(walls)),
            "p50_range_ms": [ms(min(walls)), ms(max(walls))],
            "p99_ms": ms(percentile(self.pooled(), 0.99)),
            "cpu_p50_ms": ms(median(cpus)),
            "cpu_p50_range_ms": [ms(min(cpus)), ms(max(cpus))],
            "cpu_p99_ms": ms(percentile(self.pooled("cpu"), 0.99)),
            "server_cpu_mean_ms": ms(sum(self.pooled("server")) / max(1, sum(map(len, self.blocks)))),
        }


def interleave(
    calls: Mapping[str, Prepare],
    *,
    alternations: int,
    rounds: int,
    progress: Progress,
    label: str,
    server_cpu: Callable[[str], float] = lambda name: 0.0,
) -> dict[str, Series]:
    """Each round runs every call once, shuffled: drift, and cold caches after a long call, hit all alike."""
    series = {name: Series() for name in calls}
    names, order = list(calls), random.Random(1)
    for number in range(WARM_UP):
        for name in names:
            calls[name](number)()
    for alternation in range(alternations):
        progress.at(label, alternation, alternations)
        gc.collect()
        for name in names:
            series[name].blocks.append([])
        for turn in range(rounds):
            number = WARM_UP + alternation * rounds + turn
            order.shuffle(names)
            for name in names:
                series[name].blocks[-1].append(_timed(calls[name](number), lambda name=name: server_cpu(name)))
    progress.at(label, alternations, alternations)
    return series


def rounds_needed(alternations: int, rounds: int) -> int:
    """How many numbers `interleave` gives to what prepares a call."""
    return WARM_UP + alternations * rounds


def _timed(run: Run, server_cpu: Callable[[], float]) -> Timed:
    server, cpu, wall = server_cpu(), time.process_time_ns(), time.perf_counter_ns()
    run()
    wall, cpu = time.perf_counter_ns() - wall, time.process_time_ns() - cpu
    return Timed(wall / 1e9, cpu / 1e9, server_cpu() - server)


def once(run: Run) -> dict[str, float]:
    """One call, for what is too long to repeat."""
    timed = _timed(run, lambda: 0.0)
    return {"wall_ms": ms(timed.wall), "cpu_ms": ms(timed.cpu)}


def ratio(one: Series, other: Series, of: str = "wall") -> dict[str, Any]:
    """one / other, alternation by alternation."""
    return spread([a / b for a, b in zip(one.medians(of), other.medians(of), strict=True)])


def added(one: Series, bare: Series) -> list[float]:
    """What a call costs more than the bare one beside it: the median of the paired differences, per alternation."""
    return [
        median(a.wall - b.wall for a, b in zip(mine, base, strict=True))
        for mine, base in zip(one.blocks, bare.blocks, strict=True)
    ]


def against(mine: Sequence[float], peer: Sequence[float]) -> dict[str, Any]:
    """What one adds by what a peer adds. The range leaves out alternations where the peer's cost is lost in noise."""
    each = [a / b for a, b in zip(mine, peer, strict=True) if b > 0]
    return {
        **spread(each or [math.inf]),
        "median": round(median(mine) / median(peer), 2),
        "lost": len(peer) - len(each),
    }


def spread(values: Sequence[float], digits: int = 2) -> dict[str, Any]:
    return {"median": round(median(values), digits), "range": [round(min(values), digits), round(max(values), digits)]}


def percentile(values: Sequence[float], part: float) -> float:
    """The nearest rank: a value that was really measured."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def process_cpu(pid: int) -> float:
    """Seconds a process on this machine has run, as Linux counts them; 0 where it cannot be read."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0
