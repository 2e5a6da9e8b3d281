"""Forty accounts that each write to three people a day are one sender; a company's people are not."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from calguard.campaigns.models import Campaign, Mark
from calguard.engine.types import Verdict
from calguard.models import Case, Decision
from tests.campaigns.conftest import Service

pytestmark = pytest.mark.django_db(transaction=True)

PITCH = (  # nothing that a judge of words would mind
    "{hello} {name}, we open the pottery workshop on Friday {season} {salt}. Clay and aprons are here, the kiln is "
    "warm and everybody can try the wheel for an hour. Ring the workshop on +49 30 2093 4417 {salt}"
)
NAMES = ("Anna", "Bert", "Cleo", "Dora", "Emil", "Fynn", "Gina", "Hugo", "Ida", "Jan")


def salted(numbers: random.Random, name: str) -> str:
    return PITCH.format(
        hello=numbers.choice(("Hello", "Hi", "Dear")),
        season=numbers.choice(("evening", "afternoon")),
        name=name,
        salt=f"{numbers.choice('🌷🌞🌱🪴')} {numbers.randrange(10**6)}",
    )


@pytest.mark.requirement("R22")
@pytest.mark.requirement("R47")
def test_a_slow_botnet_is_held_by_the_third_day(service: Service, now: datetime) -> None:
    numbers = random.Random(22)
    bots = [service.account(f"bot{number}", now) for number in range(40)]
    day_of: dict[int, list[Verdict]] = {}
    for day in range(3):
        verdicts = []
        for turn in range(3):
            for number, bot in enumerate(bots):
                at = now + timedelta(days=day, hours=3 * turn, minutes=4 * number + numbers.randrange(4))
                name = numbers.choice(NAMES)
                guest = f"{name}{numbers.randrange(10**6)}@{numbers.choice('abcdefgh')}-mail.example".lower()
                verdicts.append(service.send(bot, at, "Pottery evening", salted(numbers, name), (guest,)).verdict)
            service.work(now + timedelta(days=day, hours=3 * turn + 2, minutes=50))
        day_of[day] = verdicts
    assert min(day_of[2]) >= Verdict.HOLD
    assert sum(verdict >= Verdict.HOLD for verdict in day_of[1]) >= 110
    assert sum(verdict >= Verdict.CHALLENGE for verdict in day_of[0]) > 40  # and most of the first day's second round
    campaign = Campaign.objects.get()
    assert campaign.state == Campaign.State.HELD
    assert campaign.accounts == 40
    case = Case.objects.get(state="open")
    assert case.campaign == campaign.reference
    assert Decision.objects.filter(case=case).values("account").distinct().count() == 40


AGENDA = (
    "Agenda of the works meeting: results of the quarter, plans for the new hall, questions to the board. Rooms and "
    "parking are signposted. Questions beforehand to reception on +49 30 5557 2210 or https://www.holm-werke.example/hall"
)


@pytest.mark.requirement("R22")
def test_a_company_whose_people_paste_the_same_agenda_is_none(
    service: Service, now: datetime, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "HOST": "tests.campaigns.host.Works"}  # type: ignore[attr-defined]
    staff = [service.account(f"staff{number}", now, domain="holm-werke.example") for number in range(300)]
    told = set()
    for number, person in enumerate(staff):
        for client in range(2 if number < 40 else 1):
            at = now + timedelta(minutes=number, seconds=20 * client)
            decision = service.send(
                person, at, "Works meeting", AGENDA, (f"partner{number}-{client}@client{number % 40}.example",)
            )
            told.add(decision.verdict)
    service.work(now + timedelta(hours=6))
    assert told <= {Verdict.ALLOW, Verdict.OBSERVE}
    assert not Campaign.objects.exists()
    assert Mark.objects.filter(kind="phone").exists()  # it was looked at, and found to be one organisation
