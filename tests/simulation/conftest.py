"""A small calendar with people in it, whose clock stands at the tests' moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from calguard import dispatch, feedback, guard
from calguard.simulation import browsing, people
from calguard.simulation.event import Event, calendar, uid
from calguard.simulation.host import Register
from calguard.simulation.people import Device, Person
from calguard.simulation.world import World
from tests.support.work import drain

HOME = "81.20.30.40"


@dataclass(kw_only=True)
class Calendar:
    """The calendar under guard: who has an account, what they send, and what arrives."""

    random: Random = field(default_factory=lambda: Random(7))
    inside: list[str] = field(default_factory=list)  # addresses of accounts here that got a copy

    def join(
        self, name: str, *, days: float = 400, domain: str = "", device: Device | None = None, **more: Any
    ) -> Person:
        """Somebody who signed up so many days ago and has used this device and network since."""
        now = timezone.now()
        device = device or people.made("web", self.random, HOME)
        person = Person(
            account=f"sim.person:{name}",
            habit="story",
            name=name.title(),
            email=f"{name}@{domain or 'gmail.com'}",
            created_at=now - timedelta(days=days),
            random=self.random,
            devices=[device],
            tenant=domain,
            domain=domain,
            **more,
        )
        Register.add(person)
        feedback.signed_up(person, browsing.signed_in(person, device), at=person.created_at)
        feedback.logged_in(person, browsing.signed_in(person, device), at=person.created_at + timedelta(minutes=5))
        return person

    def knows(self, person: Person, guests: Sequence[str], *, days: float = 40) -> None:
        """These guests accepted an invitation of the person so long ago."""
        for guest in guests:
            feedback.answered(person.account, guest, accepted=True, at=timezone.now() - timedelta(days=days))

    def invite(
        self,
        person: Person,
        guests: Sequence[str],
        text: Sequence[str],
        *,
        device: Device | None = None,
        whole: bool = True,
        visitor: Device | None = None,
        answer: str = "",
    ) -> guard.Decision:
        """One invitation through the front door, with what workers do for it: all, or the first batch. A visitor of the
        person's booking page sends it in their stead."""
        device = device or person.devices[0]
        now = timezone.now()
        event = Event(
            summary=text[0],
            description=text[1] if len(text) > 1 else "",
            location=text[2] if len(text) > 2 else "",
            start=(now + timedelta(days=9)).replace(minute=0, second=0, microsecond=0),
            guests=guests,
            organizer=person.email,
            name=person.name,
            uid=uid(),
        )
        hand, device = (None, visitor) if visitor else (person, device)
        request = browsing.posted(hand, device, self.random, at=now)
        with guard.sending(
            person,
            calendar(event, at=now),
            channel="booking" if visitor else device.kind,
            actor="visitor" if visitor else None,
            extra_texts={"booking.answer": answer} if answer else {},
            request=request,
            reference=event.uid,
        ) as decision:
            pass
        browsing.answered(request, device)
        if whole:
            drain()
        elif decision.submission:  # one batch: the room for all guests is taken with it, or nothing leaves
            dispatch.send(decision.submission, at=now)
        return decision

    def entry(self, person: Person, title: str, *, year: int, month: int) -> bytes:
        """An old entry of one's own, with nobody else in it."""
        start = timezone.now().replace(year=year, month=month, day=12)
        event = Event(
            summary=title,
            description="",
            location="",
            start=start,
            guests=(),
            organizer="",
            uid=uid(),
            method="",
        )
        return calendar(event, at=start)

    def mailed(self) -> list[str]:
        """Who got an invitation by mail."""
        return [address for message in mail.outbox for address in message.to]


@pytest.fixture
def almanac(db: None, settings: Settings, clock: Any) -> Calendar:
    """The simulated calendar under this suite's settings; `clock` says what time it is."""
    settings.CALGUARD = {**settings.CALGUARD, "HOST": "calguard.simulation.host.SimulatedHost"}
    found = Calendar()
    world = World(timezone.now(), timezone.now() + timedelta(days=400))
    world.arrived = lambda address, sender: found.inside.append(address)
    Register.open(world)
    return found


@pytest.fixture
def wait(clock: Any) -> Callable[..., None]:
    """Let time pass."""

    def pass_(**span: float) -> None:
        clock.shift(timedelta(**span))

    return pass_
