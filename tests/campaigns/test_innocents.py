"""People who send the same for good reasons, all of them with accounts made this week: nobody is asked or held."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts_risk import ledger as people
from calguard import keyed
from calguard.campaigns.models import Campaign
from calguard.conf import conf
from calguard.engine.types import Verdict
from tests.campaigns.conftest import Service

pytestmark = pytest.mark.django_db(transaction=True)

SENT = {Verdict.ALLOW, Verdict.OBSERVE}
BIRTHDAY = (
    "Mia turns eight and we celebrate with a treasure hunt through the forest, cake and a camp fire. Please bring "
    "boots and warm clothes, and ring Paula on +49 170 5554321 if your child eats no nuts."
)
TRAINING = (
    "Training of the under twelves in the hall at the lake, bring indoor shoes and water. Parents who can drive to the "
    "match on Sunday tell the coach on +49 171 5550011. Everything else is on https://www.sv-seehalle.example/u12"
)
CONCERT = (
    "Open air concert of the city orchestra in the castle park, doors open at seven, blankets are allowed and "
    "umbrellas are not. Programme and directions on https://www.parkkonzert.example/sommer"
)
HOMEWORK = (
    "Invite two friends to your imaginary museum: write down what they will see in each of the four rooms, when the "
    "guided tour begins and where they can leave their coats."
)


def test_parents_forward_a_birthday_invitation(service: Service, now: datetime) -> None:
    for number in range(14):
        parent = service.account(f"parent{number}", now)
        for again in range(2):  # the second time because the hour changed
            at = now + timedelta(hours=number, minutes=10 * again)
            decision = service.send(parent, at, "Mia's birthday", BIRTHDAY, (f"granny{number}@family.example",))
            assert decision.verdict in SENT, number
        service.work(now + timedelta(hours=number, minutes=50))
    assert not Campaign.objects.exists()


def test_a_club_pastes_its_training_every_week(service: Service, now: datetime) -> None:
    families = [service.account(f"family{number}", now) for number in range(20)]
    for week in range(2):
        for number, family in enumerate(families):
            at = now + timedelta(days=3 * week, minutes=5 * number)
            guests = (f"mum{number}@family.example", f"dad{number}@family.example")
            assert service.send(family, at, "Training", TRAINING, guests).verdict in SENT
    service.work(now + timedelta(days=4))
    assert not Campaign.objects.exists()


def test_a_class_does_its_homework_from_one_network(service: Service, now: datetime) -> None:
    for number in range(30):
        pupil = service.account(f"pupil{number}", now)
        at = now + timedelta(seconds=90 * number)
        guests = (f"friend{number}@pupils.example", f"friend{number + 1}@pupils.example")
        assert service.send(pupil, at, "My museum", HOMEWORK, guests).verdict in SENT
    service.work(now + timedelta(hours=1))
    assert not Campaign.objects.exists()


def test_strangers_copy_a_concert_for_people_they_know(service: Service, now: datetime) -> None:
    for number in range(30):
        fan = service.account(f"fan{number}", now)
        guests = tuple(f"friend{number}-{friend}@mail{friend}.example" for friend in range(3))
        for guest in guests:
            relate(fan, guest, now)
        for again in range(2):
            at = now + timedelta(minutes=20 * number + again)
            assert service.send(fan, at, "Concert in the park", CONCERT, guests[again:]).verdict in SENT
    service.work(now + timedelta(days=1))
    assert not Campaign.objects.exists()


def relate(user: object, guest: str, at: datetime) -> None:
    people.accepted(conf.host.account(user), *keyed.pseudonym("recipient", guest), at=at, using=conf.database)
