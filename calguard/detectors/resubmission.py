"""Whether refused content comes again (R21, DOMAIN 5)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

OFTEN = 5


@detector(
    group="account",
    codes={
        "same_content": Reason.RESUBMITTED_REFUSED_CONTENT,
        "variant": Reason.RESUBMITTED_REFUSED_CONTENT,
        "contact": Reason.RESUBMITTED_REFUSED_CONTENT,
        "often_refused": Reason.RESUBMITTED_REFUSED_CONTENT,
    },
)
def resubmission(attempt: Attempt) -> Iterator[Signal]:
    """The same event, or an edited copy of it, was held or denied within the last days, also where it was sent to
    nobody but the sender, or many different ones of the account's were; or other words lead to the same number or page.
    What a person released does not count."""
    behaviour = attempt.behaviour
    if behaviour.refused_same_content:
        yield Signal(code="same_content", reason=f"refused {behaviour.refused_same_content} times within seven days")
    elif behaviour.refused_variant >= attempt.sameness.variant:
        reason = f"{behaviour.refused_variant:.0%} like what was refused within seven days"
        yield Signal(code="variant", reason=reason)
    elif behaviour.refused_contact:
        what = "number" if behaviour.refused_contact == "phone" else "page"
        # In a stolen account of age it holds as an edited copy does: the tier that the owner earned is not the thief's.
        code = "variant" if attempt.account.doubted else "contact"
        yield Signal(code=code, reason=f"leads to the same {what} as what was refused within seven days")
    if behaviour.refused_week >= OFTEN:
        weight = min(1.0, behaviour.refused_week / (2 * OFTEN))
        reason = f"{behaviour.refused_week} different contents refused this week"
        yield Signal(code="often_refused", reason=reason, weight=weight)
