"""Turns signals into points: each code once, each group up to its cap, never below nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from calguard.engine.policy import Policy
from calguard.engine.registry import Detector
from calguard.engine.types import QUOTED, Attempt, Group, ScoredSignal, Signal, Tier

KEPT_PER_DETECTOR = 40  # evidence a reviewer can still read; the strongest of a code is always among the first


def key(signal: ScoredSignal) -> str:
    """The name policy knows a signal by."""
    return f"{signal.detector}.{signal.code}"


def score(detector: Detector, signal: Signal, policy: Policy, tier: Tier, exempt: frozenset[str]) -> ScoredSignal:
    """One signal with its points; a signal set aside by a reviewer keeps its evidence and loses its points."""
    name = f"{detector.name}.{signal.code}"
    reason = detector.codes.get(signal.code)
    if reason is None:
        raise LookupError(f"{detector.name} reports {signal.code!r}, which it does not declare")
    covered = name in exempt and name not in policy.exemptions.never
    points = 0.0 if covered else policy.worth(name, tier) * min(1.0, max(0.0, signal.weight))
    return ScoredSignal(
        detector=detector.name,
        code=signal.code,
        group=detector.group,
        points=round(points, 2),
        reason=signal.reason,
        field=signal.field,
        public=reason.value,
        quote=signal.quote[:QUOTED],
        start=signal.start,
        end=signal.end,
        read_as=signal.read_as[:QUOTED],
    )


def scored(detector: Detector, seen: Iterable[Signal], attempt: Attempt, policy: Policy) -> list[ScoredSignal]:
    """What one detector saw, with its points, bounded, strongest first."""
    found = [score(detector, signal, policy, attempt.account.tier, attempt.exempt) for signal in seen]
    found.sort(key=lambda signal: -signal.points)
    return found[:KEPT_PER_DETECTOR]


def group_points(signals: Iterable[ScoredSignal], policy: Policy) -> Mapping[Group, float]:
    """Points per group after its cap. A code that fires many times counts once, at its strongest."""
    strongest: dict[tuple[str, str], ScoredSignal] = {}
    for signal in signals:
        name = (signal.detector, signal.code)
        if name not in strongest or strongest[name].points < signal.points:
            strongest[name] = signal
    totals: dict[Group, float] = {}
    for signal in strongest.values():
        totals[signal.group] = totals.get(signal.group, 0.0) + signal.points
    return {group: round(min(total, policy.caps[group]), 2) for group, total in totals.items()}
