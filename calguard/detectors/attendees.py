"""How many people would be told, and what they are to the sender (CC 4.2(2)(4), R44, R45)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from calguard.content.hosts import is_freemail
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal, alarm_guests

GROUP_NAME = re.compile(
    r"(?m)^(?:all|alle|everyone|everybody|team|staff|list|liste|group|gruppe|members|mitglieder|office|department|students"
    r"|faculty|announce(?:ments)?|newsletter|company|users|subscribers)(?:[-_.].*)?$|[-_.](?:all|list|l|group|team|members)$"
)
STRANGERS = 25  # unrelated people at this many organisations look collected
DOMAINS = 15
PRIVATE = 0.3  # what that weighs where most guests are private people: a wedding's are, and a bought list's are not
_NUMBERED = re.compile(r"(?m)^([a-z._-]{1,40}+)(\d{1,6}+)@(.*)$")
NAMED, COUNTED = 50, 500  # guests whose addresses are looked at
RUN = 8  # neighbours in the alphabet or in counting


@detector(
    group="audience",
    codes={
        "over_limit": Reason.TOO_MANY_GUESTS,
        "far_over_limit": Reason.TOO_MANY_GUESTS,
        "collected": Reason.TOO_MANY_GUESTS,
        "counted_names": Reason.TOO_MANY_GUESTS,
        "unknown_reach": Reason.TOO_MANY_GUESTS,
    },
)
def attendees(attempt: Attempt) -> Iterator[Signal]:
    """More people outside would be told than the account may tell at once, or the guests look like a bought list:
    nobody related, spread over many organisations, counted or alphabetical. Colleagues never count."""
    audience, allowed = attempt.audience, attempt.limits.guests_per_event
    outside = audience.external + (len(alarm_guests(attempt)) if attempt.alarms_leave else 0)
    if outside > allowed:
        code = "far_over_limit" if outside > 3 * allowed else "over_limit"
        yield Signal(
            code=code, reason=f"{outside} guests outside the organisation, {allowed} are allowed", field="ATTENDEE"
        )
    strangers = audience.external - audience.related
    if strangers >= STRANGERS and audience.domains >= DOMAINS and strangers > 0.9 * audience.external:
        reason = f"{strangers} strangers at {audience.domains} organisations"
        weight = PRIVATE if _private(attempt.content.guest_emails) else 1.0
        yield Signal(code="collected", reason=reason, field="ATTENDEE", weight=weight)
    guests = attempt.content.guest_emails
    if audience.external and _counted(guests):
        yield Signal(code="counted_names", reason="guests' addresses are counted through", field="ATTENDEE")
    names = "\n".join([guest.partition("@")[0] for guest in guests[:NAMED]]) if audience.external else ""
    if found := GROUP_NAME.search(names):
        guest = guests[names.count("\n", 0, found.start())]
        yield Signal(code="unknown_reach", reason=f"{guest} looks like a mailing list", field="ATTENDEE")


def _private(guests: Sequence[str]) -> bool:
    """Whether most have mailboxes that anybody can have."""
    looked_at = guests[:COUNTED]
    return 2 * sum(is_freemail(guest.rpartition("@")[2]) for guest in looked_at) >= len(looked_at)


def _counted(guests: Sequence[str]) -> bool:
    """Whether at least RUN addresses differ by a running number only."""
    if len(guests) < RUN:
        return False
    numbers: dict[tuple[str, str], set[int]] = {}
    for name, number, domain in _NUMBERED.findall("\n".join(guests[:COUNTED])):
        numbers.setdefault((name, domain), set()).add(int(number))
    return any(len(found) >= RUN and max(found) - min(found) < 2 * len(found) for found in numbers.values())
