"""Programs people use are never counted; programs nobody writes invitations with are."""

from __future__ import annotations

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36"


@pytest.mark.requirement("R10")
@pytest.mark.parametrize(
    ("agent", "found"),
    [
        (CHROME, set()),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_4) AppleWebKit/605.1.15 Version/17.4 Safari/605.1.15", set()),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", set()),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.2.0", set()),
        ("DAVx5/4.4.3-ose (2026/01/02; dav4jvm; okhttp/4.12.0) Android/14", set()),  # crawler lists take okhttp
        ("macOS/14.4 (23E214) CalendarAgent/961.4", set()),
        ("iOS/17.4 (21E219) dataaccessd/1.0", set()),
        ("Evolution/3.52.0", set()),
        ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)", set()),
        (None, set()),  # not observed on this channel
        ("", {"empty"}),
        ("   ", {"empty"}),
        ("curl/8.5.0", {"library"}),
        ("python-requests/2.32.3", {"library"}),
        ("Go-http-client/2.0", {"library"}),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/147.0.0.0 Safari/537.36", {"headless"}),
        ("CalendarAgent/961 HeadlessChrome/147", {"headless"}),  # a calendar's name is no cloak
        ("Googlebot/2.1 (+http://www.google.com/bot.html)", {"crawler"}),
    ],
)
def test_what_program(agent: str | None, found: set[str]) -> None:
    assert codes("user_agent", attempt(client={"user_agent": agent})) == found


@pytest.mark.requirement("R10")
def test_a_registered_client_is_what_it_says_it_is() -> None:
    """The same request, once from an API client of record and once from nobody in particular."""
    assert not codes("user_agent", attempt(client={"user_agent": "python-requests/2.32", "registered": True}))
    assert codes("user_agent", attempt(client={"user_agent": "python-requests/2.32", "registered": False}))


@pytest.mark.requirement("R10")
def test_a_browser_without_a_window_may_say_so_in_its_hints_only() -> None:
    hidden = {"user_agent": CHROME, "brands": '"HeadlessChrome";v="147", "Chromium";v="147"'}
    assert codes("user_agent", attempt(client=hidden)) == {"headless"}
    assert not codes("user_agent", attempt(client={"user_agent": CHROME, "brands": '"Chromium";v="147"'}))


@pytest.mark.requirement("R10")
def test_the_name_of_a_calendar_program_excuses_nothing_else() -> None:
    """Whoever calls a script DAVx5 is judged by everything that it does."""
    davx5 = {"user_agent": "DAVx5/4.4.3-ose (2026/01/02; dav4jvm; okhttp/4.12.0) Android/14"}
    machine = {"click_gaps": (5.0,) * 8, "attempts_10m": 40}
    assert not codes("user_agent", attempt(client=davx5))
    for name in ("velocity", "automation"):
        seen = attempt(client=davx5 | {"honeypot_filled": True, "form_rendered": False}, behaviour=machine)
        plain = attempt(
            client={"user_agent": CHROME, "honeypot_filled": True, "form_rendered": False}, behaviour=machine
        )
        assert codes(name, seen) == codes(name, plain) != set()
    assert verdict_of(event(), client=davx5, behaviour=machine).verdict is Verdict.THROTTLE


@pytest.mark.requirement("R11")
def test_a_program_alone_never_costs_more_than_a_challenge() -> None:
    worst = verdict_of(event(), client={"user_agent": "curl/8.5.0", "honeypot_filled": True, "form_rendered": False})
    assert worst.verdict is Verdict.CHALLENGE
