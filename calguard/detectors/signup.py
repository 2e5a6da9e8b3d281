"""How the account came to be (R23)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Account, Attempt, Signal

AGEING_HOURS = 24.0 * 30
PROVEN = 2  # independent guests who accepted: whoever has them is somebody
FIRST = 40  # strangers of a week, as a class and some friends, whom a confirmed account invites unasked


@dataclass(frozen=True, slots=True)
class Kind:
    """What accounts may share, how many others are enough to ask an unconfirmed one, and one that writes to many."""

    fact: str
    few: int
    many: int
    words: str


KINDS = (
    Kind("signups_same_prefix_hour", 3, 8, "from the same network within an hour"),
    Kind("signups_same_device", 3, 5, "on the same device"),
    Kind("signups_same_domain_day", 5, 12, "with addresses of the same domain within a day"),
    Kind("signups_same_asn_hour", 12, 30, "from the same provider within an hour, beyond what is usual"),
)


@detector(
    group="account",
    codes={
        "young": Reason.ACCOUNT_TOO_NEW,
        "unverified": Reason.ACCOUNT_TOO_NEW,
        "crowd": Reason.ACCOUNT_TOO_NEW,
        "together": Reason.ACCOUNT_TOO_NEW,
    },
)
def signup(attempt: Attempt) -> Iterator[Signal]:
    """The account is minutes old, has not confirmed its address and writes to strangers, or was made together with
    others: from one network or provider within an hour, on one device, with addresses of one odd domain. A few are a
    family, and more are a class or a conference, whose members with a confirmed address are asked once they write to
    more than a few strangers; the others at once. Nobody is asked again who has answered a question, whatever it was
    about, and nobody at all whose guests have accepted."""
    account, outside = attempt.account, attempt.audience.external > 0
    if account.age_hours is None or not outside or attempt.channel == "booking":  # who books signs up for nothing
        return
    if account.age_hours < 1:
        yield Signal(code="young", reason=f"the account is {account.age_hours * 60:.0f} minutes old")
    if account.email_verified is False:
        yield Signal(code="unverified", reason="the account's address is not confirmed")
    yield from _together(attempt)


def made_together(account: Account) -> list[tuple[Kind, int]]:
    """What an account shares with how many others, where that says something; not of one that has shown who it is."""
    if account.age_hours is None or account.age_hours >= AGEING_HOURS or account.accepted_invitations >= PROVEN:
        return []
    return [(kind, others) for kind in KINDS if (others := getattr(account, kind.fact)) >= kind.few]


def _together(attempt: Attempt) -> Iterator[Signal]:
    account, new = attempt.account, attempt.audience.strangers
    unconfirmed = account.email_verified is not True
    wide = attempt.behaviour.strangers_week + new > FIRST
    for kind, others in made_together(account):
        asked = new > 0 and not account.answered and (unconfirmed or (wide and others >= kind.many))
        weight = min(1.0, 0.5 + 0.5 * others / kind.many) if asked else 1.0
        reason = f"{others} other accounts were made {kind.words}"
        yield Signal(code="crowd" if asked else "together", reason=reason, weight=weight)
