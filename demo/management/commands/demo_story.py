"""Plays five scenes against the running demo over HTTP, and tells what the guard did to each."""

from __future__ import annotations

import re
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.error import URLError

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from demo.people import PASSWORD
from demo.visitor import SCRIPT, Visitor, confirm_address

SETTLED = frozenset({"sent", "delivered", "failed", "uncertain", "review", "challenge", "refused", "delayed", "paused"})
PATIENCE = 90.0  # seconds until every guest of a scene has a state that lasts

Progress = Callable[[str], None]


@dataclass(kw_only=True)
class Told:
    """What one sender was told, and where their guests' invitations stand."""

    who: str
    headline: str
    reference: str = ""
    states: dict[str, int] = field(default_factory=dict)


class Command(BaseCommand):
    help = (
        "Play a wedding, a webinar, a sign-up farm, a call-back lure and a hijacked account against the running demo."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default=settings.CALGUARD["BASE_URL"], help="where the demo runs")
        parser.add_argument("--only", choices=sorted(SCENES), action="append", help="play only this scene; repeatable")
        parser.add_argument("--json", action="store_true", help="print what happened as JSON, for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        base = options["url"]
        try:
            Visitor(base).get("/health")
        except (URLError, OSError) as error:
            raise CommandError(
                f"No demo answers at {base} ({error}). Start it with make demo; on another port: make story PORT=8001"
            ) from error
        outcome: dict[str, list[Told]] = {}
        for number, (name, scene) in enumerate(SCENES.items(), 1):
            if options["only"] and name not in options["only"]:
                continue
            progress = self._progress(f"{number}/{len(SCENES)} {scene.title}", quiet=options["json"])
            outcome[name] = scene.play(base, progress)
            progress("")
            if not options["json"]:
                self._tell(scene.title, outcome[name])
        if options["json"]:
            import json

            self.stdout.write(json.dumps({name: [vars(told) for told in scene] for name, scene in outcome.items()}))
            return
        self.stdout.write(f"\nThe cases wait at {base}/admin/ (sign in as rita@almanac.example, {PASSWORD}).")

    def _progress(self, title: str, *, quiet: bool) -> Progress:
        live = sys.stderr.isatty()

        def show(doing: str) -> None:
            if quiet:
                return
            if live:
                self.stderr.write(f"\r\033[K{title}: {doing}" if doing else "\r\033[K", ending="")
            elif doing:
                self.stderr.write(f"{title}: {doing}")

        return show

    def _tell(self, title: str, told: list[Told]) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING(title))
        for one in told:
            guests = ", ".join(f"{count} {state or 'not invited'}" for state, count in sorted(one.states.items()))
            reference = f" [{one.reference}]" if one.reference else ""
            self.stdout.write(
                f"  {one.who}: {one.headline}{reference}" + (f"\n      guests: {guests}" if guests else "")
            )


@dataclass(frozen=True, kw_only=True)
class Scene:
    title: str
    play: Callable[[str, Progress], list[Told]]


def wedding(base: str, progress: Progress) -> list[Told]:
    """An ordinary person invites 140 people to a wedding."""
    ben = _signed_in(base, "ben.carter@gmail.com", progress, address="198.51.100.20")
    guests = [f"{name}{n}@{mail}" for n in range(35) for name, mail in _families()]
    return [
        _invite(
            ben,
            "Ben Carter",
            progress,
            guests,
            title="Amelia & Ben: our wedding",
            place="Old Mill, Hartley",
            notes="We would love to celebrate with you. Dress code: colourful. Please tell us by May what you eat.",
        )
    ]


def webinar(base: str, progress: Progress) -> list[Told]:
    """A ten-day-old trial account invites forty people to a webinar with a conference link."""
    cleo = _signed_in(base, "cleo@brightpath-webinars.example", progress, address="198.51.100.31")
    guests = [f"attendee{n}@company{n % 23}.example" for n in range(40)]
    return [
        _invite(
            cleo,
            "Cleo Marin",
            progress,
            guests,
            title="Webinar: reading a balance sheet in an hour",
            link="https://us02web.zoom.us/j/81234567890",
            notes="Slides come afterwards. Questions are welcome.",
        )
    ]


def farm(base: str, progress: Progress) -> list[Told]:
    """A script opens five accounts from one network and advertises from each."""
    told = []
    for number in range(5):
        progress(f"account {number + 1} of 5")
        bot = Visitor(base, agent=SCRIPT, address="203.0.113.66", hurried=True)
        email = f"promo.{secrets.token_hex(4)}@mail{number}.example"
        password = secrets.token_urlsafe(12)
        bot.submit(
            "/signup/", email=email, first_name="Mega", last_name="Promo", password1=password, password2=password
        )
        confirm_address(bot, email)
        guests = [f"user{n}@host{n}.example" for n in range(15)]
        told.append(
            _invite(
                bot,
                email,
                progress,
                guests,
                title="You have been selected: claim your prize now",
                notes="Congratulations, you won a voucher. Confirm within 24 hours: https://bit.ly/3xYzAbC",
            )
        )
    return told


def lure(base: str, progress: Progress) -> list[Told]:
    """A new account sends one guest a title that is the whole fraud."""
    dana = _signed_in(base, "dana@freshmail.example", progress, address="203.0.113.9")
    title = "Billing confirmation: PayPal charged 499.99 USD. Not you? Call +1 (805) 302-8040 to cancel"
    return [_invite(dana, "Dana Quist", progress, ["someone@victims.example"], title=title)]


def hijacked(base: str, progress: Progress) -> list[Told]:
    """Somebody else signs in as Ada, changes her password, and sends a lure to strangers."""
    ada, title = "ada@northwind-clinic.example", "Security alert: your account will be closed"
    thief = _signed_in(base, ada, progress, address="192.0.2.77")
    progress("changing the password")
    taken = PASSWORD + "-taken"
    _change_password(thief, PASSWORD, taken)
    progress("writing the event")
    thief.submit(
        "/events/new/",
        guests="\n".join(f"patient{n}@town{n}.example" for n in range(25)),
        **_times(),
        title=title,
        notes="Norton charged your card 398.66 USD. Call 1-839-268-8812 immediately to cancel the renewal.",
    )
    _until_signed_out(thief, progress)
    owner = _signed_in(base, ada, progress, address="198.51.100.20", password=taken)
    page = owner.get("/account/")
    row = re.search(rf'href="(/events/[^"]+/)">{title}</a></td><td>([^<]*)<.*?<code>([^<]+)</code>', page, re.DOTALL)
    told = Told(who="Ada Okafor (hijacked)", headline="not found on the account page", reference="")
    if row:
        owner.get(row[1])
        _wait(owner, progress)
        told = Told(who=told.who, headline=unescape(row[2]), reference=row[3], states=owner.states())
    progress("giving Ada her password back")
    _change_password(owner, taken, PASSWORD)
    return [told]


SCENES = {
    "wedding": Scene(title="A wedding with 140 guests", play=wedding),
    "webinar": Scene(title="A webinar by a trial account", play=webinar),
    "farm": Scene(title="A sign-up farm", play=farm),
    "lure": Scene(title="A call-back lure", play=lure),
    "hijacked": Scene(title="A hijacked account", play=hijacked),
}


def _families() -> list[tuple[str, str]]:
    return [("aunt.", "gmail.com"), ("cousin", "outlook.com"), ("friend.", "web.de"), ("neighbour", "icloud.com")]


def _until_signed_out(visitor: Visitor, progress: Progress) -> None:
    """The guard ends every session of an account that may be in other hands."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and "/login/" not in visitor.url:
        progress("waiting until the session is ended")
        time.sleep(1)
        visitor.get("/account/")


def _signed_in(base: str, email: str, progress: Progress, *, address: str, password: str = PASSWORD) -> Visitor:
    progress(f"{email} signs in")
    visitor = Visitor(base, address=address)
    visitor.get("/login/")
    visitor.answer(username=email, password=password)  # by a password manager, at once
    if "/login/" in visitor.url:
        raise CommandError(f"{email} could not sign in; is its account suspended? Start over: make demo RESET=1")
    return visitor


def _change_password(visitor: Visitor, old: str, new: str) -> None:
    visitor.get("/password/")
    visitor.answer(old_password=old, new_password1=new, new_password2=new)


def _invite(visitor: Visitor, who: str, progress: Progress, guests: list[str], **fields: str) -> Told:
    """Write an event, send it, solve what is asked, and wait until every guest's state lasts."""
    progress("writing the event")
    visitor.submit("/events/new/", guests="\n".join(guests), **_times(), **fields)
    headline, reference = visitor.told()
    if visitor.solve(progress):
        again, second = visitor.told()
        headline, reference = f"{headline}; solved; {again or 'accepted'}", second or reference
    if "/events/" not in visitor.url or visitor.url.endswith("/new/"):
        return Told(who=who, headline=headline or f"not saved (HTTP {visitor.status})", reference=reference)
    _wait(visitor, progress)
    return Told(who=who, headline=headline or "accepted", reference=reference, states=visitor.states())


def _times() -> dict[str, str]:
    start = (datetime.now() + timedelta(days=20)).replace(hour=15, minute=0, second=0, microsecond=0)
    return {"start": f"{start:%Y-%m-%dT%H:%M}", "end": f"{start + timedelta(hours=2):%Y-%m-%dT%H:%M}"}


def _wait(visitor: Visitor, progress: Progress) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        visitor.get(visitor.url)
        states = visitor.states()
        done = sum(count for state, count in states.items() if state in SETTLED)
        progress(f"{done} of {sum(states.values())} invitations have an answer")
        if done == sum(states.values()):
            return
        time.sleep(1)
