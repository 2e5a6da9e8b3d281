"""Who is new here introduces himself to a few people first; whoever is wanted notices minutes, and silence ends it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from django.utils import timezone

from accounts_risk import ledger as ledger_of_people
from calguard import feedback, guard, sweeping
from calguard.engine.types import Verdict
from calguard.simulation import people
from calguard.simulation.people import Person
from outbound.models import Delivery, Submission
from tests.simulation.conftest import Calendar
from tests.simulation.test_innocent import TRAINING, WEDDING, addresses
from tests.support.work import drain

Wait = Callable[..., None]
ADVERT = ("Painting for your home", "We have some dates left in May. More at https://painters.example/go", "")
CONCERT = ("Open air: The Larks", "Who comes along? Tickets and times: https://larks.example/tour", "Lake stage")


@pytest.fixture(autouse=True)
def told(almanac: Calendar) -> None:
    """The host tells of answers that come by mail: guests of several firms accepted several accounts."""
    for n in range(6):
        ledger_of_people.accepted(f"sim.person:old{n}", f"{n:064x}", "k1", at=timezone.now(), domain=f"firm{n}")


def at_home(almanac: Calendar, name: str, *, days: float = 0.2) -> Person:
    """Somebody with a computer and a network of their own."""
    device = people.made("web", almanac.random, people.network(almanac.random))
    return almanac.join(name, days=days, device=device)


def work(wait: Wait, *, hours: float = 0.0, minutes: float = 0.0) -> None:
    """Time passes, and the clockwork looks at what is due."""
    wait(hours=hours, minutes=minutes)
    sweeping.sweep(at=timezone.now())
    drain()


def accept(person: Person, guests: Sequence[str]) -> None:
    for guest in guests:
        feedback.answered(person.account, guest, accepted=True, at=timezone.now())


def arrived(almanac: Calendar, guests: Sequence[str]) -> list[str]:
    found = set(almanac.mailed())
    return [guest for guest in guests if guest in found]


@pytest.mark.parametrize(("days", "count"), [(0.2, 20), (6, 40)])
def test_a_club_or_a_band_that_is_wanted_reaches_everybody_within_hours(
    almanac: Calendar, wait: Wait, days: float, count: int
) -> None:
    """The secretary of a new club invites twenty, a band of a week forty; one in four of the told accepts."""
    club, guests = at_home(almanac, "club", days=days), addresses(count, private=1.0)
    decision = almanac.invite(club, guests, TRAINING)
    assert decision.verdict <= Verdict.OBSERVE, decision.reasons
    first = arrived(almanac, guests)
    assert len(first) == 10
    waits = [state for state in guard.guest_states(decision_reference(decision)) if state.state == "delayed"]
    assert len(waits) == count - 10
    assert {"accepted" in state.text for state in waits} == {True}
    answered: set[str] = set()
    for _ in range(4):
        fresh = [guest for guest in arrived(almanac, guests) if guest not in answered]
        accept(club, fresh[::4])
        answered |= set(fresh)
        work(wait, hours=1)
    assert set(arrived(almanac, guests)) == set(guests)
    assert Delivery.objects.filter(state="pending").count() == 0


def test_an_advert_of_a_new_account_ends_with_the_first_few(almanac: Calendar, wait: Wait) -> None:
    """However many invitations it writes; after some days without an answer it may begin anew."""
    advert, guests = at_home(almanac, "advert"), addresses(40, private=1.0)
    for first in range(0, 40, 5):
        almanac.invite(advert, guests[first : first + 5], ADVERT)
        work(wait, hours=2)
    assert len(arrived(almanac, guests)) == 10
    for _ in range(12):
        work(wait, hours=6)
    assert len(arrived(almanac, guests)) == 10


def test_a_newcomer_with_a_customer_at_a_time(almanac: Calendar, wait: Wait) -> None:
    """A hairdresser's first week: four new customers a day, one in three accepts by mail. Each is told at once."""
    salon, guests = at_home(almanac, "salon"), addresses(28, private=1.0)
    for number, guest in enumerate(guests):
        decision = almanac.invite(salon, [guest], ("Haircut", "See you then!", "Main Street 4"))
        assert decision.verdict <= Verdict.OBSERVE, (number, decision.reasons)
        assert arrived(almanac, [guest]), number
        if number % 3 == 2:
            accept(salon, [guest])
        wait(hours=6)


@pytest.mark.parametrize(
    "who",
    [{"days": 400.0}, {"days": 5.0, "paid": True}, {"days": 5.0, "domain": "tools.example"}],
    ids=["of years", "paid for", "with a domain"],
)
def test_whoever_earned_trust_notices_nothing(almanac: Calendar, who: dict[str, object]) -> None:
    sender = almanac.join("known", **who)  # type: ignore[arg-type]
    guests = addresses(45, private=1.0)
    almanac.invite(sender, guests, WEDDING)
    assert set(arrived(almanac, guests)) == set(guests)


def test_where_nobody_tells_of_answers_silence_says_nothing(almanac: Calendar, wait: Wait) -> None:
    wait(days=15)  # since the last answer that was told
    club, guests = at_home(almanac, "club"), addresses(20, private=1.0)
    almanac.invite(club, guests, TRAINING)
    assert set(arrived(almanac, guests)) == set(guests)


def test_people_of_one_firm_are_one_answer(almanac: Calendar, wait: Wait) -> None:
    """Anybody may own a domain with as many mailboxes as they like: they make room once, beside their own."""
    advert = at_home(almanac, "advert", days=4)
    own = [f"reader{n}@papers.example" for n in range(10)]
    almanac.invite(advert, own, ("Notes", "for later", ""))
    accept(advert, own)
    guests = addresses(40, private=1.0)
    almanac.invite(advert, guests, ADVERT)
    work(wait, hours=1)
    assert len(arrived(almanac, guests)) == 15


def test_fresh_accounts_with_the_same_page_share_the_room(almanac: Calendar, wait: Wait) -> None:
    everybody = addresses(60, private=1.0)
    for number in range(6):
        account = at_home(almanac, f"fresh{number}")
        wait(minutes=40)
        decision = almanac.invite(account, everybody[10 * number : 10 * number + 10], ADVERT)
        assert decision.verdict <= Verdict.OBSERVE or number, "nothing in it is abusive"
        work(wait, hours=3)
    assert len(arrived(almanac, everybody)) == 10 + 5 * 2


def test_whoever_is_copied_can_show_that_people_want_it(almanac: Calendar, wait: Wait) -> None:
    """Silent accounts have spread a club's own invitation, with its page; its first two guests are enough."""
    everybody = addresses(46, private=1.0)
    for number in range(3):
        copycat = at_home(almanac, f"copy{number}")
        wait(minutes=40)
        almanac.invite(copycat, everybody[10 * number : 10 * number + 10], CONCERT)
        work(wait, hours=1)
    club, guests = at_home(almanac, "club"), everybody[30:]
    wait(minutes=40)
    assert almanac.invite(club, guests, CONCERT).verdict <= Verdict.OBSERVE
    [one, two] = arrived(almanac, guests)
    accept(club, [one])
    work(wait, hours=1)
    accept(club, [two])
    work(wait, hours=1)
    assert set(arrived(almanac, guests)) == set(guests)


def test_fans_who_copy_a_concert_are_told_as_soon_as_somebody_comes_along(almanac: Calendar, wait: Wait) -> None:
    everybody = addresses(24, private=1.0)
    for number in range(6):
        fan, friends = at_home(almanac, f"fan{number}", days=3), everybody[4 * number : 4 * number + 4]
        wait(minutes=40)
        decision = almanac.invite(fan, friends, CONCERT)
        assert decision.verdict <= Verdict.OBSERVE, (number, decision.reasons)
        work(wait, minutes=20)
        accept(fan, arrived(almanac, friends)[:2])
    assert set(arrived(almanac, everybody)) == set(everybody)


SAID = ("Lamps", "Open day", "Painting", "Tasting", "Better sleep", "Solar panels", "Garden days", "Healthier teeth")


@pytest.mark.parametrize(("accepted", "reached"), [(False, 230), (True, 320)])
def test_accounts_of_age_that_lead_to_one_page_in_ever_other_words(
    almanac: Calendar, wait: Wait, accepted: bool, reached: int
) -> None:
    """A farm grown for weeks has the room of one account, and each of it what a newcomer has. Where one guest in ten
    accepts, as of eight couples who use the same site, everything goes at once."""
    everybody = addresses(320, private=1.0)
    for number, title in enumerate(SAID):
        grown, guests = at_home(almanac, f"grown{number}", days=40), everybody[40 * number : 40 * number + 40]
        decision = almanac.invite(grown, guests, (title, f"{title}: https://papers.example/{number}", ""))
        assert decision.verdict <= Verdict.OBSERVE, (number, decision.reasons)
        if accepted:
            accept(grown, guests[::10])
        work(wait, hours=2)
    assert len(arrived(almanac, everybody)) == reached


def test_a_change_reaches_whoever_was_told(almanac: Calendar, wait: Wait) -> None:
    """A second event to the same people is no introduction."""
    club, guests = at_home(almanac, "club"), addresses(20, private=1.0)
    almanac.invite(club, guests, TRAINING)
    first = arrived(almanac, guests)
    wait(hours=1)
    before = len(almanac.mailed())
    almanac.invite(club, first, ("Training moved", "Now at seven.", "Sports hall"))
    assert len(almanac.mailed()) - before == len(first) == 10


def decision_reference(decision: guard.Decision) -> str:
    return Submission.objects.get(pk=decision.submission).reference
