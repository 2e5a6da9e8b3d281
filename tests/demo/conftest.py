"""The demo's people at a fixed time, a visitor who fills in forms at human speed, and the workers' work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from selectolax.lexbor import LexborHTMLParser

from demo import people
from demo.models import User
from tests.conftest import NOW
from tests.support.work import drain

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
HEADERS = {"user-agent": FIREFOX, "accept-language": "en-GB,en;q=0.8", "accept": "text/html"}


@dataclass
class Visitor:
    """Somebody at a browser, who needs half a minute for a form."""

    client: Client
    clock: time_machine.Traveller
    user: User

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def send(self, path: str, *, seconds: float = 30, **fields: Any) -> Any:
        """Open a page, change these fields of its form, submit."""
        page = self.client.get(path)
        assert page.status_code == 200, page
        filled = {**form_of(page.content), **fields}
        self.clock.shift(seconds)
        return self.client.post(path, {name: value for name, value in filled.items() if value is not None})

    def again(self, page: Any, path: str, *, seconds: float = 5, **fields: Any) -> Any:
        """Submit a form that came back."""
        self.clock.shift(seconds)
        return self.client.post(path, {**form_of(page.content), **fields})


def form_of(html: bytes) -> dict[str, str]:
    """What a browser would submit of the form in the main part of a page."""
    found: dict[str, str] = {}
    for node in LexborHTMLParser(html).css("main form.card input, main form.card textarea, main form.card select"):
        name = node.attributes.get("name")
        if not name or node.attributes.get("type") in {"checkbox", "file"}:
            continue
        if node.tag == "textarea":
            found[name] = node.text().removeprefix("\n")
        elif node.tag == "select":
            chosen = node.css_first("option[selected]") or node.css_first("option")
            found[name] = (chosen.attributes.get("value") or "") if chosen else ""
        else:
            found[name] = node.attributes.get("value") or ""
    return found


def text_of(page: Any) -> str:
    """The words of a page's main part, spaces joined."""
    main = LexborHTMLParser(page.content).css_first("main")
    return " ".join(main.text(separator=" ").split()) if main else ""


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """It goes on from `now`: two submissions of one request are never made in the same microsecond."""
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def residents(db: None, clock: time_machine.Traveller) -> None:
    """Everybody the demo knows."""
    people.load(timezone.now())


@pytest.fixture
def visitor(residents: None, clock: time_machine.Traveller, settings: Any, tmp_path: Path) -> Callable[[str], Visitor]:
    """`visitor("ada")` is Ada, logged in."""
    settings.EMAIL_FILE_PATH = tmp_path / "mail"

    def log_in(first_name: str) -> Visitor:
        user = User.objects.get(first_name__iexact=first_name)
        client = Client(headers=HEADERS)
        client.force_login(user)
        return Visitor(client=client, clock=clock, user=user)

    return log_in


@pytest.fixture
def ada(visitor: Callable[[str], Visitor]) -> Visitor:
    return visitor("ada")


@pytest.fixture
def work() -> Callable[[], None]:
    """What the workers would do next, in this process: orders, dispatch, notices."""
    return drain
