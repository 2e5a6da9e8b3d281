"""How the account came to be (R23)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

CROWD = 3  # other accounts from one network within an hour; a family or an office stays below
FARM = 12


@detector(
    group="account",
    codes={
        "young": Reason.ACCOUNT_TOO_NEW,
        "unverified": Reason.ACCOUNT_TOO_NEW,
        "crowd": Reason.ACCOUNT_TOO_NEW,
    },
)
def signup(attempt: Attempt) -> Iterator[Signal]:
    """The account is minutes old, has not confirmed its address and writes to strangers, or was made together with
    many others from one network. Unknown age counts as nothing."""
    account, outside = attempt.account, attempt.audience.external > 0
    if account.age_hours is None:
        return
    if account.age_hours < 1 and outside:
        yield Signal(code="young", reason=f"the account is {account.age_hours * 60:.0f} minutes old")
    if account.email_verified is False and outside:
        yield Signal(code="unverified", reason="the account's address is not confirmed")
    others = account.signups_same_prefix_hour
    if others >= CROWD and account.age_hours < 24 * 30:
        weight = min(1.0, 0.4 + 0.6 * (others - CROWD) / (FARM - CROWD))
        yield Signal(
            code="crowd", reason=f"{others} other accounts were made from the same network in that hour", weight=weight
        )
