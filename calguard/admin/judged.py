"""One judged event as staff read it: what was written, where it leads, what spoke against it, and by how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from calguard import beside, evidence
from calguard.admin import marking, showing, texts
from calguard.conf import conf
from calguard.content.reader import read
from calguard.content.types import Content
from calguard.engine.registry import detectors
from calguard.engine.types import Verdict
from calguard.models import Decision, Evidence

LINKS = 60
GUESTS = 20
ALARMS = 5
FILES = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Saw:
    """One signal, with what it points at."""

    number: int
    name: str
    group: str
    family: str
    points: float
    reason: Any
    field: Any
    quote: Any  # as written, marked as a whole
    reads_as: Any  # "" where it says so openly
    masks: list[str]  # the characters that hid it, by name
    counts: bool  # False where a stronger signal of the same code counts instead


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupSum:
    name: str
    points: float
    cap: float | None
    counted: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """One decision, ready for the page. `content` is None where the evidence's time is over."""

    decision: Decision
    verdict: str
    content: Content | None
    summary: Any
    organizer: Any
    fields: list[texts.Field]
    more_fields: int
    families: list[tuple[str, str]]  # the kinds of mark in the texts, with what each means
    links: list[tuple[Any, Any, tuple[str, ...]]]
    phones: list[tuple[Any, Any]]
    alarms: list[tuple[Any, int, int]]  # action, repeats, people mailed
    files: list[tuple[Any, Any, int]]  # name, type, octets
    guests: list[Any]
    more_guests: int
    signals: list[Saw]
    docs: list[tuple[str, str]]  # what the detectors that saw something look for
    groups: list[GroupSum]
    facts: list[tuple[str, Any]]


def shown(decision: Decision) -> Shown:
    content = _content(decision)
    guests = content.attendees if content else ()
    rows = sorted(decision.signals, key=lambda signal: -float(signal.get("points", 0)))
    fields, more, families = texts.gather(content, rows, anchor=decision.code) if content else ([], 0, set())
    return Shown(
        decision=decision,
        verdict=Verdict(decision.verdict).name,
        content=content,
        summary=showing.text(content.summary if content else "", longest=200),
        organizer=_organizer(content),
        fields=fields,
        more_fields=more,
        families=[(family, said) for family, said in marking.FAMILIES.items() if family in families],
        links=[
            (showing.text(link.url, longest=500), showing.name(link.field), tuple(sorted(link.flags)))
            for link in (content.links[:LINKS] if content else ())
        ],
        phones=[
            (showing.text(f"{phone.number} ({phone.raw})"), showing.name(phone.field))
            for phone in (content.phones if content else ())
        ],
        alarms=[
            (showing.name(alarm.action), alarm.repeat, alarm.recipients)
            for alarm in (content.alarms[:ALARMS] if content else ())
        ],
        files=[
            (showing.text(file.name, longest=256), showing.name(file.media_type), file.size)
            for file in (content.attachments[:FILES] if content else ())
        ],
        guests=[showing.text(showing.mask(guest.written), longest=320) for guest in guests[:GUESTS]],
        more_guests=max(0, (content.guest_total if content else 0) - GUESTS),
        signals=_signals(rows),
        docs=_docs(rows),
        groups=_groups(decision),
        facts=list(_flat(decision.facts)),
    )


def _content(decision: Decision) -> Content | None:
    try:
        return evidence.judged(decision.evidence)
    except Evidence.DoesNotExist:
        sent = decision.submission
        return beside.with_texts(read(bytes(sent.snapshot)), sent.beside) if sent and sent.snapshot else None


def _organizer(content: Content | None) -> Any:
    if content is None or content.organizer is None:
        return ""
    return showing.text(f"{content.organizer.name} <{content.organizer.written}>".strip(), longest=400)


def _signals(rows: list[dict[str, Any]]) -> list[Saw]:
    counted: set[str] = set()
    found = []
    for number, signal in enumerate(rows, 1):
        name = f"{signal['detector']}.{signal['code']}"
        quote = str(signal.get("quote", ""))
        found.append(
            Saw(
                number=number,
                name=name,
                group=signal.get("group", ""),
                family=marking.family(signal),
                points=float(signal.get("points", 0)),
                reason=showing.text(signal.get("reason", ""), longest=600),
                field=showing.name(signal.get("field", "")),
                quote=showing.text(quote, longest=160),
                reads_as=showing.text(signal.get("read_as", ""), longest=160),
                masks=texts.named(quote),
                counts=name not in counted,
            )
        )
        counted.add(name)
    return found


def _docs(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    saw = {signal["detector"] for signal in rows}
    return [(entry.name, entry.doc) for entry in detectors() if entry.name in saw]


def _groups(decision: Decision) -> list[GroupSum]:
    """Points per group as they counted: each code once at its strongest, up to the group's cap of today's policy."""
    strongest: dict[tuple[str, str], float] = {}
    for signal in decision.signals:
        key = (signal.get("group", ""), f"{signal['detector']}.{signal['code']}")
        strongest[key] = max(strongest.get(key, 0.0), float(signal.get("points", 0)))
    totals: dict[str, float] = {}
    for (group, _), points in strongest.items():
        totals[group] = totals.get(group, 0.0) + points
    caps: Mapping[str, float] = {str(group): cap for group, cap in conf.policy.caps.items()}
    rows = [
        GroupSum(name=group, points=points, cap=caps.get(group), counted=min(points, caps.get(group, points)))
        for group, points in totals.items()
    ]
    return sorted(rows, key=lambda row: -row.counted)


def _flat(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The facts by dotted name; what was not known says so, as it is never the same as nothing."""
    for name, value in facts.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            yield showing.name(f"{prefix}{name}"), showing.text(", ".join(map(str, value)) or "none", longest=300)
        else:
            yield showing.name(f"{prefix}{name}"), showing.text("unknown" if value is None else str(value), longest=300)
