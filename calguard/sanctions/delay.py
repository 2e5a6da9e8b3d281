"""When a sanction is carried out: some minutes after it was decided, so that nobody finds a threshold by watching."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from calguard.conf import conf
from calguard.sanctions.limits import SANCTIONS


def due(action: str, tier: str, at: datetime) -> datetime | None:
    """When a machine's order is to be carried out; None: at once. An account of standing is contained at once, as who
    abuses it is perhaps not its owner, and has nothing to learn there."""
    rule = conf.policy.sanctions.delay
    if action not in SANCTIONS or tier not in rule.tiers:
        return None
    return later(rule.sanction, at)


def telling(tier: str, at: datetime) -> datetime | None:
    """Until when something kept back is only said to be being checked; None: what it waits for is told at once."""
    rule = conf.policy.sanctions.delay
    return later(rule.telling, at) if tier in rule.tiers else None


def later(minutes: tuple[int, int], at: datetime) -> datetime | None:
    """A moment between so many minutes and so many, to the second. The system's own randomness: no watcher of earlier
    moments can tell the next."""
    least, most = (60 * bound for bound in minutes)
    return at + timedelta(seconds=least + secrets.randbelow(most - least + 1)) if most else None
