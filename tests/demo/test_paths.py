"""Nothing leaves without a verdict, on any path; and no path is missing from the registry (R01, R05, R52)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from calguard.models import Decision
from demo import mailbox, tasks
from demo.models import BookingPage, Event, InboxItem, Webhook
from demo.paths import PATHS, Path
from tests.demo.conftest import HEADERS, Visitor, form_of
from tests.demo.outlets import DENIED, FINE, HELD, Left, Program, left, lists, said, vevent

pytestmark = pytest.mark.django_db(transaction=True)

SAM, EMIL, VERA = "sam@riverside-pharmacy.example", "emil@lakeside-choir.example", "vera@visitors.example"


@dataclass
class Stage:
    """Ada, who organises; Emil, a guest here; a program of each; and what the workers would do next."""

    ada: Visitor
    emil: Visitor
    work: Callable[[], None]
    switch_on: Callable[[], None]  # the operator's lists
    before: Left | None = None

    def __post_init__(self) -> None:
        self.program, self.emils = Program(self.ada.user), Program(self.emil.user)

    def invited(self, words: str = "", **fields: Any) -> Event:
        """An event of Ada's that Sam and Emil have."""
        self.ada.send("/events/new/", title="Lunch", notes=words, guests=f"{SAM}, {EMIL}", **fields)
        self.work()
        return Event.objects.get(owner=self.ada.user)

    def now(self) -> None:
        """From here on the operator's lists hold, and whatever leaves is what the path lets out."""
        self.switch_on()
        self.ada.clock.shift(timedelta(minutes=20))
        self.before = left(*self.own)

    @property
    def own(self) -> tuple[str, ...]:
        """Where the two senders themselves are reached: what the guard tells them is for nobody else."""
        return self.ada.user.email, self.ada.user.recovery_email, self.emil.user.email

    def answerable(self) -> InboxItem:
        self.invited()
        return InboxItem.objects.get(user=self.emil.user)

    def json(self, **fields: Any) -> dict[str, Any]:
        return {
            "title": "Lunch",
            "start": "2026-06-18T12:00",
            "end": "2026-06-18T13:00",
            "guests": [SAM, EMIL],
            **fields,
        }


def create(stage: Stage, words: str) -> None:
    stage.now()
    stage.ada.send("/events/new/", title="Lunch", notes=words, guests=f"{SAM}, {EMIL}")


def update(stage: Stage, words: str) -> None:
    event = stage.invited()
    stage.now()
    stage.ada.send(f"/events/{event.pk}/edit/", notes=words)


def cancel(stage: Stage, words: str) -> None:
    event = stage.invited()
    stage.now()
    stage.ada.send(f"/events/{event.pk}/cancel/", comment=words)


def send(stage: Stage, words: str) -> None:
    brought_in(stage, words)
    event = Event.objects.get()
    stage.now()
    stage.ada.send(f"/events/{event.pk}/send/")


def resend(stage: Stage, words: str) -> None:
    event = stage.invited(words)
    stage.now()
    stage.ada.send(f"/events/{event.pk}/send/?again=1")


def answer(stage: Stage, words: str) -> None:
    item = stage.answerable()
    stage.now()
    stage.emil.client.post(f"/inbox/{item.pk}/", {"answer": "accept", "comment": words})


def brought_in(stage: Stage, words: str, **chosen: str) -> None:
    body = vevent("from-a-file", stage.ada.user.email, SAM, EMIL, lines=(f"DESCRIPTION:{words}",))
    page = stage.ada.client.post("/import/", {"file": SimpleUploadedFile("old.ics", body)})
    stage.ada.send(page.url, **chosen)


def imported(stage: Stage, words: str) -> None:
    stage.now()
    brought_in(stage, words, send_invitations="on")


def share(stage: Stage, words: str, whom: str = SAM) -> None:
    stage.now()
    stage.ada.send("/shares/", address=whom, title="Ada's calendar", words=words)


def share_here(stage: Stage, words: str) -> None:
    share(stage, words, EMIL)


def book(stage: Stage, words: str) -> None:
    page = BookingPage.objects.create(owner=stage.ada.user, key="ada", title="First talk", question="What about?")
    stage.now()
    visitor = Client(headers=HEADERS)
    form = form_of(visitor.get(page.get_absolute_url()).content)
    stage.ada.clock.shift(40)
    visitor.post(page.get_absolute_url(), {**form, "name": "Vera", "address": VERA, "answer": words})


def remind(stage: Stage, words: str) -> None:
    event = stage.invited(words, reminder="60")
    stage.now()
    stage.ada.clock.move_to(event.starts_at - timedelta(minutes=50))
    tasks.reminders()


def api_create(stage: Stage, words: str) -> None:
    stage.now()
    stage.program.call("POST", "/api/events/", stage.json(notes=words))


def api_itip(stage: Stage, words: str) -> None:
    stage.now()
    body = vevent("x", stage.ada.user.email, SAM, EMIL, method="REQUEST", lines=(f"DESCRIPTION:{words}",))
    stage.program.call("POST", "/api/events/", body, content_type="text/calendar")


def api_update(stage: Stage, words: str) -> None:
    event = stage.invited()
    stage.now()
    stage.program.call("PATCH", f"/api/events/{event.pk}/", {"notes": words})


def api_cancel(stage: Stage, words: str) -> None:
    event = stage.invited()
    stage.now()
    stage.program.call("DELETE", f"/api/events/{event.pk}/", {"comment": words})


def api_resend(stage: Stage, words: str) -> None:
    event = stage.invited(words)
    stage.now()
    stage.program.call("POST", f"/api/events/{event.pk}/send/", {"again": True})


def api_answer(stage: Stage, words: str) -> None:
    item = stage.answerable()
    stage.now()
    stage.emils.call("POST", f"/api/inbox/{item.pk}/", {"answer": "accept", "comment": words})


def caldav_put(stage: Stage, words: str) -> None:
    stage.now()
    body = vevent("x", stage.ada.user.email, SAM, EMIL, lines=(f"DESCRIPTION:{words}",))
    stage.program.dav("PUT", stage.program.calendar("x.ics"), body)


def caldav_update(stage: Stage, words: str) -> None:
    stage.program.dav("PUT", stage.program.calendar("x.ics"), vevent("x", stage.ada.user.email, SAM, EMIL))
    stage.work()
    caldav_put(stage, words)


def caldav_answer(stage: Stage, words: str) -> None:
    path = stage.emils.calendar(f"invitation-{stage.answerable().pk}.ics")
    stage.now()
    body = stage.emils.dav("GET", path).content.replace(b"NEEDS-ACTION", b"ACCEPTED")
    stage.emils.dav("PUT", path, body.replace(b"END:VEVENT", f"COMMENT:{words}\r\nEND:VEVENT".encode()))


DEEDS = {
    "create": create,
    "update": update,
    "cancel": cancel,
    "send": send,
    "resend": resend,
    "answer": answer,
    "import": imported,
    "share": share,
    "share-here": share_here,
    "booking": book,
    "reminder": remind,
    "api-create": api_create,
    "api-itip": api_itip,
    "api-update": api_update,
    "api-cancel": api_cancel,
    "api-resend": api_resend,
    "api-answer": api_answer,
    "caldav-put": caldav_put,
    "caldav-update": caldav_update,
    "caldav-answer": caldav_answer,
}


@pytest.fixture
def stage(visitor, work, settings, tmp_path):
    ada, emil = visitor("ada"), visitor("emil")
    Webhook.objects.create(user=ada.user, url="http://127.0.0.1:9/hook", secret="s")
    return Stage(ada, emil, work, lambda: lists(settings, tmp_path))


def test_every_path_is_walked() -> None:
    assert set(DEEDS) == {path.name for path in PATHS}


@pytest.mark.requirement("R01")
@pytest.mark.requirement("R05")
@pytest.mark.requirement("R52")
@pytest.mark.parametrize("words", [HELD, DENIED], ids=["held", "denied"])
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_nothing_leaves_that_the_guard_keeps_back(stage: Stage, path: Path, words: str) -> None:
    DEEDS[path.name](stage, words)
    decision = Decision.objects.latest("created_at")
    assert decision.channel == path.channel, "a verdict, and on this very path"
    assert decision.verdict >= 4, "the test means to be refused"
    stage.work()
    news = left(*stage.own).since(stage.before)
    if path.refused == "system_text":
        assert_only_our_words(news, words)
    else:
        assert news == {}
    kept = Event.objects.filter(owner=stage.ada.user)
    assert [list(event.guests.exclude(answer="NEEDS-ACTION")) for event in kept] == [[] for _ in kept]
    if path.channel == "share":
        assert stage.ada.user.shares.count() == 1
    elif path.kept == "draft":
        assert kept.exists()
    else:
        assert kept.exists() is (words == HELD), "a stranger's wish is kept while somebody looks at it"


def assert_only_our_words(news: dict[str, list[Any]], words: str) -> None:
    """The guests learn that it is off, by mail and here, and read nothing of what was written."""
    assert set(news) >= {"mails", "items"}
    text = "\n".join([*map(said, news["mails"]), *map(str, news["items"]), *map(str, news.get("answers", []))])
    assert words not in text
    assert not re.search(r"wait-and-see|never-ever", text)


@pytest.mark.requirement("R01")
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
def test_what_may_leave_does_and_only_once_the_worker_ran(stage: Stage, path: Path) -> None:
    DEEDS[path.name](stage, FINE)
    assert Decision.objects.latest("created_at").channel == path.channel
    assert left(*stage.own).since(stage.before) == {}
    stage.work()
    news = left(*stage.own).since(stage.before)
    if path.name.endswith("answer"):
        assert [(row[1], row[2], row[3]) for row in news["answers"]] == [(EMIL, "ACCEPTED", FINE)]
    elif path.name == "share-here":
        assert (len(news["shares"]), "mails" in news) == (1, False)
    else:
        assert news["mails"]
        assert any(FINE in said(name) for name in news["mails"]), "the very words"
    to_ada = [name for name in mailbox.names() if mailbox.load(name).to == stage.ada.user.email]
    assert bool(to_ada) is (path.name in {"booking", "reminder"})


@pytest.mark.requirement("R01")
def test_a_reminder_tells_neither_who_was_not_reached_nor_of_what_was_changed(stage: Stage) -> None:
    stage.switch_on()
    stage.ada.send("/events/new/", title="Lunch", notes=HELD, guests=SAM, reminder="60")
    event = Event.objects.get()
    stage.ada.clock.move_to(event.starts_at - timedelta(minutes=50))
    tasks.reminders()
    stage.work()
    assert [mailbox.load(name).to for name in mailbox.names() if "Reminder" in mailbox.load(name).subject] == [
        stage.ada.user.email
    ], "a note to oneself"


@pytest.mark.requirement("R06")
@pytest.mark.parametrize("words", [FINE, HELD, DENIED])
def test_an_import_that_asks_for_nothing_tells_nobody(stage: Stage, words: str) -> None:
    stage.now()
    brought_in(stage, words)
    stage.work()
    assert left(*stage.own).since(stage.before) == {}
    assert Decision.objects.count() == 0
