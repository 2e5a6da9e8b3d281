"""Refused content does not pass by being edited, and what it merely shares a footer with does."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from calguard import review
from calguard.engine.types import Verdict
from calguard.models import Case
from tests.campaigns.conftest import Service
from tests.guard.events import LURE

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = (
    "Your PayPal account was charged 499.99 USD for your yearly protection plan today. If you did not authorise this "
    "renewal, call +1 (805) 302-8040 within the next hours to cancel and have the money returned to your card."
)
# nothing any more that accuses, threatens or can be rung
EDITED = (
    "Your account was charged for your yearly protection plan today. If you did not authorise this renewal, visit our "
    "counter within the next hours to cancel and have the money returned to your card."
)
OTHER = (
    "Breakfast for everybody who helped with the move: rolls, coffee and the last of the boxes. Bring your keys back."
)
FOOTER = (
    " Kind regards, the office of Holm and Partners, architects and engineers in the harbour. Registered in the county "
    "court, managing partners Ines Holm and Karl Brandt. We plan schools, hospitals and houses for people who stay."
)


@pytest.mark.parametrize("days", [0.5, 10, 400])
@pytest.mark.parametrize("tested_on", ["stranger@elsewhere.example", "self"])
def test_what_was_refused_is_held_in_other_words(service: Service, now: datetime, days: float, tested_on: str) -> None:
    writer = service.account("writer", now, days=days)
    clean = service.account("clean", now, days=days)
    first = (writer.email,) if tested_on == "self" else (tested_on,)
    assert service.send(writer, now, "Renewal", REFUSED, first).verdict >= Verdict.HOLD
    service.work(now)
    later = now + timedelta(days=2)
    assert service.send(clean, later, "Renewal", EDITED, ("guest@elsewhere.example",)).verdict < Verdict.HOLD
    again = service.send(writer, later, "Renewal", EDITED, ("guest@elsewhere.example",))
    assert again.verdict >= Verdict.HOLD
    assert "resubmitted_refused_content" in [reason.code for reason in again.reasons]


def test_another_matter_under_the_same_footer_passes(service: Service, now: datetime) -> None:
    writer = service.account("office", now - timedelta(days=1), days=60)
    before = "The drawings for the school are on the table in the large room, have a look before the meeting."
    assert service.send(writer, now - timedelta(days=1), "Drawings", before + FOOTER, ("a@b.example",)).may_send
    assert service.send(writer, now, "Renewal", REFUSED + FOOTER, ("a@b.example",)).verdict >= Verdict.HOLD
    service.work(now)
    assert service.send(writer, now + timedelta(hours=2), "Breakfast", OTHER + FOOTER, ("c@d.example",)).may_send


def test_what_a_person_released_does_not_count(service: Service, now: datetime, django_user_model: type) -> None:
    writer = service.account("corrected", now, days=60)
    boss = django_user_model.objects.create_superuser("boss", "boss@desk.example", "long enough")  # type: ignore[attr-defined]
    service.send(writer, now, "Renewal", REFUSED, ("a@b.example",))
    service.work(now)
    held = Case.objects.get()
    review.decide(held.pk, boss, version=held.version, outcome="release", reason="their own shop", at=now)
    later = service.send(writer, now + timedelta(hours=1), "Renewal", EDITED, ("a@b.example",))
    assert "resubmitted_refused_content" not in [reason.code for reason in later.reasons]
    assert later.verdict < Verdict.HOLD


def test_agendas_of_every_week_pass_although_one_was_held(service: Service, now: datetime) -> None:
    """The held one said something else in the same frame."""
    writer = service.account("news", now, days=60)
    frame = "What happened this week, what comes next, who needs help. {} See you on Friday in the kitchen at four."
    for week, topic in enumerate(
        ("The printer moved.", "Two new colleagues start in sales and bring cake on their first day.", LURE)
    ):
        service.send(writer, now + timedelta(days=week), "Weekly", frame.format(topic), ("team@b.example",))
    service.work(now + timedelta(days=2))
    topic = "The lift is repaired, and the garden party is on the first of July whatever the weather says."
    assert service.send(writer, now + timedelta(days=3), "Weekly", frame.format(topic), ("team@b.example",)).may_send
