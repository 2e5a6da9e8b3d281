"""Judges files as if somebody were about to send them, without Django, database or network: calguard_scan."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from calguard.content.mail import calendars
from calguard.content.parts import by_uid
from calguard.content.reader import read, split
from calguard.content.types import Content
from calguard.engine.judge import judge
from calguard.engine.personas import audience, persona
from calguard.engine.policy import Policy
from calguard.engine.textmodel import TextModel
from calguard.engine.types import Attempt, Judgement, Verdict

SUFFIXES = frozenset({".ics", ".ical", ".ifb", ".icalendar", ".eml"})
MAX_LISTED = 200
SEPARATELY = 60  # events in one object up to which each is judged alone


class UnreadableError(Exception):
    """The file cannot be judged; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """As whom, to whom and when the files would be sent."""

    persona: str
    to: tuple[str, ...]
    now: datetime
    policy: Policy
    text_model: TextModel | None = None  # the shipped one where none is given


def files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and the calendar and mail files below the directories named, in name order."""
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
        else:
            yield path


def scan(path: Path, setting: Setting) -> dict[str, Any]:
    """One file's entry: its worst event's judgement, or an `error`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        return {"file": str(path), "error": f"cannot be read: {error.strerror or error}"}
    started = time.perf_counter()
    try:
        entry = _entry(_found(path, data), setting)
    except UnreadableError as error:
        return {"file": str(path), "error": str(error)}
    elapsed = (time.perf_counter() - started) * 1000
    return {"file": str(path)} | entry | {"elapsed_ms": round(elapsed, 3)}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """What a file holds: calendars, each event of which is an attempt, and for a mail all of it as one."""

    calendars: tuple[Content, ...]
    mail: Content | None = None


def _found(path: Path, data: bytes) -> _Found:
    if not data.strip():
        raise UnreadableError("the file is empty")
    if path.suffix.lower() != ".eml":
        return _Found(calendars=(read(data),))
    parts = calendars(data)
    if not parts.calendars:
        raise UnreadableError("no calendar in this mail")
    once = {calendar.hash: calendar for calendar in parts.calendars}
    return _Found(calendars=tuple(once.values()), mail=parts.content())


def attempt(content: Content, setting: Setting) -> tuple[Attempt, tuple[str, ...]]:
    """The attempt to send this content as the persona, and whom it would tell."""
    sender = persona(setting.persona, content, setting.policy)
    reach, guests = audience(content, sender.account, setting.to)
    made = Attempt(
        content=content,
        account=sender.account,
        now=setting.now,
        channel="scan",
        client=sender.client,
        network=sender.network,
        audience=reach,
        text_model=setting.text_model,
    )
    return made, guests


def _judged(found: _Found, setting: Setting) -> Iterator[tuple[Judgement, tuple[str, ...]]]:
    """Each event alone, and a mail as a whole."""
    for content in found.calendars:
        if len({event.uid for event in content.events}) > SEPARATELY:
            yield from _feed(content, setting)
        else:
            for part in split(content):
                yield _judge(part, setting)
    if found.mail:
        yield _judge(found.mail, setting)


def _feed(content: Content, setting: Setting) -> Iterator[tuple[Judgement, tuple[str, ...]]]:
    """Many events: all in one where that gives no offence, else alone, until one is as bad as all together."""
    whole = _judge(_as_one(content), setting)
    if whole[0].verdict <= Verdict.OBSERVE:
        yield whole
        return
    for part in sorted(by_uid(content.raw), key=lambda part: -part.count("\nATTENDEE")):
        judged = _judge(read(part), setting)
        yield judged
        if judged[0].verdict >= whole[0].verdict:
            return


def _as_one(content: Content) -> Content:
    """A feed as one event: what all of them say, to as many guests as the largest of them has."""
    guests = max(block.count(b"\nATTENDEE") for block in content.raw.upper().split(b"BEGIN:VEVENT"))
    people = content.attendees[:guests]
    leading = (content.organizer,) if content.organizer else ()
    return replace(content, addresses=(*leading, *people), guest_total=len(people), hash="", guests_hash="")


def _judge(content: Content, setting: Setting) -> tuple[Judgement, tuple[str, ...]]:
    made, guests = attempt(content, setting)
    return judge(made, setting.policy), guests


def _entry(found: _Found, setting: Setting) -> dict[str, Any]:
    worst, guests = max(_judged(found, setting), key=lambda judged: (judged[0].verdict, judged[0].score))
    contents = [*found.calendars, *([found.mail] if found.mail else [])]
    links = {(link.url, link.field): link for content in contents for link in content.links}
    phones = dict.fromkeys(phone.number for content in contents for phone in content.phones)
    return {
        "verdict": worst.verdict.name,
        "actions": list(worst.actions),
        "score": worst.score,
        "reasons": list(worst.reasons),
        "signals": [
            {
                "detector": signal.detector,
                "group": signal.group,
                "points": signal.points,
                "reason": signal.reason,
                "field": signal.field,
                "code": signal.code,
                "quote": signal.quote,
                "start": signal.start,
                "end": signal.end,
                "read_as": signal.read_as,
            }
            for signal in worst.signals
        ],
        "links": [
            {"url": link.url, "host": link.host, "field": link.field, "flags": sorted(link.flags)}
            for link in list(links.values())[:MAX_LISTED]
        ],
        "phones": list(phones)[:MAX_LISTED],
        "recipients": list(guests)[:MAX_LISTED],
    }


# What moves a terminal's cursor, colours it or turns the reading direction, and what breaks a line.
_STEERING = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]")


def as_text(entry: dict[str, Any]) -> str:
    """One entry for people."""
    if "error" in entry:
        told = _STEERING.sub("?", entry["file"])
        return f"{told}\n  not judged: {entry['error'].replace(entry['file'], told)}\n"
    lines = [entry["file"], f"  {entry['verdict']}  {entry['score']:g} points, {entry['elapsed_ms']:.1f} ms"]
    lines += [
        f"  {signal['points']:6.1f}  {signal['detector']} ({signal['field'] or signal['group']}): {signal['reason']}"
        + (f"; “{signal['quote']}” read as “{signal['read_as']}”" if signal["read_as"] else "")
        for signal in entry["signals"]
    ]
    if entry["links"]:
        hosts = dict.fromkeys(link["host"] or link["url"][:60] for link in entry["links"])
        lines.append(f"  links: {', '.join(list(hosts)[:10])}")
    if entry["phones"]:
        lines.append(f"  phones: {', '.join(entry['phones'][:10])}")
    lines.append(f"  would tell: {', '.join(entry['recipients'][:5])}{' …' if len(entry['recipients']) > 5 else ''}")
    return "\n".join(_STEERING.sub(lambda found: f"<U+{ord(found[0]):04X}>", line) for line in lines) + "\n"
