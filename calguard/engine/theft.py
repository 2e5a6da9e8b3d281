"""What speaks for somebody else using an account: how it was reached, and what breaks with its history (R57)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.types import Attempt

RECENT = 72.0  # hours since a password, second factor or address was changed
ASLEEP = 60.0  # days
UNLIKE = {
    "language": "another language",
    "hosts": "links never used before",
    "guests": "guests of another circle",
    "hour": "an unusual time of day",
}


def suspected(attempt: Attempt) -> bool:
    """All three ways in are new, or two of them and two breaks with what the account used to do. Everything is new
    about a new account."""
    if attempt.account.tier == "new":
        return False
    ways = sum(1 for _ in access(attempt))
    return ways == 3 or (ways == 2 and sum(1 for _ in unlike(attempt)) >= 2)


def access(attempt: Attempt) -> Iterator[str]:
    """How the account was reached."""
    if attempt.client.known_device is False:
        yield "an unknown device"
    if attempt.network.known_prefix is False:
        yield "an unknown network"
    changed = attempt.account.credential_change_hours
    if changed is not None and changed < RECENT:
        yield f"a password or address changed {changed:.0f} hours ago"


def unlike(attempt: Attempt) -> Iterator[str]:
    """What breaks with its history: nothing by itself."""
    behaviour = attempt.behaviour
    for name, said in UNLIKE.items():
        if name in behaviour.breaks:
            yield said
    if behaviour.dormant_days is not None and behaviour.dormant_days >= ASLEEP:
        yield f"silent for {behaviour.dormant_days:.0f} days before"
