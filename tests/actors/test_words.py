"""What a visitor typed, whatever the field is called, is theirs; what the page itself says is its owner's."""

from __future__ import annotations

from typing import Any

import pytest

from calguard import guard
from calguard.campaigns.models import Mark
from calguard.models import Case, Decision
from tests.actors.browsing import posted
from tests.guard.events import invitation
from tests.support.work import drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R16", "R22")]

CLUB = "Hello, our club would like to plan the summer meeting with you soon, please ring {}"
NUMBER = "+1 (805) 302-8040"


def book(owner: Any, number: int, texts: dict[str, str]) -> Decision:
    """A visitor of their own, from a network of their own, with a mailbox at a firm of their own."""
    guest = f"guest@firm{number}.example"
    event = invitation(organizer=owner.email, guests=[guest], summary="Talk", uid=f"b{number}")
    request = posted("/book/", f"198.51.{number}.7")
    with guard.sending(
        owner, event, channel="booking", request=request, extra_texts=texts, reference=f"b{number}"
    ) as decision:
        pass
    drain()
    return Decision.objects.get(pk=decision.id)


def codes(row: Decision) -> set[str]:
    return {f"{signal['detector']}.{signal['code']}" for signal in row.signals}


@pytest.mark.parametrize("field", ["booking.answer", "booking.name", "booking.note", "booking.note.2"])
def test_what_visitors_from_everywhere_wrote_alike_is_seen_in_every_field(person: Any, clock: Any, field: str) -> None:
    rows = []
    for number in range(8):
        rows.append(book(person(f"coach{number}@clinic.example"), number, {field: CLUB.format(NUMBER)}))
        clock.shift(1900)
    assert "campaign.visitors" not in codes(rows[1]), "two who wrote alike may know each other"
    assert "campaign.visitors" in codes(rows[-1])
    assert not Case.objects.filter(account__startswith="auth.user").exists(), "and no owner has to do with it"


@pytest.mark.parametrize("field", ["booking.title", "booking.question", "calendar.name"])
def test_what_pages_say_alike_is_nothing_their_visitors_wrote(person: Any, clock: Any, field: str) -> None:
    """Coaches of one firm, whose pages all name its telephone."""
    for number in range(8):
        row = book(person(f"coach{number}@clinic.example"), number, {field: CLUB.format(NUMBER)})
        assert "campaign.visitors" not in codes(row)
        clock.shift(1900)
    assert not Mark.objects.exists()


@pytest.mark.parametrize("field", ["booking.answer", "booking.name", "booking.note"])
def test_visitors_who_lead_nowhere_or_write_their_own_have_nothing_in_common(
    person: Any, clock: Any, field: str
) -> None:
    owner = person()
    said = ["Hello, our club would like to plan the summer meeting with you soon"] * 2
    said += [CLUB.format(f"+1 805 302 80{number}1") for number in range(6)]
    for number, words in enumerate(said):
        assert "campaign.visitors" not in codes(book(owner, number, {field: words})), number
        clock.shift(1900)
