"""Reminders used as megaphones (CC Impact 4; R43)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.pointing import at
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

MANY = 6
REPEATS = 10


@detector(
    group="structure",
    codes={
        "many": Reason.REPEATS_TOO_OFTEN,
        "repeating": Reason.REPEATS_TOO_OFTEN,
        "mails": Reason.REPEATS_TOO_OFTEN,
        "link": Reason.REPEATS_TOO_OFTEN,
    },
)
def alarms(attempt: Attempt) -> Iterator[Signal]:
    """The event brings a crowd of reminders, one that repeats, one that mails other people, or one that carries a
    link. Matters only where people outside would get them."""
    content = attempt.content
    if not attempt.audience.external or not content.alarms:
        return
    per_event = len(content.alarms) / max(1, len(content.events))
    if per_event > MANY:
        yield Signal(code="many", reason=f"{len(content.alarms)} reminders", field="VALARM")
    worst = max(alarm.repeat for alarm in content.alarms)
    if worst > REPEATS:
        yield Signal(code="repeating", reason=f"a reminder repeats {worst} times", field="VALARM")
    mailed = sum(alarm.recipients for alarm in content.alarms if alarm.action == "EMAIL")
    if mailed:
        yield Signal(
            code="mails",
            reason=f"reminders would mail {mailed} people",
            field="VALARM",
            weight=min(1.0, 0.3 + mailed / 10),
        )
    link = next((link for link in content.links if link.field.startswith("VALARM") and link.host), None)
    if link:
        signal = Signal(code="link", reason=f"a reminder carries a link to {link.host}", field=link.field)
        yield at(signal, content, link.raw)
