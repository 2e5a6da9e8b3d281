"""Programs and people at the front door: what they are called, how they fill forms in, and at what pace (CC 4.2(1))."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from calguard import client, guard, hands
from calguard.guard import Verdict
from calguard.host import Host
from calguard.models import Decision
from tests.guard.events import invitation

pytestmark = pytest.mark.django_db(transaction=True)

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PAUSES = (14, 33, 62, 21, 47, 95, 28, 71, 39, 55)  # seconds between a person's events


class Integrations(Host):
    """A host that gives its API clients a key."""

    def registered_client(self, request: HttpRequest) -> bool:
        return request.META.get("HTTP_X_KEY") == "known"


@pytest.fixture(autouse=True)
def integrations(settings: Any) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "HOST": f"{__name__}.Integrations"}


class Desk:
    """Somebody, or something, that sends one event after another."""

    def __init__(self, user: Any, clock: Any, *, agent: str = CHROME, **headers: str) -> None:
        self.user, self.clock, self.count = user, clock, 0
        self.headers = {"user-agent": agent, "accept-language": "en"} | headers
        self.cookies: dict[str, str] = {}

    def request(self, fields: dict[str, str] | None = None) -> HttpRequest:
        made = RequestFactory().post("/", fields or {}, headers=self.headers)
        made.user, made.COOKIES = self.user, dict(self.cookies)
        return made

    def signs_in(self) -> None:
        made, response = self.request(), HttpResponse()
        client.give_device(made)
        client.set_cookie(made, response)
        self.cookies[client.COOKIE] = response.cookies[client.COOKIE].value

    def form(self) -> dict[str, str]:
        """The hidden fields of a form that was shown just now."""
        return {client.NONCE: client.nonce(client.account_of(self.request()), request=self.request())}

    def sends(self, fields: dict[str, str] | None = None, *, after: float = 0, **options: Any) -> guard.Decision:
        """One more event, unlike the others, `after` seconds."""
        self.clock.shift(timedelta(seconds=after))
        self.count += 1
        sent = self.request(fields)
        if fields is not None:
            client.expect_form(sent)
        title = f"Rehearsal of part {self.count}"
        content = invitation(organizer=self.user.email, summary=title, uid=f"{self.count}@tests.example")
        with guard.sending(self.user, content, request=sent, **options) as decision:
            pass
        return decision

    def writes(self, *, pause: float = 40, counted: dict[str, Any] | None = None) -> guard.Decision:
        """As people do: ask for the form, fill it in, send it."""
        fields = self.form()
        if counted is not None:
            fields[hands.FIELD] = json.dumps({"n": hands.tail(fields[client.NONCE])} | counted)
        return self.sends(fields, after=pause)


@pytest.fixture
def desk(person: Callable[..., Any], clock: Any) -> Callable[..., Desk]:
    def make(days: float = 10, **headers: str) -> Desk:
        made = Desk(person(days=days), clock, **headers)
        made.signs_in()
        return made

    return make


def signals() -> set[str]:
    """What was seen in the newest decision."""
    newest = Decision.objects.order_by("-created_at").first()
    assert newest is not None
    return {f"{signal['detector']}.{signal['code']}" for signal in newest.signals}


@pytest.mark.requirement("R10")
@pytest.mark.parametrize(
    "agent", ["curl/8.5.0", "python-requests/2.32.3", CHROME.replace("Chrome/", "HeadlessChrome/")]
)
def test_a_script_is_asked_and_a_registered_one_is_not(desk: Callable[..., Desk], agent: str) -> None:
    stranger = desk(0.2, agent=agent)
    assert stranger.sends(channel="api").verdict is Verdict.CHALLENGE
    stranger.headers["x-key"] = "known"
    assert stranger.sends(channel="api", after=60).verdict is Verdict.ALLOW
    assert not any(name.startswith("user_agent.") for name in signals())
    assert Decision.objects.order_by("-created_at")[0].client == client.REGISTERED


@pytest.mark.requirement("R10")
def test_the_name_of_a_calendar_program_is_no_credential(desk: Callable[..., Desk]) -> None:
    """DAVx5 in a steady beat is a program; what it calls itself is its own affair."""
    davx5 = desk(agent="DAVx5/4.4.3-ose (2026/01/02; dav4jvm; okhttp/4.12.0) Android/14")
    verdicts = [davx5.sends(channel="caldav", after=5).verdict for _ in range(8)]
    assert verdicts[0] is Verdict.ALLOW
    assert verdicts[-1] >= Verdict.CHALLENGE
    assert "velocity.metronome" in signals()


@pytest.mark.requirement("R10")
def test_who_works_beside_their_integration_is_not_taken_for_it(desk: Callable[..., Desk]) -> None:
    someone = desk(400)
    integration = Desk(someone.user, someone.clock, agent="acme-crm/3.1", **{"x-key": "known"})
    for _ in range(35):
        assert integration.sends(channel="api", after=2).verdict <= Verdict.OBSERVE
    assert someone.writes(pause=20).verdict is Verdict.ALLOW
    assert not any(name.startswith("velocity.") for name in signals())


@pytest.mark.requirement("R11")
@pytest.mark.parametrize("days", [0.2, 10, 400])
def test_a_device_that_becomes_another_make_is_at_most_asked(desk: Callable[..., Desk], days: float) -> None:
    someone = desk(days)
    assert someone.writes().verdict is Verdict.ALLOW
    someone.headers["user-agent"] = FIREFOX
    someone.headers["sec-ch-ua"] = '"Chromium";v="147"'
    assert someone.writes().verdict <= Verdict.CHALLENGE
    assert {"consistency.ua_changed", "consistency.ua_inconsistent"} <= signals()
    assert Decision.objects.order_by("-created_at")[0].client == "firefox/linux"


@pytest.mark.requirement("R11")
def test_an_update_of_the_browser_is_no_change(desk: Callable[..., Desk]) -> None:
    someone = desk(0.2)
    someone.writes()
    someone.headers["user-agent"] = CHROME.replace("147", "148")
    assert someone.writes().verdict is Verdict.ALLOW
    assert not any(name.startswith("consistency.") for name in signals())


@pytest.mark.requirement("R12")
def test_one_form_does_not_send_many_events(desk: Callable[..., Desk]) -> None:
    bot = desk(10)
    fields = bot.form()
    verdicts = [bot.sends(fields, after=pause).verdict for pause in PAUSES[:6]]
    assert verdicts[:4] == [Verdict.ALLOW] * 4  # back, changed, sent again: so much people do
    assert verdicts[4:] == [Verdict.CHALLENGE] * 2
    assert "automation.form_reused" in signals()


@pytest.mark.requirement("R12")
def test_a_form_for_every_event_sends_as_many_as_anybody_writes(desk: Callable[..., Desk]) -> None:
    someone = desk(400)
    assert {someone.writes(pause=pause).verdict for pause in PAUSES} == {Verdict.ALLOW}


@pytest.mark.requirement("R12")
def test_a_form_farmed_elsewhere_is_no_form(desk: Callable[..., Desk]) -> None:
    farm = desk(400)
    fields = farm.form()
    bot = Desk(farm.user, farm.clock)
    bot.signs_in()
    assert bot.sends(fields, after=30).verdict is Verdict.CHALLENGE
    assert "automation.no_form" in signals()
    assert farm.sends(fields, after=30).verdict is Verdict.ALLOW


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("days", [10, 400])
def test_a_steady_beat_is_asked_about_once_and_then_waits(desk: Callable[..., Desk], days: float) -> None:
    bot = desk(days)
    verdicts = [bot.sends(bot.form(), after=6).verdict for _ in range(9)]
    first = verdicts.index(Verdict.CHALLENGE)
    assert set(verdicts[:first]) <= {Verdict.ALLOW, Verdict.OBSERVE}
    assert set(verdicts[first + 1 :]) == {Verdict.THROTTLE}
    assert "velocity.again" in signals()


@pytest.mark.requirement("R20")
@pytest.mark.parametrize("days", [10, 400])
def test_the_same_number_of_events_at_a_persons_pace(desk: Callable[..., Desk], days: float) -> None:
    someone = desk(days)
    counted = {"k": 60, "p": 3, "f": 3, "t": 130, "l": 2100, "g": [180, 90, 240, 130, 310, 95] * 5}
    verdicts = {someone.writes(pause=pause, counted=counted).verdict for pause in PAUSES[:9]}
    assert verdicts <= {Verdict.ALLOW, Verdict.OBSERVE}
    assert not {name for name in signals() if name.startswith(("hands.", "velocity.met", "velocity.inh"))}


@pytest.mark.requirement("R19")
@pytest.mark.parametrize(
    ("counted", "found"),
    [
        ({"d": 30}, "hands.none"),
        ({"w": 1, "t": 50, "k": 20}, "hands.webdriver"),
        ({"t": 90, "k": 60, "f": 3, "l": 800, "g": [50, 50.5, 49.8] * 10}, "hands.metronome"),
        ({"t": 90, "k": 60, "f": 3, "l": 12, "g": [2, 1, 3] * 10}, "hands.inhuman"),
    ],
)
def test_what_the_script_saw_of_a_program(desk: Callable[..., Desk], counted: dict[str, Any], found: str) -> None:
    assert desk(0.2).writes(counted=counted).verdict is Verdict.CHALLENGE
    assert found in signals()


@pytest.mark.requirement("R20")
def test_the_script_can_only_raise_doubts(desk: Callable[..., Desk]) -> None:
    """The best hands in the world do not make a forged form good."""
    bot = desk(0.2)
    fields = bot.form() | {client.HONEYPOT: "https://example.com"}
    human = {"n": hands.tail(fields[client.NONCE]), "k": 60, "p": 3, "f": 3, "t": 130, "l": 2100}
    assert bot.sends(fields | {hands.FIELD: json.dumps(human)}, after=40).verdict is Verdict.CHALLENGE
    without = bot.sends(fields, after=40)
    assert without.verdict is Verdict.CHALLENGE
