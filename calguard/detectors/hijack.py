"""Signs that somebody else uses the account (CC 4.2, R57; DOMAIN 4.1)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine import theft
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal


@detector(group="account", codes={"signs": Reason.UNUSUAL_SIGN_IN, "hint": Reason.UNUSUAL_SIGN_IN})
def hijack(attempt: Attempt) -> Iterator[Signal]:
    """An account with a history sends from a device and a network it never used, soon after its password or address
    was changed, and not as it used to: in another language, with other links, to other people, at another hour, or
    after months of silence. People do buy telephones on journeys, so without abusive content this asks for proof and
    no more."""
    if attempt.account.tier == "new":
        return  # everything is new about a new account
    access, unlike = list(theft.access(attempt)), list(theft.unlike(attempt))
    reason = ", ".join(access + unlike)
    if theft.suspected(attempt):
        yield Signal(code="signs", reason=reason)
    elif len(access) == 2 or (access and len(unlike) >= 3):
        yield Signal(code="hint", reason=reason)
