"""Attempts for tables of cases: an event as text, a sender by persona, and whatever a row changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from calguard.content.reader import read
from calguard.content.types import Content
from calguard.engine.judge import judge
from calguard.engine.personas import audience, persona
from calguard.engine.policy import Policy
from calguard.engine.registry import detectors
from calguard.engine.types import Attempt, Judgement

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)


def escaped(text: str) -> str:
    """A text as iCalendar writes it."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace(";", "\\;").replace(",", "\\,")


def event(
    summary: str = "Lunch",
    *,
    description: str = "",
    location: str = "",
    organizer: str = "ines@ines-plumbing.example",
    cn: str = "",
    guests: tuple[str, ...] = ("guest@elsewhere.example",),
    method: str = "REQUEST",
    lines: tuple[str, ...] = (),
) -> Content:
    """One invitation, read as the product reads it."""
    name = f";CN={cn}" if cn else ""
    return read(
        "\r\n".join(
            [
                "BEGIN:VCALENDAR",
                "VERSION:2.0",
                "PRODID:-//Tests//EN",
                f"METHOD:{method}",
                "BEGIN:VEVENT",
                "UID:one@tests.example",
                "DTSTAMP:20260615T090000Z",
                "DTSTART:20260620T100000Z",
                "DTEND:20260620T110000Z",
                f"ORGANIZER{name}:mailto:{organizer}",
                *(f"ATTENDEE:mailto:{guest}" for guest in guests),
                f"SUMMARY:{escaped(summary)}",
                *([f"DESCRIPTION:{escaped(description)}"] if description else []),
                *([f"LOCATION:{escaped(location)}"] if location else []),
                *lines,
                "END:VEVENT",
                "END:VCALENDAR",
                "",
            ]
        )
    )


def attempt(content: Content | None = None, who: str = "new", **changes: Any) -> Attempt:
    """An attempt of a persona. `account`, `client`, ... given as dicts change single facts; anything else replaces."""
    content = content or event()
    sender = persona(who, content, Policy.shipped())
    made = Attempt(
        content=content,
        account=sender.account,
        now=NOW,
        client=sender.client,
        network=sender.network,
        audience=audience(content, sender.account)[0],
        limits=Policy.shipped().budget(sender.account.tier),
    )
    for name, value in changes.items():
        made = replace(made, **{name: replace(getattr(made, name), **value) if isinstance(value, dict) else value})
    return made


def codes(name: str, made: Attempt) -> set[str]:
    """What one shipped detector says of an attempt."""
    look = next(entry for entry in detectors() if entry.name == name).look
    return {signal.code for signal in look(made)}


def verdict_of(content: Content, who: str = "new", **changes: Any) -> Judgement:
    """The judgement under the shipped policy."""
    return judge(attempt(content, who, **changes), Policy.shipped())
