"""An account of long standing, its owner and a thief: who has which device, which mailbox, and which session."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts_risk import ledger as people
from calguard import client, feedback, keyed
from calguard.conf import conf
from calguard.decision import Decision
from calguard.host import Channel
from calguard.incidents.models import Incident
from tests.guard.events import LURE, invitation
from tests.guard.test_check import send
from tests.incidents.host import Reachable
from tests.support.work import drain

HOME, ABROAD = "192.0.2.9", "198.51.100.7"
OWN, RECOVERY = "ada@clinic.example", "ada@home.example"
PASSWORD = "long enough to be one"
DAY = timedelta(days=1)


def request(ip: str, device: str, user: Any = None) -> Any:
    made = RequestFactory().post("/", REMOTE_ADDR=ip, headers={"user-agent": "Mozilla/5.0", "accept-language": "de"})
    made.user = user
    made.COOKIES[client.COOKIE] = keyed.sign("device", {"n": device})
    return made


@dataclass
class Theft:
    """Ada's account, and what she and whoever has her password do with it."""

    user: Any
    serial: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def account(self) -> str:
        return conf.host.account(self.user)

    @property
    def incident(self) -> Incident:
        return Incident.objects.latest("pk")

    def reached_by(self, *channels: Channel) -> None:
        Reachable.known[self.account] = channels

    def owner_sends(self, summary: str = "Besprechung", **options: Any) -> Decision:
        return self._send(summary, request(HOME, "laptop", self.user), **options)

    def thief_signs_in(self) -> None:
        """From elsewhere, and changes the password at once."""
        feedback.logged_in(self.user, request(ABROAD, "burner", self.user))
        feedback.credential_changed(self.user)

    def thief_sends(self, summary: str = LURE, **options: Any) -> Decision:
        return self._send(summary, request(ABROAD, "burner", self.user), **options)

    def _send(self, summary: str, made: Any, **options: Any) -> Decision:
        number = next(self.serial)
        guests = [f"guest{n}@firm{n}.example" for n in range(3)]
        given = {"guests": guests, "start": timezone.now() + 30 * DAY, **options}
        return send(
            self.user,
            invitation(uid=f"{number}@x", summary=summary, **given),
            request=made,
            reference=f"event-{number}",
        )


def alerts(to: str = "") -> list[Any]:
    """Mails that ask an owner, to anybody or to one address."""
    return [one for one in mail.outbox if "Was this you" in one.subject and (not to or one.to == [to])]


def path(one: Any, purpose: str) -> str:
    """The link of a mail, as its reader follows it."""
    found = re.search(rf"https://calendar\.example(/calguard/{purpose}/\S+)", one.body)
    assert found, one.body
    return found[1]


def signed_in(user: Any, *, device: str = "") -> Client:
    """Somebody with a session of that account."""
    browser = Client()
    browser.force_login(user)
    if device:
        browser.cookies[client.COOKIE] = keyed.sign("device", {"n": device})
    return browser


@pytest.fixture
def work() -> Callable[[], None]:
    return drain


@pytest.fixture
def theft(transactional_db: None, settings: Any, clock: time_machine.Traveller) -> Iterator[Theft]:
    """Ada writes from one laptop at home; her recovery address is three years old."""
    settings.CALGUARD = {**settings.CALGUARD, "HOST": "tests.incidents.host.Reachable"}
    user = get_user_model().objects.create_user(username=OWN, email=OWN, password=PASSWORD, first_name="Ada")
    user.date_joined = timezone.now() - 900 * DAY
    user.save()
    it = Theft(user=user)
    people.note_seen(it.account, tenant="", created_at=user.date_joined, at=timezone.now() - 300 * DAY)
    for kind, value in (("device", "laptop"), ("prefix", "192.0.2.0/24")):
        people.sighted(it.account, kind, keyed.pseudonym(kind, value)[0], at=timezone.now() - 60 * DAY)
    it.reached_by(mailbox(OWN, 900), mailbox(RECOVERY, 900))
    yield it
    Reachable.known.clear()
    Reachable.tokens.clear()
    Reachable.down = False
    Reachable.zone = ""


def mailbox(address: str, days: float, *, changed: float | None = None) -> Channel:
    """A mail address verified so many days ago, and there since then or since `changed`."""
    at: datetime = timezone.now()
    return Channel(
        address=address,
        verified_at=at - timedelta(days=days),
        changed_at=at - timedelta(days=days if changed is None else changed),
    )


@pytest.fixture
def taken(theft: Theft, work: Callable[[], None], clock: Any) -> Theft:
    """Something of the owner's waits, the thief has sent a lure and more, and the owner has mail."""
    theft.owner_sends("Besprechung vor dem Diebstahl")
    clock.shift(timedelta(hours=1))
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    theft.thief_sends("Treffen mit Fremden")
    work()
    clock.shift(timedelta(minutes=5))
    return theft
