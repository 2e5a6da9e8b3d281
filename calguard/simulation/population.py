"""The innocent: thousands of accounts with ordinary habits, and what they do in a month."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from django.db import transaction

from calguard import feedback
from calguard.content.types import Content
from calguard.decision import Decision
from calguard.engine.types import Channel, Verdict
from calguard.simulation import acting, browsing, people, texts
from calguard.simulation.event import Event, uid
from calguard.simulation.habits import (
    BOUNCES,
    CANCELLED,
    CHANGES,
    CLASSROOM,
    HABITS,
    JOINING,
    JUNKED,
    NEW_DEVICE,
    NEW_PASSWORD,
    TEAM,
    TRAVELS,
    Habit,
)
from calguard.simulation.host import Register
from calguard.simulation.people import Person
from calguard.simulation.world import World

CHANNELS: dict[str, Channel] = {"web": "web", "caldav": "caldav", "api": "api"}
ANSWERED = 12  # guests of one invitation at most whose answers are played
LANGUAGES = ("en", "en", "de", "fr", "es")


class Population:
    """Everybody who means no harm. The same people do the same for the same seed, however many others there are."""

    def __init__(self, world: World, seed: str, accounts: int) -> None:
        self.world, self.seed = world, seed
        self.people: list[Person] = []
        self.attempts = self.recipients = self.solved = 0
        self.references: set[str] = set()  # of what the innocent sent, in distinction to what was sent through them
        self._answers: dict[str, int] = {}
        self._travelling: dict[str, tuple[datetime, datetime]] = {}
        for person in self._all(accounts):
            Register.add(person)
            self.people.append(person)

    def settle(self, step: Callable[[float], None] = lambda done: None) -> None:
        """What the guard knows of everybody when the month begins: it has been installed for longer."""
        start = self.world.start
        with transaction.atomic():
            for number, person in enumerate(self.people):
                if person.created_at < start:
                    self._settle(person, start)
                step(number / len(self.people))

    def plan(self) -> None:
        """Put everybody's month into the agenda, day by day."""
        for person in self.people:
            self._plan_life(person)
        day = self.world.start
        while day < self.world.end:
            self.world.at(day, lambda day=day: self._plan_day(day))  # type: ignore[misc]
            day += timedelta(days=1)

    def arrived(self, address: str, sender: str) -> None:
        """A guest has got an invitation: half of them accept within a day, hardly anybody complains."""
        person = Register.people.get(sender)
        if person is None or not person.innocent:
            return
        self.recipients += 1
        random, number = person.random, self._answers.get(sender, 0)
        habit, chance = HABITS[person.habit], random.random()
        if chance < JUNKED:
            self._later(random, lambda: feedback.junk(sender, address, at=self.world.now))
        elif chance > 1 - BOUNCES:
            self._later(random, lambda: self._bounced(sender, address))
        elif chance < habit.answers and number < ANSWERED:
            self._answers[sender] = number + 1
            self._later(random, lambda: feedback.answered(sender, address, accepted=True, at=self.world.now))

    def _later(self, random: Random, act: Callable[[], None]) -> None:
        self.world.after(timedelta(minutes=random.expovariate(1 / 240) + 1), act)

    def _bounced(self, sender: str, address: str) -> None:
        feedback.bounced(sender, address, at=self.world.now)

    # -- who there is

    def _all(self, accounts: int) -> Iterator[Person]:
        number = 0
        for name, habit in HABITS.items():
            wanted = max(1, round(accounts * habit.share))
            while wanted > 0:
                random = Random(f"{self.seed}/{name}/{number}")
                size = min(wanted, random.randint(*TEAM)) if habit.place == "office" else 1
                yield from self._group(name, habit, random, number, size)
                number, wanted = number + size, wanted - size
        if accounts >= 1000:
            yield from self._classroom(number)

    def _group(self, name: str, habit: Habit, random: Random, number: int, size: int) -> Iterator[Person]:
        """People of one organisation with its own domain, or somebody alone."""
        office = habit.place == "office"
        language = random.choice(LANGUAGES)
        domain = f"firm{number}.example" if office else ""
        net = people.network(random)
        members = [self._person(name, habit, number + n, language, domain, net) for n in range(size)]
        for member in members:
            member.colleagues = [other.email for other in members if other is not member]
        yield from members

    def _person(self, name: str, habit: Habit, number: int, language: str, domain: str, net: str) -> Person:
        random = Random(f"{self.seed}/{name}/person/{number}")
        start = self.world.start
        if name in JOINING:
            span = (self.world.end - start).total_seconds()
            created = start + timedelta(seconds=random.uniform(3600, max(7200.0, span * 0.9)))
        elif random.random() < habit.young:
            created = start - timedelta(days=random.uniform(2, 30))
        else:
            created = start - timedelta(days=random.lognormvariate(6, 1) + 30)
        own = people.address(random, language, private=1.0)
        devices = [people.made(habit.device, random, net if domain else people.network(random), language=language)]
        if habit.device == "web" and random.random() < habit.second:
            devices.append(people.made("web", random, people.network(random), language=language, phone=True))
        return Person(
            account=f"sim.person:{number}",
            habit=name,
            name=people.named(random, language),
            email=f"p{number}.{own.partition('@')[0]}@{domain or own.partition('@')[2]}",
            created_at=created,
            random=random,
            devices=devices,
            language=language,
            tenant=domain,
            domain=domain,
            paid=bool(domain),
            api_key=f"key-{number}" if habit.device == "api" else "",
            contacts=[people.address(random, language) for _ in range(random.randint(*habit.circle))],
        )

    def _classroom(self, number: int) -> Iterator[Person]:
        """A class of whom everybody signs up within the hour from one network, and some invite friends that week."""
        random = Random(f"{self.seed}/classroom")
        net = people.network(random)
        begun = self.world.start + timedelta(days=2, hours=9)
        for n in range(CLASSROOM):
            pupil = self._person("newcomer", HABITS["newcomer"], number + n, "en", "", net)
            pupil.created_at = begun + timedelta(minutes=random.uniform(0, 45))
            pupil.devices = [people.made("web", random, net)]
            yield pupil

    # -- what was before

    def _settle(self, person: Person, start: datetime) -> None:
        known = max(person.created_at, start - timedelta(days=120))
        first = browsing.signed_in(person, person.devices[0])
        feedback.signed_up(person, first, at=person.created_at)
        for device in person.devices:
            seen = browsing.signed_in(person, device)
            feedback.logged_in(person, seen, at=known + timedelta(hours=1))
            feedback.logged_in(person, seen, at=start - timedelta(days=person.random.uniform(0, 6)))
        for guest in person.contacts[:30]:
            when = start - timedelta(days=person.random.uniform(1, 100))
            feedback.answered(person.account, guest, accepted=True, at=max(when, person.created_at))

    # -- a month

    def _plan_life(self, person: Person) -> None:
        random, world = person.random, self.world
        if person.created_at >= world.start:
            world.at(person.created_at, lambda: self._sign_up(person))
        days = (world.end - world.start).days
        for device in person.devices:
            for week in range(0, days, 7):
                when = world.start + timedelta(days=week + random.uniform(0, 7), hours=8)
                world.at(max(when, person.created_at), lambda device=device: self._sign_in(person, device))  # type: ignore[misc]
        if random.random() < TRAVELS:
            begin = world.start + timedelta(days=random.uniform(0, days))
            self._travelling[person.account] = (begin, begin + timedelta(days=random.uniform(2, 7)))
        if random.random() < NEW_DEVICE and person.habit != "api":
            world.at(world.start + timedelta(days=random.uniform(0, days)), lambda: self._new_device(person))
        if random.random() < NEW_PASSWORD:
            world.at(world.start + timedelta(days=random.uniform(0, days)), lambda: self._new_password(person))
        if person.habit == "wedding":
            when = world.start + timedelta(days=random.uniform(1, max(2, days - 1)), hours=18)
            world.at(when, lambda: self._wedding(person))

    def _plan_day(self, day: datetime) -> None:
        for person in self.people:
            if person.created_at > day + timedelta(hours=20):
                continue
            habit = HABITS[person.habit]
            rate = habit.weekend if day.weekday() > 4 else habit.weekday
            for _ in range(_poisson(person.random, rate)):
                moment = day + timedelta(hours=person.random.triangular(7, 21, 11))
                if moment > person.created_at + timedelta(minutes=4):
                    self.world.at(moment, lambda person=person: self._invite(person))  # type: ignore[misc]

    def _sign_up(self, person: Person) -> None:
        made = browsing.signed_in(person, person.devices[0])
        person.verified = False
        feedback.signed_up(person, made, at=self.world.now)
        feedback.logged_in(person, made, at=self.world.now)
        self.world.after(timedelta(minutes=person.random.uniform(1, 3)), lambda: _verify(person))

    def _sign_in(self, person: Person, device: people.Device) -> None:
        feedback.logged_in(person, browsing.signed_in(person, self._there(person, device)), at=self.world.now)

    def _new_device(self, person: Person) -> None:
        device = people.made(
            HABITS[person.habit].device, person.random, person.devices[0].network, language=person.language
        )
        person.devices.append(device)
        self._sign_in(person, device)

    def _new_password(self, person: Person) -> None:
        person.credential_changed_at = self.world.now
        feedback.credential_changed(person, at=self.world.now)
        self._sign_in(person, person.devices[0])

    def _there(self, person: Person, device: people.Device) -> people.Device:
        """The device as it is used now: at home, or in the networks of a journey."""
        begin, end = self._travelling.get(person.account, (self.world.end, self.world.end))
        if begin <= self.world.now < end:
            away = Random(f"{person.account}/{self.world.now:%j}")
            moved = replace(device, network=people.network(away))
            moved.cookies = device.cookies
            return moved
        return device

    # -- one invitation

    def _invite(self, person: Person) -> None:
        habit, random, now = HABITS[person.habit], person.random, self.world.now
        summary, description, location = texts.innocent(random, self._subject(person, habit), person.language)
        event = Event(
            summary=summary,
            description=description,
            location=location,
            start=(now + timedelta(days=random.expovariate(1 / 8) + 0.5)).replace(
                minute=random.choice((0, 15, 30)), second=0
            ),
            guests=self._guests(person, habit),
            organizer=person.email,
            name=person.name,
            minutes=random.choice((30, 45, 60, 60, 120)),
            rule="FREQ=WEEKLY;COUNT=10" if random.random() < 0.08 else "",
            uid=uid(),
        )
        if person.habit == "booking" and random.random() < 0.85:
            self._booked(person, event)
            return
        self._send(person, event)

    def _subject(self, person: Person, habit: Habit) -> str:
        chance = person.random.random()
        if person.domain and habit.text == "office" and chance < 0.04:
            return "agenda"  # what everybody in the house pastes
        return "viral" if habit.text == "private" and chance < 0.05 else habit.text

    def _guests(self, person: Person, habit: Habit) -> list[str]:
        random = person.random
        wanted = random.randint(*habit.guests)
        chosen: dict[str, None] = {}
        for _ in range(wanted):
            if person.colleagues and habit.text == "office" and random.random() < 0.8:
                chosen[random.choice(person.colleagues)] = None
            elif person.contacts and random.random() >= habit.strangers:
                chosen[random.choice(person.contacts)] = None
            else:
                stranger = people.address(random, person.language)
                person.contacts.append(stranger)
                chosen[stranger] = None
        return list(chosen)

    def _booked(self, person: Person, event: Event) -> None:
        """Somebody reserves a time on the person's booking page, and is the guest."""
        random = person.random
        visitor = people.made("web", random, people.network(random), language=person.language)
        said = {"booking.answer": answer} if (answer := texts.answer(random)) else {}
        self._ask(acting.Sending(sender=person, event=event, channel="booking", visitor=visitor, extra_texts=said))

    def _wedding(self, person: Person) -> None:
        random = person.random
        summary, description, location = texts.innocent(random, "wedding", person.language)
        guests = [
            *person.contacts[:20],
            *(people.address(random, person.language, private=0.9) for _ in range(random.randint(40, 110))),
        ]
        start = self.world.now + timedelta(days=random.uniform(40, 120))
        event = Event(
            summary=summary, description=description, location=location, start=start, guests=guests,
            organizer=person.email, name=person.name, minutes=600, uid=uid(),
        )  # fmt: skip
        self._send(person, event)

    def _send(self, person: Person, event: Event, previous: Content | None = None) -> None:
        device = self._there(person, person.random.choice(person.devices))
        sending = acting.Sending(
            sender=person, event=event, device=device, channel=CHANNELS[device.kind], previous=previous
        )
        decision, content = self._ask(sending)
        if previous is not None or not decision.may_send:
            return
        chance = person.random.random()
        if chance < CHANGES:
            moved = replace(event, start=event.start + timedelta(hours=1), sequence=1)
            self._later(person.random, lambda: self._send(person, moved, content))
        elif chance < CHANGES + CANCELLED:
            off = replace(event, method="CANCEL", sequence=1)
            self._later(person.random, lambda: self._send(person, off, content))

    def _ask(self, sending: acting.Sending) -> tuple[Decision, Content]:
        """Send it; who is asked something answers, and who is made to wait waits."""
        self.attempts += 1
        self.references.add(sending.event.uid)
        self._answers[sending.sender.account] = 0
        decision, content = acting.send(self.world, sending)
        if decision.verdict is Verdict.CHALLENGE and decision.challenge is not None:
            self.solved += 1
            token = acting.solve(self.world, sending.sender, content)
            decision, content = acting.send(self.world, sending, token=token)
        return decision, content


def _verify(person: Person) -> None:
    person.verified = True


def _poisson(random: Random, rate: float) -> int:
    """How often something happens that happens `rate` times on average."""
    count, left = 0, random.expovariate(1.0)
    while left < rate:
        count, left = count + 1, left + random.expovariate(1.0)
    return count
