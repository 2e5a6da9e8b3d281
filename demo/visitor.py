"""A person or a program at the other end of HTTP, who keeps cookies, fills in forms and solves challenges."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from html import unescape
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, Request, build_opener

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
SCRIPT = "python-urllib/3.11"
WRITING = 4.0  # seconds a person spends on a form


class Forms(HTMLParser):
    """Collects each form's fields with the values it was rendered with."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[dict[str, str]] = []
        self._text = ""
        self._option = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append({})
        if not self.forms:
            return
        fields = self.forms[-1]
        name = given.get("name", "")
        if tag == "input" and name and given.get("type") not in {"submit", "checkbox", "radio", "file"}:
            fields[name] = given.get("value", "")
        elif tag == "textarea" and name:
            self._text = name
            fields[name] = ""
        elif tag == "select" and name:
            self._option = name
            fields[name] = ""
        elif tag == "option" and self._option and "selected" in given:
            fields[self._option] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._text = ""
        elif tag == "select":
            self._option = ""

    def handle_data(self, data: str) -> None:
        if self._text:
            self.forms[-1][self._text] += data


class Visitor:
    """One browser, or something that is none."""

    def __init__(self, base: str, *, agent: str = FIREFOX, address: str = "", hurried: bool = False) -> None:
        self.base, self.agent, self.address, self.hurried = base, agent, address, hurried
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self.url, self.status, self.page = base, 0, ""

    def get(self, path: str) -> str:
        return self._open(urljoin(self.base, path), None)

    def submit(self, path: str, **values: str) -> str:
        """Open a page, take its time, and send its form with these values."""
        self.get(path)
        if not self.hurried:
            time.sleep(WRITING)
        return self.answer(**values)

    def answer(self, **values: str) -> str:
        """Send the form of the page that is open."""
        reader = Forms()
        reader.feed(self.page)
        form = next((form for form in reader.forms if set(values) <= set(form)), None)
        if form is None:
            raise LookupError(f"{self.url} shows no form with {', '.join(values)} (HTTP {self.status})")
        return self._open(self.url, {**form, **values})

    def solve(self, progress: Callable[[str], None]) -> bool:
        """Do the work of the challenge on the open page and send the form again; False where there is none."""
        found = re.search(r'challengeurl="([^"]+)"', self.page)
        if found is None:
            return False
        progress("solving the challenge")
        page, url = self.page, self.url
        question = json.loads(self.get(unescape(found.group(1))))
        self.page, self.url = page, url
        if not self.hurried:
            time.sleep(WRITING)
        reader = Forms()
        reader.feed(self.page)
        form = next(form for form in reader.forms if "title" in form)
        self._open(self.url, {**form, "altcha": _solution(question)})
        return True

    def states(self) -> dict[str, int]:
        """How many guests of the open event page are in which state."""
        counted: dict[str, int] = {}
        for state in re.findall(r'<tr data-guest="[^"]*" data-state="([^"]*)"', self.page):
            counted[state] = counted.get(state, 0) + 1
        return counted

    def told(self) -> tuple[str, str]:
        """(headline, reference) of the guard's banner on the open page; empty where there is none."""
        head = re.search(r'id="calguard-headline">([^<]*)<', self.page)
        code = re.search(r"<code>([0-9A-Z]{4}-[0-9A-Z]{4})</code>", self.page)
        return (unescape(head.group(1)).strip() if head else "", code.group(1) if code else "")

    def _open(self, url: str, form: Mapping[str, str] | None) -> str:
        headers = {"User-Agent": self.agent, "Accept": "text/html", "Accept-Language": "en", "Referer": self.url}
        if self.address:
            headers["X-Forwarded-For"] = self.address  # the demo trusts this machine as its proxy
        data = urlencode(form).encode() if form is not None else None
        try:
            answer = self.opener.open(Request(url, data=data, headers=headers), timeout=60)  # noqa: S310  our own demo
        except HTTPError as error:
            answer = error  # a page like any other: refused and challenged forms come with 4xx
        self.url, self.status = answer.geturl(), answer.status or 0
        self.page = answer.read().decode("utf-8", "replace")
        return self.page


def confirm_address(visitor: Visitor, email: str) -> None:
    """Follow the link in the verification mail, which the demo's mail page shows."""
    for _ in range(20):
        for name in re.findall(r'href="(/mail/[^"?]+/)"', visitor.get("/mail/")):
            mail = visitor.get(name)
            link = re.search(r"/verify/[A-Za-z0-9:_\-]{10,}/", mail)
            if link and email in mail:
                visitor.get(link.group(0))
                if "<form" in visitor.page and "/verify/" in visitor.url:
                    visitor.answer()
                return
        time.sleep(0.5)


def _solution(question: Mapping[str, str | int]) -> str:
    """Proof of work: the number whose hash with the salt is the question's."""
    salt, wanted = str(question["salt"]), question["challenge"]
    for number in range(int(question.get("maxnumber") or question.get("maxNumber") or 1_000_000) + 1):
        if hashlib.sha256(f"{salt}{number}".encode()).hexdigest() == wanted:
            solved = {**question, "number": number, "took": 1}
            kept = {key: solved[key] for key in ("algorithm", "challenge", "number", "salt", "signature")}
            return base64.b64encode(json.dumps(kept).encode()).decode()
    raise ValueError("the challenge has no solution")
