"""Whether others who have nothing to do with the sender send the same (R22, R47)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

ALIKE = 2  # of the visitors who lead people to the same place, use the same words
EACH = 10  # strangers that each of several accounts of age wrote to: people copy a concert to three friends


@detector(
    group="account",
    codes=dict.fromkeys(("held", "over_budget", "spread", "crowd", "aged", "visitors"), Reason.PART_OF_CAMPAIGN),
)
def campaign(attempt: Attempt) -> Iterator[Signal]:
    """Many young accounts that have nothing to do with each other send alike: the same words, phone number, link, guest
    list or device, two of them at least. One organisation counts once, and so do families, classes and clubs whose
    members each write to their own people once: a campaign is accounts that write to ever new strangers. An account
    that is established by its age alone, or that may be in other hands, is made to wait for as long as that is so.
    So is a booking whose visitor writes what visitors from elsewhere wrote, with the same number or link."""
    crowd, same = attempt.crowd, attempt.sameness
    if crowd.state == "cleared" or not crowd.shared:
        return
    shared = ", ".join(crowd.shared)
    if attempt.channel == "booking":
        if crowd.accounts >= same.accounts and crowd.spreading >= ALIKE:
            yield Signal(code="visitors", reason=f"{crowd.accounts} other visitors wrote alike: {shared}")
        return
    if attempt.account.tier == "established":
        wide = crowd.accounts >= same.accounts and crowd.recipients >= EACH * crowd.accounts
        if wide or crowd.state == "held" or crowd.over_budget or crowd.spreading >= same.spreading:
            yield Signal(code="aged", reason=f"{crowd.accounts} other accounts with the same {shared}")
        return
    if crowd.state == "held":
        yield Signal(code="held", reason=f"belongs to campaign {crowd.campaign}, which is held: {shared}")
    elif crowd.over_budget:
        reason = f"belongs to campaign {crowd.campaign}, whose members have written to all they may: {shared}"
        yield Signal(code="over_budget", reason=reason)
    told = f"{crowd.accounts} other accounts with the same {shared}"
    if crowd.spreading >= same.spreading:
        yield Signal(code="spread", reason=f"{told}, {crowd.spreading} of which write to ever new strangers")
    elif crowd.spreading >= same.accounts:
        yield Signal(code="crowd", reason=f"{told}, {crowd.spreading} of which write to ever new strangers", weight=0.8)
    elif crowd.accounts >= same.spreading and crowd.recipients >= same.reach:
        yield Signal(code="crowd", reason=f"{told} wrote to {crowd.recipients} strangers", weight=0.5)
