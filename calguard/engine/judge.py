"""Asks every detector about an attempt and gives the verdict that policy draws from the answers."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import itemgetter

from calguard.engine.policy import Policy
from calguard.engine.reasons import Reason
from calguard.engine.registry import Detector, detectors
from calguard.engine.scoring import group_points, key, scored
from calguard.engine.types import Attempt, Group, Judgement, ScoredSignal, Tier, Verdict

logger = logging.getLogger(__name__)

TOLD = 10.0  # points from which a sign is told to the sender
MODE_FLOOR = {"open": Verdict.ALLOW, "challenge": Verdict.CHALLENGE, "hold": Verdict.HOLD}


def judge(attempt: Attempt, policy: Policy, panel: Sequence[Detector] | None = None) -> Judgement:
    """The judgement of one attempt under one policy; the same two always give the same answer.

    `panel` replaces the shipped detectors, for replaying one of them alone.
    """
    tier = attempt.account.tier
    attempt = replace(attempt, limits=policy.limits(attempt.account), sameness=policy.campaigns.sameness)
    signals: list[ScoredSignal] = []
    missing = set(attempt.missing)
    for detector in detectors() if panel is None else panel:
        try:
            if seen := [*detector.look(attempt)]:  # most see nothing
                signals += scored(detector, seen, attempt, policy)
        except Exception:
            logger.exception("detector %s failed", detector.name)
            missing.add(f"detector.{detector.name}")

    set_aside = policy.evidence.cleared_by_challenge if attempt.client.automation_cleared else frozenset[Group]()
    standing = [signal for signal in signals if signal.group not in set_aside]
    groups = group_points(standing, policy)
    score = round(sum(groups.values()), 2)
    verdict = max(
        _by_points(score, groups, tier, policy),
        _by_floors(standing, tier, attempt.exempt, policy),
        max((MODE_FLOOR[policy.mode(fact, tier)] for fact in missing), default=Verdict.ALLOW),
    )
    if verdict is Verdict.CHALLENGE and attempt.client.automation_cleared:
        verdict = Verdict.OBSERVE  # it was asked and passed for this very content
    return Judgement(
        verdict=verdict,
        score=score,
        signals=tuple(sorted(signals, key=lambda signal: (-signal.points, signal.detector, signal.code))),
        actions=_actions(verdict, standing, groups, policy, tier),
        reasons=_reasons(verdict, standing, bool(missing), tier, policy),
        policy_version=policy.version,
        tier=tier,
        group_points={str(group): points for group, points in groups.items()},
        degraded=bool(missing),
        missing=tuple(sorted(missing)),
    )


def _by_points(score: float, groups: Mapping[Group, float], tier: Tier, policy: Policy) -> Verdict:
    """The ladder's answer. Circumstances alone never reach its upper rungs (R11, R16)."""
    verdict = policy.tiers[tier].ladder.verdict(score)
    evidence = policy.evidence
    content = sum(points for group, points in groups.items() if group not in evidence.circumstances)
    if content < evidence.content_points_needed:
        return min(verdict, evidence.without_content_at_most)
    return verdict


def _by_floors(signals: Sequence[ScoredSignal], tier: Tier, exempt: frozenset[str], policy: Policy) -> Verdict:
    strictest = Verdict.ALLOW
    for signal in signals:
        name = key(signal)
        floor = policy.floors.get(name)
        covered = name in exempt and name not in policy.exemptions.never
        if floor and tier in floor.tiers and not covered:
            strictest = max(strictest, floor.verdict)
    return strictest


def _actions(
    verdict: Verdict, signals: Sequence[ScoredSignal], groups: Mapping[Group, float], policy: Policy, tier: Tier
) -> tuple[str, ...]:
    """What policy wants done: the verdict's own actions, and those a signal brings with it. Nobody is told of a theft,
    and contained for it, where nothing abusive was about to leave (R57)."""
    wanted: list[str] = list(policy.actions[verdict.name])
    seen = {key(signal) for signal in signals}
    for rule in policy.escalations:
        if rule.signal in seen and tier in rule.tiers and verdict >= rule.at_least:
            wanted += rule.actions
    incidents = policy.incidents
    if sum(groups.get(group, 0.0) for group in incidents.groups) < incidents.points_needed:
        wanted = [name for name in wanted if name != "alert"]
    return tuple(dict.fromkeys(wanted))


def _reasons(
    verdict: Verdict, signals: Sequence[ScoredSignal], degraded: bool, tier: Tier, policy: Policy
) -> tuple[str, ...]:
    """Public codes, those that force the verdict first, then by points; none for a sender who may go on.

    What hardly weighed is not told: it would send people to mend what was never the matter.
    """
    if verdict <= Verdict.OBSERVE:
        return ()

    def weight(signal: ScoredSignal) -> tuple[bool, float]:
        floor = policy.floors.get(key(signal))
        forces = floor is not None and tier in floor.tiers and floor.verdict >= verdict
        return forces, signal.points

    weights = [(weight(signal), signal.public) for signal in signals]
    weighed = [found for found in sorted(weights, key=itemgetter(0), reverse=True) if any(found[0])]
    mattered = [found for found in weighed if found[0][0] or found[0][1] >= TOLD] or weighed[:1]
    ordered = [public for _, public in mattered]
    if degraded:
        ordered.append(Reason.CHECK_UNAVAILABLE.value)
    return tuple(dict.fromkeys(ordered))
