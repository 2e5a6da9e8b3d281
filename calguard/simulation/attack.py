"""What all attacks share: whom they mean to reach, how they take the guard's answers, and what became of them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from calguard import feedback
from calguard.engine.types import Verdict
from calguard.simulation import acting, browsing, people, texts
from calguard.simulation.event import Event, uid
from calguard.simulation.host import Register
from calguard.simulation.people import Device, Person
from calguard.simulation.world import World

JUNKED = 0.004  # share of victims on this system, or whose provider reports it, who say that it is junk
USELESS = timedelta(days=1)  # without a copy that arrives, though nothing is refused: another account is made beside it
DEAD = 0.06  # share of bought addresses that nobody has


@dataclass(kw_only=True, eq=False)
class Used:
    """An account in an attacker's hands."""

    person: Person
    device: Device
    refused: int = 0  # in a row
    given_up: bool = False
    useful_at: datetime | None = None  # when a victim last got something from it, or it began to write
    replaced: bool = False


@dataclass(kw_only=True, eq=False)
class Outcome:
    """What became of one attack."""

    kind: str
    content: str
    intended: int
    begun: datetime
    reached: set[str] = field(default_factory=set)
    attempts: int = 0
    solved: int = 0
    accounts: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    stopped_at: datetime | None = None  # the first attempt that was kept back
    stopped_after: int = 0  # recipients reached before it
    last_reached: datetime | None = None
    days: list[int] = field(default_factory=list)  # recipients reached by the end of each day


class Attack:
    """One attacker. Subclasses say which accounts they have, and when they write what to how many."""

    kind = ""
    contents: Sequence[str] = ("callback", "phishing", "crypto", "advert")
    patience = 5  # refusals in a row after which an account is left
    budget = 200  # challenges that are paid for
    rented = True  # networks of machines anybody can rent, else of homes

    def __init__(self, world: World, random: Random, content: str, number: int, victims: dict[str, Attack]) -> None:
        self.world, self.random, self.content, self.number = world, random, content, number
        self.phone = f"+1 8{random.choice('08')}8 55{random.randint(2, 9)} {random.randint(1000, 9999)}"
        host = "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=9))
        self.link = f"https://{host}.example/{random.choice(['a', 'go', 'see'])}"
        self.outcome = Outcome(
            kind=self.kind, content=content, intended=self.intended(), begun=world.start + self.begins()
        )
        self._targets: deque[str] = deque()
        self._used: dict[str, Used] = {}
        self._all = victims

    # -- what kinds differ in

    def intended(self) -> int:
        """Recipients it means to reach in the time there is."""
        raise NotImplementedError

    def begin(self) -> None:
        """Called when the attack begins."""
        raise NotImplementedError

    def settle(self, people_: Sequence[Person]) -> None:
        """What it did before the month began, or whose accounts it is going to use."""

    def begins(self) -> timedelta:
        return timedelta(days=1, hours=8)

    def text(self, used: Used) -> texts.Text:
        return texts.abusive(self.random, self.content, phone=self.phone, link=self.link)

    def refused(self, used: Used) -> None:
        """What it does about a refusal, beside trying again."""

    # -- what they share

    @property
    def days(self) -> int:
        """Days from the attack's beginning to the end."""
        return (self.world.end - self.world.start - self.begins()).days

    def plan(self) -> None:
        self.world.at(self.outcome.begun, self.begin)

    def make(self, *, device: Device | None = None, domain: str = "", at: datetime | None = None) -> Used:
        """Sign up for one more account, with a confirmed address."""
        at, random = at or self.world.now, self.random
        number = self.outcome.accounts
        self.outcome.accounts += 1
        own = people.address(random, private=1.0)
        device = device or people.made("web", random, people.network(random, rented=self.rented))
        person = Person(
            account=f"sim.{self.kind}:{self.number}-{number}",
            habit=self.kind,
            name=people.named(random, "en"),
            email=f"{own.partition('@')[0]}{self.number}{number}@{domain or own.partition('@')[2]}",
            created_at=at,
            random=random,
            devices=[device],
            innocent=False,
        )
        Register.add(person)
        request = browsing.signed_in(person, device)
        feedback.signed_up(person, request, at=at)
        feedback.logged_in(person, request, at=at)
        used = self._used[person.account] = Used(person=person, device=device)
        return used

    def write(self, used: Used, guests: int, again: Callable[[Used], None], wait: timedelta) -> None:
        """One invitation to the next victims, and `again` after a wait; or later, or never, as the guard answers."""
        if used.given_up or used.person.suspended or self._reached_all():
            return
        chosen = self._next(guests)
        verdict, retry = self.send(used, self.event(used.person, chosen, self.text(used)))
        if verdict in (Verdict.HOLD, Verdict.DENY, Verdict.CHALLENGE):
            self._targets.extendleft(chosen)
            used.refused += 1
            self.refused(used)
            if used.refused >= self.patience:
                used.given_up = True
                self.lost(used)
                return
        else:
            used.refused = 0
            self._if_useless(used)
        self.world.after(max(wait, timedelta(seconds=retry or 0)), lambda: again(used))

    def _if_useless(self, used: Used) -> None:
        used.useful_at = used.useful_at or self.world.now
        if self.world.now - used.useful_at > USELESS and not used.replaced:
            used.replaced = True
            self.lost(used)

    def lost(self, used: Used) -> None:
        """An account is of no use any more, or hardly any."""

    def send(
        self, used: Used, event: Event, *, channel: Any = "web", visitor: Device | None = None, extra: Any = None
    ) -> tuple[Verdict, int | None]:
        """Send it, and solve the challenge where one is asked and can be paid. The verdict, and when to try again."""
        sending = acting.Sending(
            sender=used.person,
            event=event,
            device=used.device,
            channel=channel,
            visitor=visitor,
            extra_texts=extra or {},
        )
        decision, content = acting.send(self.world, sending)
        self._note(decision.verdict)
        if decision.verdict is Verdict.CHALLENGE and self.outcome.solved < self.budget:
            self.outcome.solved += 1
            token = acting.solve(self.world, used.person, content)
            decision, _ = acting.send(self.world, sending, token=token)
            self._note(decision.verdict)
        return decision.verdict, decision.retry_after

    def event(self, person: Person, guests: Sequence[str], text: texts.Text) -> Event:
        summary, description, location = text
        start = self.world.now + timedelta(days=self.random.uniform(0.2, 6))
        return Event(
            summary=summary, description=description, location=location, start=start.replace(second=0), guests=guests,
            organizer=person.email, name=person.name, uid=uid(),
        )  # fmt: skip

    def arrived(self, address: str, sender: str) -> None:
        """One of the victims has got it."""
        outcome = self.outcome
        outcome.reached.add(address)
        outcome.last_reached = self.world.now
        if sender in self._used:
            self._used[sender].useful_at = self.world.now
        chance = self.random.random()
        wait = timedelta(minutes=self.random.uniform(1, 600))
        if chance < DEAD:
            self.world.after(
                timedelta(minutes=1),
                lambda: feedback.bounced(sender, address, at=self.world.now),
            )
        elif chance < DEAD + JUNKED:
            self.world.after(wait, lambda: feedback.junk(sender, address, at=self.world.now))

    def _note(self, verdict: Verdict) -> None:
        outcome = self.outcome
        outcome.attempts += 1
        outcome.verdicts[verdict.name] += 1
        if verdict >= Verdict.CHALLENGE and outcome.stopped_at is None:
            outcome.stopped_at, outcome.stopped_after = self.world.now, len(outcome.reached)

    def _reached_all(self) -> bool:
        return len(self.outcome.reached) >= self.outcome.intended

    def _next(self, guests: int) -> list[str]:
        while len(self._targets) < guests:
            address = people.address(self.random, self.random.choice(("en", "de", "fr", "es")), private=0.6)
            if address not in self._all and address not in Register.by_address:
                self._all[address] = self
                self._targets.append(address)
        return [self._targets.popleft() for _ in range(guests)]
