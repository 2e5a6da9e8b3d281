"""What a run came to, against what is asked of the shipped policy; as one object and as a page of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from calguard.conf import conf
from calguard.simulation.attack import Attack, Outcome
from calguard.simulation.friction import friction
from calguard.simulation.playing import Played

REACHED = 0.05  # share of an attacker's intended recipients that may be reached
CHALLENGED = 0.001  # share of innocent accounts that may ever be asked something in a month


def summary(played: Played) -> dict[str, Any]:
    """The whole outcome; the same for the same seed."""
    attackers = {kind: _kind(played, found) for kind, found in _by_kind(played.attacks).items()}
    innocent = friction(played.population)
    missed = [
        f"{kind} reached {found['share']:.1%} of those intended"
        for kind, found in attackers.items()
        if found["share"] >= REACHED
    ]
    if innocent["challenged"] > CHALLENGED * innocent["accounts"]:
        missed.append(f"{innocent['challenged']} of {innocent['accounts']} innocent accounts were challenged")
    missed += [
        f"{innocent[name]} innocent accounts were {name}" for name in ("held", "denied", "suspended") if innocent[name]
    ]
    if played.world.errors:
        missed.append(f"{played.world.errors} tasks failed")
    return {
        "scenario": played.scenario,
        "seed": played.seed,
        "days": played.days,
        "policy": conf.policy.version,
        "attackers": attackers,
        "innocent": innocent,
        "targets": {"met": not missed, "missed": missed},
    }


def _by_kind(attacks: Sequence[Attack]) -> dict[str, list[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for attack in attacks:
        found.setdefault(attack.kind, []).append(attack.outcome)
    return found


def _kind(played: Played, outcomes: list[Outcome]) -> dict[str, Any]:
    """All attacks of a kind together, and each content by itself; stopped where the one that got furthest was."""
    contents = {outcome.content: _outcome(outcome) for outcome in outcomes}
    intended, reached = sum(o.intended for o in outcomes), sum(len(o.reached) for o in outcomes)
    hardest = max(outcomes, key=lambda o: (o.stopped_at is None, o.stopped_after))
    return {
        "intended": intended,
        "reached": reached,
        "share": round(reached / max(1, intended), 4),
        "first_stopped": _first(hardest),
        "attempts": sum(o.attempts for o in outcomes),
        "solved": sum(o.solved for o in outcomes),
        "accounts": sum(o.accounts for o in outcomes),
        "verdicts": dict(sorted(sum((o.verdicts for o in outcomes), Counter()).items())),
        "by_day": [sum(days) for days in zip(*(o.days for o in outcomes), strict=True)],
        "contents": contents,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "intended": outcome.intended,
        "reached": len(outcome.reached),
        "share": round(len(outcome.reached) / max(1, outcome.intended), 4),
        "first_stopped": _first(outcome),
        "last_reached_hours": _hours(outcome, outcome.last_reached),
    }


def _first(outcome: Outcome) -> dict[str, Any] | None:
    if outcome.stopped_at is None:
        return None
    return {"hours": _hours(outcome, outcome.stopped_at), "recipients": outcome.stopped_after}


def _hours(outcome: Outcome, moment: datetime | None) -> float | None:
    return None if moment is None else round((moment - outcome.begun).total_seconds() / 3600, 2)


def as_text(found: dict[str, Any]) -> str:
    """The page a person reads."""
    innocent = found["innocent"]
    lines = [
        f"{found['scenario']}, seed {found['seed']}, {found['days']} days, policy {found['policy']}",
        "",
        f"{'attacker':<10} {'intended':>8} {'reached':>8} {'share':>7}  first kept back after     last reached after",
    ]
    for kind, all_ in found["attackers"].items():
        lines.append(f"{kind:<10} {all_['intended']:>8} {all_['reached']:>8} {all_['share']:>7.2%}")
        lines += [_line(content, one) for content, one in all_["contents"].items()]
        counted = ", ".join(f"{count} {verdict}" for verdict, count in all_["verdicts"].items())
        lines.append(f"             {all_['accounts']} accounts, {all_['solved']} challenges solved; {counted}")
    lines += [
        "",
        "{accounts} innocent accounts: {invitations} invitations, {recipients} copies".format(**innocent),
        ", ".join(f"{innocent[name]} {name}" for name in ("challenged", "throttled", "held", "denied", "suspended")),
        *(f"  {count:>5} {why}" for why, count in innocent["why"].items()),
        "",
        "all targets met" if found["targets"]["met"] else "missed: " + "; ".join(found["targets"]["missed"]),
    ]
    return "\n".join(lines)


def _line(content: str, one: dict[str, Any]) -> str:
    first, last = one["first_stopped"], one["last_reached_hours"]
    stop = f"{first['hours']:>7.1f} h {first['recipients']:>6} reached" if first else f"{'never':>24}"
    ended = f"{last:>9.1f} h" if last is not None else f"{'nobody':>11}"
    return f"  {content:<8} {one['intended']:>8} {one['reached']:>8} {one['share']:>7.2%}  {stop}  {ended}"
