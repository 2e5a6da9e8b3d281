"""The attackers: seven ways to get many strangers invited, each as clever as its kind is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from calguard import feedback
from calguard.engine.types import Verdict
from calguard.simulation import acting, browsing, people, texts
from calguard.simulation.attack import Attack, Used
from calguard.simulation.people import LIBRARY, Device, Person

DISPOSABLE = "mailinator.com"
TAKEN = 2_000  # recipients for each account that is taken over: two thirds of what it may send in a day
BOOKED = 250  # for each booking page


class Burst(Attack):
    """A program that signs up, posts twenty guests every few seconds, and makes a new account when one is blocked."""

    kind = "burst"
    budget = 30
    accounts = 4

    def intended(self) -> int:
        return 5_000

    def begin(self) -> None:
        device = Device(kind="web", agent=LIBRARY, network=people.network(self.random, rented=True), scripted=True)
        self._again(self.make(device=device, domain=DISPOSABLE if self.number % 2 else ""))

    def _again(self, used: Used) -> None:
        self.write(used, 20, self._again, timedelta(seconds=self.random.uniform(2, 5)))

    def lost(self, used: Used) -> None:
        if self.outcome.accounts < self.accounts:
            self.world.after(timedelta(hours=1), self.begin)


class Patient(Attack):
    """One person's work: an account with a real browser, eight invitations a day to five strangers, for weeks."""

    kind = "patient"
    patience = 6
    rented = False
    accounts = 3

    def intended(self) -> int:
        return 40 * self.days

    def begin(self) -> None:
        used = self.make()
        self.world.after(timedelta(hours=1), lambda: self._again(used))

    def _again(self, used: Used) -> None:
        self.write(used, 5, self._again, timedelta(hours=self.random.uniform(1.5, 4.5)))

    def lost(self, used: Used) -> None:
        if self.outcome.accounts < self.accounts:
            self.world.after(timedelta(days=1), self.begin)


class Splitter(Attack):
    """Forty accounts from forty networks, three salted invitations a day each, one telephone or one site."""

    kind = "splitter"
    contents = ("callback", "phishing", "advert")
    patience = 4
    rented = False
    accounts = 40

    def intended(self) -> int:
        return self.accounts * 3 * 3 * self.days

    def begin(self) -> None:
        for _ in range(self.accounts):
            self.world.after(timedelta(hours=self.random.uniform(0, 20)), self._join)

    def _join(self) -> None:
        used = self.make()
        self.world.after(timedelta(hours=self.random.uniform(0.5, 6)), lambda: self._again(used))

    def _again(self, used: Used) -> None:
        self.write(used, 3, self._again, timedelta(hours=self.random.uniform(5, 11)))


class Editor(Attack):
    """Tries a lure on an address of its own, edits it until it passes, then sends that, and makes a new account when
    one is worn out."""

    kind = "editor"
    contents = ("edited",)
    patience = 8
    rented = False
    accounts = 5

    def __init__(self, *given: object) -> None:
        super().__init__(*given)  # type: ignore[arg-type]
        self._step = 0

    def intended(self) -> int:
        return 1_000

    def begin(self) -> None:
        self._try(self.make())

    def text(self, used: Used) -> texts.Text:
        return texts.abusive(self.random, "edited", phone=self.phone, link=self.link, step=self._step)

    def refused(self, used: Used) -> None:
        self._step = min(self._step + 1, texts.steps("edited") - 1)

    def _try(self, used: Used) -> None:
        """The test: to nobody but another address of its own."""
        if used.given_up or used.person.suspended:
            return
        own = f"{used.person.email.partition('@')[0]}.test@outlook.com"
        verdict, retry = self.send(used, self.event(used.person, [own], self.text(used)))
        if verdict <= Verdict.OBSERVE:
            self.world.after(timedelta(minutes=20), lambda: self._again(used))
            return
        used.refused += 1
        self.refused(used)
        if used.refused >= self.patience:
            self.lost(used)
            return
        self.world.after(max(timedelta(minutes=6), timedelta(seconds=retry or 0)), lambda: self._try(used))

    def _again(self, used: Used) -> None:
        self.write(used, 10, self._again, timedelta(minutes=self.random.uniform(15, 60)))

    def lost(self, used: Used) -> None:
        if self.outcome.accounts < self.accounts:
            self.world.after(timedelta(hours=6), self.begin)


class Farmer(Attack):
    """Twenty-five accounts grown for weeks, which accept each other's invitations, then all write to strangers."""

    kind = "farmer"
    contents = ("phishing", "advert")
    patience = 4
    accounts = 25

    def begins(self) -> timedelta:
        return timedelta(days=4, hours=9)

    def intended(self) -> int:
        return self.accounts * min(1_000, 150 * self.days)

    def settle(self, people_: Sequence[Person]) -> None:
        start = self.world.start
        nets = [people.network(self.random) for _ in range(4)]
        self._farm = []
        for _ in range(self.accounts):
            device = people.made("web", self.random, self.random.choice(nets))
            made = start - timedelta(days=self.random.uniform(38, 44))
            self._farm.append(self.make(device=device, at=made))
        for used in self._farm:
            for friend in self.random.sample(self._farm, 8):
                when = start - timedelta(days=self.random.uniform(5, 35))
                feedback.answered(used.person.account, friend.person.email, accepted=True, at=when)

    def begin(self) -> None:
        for used in self._farm:
            self.world.after(
                timedelta(hours=self.random.uniform(0, 8)),
                lambda used=used: self._again(used),  # type: ignore[misc]
            )

    def _again(self, used: Used) -> None:
        friends = [friend.person.email for friend in self.random.sample(self._farm, 3) if friend is not used]
        mixed = [friend for friend in friends if self.random.random() < 0.5]
        if mixed and self.random.random() < 0.3:  # among each other, so that most guests are related
            self.send(used, self.event(used.person, mixed, texts.innocent(self.random, "private")))
        self.write(used, 20, self._again, timedelta(hours=self.random.uniform(1, 4)))


class Hijacker(Attack):
    """Somebody else's accounts, of years and in good standing: another device and network, a new password, and then
    thirty strangers an invitation."""

    kind = "hijacker"
    contents = ("phishing", "advert")
    patience = 3
    accounts = 6

    def begins(self) -> timedelta:
        return timedelta(days=3, hours=2)

    def intended(self) -> int:
        return self.accounts * TAKEN

    def settle(self, people_: Sequence[Person]) -> None:
        old = [
            p
            for p in people_
            if p.habit == "private" and p.innocent and p.created_at < self.world.start - timedelta(90)
        ]
        self._taken = self.random.sample(old, min(self.accounts, len(old)))
        for person in self._taken:
            person.innocent = False  # what happens to it is not counted as friction, as it is meant to happen
        self.outcome.accounts = len(self._taken)
        self.outcome.intended = len(self._taken) * TAKEN

    def begin(self) -> None:
        for person in self._taken:
            self.world.after(
                timedelta(hours=self.random.uniform(0, 30)),
                lambda person=person: self._take(person),  # type: ignore[misc]
            )

    def _take(self, person: Person) -> None:
        device = people.made("web", self.random, people.network(self.random, rented=True))
        request = browsing.signed_in(person, device)
        feedback.logged_in(person, request, at=self.world.now)
        person.credential_changed_at = self.world.now
        feedback.credential_changed(person, at=self.world.now)
        used = Used(person=person, device=device)
        self.world.after(timedelta(minutes=15), lambda: self._again(used))

    def _again(self, used: Used) -> None:
        self.write(used, 30, self._again, timedelta(minutes=self.random.uniform(4, 30)))


class Bomber(Attack):
    """Writes through other people's booking pages: the guest is the victim, the words stand in the visitor's answer."""

    kind = "bomber"
    contents = ("callback", "phishing", "advert")
    patience = 6
    accounts = 6  # pages

    def begins(self) -> timedelta:
        return timedelta(days=2, hours=10)

    def intended(self) -> int:
        return self.accounts * BOOKED

    def settle(self, people_: Sequence[Person]) -> None:
        pages = [p for p in people_ if p.habit == "booking"]
        self._pages = [Used(person=page, device=page.devices[0]) for page in pages[: self.accounts]]
        self.outcome.accounts = len(self._pages)
        self.outcome.intended = len(self._pages) * BOOKED

    def begin(self) -> None:
        for page in self._pages:
            self._again(page)

    def _again(self, used: Used) -> None:
        if used.given_up or self._reached_all():
            return
        [guest] = self._next(1)
        visitor = people.made("web", self.random, people.network(self.random, rented=True))
        visitor.seconds = (5.0, 40.0)
        said = "\n".join(filter(None, texts.abusive(self.random, self.content, phone=self.phone, link=self.link)))
        event = self.event(used.person, [guest], texts.innocent(self.random, "booking"))
        verdict, retry = self.send(used, event, channel="booking", visitor=visitor, extra={"booking.answer": said})
        if verdict > Verdict.THROTTLE or verdict is Verdict.CHALLENGE:
            used.refused += 1
            used.given_up = used.refused >= self.patience
        else:
            used.refused = 0
        wait = timedelta(seconds=max(self.random.uniform(60, 900), retry or 0))
        self.world.after(wait, lambda: self._again(used))


KINDS: dict[str, type[Attack]] = {
    kind.kind: kind for kind in (Burst, Patient, Splitter, Editor, Farmer, Hijacker, Bomber)
}


def attacks(world: acting.World, seed: str, kinds: Sequence[str], victims: dict[str, Attack]) -> list[Attack]:
    """One attack for each content of each kind."""
    return [
        KINDS[kind](world, Random(f"{seed}/{kind}/{content}"), content, number, victims)
        for kind in kinds
        for number, content in enumerate(KINDS[kind].contents)
    ]
