"""A small labelled file of our own: every column, both sides, near-duplicates, and records that lack what they can."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LURE = "You have been charged $349.99 for your renewal. Not you? Call +1 805 302 8040 to cancel within 24 hours"


def record(id_: str, label: str, kind: str, summary: str | None, **more: Any) -> dict[str, Any]:
    known = {
        "description": None,
        "location": None,
        "rrule": None,
        "attendees_count": None,
        "language": "en",
        "source": "own/texts",
        "has_conference_link": False,
        "cluster": id_,
        "year": 2024,
        "license_use": "open",
    }
    return {"id": id_, "label": label, "kind": kind, "summary": summary} | known | more


RECORDS: tuple[dict[str, Any], ...] = (
    record(
        "talk", "ham", "ics-feed", "Pruning fruit trees", description="Bring gloves.", location="Orchard", year=2019
    ),
    record("weekly", "ham", "ics-feed", "Choir", rrule="FREQ=WEEKLY;COUNT=20", attendees_count=12, language="de"),
    record("meet", "ham", "ics-fixture", "Stand-up", location="https://meet.google.com/abc-defg-hij")
    | {"has_conference_link": True, "attendees_count": 4},
    record("flagged-1", "ham", "ics-fixture", LURE, cluster="same"),
    record("flagged-2", "ham", "ics-fixture", LURE + "!", cluster="same"),
    record("letter", "ham", "email", "Minutes of the meeting", description="Attached as promised.", year=None),
    record("note", "ham", "sms", "Home by six, love"),
    record("lure-1", "phish", "ics-phish", LURE, year=2025),
    record("lure-2", "phish", "email", "Account notice", description=LURE, year=2023),
    record("missed", "phish", "email", "Lunch on Friday?", language="pt", year=2024),
    record("advert", "spam", "comment", "see my channel", cluster="ad"),
)


def lines(records: tuple[dict[str, Any], ...] = RECORDS) -> bytes:
    return b"".join(json.dumps(found, ensure_ascii=False).encode() + b"\n" for found in records)


def written(folder: Path, octets: bytes | None = None, name: str = "events.jsonl") -> Path:
    path = folder / name
    path.write_bytes(lines() if octets is None else octets)
    return path
