"""Signs that somebody else uses the account (CC 4.2, R57; DOMAIN 4.1)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

RECENT = 72.0  # hours since a password, second factor or address was changed


@detector(group="account", codes={"signs": Reason.UNUSUAL_SIGN_IN, "hint": Reason.UNUSUAL_SIGN_IN})
def hijack(attempt: Attempt) -> Iterator[Signal]:
    """An account with a history sends from a device and a network it never used, soon after its password or address
    was changed. People do buy telephones on journeys, so without abusive content this asks for proof and no more."""
    account = attempt.account
    if account.tier == "new":
        return  # everything is new about a new account
    signs = []
    if attempt.client.known_device is False:
        signs.append("an unknown device")
    if attempt.network.known_prefix is False:
        signs.append("an unknown network")
    changed = account.credential_change_hours
    if changed is not None and changed < RECENT:
        signs.append(f"a password or address changed {changed:.0f} hours ago")
    if len(signs) == 3:
        yield Signal(code="signs", reason=", ".join(signs))
    elif len(signs) == 2:
        yield Signal(code="hint", reason=", ".join(signs))
