"""Who books a time with somebody is a sender of their own: the same advert on many pages waits, and pages do not."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from django.utils import timezone

from calguard import dispatch, guard, sweeping
from calguard.engine.types import Verdict
from calguard.models import Decision
from calguard.simulation import people, texts
from outbound.models import Submission
from tests.simulation.conftest import Calendar
from tests.simulation.test_innocent import TRAINING, addresses

Wait = Callable[..., None]
PAGE = ("Coaching session", "Booked on the page of Coach. Questions: +49 30 2093 4417, https://coach.example/faq", "")
ADVERT = "Our new spring catalogue of garden furniture is here, with teak chairs and benches: https://{}.example/go"
SIGNED = (
    "{} See you then.\n-- \nHolm Werke GmbH, Purchasing, Tower Street 12, 10115 Berlin, +49 30 5557 2210, "
    "https://holm.example"
)


def book(almanac: Calendar, owner: people.Person, guest: str, answer: str, random: Random) -> Verdict:
    visitor = people.made("web", random, people.network(random))
    return almanac.invite(owner, [guest], PAGE, visitor=visitor, answer=answer).verdict


@pytest.mark.requirement("R22")
@pytest.mark.parametrize("pages", [1, 6])
def test_the_same_advert_through_booking_pages_waits(almanac: Calendar, wait: Wait, pages: int) -> None:
    owners, random = [almanac.join(f"coach{n}") for n in range(pages)], Random(6)
    found = []
    for number, guest in enumerate(addresses(16, private=1.0)):
        said = f"{ADVERT.format('teakgarten')} {random.choice(['Hi!', 'Hello!', 'Dear you,'])} {number}"
        found.append(book(almanac, owners[number % pages], guest, said, random))
        wait(minutes=random.randint(20, 60))
    assert max(found[:5]) <= Verdict.OBSERVE
    assert set(found[6:]) == {Verdict.THROTTLE}
    for owner in owners:
        decision = almanac.invite(owner, addresses(2, seed=9), TRAINING)
        assert decision.verdict <= Verdict.OBSERVE, "the owner of the page has nothing to do with it"


@pytest.mark.requirement("R22", "R53")
def test_what_waits_for_so_long_that_its_ground_is_forgotten_is_looked_at(almanac: Calendar, wait: Wait) -> None:
    owner, random = almanac.join("coach"), Random(6)
    for number, guest in enumerate(addresses(12, private=1.0)):
        book(almanac, owner, guest, f"{ADVERT.format('teakgarten')} Hello {number}", random)
        wait(minutes=random.randint(20, 60))
    late = Submission.objects.filter(state="accepted", decisions__verdict=Verdict.THROTTLE).order_by("-created_at")[0]
    for _ in range(30):
        wait(hours=6)
        sweeping.sweep(at=timezone.now())
        dispatch.send(late.pk, at=timezone.now())
    late.refresh_from_db()
    assert late.state == "accepted"
    assert set(late.holds.values_list("kind", flat=True)) == {"review"}
    assert Decision.objects.get(submission=late).case is not None


@pytest.mark.requirement("R16", "R22")
def test_a_firm_whose_staff_sign_alike(almanac: Calendar, wait: Wait) -> None:
    owners, random = [almanac.join(f"coach{n}") for n in range(3)], Random(8)
    for number in range(14):
        answer = SIGNED.format(texts.answer(random))
        assert book(almanac, owners[number % 3], f"staff{number}@holm.example", answer, random) <= Verdict.OBSERVE
        wait(minutes=random.randint(20, 60))


@pytest.mark.requirement("R22")
def test_ordinary_notes_on_a_popular_page(almanac: Calendar, wait: Wait) -> None:
    """The page's own number and link stand in every booking, and people ask the same."""
    owner, random = almanac.join("coach"), Random(9)
    notes = (
        "",
        "Bis dann!",
        "Looking forward to it",
        "Je serai en retard",
        "¿Hay aparcamiento?",
        "よろしくお願いします",
    )
    for number, guest in enumerate(addresses(36, private=1.0)):
        assert book(almanac, owner, guest, notes[number % len(notes)], random) <= Verdict.OBSERVE
        wait(minutes=random.randint(5, 20))


@pytest.mark.requirement("R16")
def test_what_a_visitor_does_is_no_deed_of_the_owner(almanac: Calendar, wait: Wait) -> None:
    """Lures that would restrict a young account that wrote them: kept back one by one, and the owner goes on."""
    owner, random = almanac.join("coach", days=5), Random(10)
    for guest in addresses(12, private=1.0):
        lure = "\n".join(texts.abusive(random, "callback", phone="+1 808 555 0134", link="https://x.example/a"))
        assert book(almanac, owner, guest, lure, random) >= Verdict.CHALLENGE
        wait(minutes=random.randint(5, 20))
    assert {row.account for row in Decision.objects.all()} == {owner.account}
    assert not any(signal["detector"] == "resubmission" for row in Decision.objects.all() for signal in row.signals)
    assert guard.can_send(owner).allowed
    assert almanac.invite(owner, addresses(2, seed=9), TRAINING).verdict <= Verdict.OBSERVE
