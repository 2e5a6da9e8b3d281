"""Ordinary people whom the guard must not stop: the gate that every release passes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from django.utils import timezone

from calguard import guard, sweeping
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.simulation import people, texts
from outbound.models import Delivery, Submission
from tests.simulation.conftest import HOME, Calendar
from tests.support.work import drain

Wait = Callable[..., None]
ALL_HANDS = (
    "All-hands",
    "Numbers of the quarter, the new office, questions.",
    "Auditorium and https://meet.firm.example/all",
)
WEDDING = (
    "Wedding: Ada & Ben",
    "We would love to have you with us! Please answer by the end of the month.",
    "Lake House",
)
PARENTS = (
    "Parents' evening class 4b",
    "Dear parents,\n\nwe talk about the trip in June. Please tell me by Friday.",
    "Gym",
)
TRAINING = ("Training", "Bring water.", "Sports hall")


def addresses(count: int, *, private: float = 0.8, seed: int = 3) -> list[str]:
    """Different people, as an address book holds them."""
    random = Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        found[people.address(random, random.choice(("en", "de", "fr", "es")), private=private)] = None
    return list(found)


def assert_leaving(decision: guard.Decision, guests: int) -> None:
    """Room was taken for all guests at once, the first are sent, and nothing keeps the others back."""
    [submission] = Submission.objects.filter(pk=decision.submission)
    copies = Delivery.objects.filter(message__submission=submission)
    assert (copies.count(), copies.filter(state="sent").count()) == (guests, conf.batch_size)
    assert not submission.holds.exists()
    assert submission.state == Submission.State.ACCEPTED


@pytest.mark.requirement("R45")
def test_all_hands_of_a_company(almanac: Calendar) -> None:
    """1,800 colleagues of one verified domain."""
    boss = almanac.join("hanna", domain="firm.example", paid=True)
    colleagues = [f"colleague.{n}@firm.example" for n in range(1800)]
    decision = almanac.invite(boss, colleagues, ALL_HANDS, whole=False)
    assert decision.verdict is Verdict.ALLOW, decision.reasons
    assert_leaving(decision, 1800)


def test_webinar_of_nine_hundred(almanac: Calendar, wait: Wait) -> None:
    """An established company's webinar: more than one invitation's guests, so it is sent in two parts."""
    marketing = almanac.join("webinar", domain="tools.example", paid=True)
    guests = addresses(900, private=0.3)
    almanac.knows(marketing, guests[:400])
    text = (
        "Webinar: planning a greenhouse",
        "You signed up for our webinar. Dial in at https://meet.tools.example/w1.",
    )
    for part in (guests[:450], guests[450:]):
        decision = almanac.invite(marketing, part, text, whole=False)
        assert decision.verdict <= Verdict.OBSERVE, decision.reasons
        assert_leaving(decision, 450)
        wait(minutes=20)


def test_wedding_of_an_established_account(almanac: Calendar) -> None:
    couple = almanac.join("ada")
    guests = addresses(140)
    almanac.knows(couple, guests[:30])
    decision = almanac.invite(couple, guests, WEDDING)
    assert decision.verdict <= Verdict.OBSERVE, decision.reasons
    assert set(almanac.mailed()) >= set(guests)


def test_wedding_of_an_account_of_three_weeks(almanac: Calendar, wait: Wait) -> None:
    """More guests than a trial account may invite at once: it is told so, and is held for nobody to look at. In parts
    of its limit it goes out within days, as the policy's budget says, and nobody is asked anything."""
    couple = almanac.join("newly", days=21)
    guests = addresses(140)
    whole = almanac.invite(couple, guests, WEDDING)
    assert whole.verdict is Verdict.THROTTLE, whole.reasons
    guard.withdraw(whole)
    for first in range(0, 140, 35):
        wait(hours=25)
        part = guests[first : first + 35]
        decision = almanac.invite(couple, part, WEDDING)
        assert decision.verdict <= Verdict.THROTTLE, (first, decision.reasons)
        assert {reason.code for reason in decision.reasons} <= {"budget_exhausted"}
        almanac.knows(couple, part[::3], days=0)  # a third accept at once
        wait(hours=1)
        sweeping.sweep(at=timezone.now())
        drain()
    assert set(almanac.mailed()) >= set(guests)


def test_teacher_and_ninety_parents(almanac: Calendar) -> None:
    teacher = almanac.join("teacher", days=90)
    parents = addresses(90)
    almanac.knows(teacher, parents[:60])
    decision = almanac.invite(teacher, parents, PARENTS)
    assert decision.verdict <= Verdict.OBSERVE, decision.reasons
    assert set(almanac.mailed()) >= set(parents)


@pytest.mark.requirement("R10", "R19")
def test_integration_of_a_customer_register(almanac: Calendar, wait: Wait) -> None:
    """A registered program makes an appointment every ten seconds, forty at a time, mostly with people it never met."""
    device = people.made("api", Random(1), "34.90.1.2")
    crm = almanac.join("crm", domain="clinic.example", paid=True, device=device, api_key="its own")
    for number, guest in enumerate(addresses(40)):
        text = (f"Appointment {number}", "Please bring your insurance card.", "Main street 4")
        decision = almanac.invite(crm, [guest], text)
        assert decision.verdict <= Verdict.OBSERVE, (number, decision.reasons)
        wait(seconds=10)
    assert len(set(almanac.mailed())) == 40


@pytest.mark.requirement("R16")
def test_office_behind_one_address(almanac: Calendar, wait: Wait) -> None:
    """Sixty accounts behind one address, of which one sends lures until it is stopped. A third of the others invite
    people that morning, and notice nothing."""
    staff = [almanac.join(f"staff{n}", days=200 + n) for n in range(60)]
    abuser, random = staff[17], Random(5)
    refused = 0
    for guest in addresses(8, seed=8):
        lure = texts.abusive(random, "callback", phone="+1 808 555 0134", link="https://x.example/a")
        refused += not almanac.invite(abuser, [guest], lure).may_send
        wait(minutes=3)
    assert refused >= 6
    for number, colleague in enumerate(person for person in staff[::3] if person is not abuser):
        decision = almanac.invite(colleague, addresses(3, seed=100 + number), TRAINING)
        assert decision.verdict <= Verdict.OBSERVE, (number, decision.reasons)
        wait(minutes=1)


@pytest.mark.requirement("R16", "R17")
def test_popular_booking_page(almanac: Calendar, wait: Wait) -> None:
    """Thirty visitors from thirty networks book in an afternoon, and one of them tries lures: what is kept back is the
    lures, neither the other visitors' bookings nor what the owner sends."""
    owner, random = almanac.join("coach"), Random(6)
    for number, guest in enumerate(addresses(30)):
        visitor = people.made("web", random, people.network(random))
        text = ("Coaching session", "Booked on the page of Coach.", "")
        lured = number in (7, 8, 11)
        said = "\n".join(texts.abusive(random, "callback", phone="+1 808 555 0134", link="https://x.example/a"))
        answer = said if lured else texts.answer(random)
        decision = almanac.invite(owner, [guest], text, visitor=visitor, answer=answer)
        assert (decision.verdict >= Verdict.HOLD) is lured, (number, decision.reasons)
        assert lured or decision.verdict <= Verdict.OBSERVE, (number, decision.reasons)
        wait(minutes=random.randint(3, 11))
    decision = almanac.invite(owner, addresses(2, seed=9), TRAINING)
    assert decision.verdict <= Verdict.OBSERVE, decision.reasons


@pytest.mark.requirement("R17")
def test_returning_traveller(almanac: Calendar, wait: Wait) -> None:
    """The known telephone in three countries' networks within a week, then at home again."""
    traveller = almanac.join("traveller")
    guests = addresses(4)
    almanac.knows(traveller, guests)
    device = traveller.devices[0]
    for network in ("93.1.2.3", "94.5.6.7", "77.8.9.10", HOME):
        device.network = network
        decision = almanac.invite(traveller, guests, ("Dinner when I am back", "On Friday?", ""))
        assert decision.verdict <= Verdict.OBSERVE, (network, decision.reasons)
        wait(days=2)


@pytest.mark.requirement("R20")
@pytest.mark.parametrize("hands", ["keyboard", "spoken", "none", "touch", "pasting"])
def test_other_ways_to_fill_in_a_form(almanac: Calendar, wait: Wait, hands: people.Hands) -> None:
    """A screen reader, a voice, no script at all, a touch screen, a pasted guest list: at an ordinary volume, from an
    account of a week, nobody is asked whether they are human."""
    device = people.made("web", Random(4), HOME)
    device.hands = hands
    reader = almanac.join("reader", days=7, device=device)
    for number in range(6):
        decision = almanac.invite(reader, addresses(3, seed=number), (f"Tea on day {number}", "At mine.", ""))
        assert decision.verdict <= Verdict.OBSERVE, (number, decision.reasons)
        wait(hours=5, minutes=number * 7)


@pytest.mark.requirement("R06")
def test_import_of_ten_years(almanac: Calendar, wait: Wait) -> None:
    """Ten years of entries without guests come in within seconds, each asked about as a careful host does: nobody is
    told, nothing is charged, and the account then invites as it could before."""
    mover = almanac.join("mover", days=1.5)
    before = guard.budget(mover)
    for year in range(2016, 2026):
        for month in (1, 4, 7, 10):
            entry = almanac.entry(mover, f"Dentist {year}", year=year, month=month)
            decision = guard.check(mover, entry, channel="import", reference=f"old-{year}-{month}")
            assert decision.verdict <= Verdict.OBSERVE, (year, month, decision.reasons)
            guard.confirm(decision)
            wait(milliseconds=40)
    drain()
    assert (almanac.mailed(), almanac.inside) == ([], [])
    assert guard.budget(mover).hour.used == before.hour.used == 0
    wait(minutes=30)
    decision = almanac.invite(mover, addresses(3), TRAINING)
    assert decision.verdict <= Verdict.OBSERVE, decision.reasons
