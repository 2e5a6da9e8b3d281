"""Honest invitations with money, telephones, accounts, parcels and prizes in them (the innocent half of R25, R46)."""

from __future__ import annotations

import pytest

from calguard.engine.types import Judgement, Verdict
from tests.detectors.making import event, verdict_of
from tests.lures.innocents import DAYS, INNOCENTS

ROWS = [(language, *row) for language, rows in INNOCENTS.items() for row in rows]


def judged(title: str, notes: str, who: str, guests: int) -> Judgement:
    return verdict_of(
        event(title, description=notes, guests=tuple(f"guest{i}@elsewhere{i % 4}.example" for i in range(guests))), who
    )


def test_there_are_many_of_them() -> None:
    assert len(ROWS) >= 150
    assert len(INNOCENTS) >= 11


@pytest.mark.requirement("R25")
@pytest.mark.requirement("R46")
@pytest.mark.parametrize("guests", [1, 10])
@pytest.mark.parametrize(("language", "title", "notes"), ROWS)
def test_at_most_a_challenge_for_a_new_sender(language: str, title: str, notes: str, guests: int) -> None:
    assert judged(title, notes, "new", guests).verdict <= Verdict.CHALLENGE


@pytest.mark.requirement("R25")
@pytest.mark.parametrize("who", ["longtime", "established"])
@pytest.mark.parametrize(("language", "title", "notes"), ROWS)
def test_at_most_noted_for_one_that_is_known(language: str, title: str, notes: str, who: str) -> None:
    assert judged(title, notes, who, 10).verdict <= Verdict.OBSERVE


@pytest.mark.requirement("R25")
def test_hardly_any_is_read_as_a_lure() -> None:
    """Words of a training quote what lures say, and are the exception."""
    detectors = ("subject", "description", "impersonation")
    read = [
        title
        for _, title, notes in ROWS
        if any(s.detector in detectors and s.points >= 12 for s in judged(title, notes, "new", 10).signals)
    ]
    assert len(read) <= len(ROWS) // 50, read


@pytest.mark.requirement("R46")
@pytest.mark.parametrize("day", DAYS)
def test_no_day_of_any_calendar_says_anything(day: str) -> None:
    made = verdict_of(event(day, description=f"{day}: +1 415 555 0132, https://www.museum.example"))
    assert made.verdict is Verdict.ALLOW
    assert not [signal for signal in made.signals if signal.detector in ("subject", "description", "impersonation")]
