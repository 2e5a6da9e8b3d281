"""Somebody at a browser over HTTP, down to the single form of a page, and the mail that left meanwhile."""

from __future__ import annotations

import email
import email.policy
import re
import secrets
import time
from datetime import datetime, timedelta
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import HTTPCookieProcessor, Request

from icalendar import Calendar
from selectolax.lexbor import LexborHTMLParser, LexborNode

from demo.visitor import WRITING, Visitor
from tests.support.demo import LiveDemo
from tests.support.worker import until

PASSWORD = "almanac-demo"  # everybody's, as demo_run prints
SECRET = "four-Plain-words-9"  # of those who sign up
NETWORKS = count(1)  # each newcomer comes from a network of their own, unless a test wants otherwise
SETTLED = {"sent", "delivered", "failed", "uncertain", "review", "refused", "delayed", "paused", "expired"}
PATIENCE = 40.0  # seconds until workers on a slow machine have done what is asked of them


class Person(Visitor):
    """A visitor who fills in the form that a CSS selector names."""

    email = ""

    def press(self, selector: str, **values: str) -> str:
        """Send that form of the open page with these values in place of its own."""
        form = LexborHTMLParser(self.page).css_first(selector)
        assert form is not None, f"{self.url} (HTTP {self.status}) has no {selector}:\n{self.text()[:600]}"
        action = form.attributes.get("action") or ""
        return self._open(urljoin(self.url, action) if action else self.url, {**fields(form), **values})

    def write(self, *guests: str, hurried: bool = False, **values: str) -> Person:
        """Fill in a new event's form, and send it. `hurried`: faster than a person can."""
        self.get("/events/new/")
        if not hurried:
            time.sleep(WRITING)
        start = (datetime.now() + timedelta(days=12)).replace(hour=15, minute=0, second=0, microsecond=0)
        times = {"start": f"{start:%Y-%m-%dT%H:%M}", "end": f"{start + timedelta(hours=1):%Y-%m-%dT%H:%M}"}
        self.press("form.card", guests="\n".join(guests), **{**times, **values})
        return self

    def upload(self, content: bytes, name: str = "calendar.ics") -> str:
        """Choose a file on the import page, and send it."""
        form = fields(LexborHTMLParser(self.get("/import/")).css_first("form.card"))
        mark = secrets.token_hex(16)
        parts = [f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{form[key]}\r\n' for key in form]
        parts.append(f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n')
        body = (
            "".join(parts).encode() + b"Content-Type: text/calendar\r\n\r\n" + content + f"\r\n--{mark}--\r\n".encode()
        )
        kind = {"User-Agent": self.agent, "Content-Type": f"multipart/form-data; boundary={mark}", "Referer": self.url}
        answer = self.opener.open(Request(urljoin(self.base, "/import/"), data=body, headers=kind), timeout=120)
        self.url, self.status, self.page = answer.geturl(), answer.status, answer.read().decode("utf-8", "replace")
        return self.page

    def settled(self) -> dict[str, int]:
        """The states of the open event's guests, once none of them will change by itself."""
        address = self.url

        def read() -> dict[str, int] | None:
            self.get(address)
            return self.states() if self.states().keys() <= SETTLED else None

        return until(read, seconds=PATIENCE, what=f"an answer for every guest of {address}")

    def text(self) -> str:
        """What the main part of the open page says."""
        main = LexborHTMLParser(self.page).css_first("main, #content")
        return " ".join(main.text(separator=" ").split()) if main else self.page[:500]

    def cookie(self, name: str) -> str:
        jar = next(one for one in self.opener.handlers if isinstance(one, HTTPCookieProcessor)).cookiejar
        return next((cookie.value or "" for cookie in jar if cookie.name == name), "")


def fields(form: LexborNode) -> dict[str, str]:
    """What a browser would send of a form that nobody touched, without its buttons."""
    found: dict[str, str] = {}
    for node in form.css("input, textarea, select"):
        name, kind = node.attributes.get("name"), node.attributes.get("type") or "text"
        if not name or kind in {"submit", "button", "file"}:
            continue
        if kind in {"checkbox", "radio"}:
            if "checked" in node.attributes:
                found[name] = node.attributes.get("value") or "on"
        elif node.tag == "textarea":
            found[name] = node.text().removeprefix("\n")
        elif node.tag == "select":
            chosen = node.css_first("option[selected]") or node.css_first("option")
            found[name] = (chosen.attributes.get("value") or "") if chosen else ""
        else:
            found[name] = node.attributes.get("value") or ""
    return found


class Stage:
    """The running demo as tests see it: who can come in, and what left."""

    def __init__(self, demo: LiveDemo) -> None:
        self.demo, self.folder = demo, demo.data / "mail"
        self.url = demo.url.replace("127.0.0.1", "localhost")  # as demo_run prints it, and as its links say

    def person(self, address: str, *, password: str = PASSWORD, network: str = "") -> Person:
        """Somebody who has an account, signed in."""
        person = Person(self.url, address=network)
        person.email = address
        login = "/admin/login/?next=/admin/" if address.endswith("@almanac.example") else "/login/"
        person.get(login)
        person.press("form:has([name=username])", username=address, password=password)
        assert "/login/" not in person.url, f"{address} could not sign in: {person.text()[:300]}"
        return person

    def sign_up(self, name: str, *, domain: str = "", network: str = "") -> Person:
        """Somebody new, signed in, whose address is not confirmed."""
        number = next(NETWORKS)
        domain = domain or f"fresh-start-{number}.example"  # a crowd of one domain within a day is asked (R23)
        person = Person(self.url, address=network or f"81.{number // 250}.{number % 250}.7")
        person.email = f"{name.lower()}.{secrets.token_hex(3)}@{domain}"
        person.get("/signup/")
        person.press(
            "form.card", email=person.email, first_name=name, last_name="Newman", password1=SECRET, password2=SECRET
        )
        assert "/signup/" not in person.url, person.text()[:300]
        return person

    def newcomer(self, name: str, *, domain: str = "", network: str = "") -> Person:
        """Somebody new who has followed the link in the mail."""
        person = self.sign_up(name, domain=domain, network=network)
        mail = until(lambda: self.mail_to(person.email), seconds=PATIENCE, what="the verification mail")[0]
        link = re.search(r"/verify/\S+", mail.get_content())
        assert link, mail
        person.get(link.group(0))
        return person

    def mails(self) -> dict[Path, EmailMessage]:
        return {path: _read(path) for path in sorted(self.folder.glob("*.eml"))}

    def mail_to(self, address: str) -> list[EmailMessage]:
        """Every mail that left to this address, the oldest first."""
        return [mail for mail in self.mails().values() if address in str(mail["to"]).lower()]

    def invitations_to(self, address: str, method: str = "REQUEST") -> list[EmailMessage]:
        return [mail for mail in self.mail_to(address) if method_of(mail) == method]

    def arrived(self, address: str, method: str = "REQUEST") -> EmailMessage:
        """The first mail with this method to this address, waited for."""
        return until(
            lambda: self.invitations_to(address, method), seconds=PATIENCE, what=f"a {method} mail to {address}"
        )[0]


def _read(path: Path) -> EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def calendar_of(mail: EmailMessage) -> Calendar | None:
    part = next((part for part in mail.walk() if part.get_content_type() == "text/calendar"), None)
    return Calendar.from_ical(part.get_payload(decode=True)) if part is not None else None


def method_of(mail: EmailMessage) -> str:
    calendar = calendar_of(mail)
    return str(calendar.get("METHOD", "")) if calendar is not None else ""
