"""Somebody with an account, and the devices they use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Literal

from calguard.learning.slots import pools

Kind = Literal["web", "caldav", "api"]
Hands = Literal["typing", "pasting", "touch", "keyboard", "spoken", "none"]

MOZILLA = "Mozilla/5.0"
APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
CHROMIUM = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0"
DESKTOPS = (
    f"{MOZILLA} (Windows NT 10.0; Win64; x64) {CHROMIUM} Safari/537.36",
    f"{MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) {APPLE} Version/18.3 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    f"{MOZILLA} (Windows NT 10.0; Win64; x64) {CHROMIUM} Safari/537.36 Edg/{{v}}.0.0.0",
)
PHONES = (
    f"{MOZILLA} (iPhone; CPU iPhone OS 18_3 like Mac OS X) {APPLE} Version/18.3 Mobile/15E148 Safari/604.1",
    f"{MOZILLA} (Linux; Android 10; K) {CHROMIUM} Mobile Safari/537.36",
)
CALENDARS = (
    "iOS/18.3 (22D63) dataaccessd/1.0",
    "macOS/15.3 (24D60) dataaccessd/1.0",
    "DAVx5/4.4.5-ose (dav4jvm; okhttp/4.12.0) Android/14",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0",
    "Evolution/3.54.1",
)
LIBRARY = "python-requests/2.32.3"
FREEMAIL = ("gmail.com", "outlook.com", "web.de", "gmx.net", "yahoo.com", "icloud.com", "orange.fr", "proton.me")


@dataclass(kw_only=True, eq=False)
class Device:
    """A program of somebody's, with its cookie and the network it is in."""

    kind: Kind
    agent: str
    network: str  # IP address
    language: str = "en"
    cookies: dict[str, str] = field(default_factory=dict)
    seconds: tuple[float, float] = (20.0, 240.0)  # that its owner takes for a form
    hands: Hands = "typing"  # how its owner fills in forms: "keyboard" and "spoken" with a screen reader or by voice
    scripted: bool = False  # posts without ever having seen a form


@dataclass(kw_only=True, eq=False)
class Person:
    """One account and whoever uses it."""

    account: str
    habit: str
    name: str
    email: str
    created_at: datetime
    random: Random
    devices: list[Device]
    language: str = "en"
    tenant: str = ""
    domain: str = ""  # proved by the tenant
    verified: bool = True
    paid: bool = False
    api_key: str = ""
    credential_changed_at: datetime | None = None
    contacts: list[str] = field(default_factory=list)  # addresses that accepted before
    colleagues: list[str] = field(default_factory=list)
    suspended: bool = False
    innocent: bool = True
    is_authenticated: bool = True

    @property
    def pk(self) -> str:
        return self.account.rpartition(":")[2]


def made(kind: Kind, random: Random, network: str, *, language: str = "en", phone: bool = False) -> Device:
    """A device as people have them."""
    agents = {"caldav": CALENDARS, "api": ("Clinicflow/3.2 (+https://clinicflow.example)",)}.get(kind)
    agent = random.choice(agents or (PHONES if phone else DESKTOPS)).format(v=random.randint(131, 134))
    hands: Hands = (
        "touch" if phone else random.choices(("typing", "pasting", "keyboard", "spoken", "none"), (70, 18, 4, 3, 5))[0]
    )
    return Device(kind=kind, agent=agent, network=network, language=language, hands=hands)


def address(random: Random, language: str = "en", *, private: float = 0.7) -> str:
    """An address of somebody who has no account here; nobody gets mail there."""
    first, last, company = (str(random.choice(pools()[language][pool])) for pool in ("first", "last", "company"))
    where = (
        random.choice(FREEMAIL) if random.random() < private else f"{_plain(company)}{random.randint(1, 99)}.example"
    )
    number = random.choice(["", str(random.randint(1, 999))])
    return f"{_plain(first)}{random.choice(['.', '', '_'])}{_plain(last)}{number}@{where}"


def named(random: Random, language: str) -> str:
    own = pools()[language]
    return f"{random.choice(own['first'])} {random.choice(own['last'])}"


def network(random: Random, *, rented: bool = False) -> str:
    """An IP address: of a home, an office or a telephone, or of a machine that anybody can rent."""
    first = random.choice((45, 46)) if rented else random.randint(77, 95)
    return f"{first}.{random.randint(0, 255)}.{random.randint(0, 255)}.{random.randint(2, 250)}"


def _plain(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isascii() and letter.isalnum()) or "info"
