"""The judge's pure part: reading beside `icalendar` on the same bytes, judging, and the largest invitations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from icalendar import Calendar

from bench.invitations import invitation, notes
from bench.measuring import interleave, once, ratio
from bench.progress import Progress
from calguard.content import reader
from calguard.content.types import Content
from calguard.engine.judge import judge
from calguard.engine.policy import Policy
from calguard.engine.types import Account, Attempt, Audience, Client

GUESTS = {1: 40, 20: 30, 200: 10, 2_000: 2}  # how many invited, and rounds per alternation
ALTERNATIONS = 5
HUGE_GUESTS = 50_000
HUGE_TEXT = 5 * 1024 * 1024


def attempt(content: Content) -> Attempt:
    """An established account's ordinary attempt, with every fact there is."""
    return Attempt(
        content=content,
        account=Account(
            id="auth.user:1",
            name="Ada Berg",
            email="ada@clinic.example",
            age_hours=9_600.0,
            email_verified=True,
            addresses=frozenset({"ada@clinic.example"}),
            tier="established",
            accepted_invitations=40,
        ),
        now=datetime.now(UTC),
        client=Client(
            user_agent="Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0.0.0", accept_language="en", known_device=True
        ),
        audience=Audience(total=len(content.attendees), external=len(content.attendees), domains=7),
    )


def measure(*, quick: bool, progress: Progress) -> dict[str, Any]:
    """The part of results.json about reading and judging; `--quick` leaves out nothing but repetitions."""
    sizes = {}
    for guests, rounds in GUESTS.items():
        sizes[str(guests)] = _size(guests, max(2, rounds // 4) if quick else rounds, progress)
    progress.note("reader: the largest there are")
    huge = {
        "guests_50000": invitation(HUGE_GUESTS),
        "guests_25000": invitation(HUGE_GUESTS // 2),
        "description_5mb": invitation(1, description=notes(HUGE_TEXT)),
    }
    return {"sizes": sizes, "largest": {name: _largest(octets) for name, octets in huge.items()}}


def _size(guests: int, rounds: int, progress: Progress) -> dict[str, Any]:
    octets, policy = invitation(guests), Policy.shipped()
    asked = attempt(reader.read(octets))
    series = interleave(
        {
            "read": lambda n: lambda: reader.read(octets),
            "texts": lambda n: lambda: reader.read(octets).texts,  # to the end: texts, links, numbers, files
            "from_ical": lambda n: lambda: Calendar.from_ical(octets),
            "judge": lambda n: lambda: judge(asked, policy),  # of what was read and judged before
            "content": lambda n: _first_seen(guests, n, policy),
        },
        alternations=ALTERNATIONS,
        rounds=rounds,
        progress=progress,
        label=f"reader, {guests} guests",
    )
    return {
        "octets": len(octets),
        **{name: one.summary() for name, one in series.items()},
        "icalendar_to_read": ratio(series["from_ical"], series["read"], "cpu"),
    }


def _first_seen(guests: int, number: int, policy: Policy) -> Callable[[], object]:
    """Reading and judging an event that nobody has seen before: its words are read, and nothing is remembered."""
    octets = invitation(guests, description=f"Part {number} of {uuid4()}. {notes()}")
    return lambda: judge(attempt(reader.read(octets)), policy)


def _largest(octets: bytes) -> dict[str, Any]:
    """Once: time, and what the reader did not go on with."""
    kept: list[Content] = []
    took = once(lambda: kept.append(reader.read(octets)))
    told = once(lambda: kept[0].texts)
    judged = once(lambda: judge(attempt(kept[0]), Policy.shipped()))
    return {
        "octets": len(octets),
        **took,
        "texts_ms": told["wall_ms"],
        "judge_ms": judged["wall_ms"],
        "attendees_kept": len(kept[0].attendees),
        "guest_total": kept[0].guest_total,
        "text_characters": sum(len(text.visible) for text in kept[0].texts),
        "problems": sorted(kept[0].problems),
    }
