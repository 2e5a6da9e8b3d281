"""Reminders used as megaphones (CC Impact 4; R43)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.channels import is_own
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal, alarm_guests

MANY = 6
REPEATS = 10


@detector(
    group="structure",
    codes={
        "many": Reason.REPEATS_TOO_OFTEN,
        "repeating": Reason.REPEATS_TOO_OFTEN,
        "mails": Reason.REPEATS_TOO_OFTEN,
        "link": Reason.REPEATS_TOO_OFTEN,
        "left_out": Reason.REPEATS_TOO_OFTEN,
    },
)
def alarms(attempt: Attempt) -> Iterator[Signal]:
    """The event brings a crowd of reminders, one that repeats, one that mails other people, or one that carries a
    link of its own. Matters only where people outside would get them; where the guests' copies leave without
    reminders, it is only noted."""
    if not attempt.audience.external or not attempt.content.alarms:
        return
    found = list(_look(attempt))
    if attempt.alarms_leave:
        yield from found
    elif found:
        what = "; ".join(signal.reason for signal in found)
        yield Signal(code="left_out", reason=f"{what}: guests' copies leave without reminders", field="VALARM")


def _look(attempt: Attempt) -> Iterator[Signal]:
    content = attempt.content
    per_event = len(content.alarms) / max(1, len(content.events))
    if per_event > MANY:
        yield Signal(code="many", reason=f"{len(content.alarms)} reminders", field="VALARM")
    worst = max(alarm.repeat for alarm in content.alarms)
    if worst > REPEATS:
        yield Signal(code="repeating", reason=f"a reminder repeats {worst} times", field="VALARM")
    mailed = alarm_guests(attempt)
    if mailed:
        yield Signal(
            code="mails",
            reason=f"reminders would mail {len(mailed)} other people",
            field="VALARM.ATTENDEE",
            weight=min(1.0, 0.3 + len(mailed) / 10),
            quote=mailed[0][:160],
        )
    if not any(alarm.has_link for alarm in content.alarms):
        return
    outside = (
        link
        for link in content.links
        if link.field.startswith("VALARM")
        and link.host
        and "conference" not in link.flags
        and not is_own(link, attempt)
    )
    link = next(outside, None)
    if link:
        reason = f"a reminder carries a link to {link.host}"
        yield Signal(code="link", reason=reason, field=link.field, quote=link.raw[:160])
