"""Thirty accounts made within an hour in one network: a class that nobody disturbs, and a farm beside it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from django.utils import timezone

from accounts_risk import ledger as ledger_of_people
from calguard import sweeping
from calguard.engine.types import Verdict
from calguard.simulation import people
from calguard.simulation.people import Person
from tests.simulation.conftest import HOME, Calendar
from tests.simulation.test_innocent import addresses
from tests.support.work import drain

Wait = Callable[..., None]
EXERCISE = ("Study group", "Bring the book. Room 12.", "School")
TITLES = ("Cinema", "Chess on Friday", "Homework", "Birthday", "Football", "Swimming", "Baking", "Pizza")
ADVERTS = (
    ("New lamps at Brightly", "Have a look: https://brightly.example/{n}", ""),
    ("Open day", "Join us and get to know our products: https://brightly.example/{n}", ""),
    ("Painting for your home", "We have free dates. Ask for an offer: https://brightly.example/{n}", ""),
)


@pytest.fixture
def told(almanac: Calendar) -> None:
    """The host tells of answers that come by mail: guests of several firms accepted several accounts."""
    for n in range(6):
        ledger_of_people.accepted(f"sim.person:old{n}", f"{n:064x}", "k1", at=timezone.now(), domain=f"firm{n}")


def enrol(almanac: Calendar, count: int) -> list[Person]:
    """Everybody signs up within half an hour, each with a browser of their own, all behind one address."""
    rows = []
    for number, address in enumerate(addresses(count, seed=77, private=1.0)):
        device = people.made("web", Random(number), HOME)
        days = (40 - number) / 1440
        rows.append(almanac.join(address.partition("@")[0], days=days, device=device))
    return rows


@pytest.mark.requirement("R16", "R23")
def test_a_class_of_thirty_is_not_asked(almanac: Calendar, wait: Wait) -> None:
    """In the lesson everybody invites three classmates and a parent to the same exercise; in the days after that
    friends to what they like, and one the whole class. All of it arrives at once."""
    pupils, parents = enrol(almanac, 30), addresses(30, private=1.0)
    wait(minutes=40)
    for number, pupil in enumerate(pupils):
        beside = [pupils[(number + step) % 30].email for step in (1, 2, 3)]
        decision = almanac.invite(pupil, [*beside, parents[number]], EXERCISE)
        assert decision.verdict <= Verdict.OBSERVE, (number, decision.reasons)
        wait(seconds=20)
    friends = addresses(90, seed=5, private=1.0)
    for number, pupil in enumerate(pupils):
        wait(minutes=47)
        text = (f"{TITLES[number % 8]} {number}", "Who comes along?", "")
        decision = almanac.invite(pupil, friends[3 * number : 3 * number + 3], text)
        assert decision.verdict <= Verdict.OBSERVE, (number, decision.reasons)
    assert set(almanac.mailed()) >= {*parents, *friends}
    wait(hours=5)
    everybody = [pupil.email for pupil in pupils[1:]]
    decision = almanac.invite(pupils[0], everybody, ("My birthday", "All of you are invited!", "Our garden"))
    assert decision.verdict <= Verdict.OBSERVE, decision.reasons


@pytest.mark.requirement("R23")
def test_a_farm_of_thirty_is_asked_when_it_goes_on_and_reaches_few(almanac: Calendar, wait: Wait, told: None) -> None:
    """Each account writes twenty strangers an invitation, in three wordings that lead to one page. The first of each is
    let to a few, whatever it says, and with the third everybody is asked."""
    farm, strangers = enrol(almanac, 30), addresses(1800, private=1.0)
    wait(minutes=40)
    verdicts: list[Verdict] = []
    for turn in (0, 1, 2):
        for number, account in enumerate(farm):
            guests = [strangers.pop() for _ in range(20)]
            title, said, place = ADVERTS[number % 3]
            decision = almanac.invite(account, guests, (title, said.format(n=f"{turn}x{number}"), place))
            verdicts.append(decision.verdict)
            wait(minutes=9)
        wait(hours=6)
        sweeping.sweep(at=timezone.now())
        drain()
    assert {verdict for verdict in verdicts[60:] if verdict < Verdict.CHALLENGE} == set()
    assert len(set(almanac.mailed())) <= 150
