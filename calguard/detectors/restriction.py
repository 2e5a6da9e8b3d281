"""Whether the account may send at all at present (R64, R65)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal


@detector(group="account", codes={"standing": Reason.ACCOUNT_RESTRICTED})
def restriction(attempt: Attempt) -> Iterator[Signal]:
    """A restriction of sending stands against the account. It may still receive, read, edit and appeal."""
    if attempt.account.restricted:
        yield Signal(code="standing", reason="sending is restricted for this account")
