"""The clock of a simulation: what happens when, and the workers that carry out what the guard orders."""

from __future__ import annotations

import heapq
import logging
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count

from celery import Celery

from calguard import dispatch, enforcement, notices, sweeping, wake
from calguard.campaigns import growth, orders

log = logging.getLogger("calguard.simulation")

SWEEP = timedelta(minutes=30)  # between two rounds of the clockwork; a real one makes one every 30 seconds
PURGE = timedelta(days=1)
Act = Callable[[], None]


class World:
    """One run. Time passes only from one planned act to the next, and what workers do takes none."""

    def __init__(self, start: datetime, end: datetime) -> None:
        self.start, self.now, self.end = start, start, end
        self.sending = ""  # the account whose submission leaves at this moment
        self.notices = 0
        self.errors = 0
        self.arrived: Callable[[str, str], None] = lambda address, method: None
        self._order = count()
        self._agenda: list[tuple[datetime, int, Act]] = []
        self._work: deque[tuple[str, str]] = deque()

    def at(self, moment: datetime, act: Act) -> None:
        """Plan an act; what is past is done next, what is after the end never."""
        if moment <= self.end:
            heapq.heappush(self._agenda, (max(moment, self.now), next(self._order), act))

    def after(self, wait: timedelta, act: Act) -> None:
        self.at(self.now + wait, act)

    def run(self, step: Callable[[float], None] = lambda done: None) -> None:
        """Play everything that is planned, with the clockwork in between, up to the end."""
        self.at(self.start, self._sweep)
        self.at(self.start + PURGE, self._purge)
        span = (self.end - self.start).total_seconds()
        while self._agenda:
            self.now, _, act = heapq.heappop(self._agenda)
            act()
            self.work()
            step((self.now - self.start).total_seconds() / span)

    def work(self) -> None:
        """Have the workers do what is waiting for them, at this very moment."""
        while self._work:
            task, argument = self._work.popleft()
            try:
                self._do(task, argument)
            except Exception:
                log.exception("%s(%s) failed at %s", task, argument, self.now)
                self.errors += 1

    def delivered(self, address: str, method: str) -> None:
        """A copy of the submission at hand has arrived."""
        if method == "REQUEST":
            self.arrived(address, self.sending)

    def _do(self, task: str, argument: str) -> None:
        if task == wake.DISPATCH:
            from outbound.models import Submission

            found = Submission.objects.filter(pk=argument).values_list("account", flat=True).first()
            self.sending = found or ""
            dispatch.send(argument, at=self.now)
        elif task == wake.ENFORCE:
            enforcement.run_owner(argument, at=self.now)
        elif task == wake.NOTIFY:
            notices.send(int(argument), at=self.now)
        elif task == wake.CAMPAIGNS:
            growth.join(argument, at=self.now)
        elif task == wake.CAMPAIGN_ORDER:
            orders.run(argument, at=self.now)

    def _sweep(self) -> None:
        self.errors += sweeping.sweep(at=self.now)["failed"]
        self.after(SWEEP, self._sweep)

    def _purge(self) -> None:
        sweeping.purge(at=self.now)
        self.after(PURGE, self._purge)

    def employ(self) -> None:
        """A Celery app in which a task is a line in our own list: so workers live by the clock of this world."""
        app = Celery("calguard-simulation", set_as_current=True)
        app.conf.task_always_eager = True
        for name in wake.TASKS:
            app.task(name=name)(self._taken(name))

    def _taken(self, name: str) -> Callable[[str], None]:
        def take(argument: str) -> None:
            self._work.append((name, argument))

        return take
