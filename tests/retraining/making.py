"""Closed cases with what was kept of them, as reviewers leave them; and texts that are easy to tell apart."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from calguard.content.fingerprint import similarity_key
from calguard.content.reader import read
from calguard.models import Case
from tests.guard.events import invitation
from tests.review.factories import decision

PLACES = ("harbour", "library", "orchard", "workshop", "chapel", "gallery", "kitchen", "stadium", "garden", "museum")
THINGS = ("pottery", "rowing", "baking", "chess", "sewing", "singing", "carving", "archery", "juggling", "weaving")
PRIZES = ("voucher", "scooter", "tablet", "cruise", "blender", "drone", "camera", "jacket", "telescope", "guitar")


def closed_case(account: str, content: bytes, label: str, *, at: datetime, closed: bool = True, **fields: Any) -> Case:
    """One decision on this content in a case of its own, decided an hour later."""
    said = read(content)
    row = decision(
        account,
        at=at,
        held=False,
        content=content,
        similarity=similarity_key(said),
        content_hash=said.hash,
        guests_hash=said.guests_hash,
        **fields,
    )
    state = Case.State.CLOSED if closed else Case.State.OPEN
    moment = at + timedelta(hours=1) if closed else None
    case = Case.objects.create(account=account, state=state, opened_at=at, closed_at=moment, label=label)
    row.case = case
    row.save()
    return case


def talk(number: int) -> bytes:
    thing, place = THINGS[number % 10], PLACES[number // 10 % 10]
    return invitation(
        uid=f"t{number}@x",
        summary=f"Evening of {thing} in the {place}",
        description=f"We bring wool and tea for the {thing}. Bring your own chair to the {place}.",
    )


def advert(number: int) -> bytes:
    prize, place = PRIZES[number % 10], PLACES[number // 10 % 10]
    return invitation(
        uid=f"a{number}@x",
        summary=f"Glimmerfund pays you a {prize}",
        description=f"Glimmerfund doubles what you put in before the {place} closes. Reply snorkel.",
    )


def history(count: int, *, start: datetime, days: float = 1.0) -> Iterator[Case]:
    """As many innocent texts and adverts, one after another in time, each of an account of its own."""
    for number in range(count):
        at = start + timedelta(days=days * number)
        yield closed_case(f"user:{number}", talk(number), "innocent", at=at)
        yield closed_case(f"firm:{number}", advert(number), "spam", at=at)
