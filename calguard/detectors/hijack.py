"""Signs that somebody else uses the account (CC 4.2, R57; DOMAIN 4.1)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

RECENT = 72.0  # hours since a password, second factor or address was changed
ASLEEP = 60.0  # days
UNLIKE = {
    "language": "another language",
    "hosts": "links never used before",
    "guests": "guests of another circle",
    "hour": "an unusual time of day",
}


@detector(group="account", codes={"signs": Reason.UNUSUAL_SIGN_IN, "hint": Reason.UNUSUAL_SIGN_IN})
def hijack(attempt: Attempt) -> Iterator[Signal]:
    """An account with a history sends from a device and a network it never used, soon after its password or address
    was changed, and not as it used to: in another language, with other links, to other people, at another hour, or
    after months of silence. People do buy telephones on journeys, so without abusive content this asks for proof and
    no more."""
    if attempt.account.tier == "new":
        return  # everything is new about a new account
    access, unlike = list(_access(attempt)), list(_unlike(attempt))
    reason = ", ".join(access + unlike)
    if len(access) == 3 or (len(access) == 2 and len(unlike) >= 2):
        yield Signal(code="signs", reason=reason)
    elif len(access) == 2 or (access and len(unlike) >= 3):
        yield Signal(code="hint", reason=reason)


def _access(attempt: Attempt) -> Iterator[str]:
    """How the account was reached."""
    if attempt.client.known_device is False:
        yield "an unknown device"
    if attempt.network.known_prefix is False:
        yield "an unknown network"
    changed = attempt.account.credential_change_hours
    if changed is not None and changed < RECENT:
        yield f"a password or address changed {changed:.0f} hours ago"


def _unlike(attempt: Attempt) -> Iterator[str]:
    """What breaks with its history: nothing by itself."""
    behaviour = attempt.behaviour
    for name, said in UNLIKE.items():
        if name in behaviour.breaks:
            yield said
    if behaviour.dormant_days is not None and behaviour.dormant_days >= ASLEEP:
        yield f"silent for {behaviour.dormant_days:.0f} days before"
