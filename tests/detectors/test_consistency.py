"""Browsers in every honest disguise say nothing; claims that exclude each other ask whether a person is there."""

from __future__ import annotations

from typing import Any

import pytest

from calguard.engine import agents
from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KIT} Chrome/147.0.0.0 Safari/537.36"
LINUX = f"Mozilla/5.0 (X11; Linux x86_64) {KIT} Chrome/147.0.0.0 Safari/537.36"
ANDROID = f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {KIT} Chrome/147.0.0.0 Mobile Safari/537.36"
WEBVIEW = f"Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) {KIT} Version/4.0 Chrome/147.0.0.0 Mobile Safari/537.36"
SAMSUNG = f"Mozilla/5.0 (Linux; Android 14; SM-S918B) {KIT} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
SAFARI = f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 "
    "Mobile/15E148 Safari/604.1"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TOR = "Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0"


def brands(major: int, name: str = "Google Chrome") -> str:
    return f'"Chromium";v="{major}", "{name}";v="{major}", "Not:A-Brand";v="8"'


def hints(platform: str, major: int = 147, mobile: str = "?0", name: str = "Google Chrome") -> dict[str, str]:
    return {"brands": brands(major, name), "platform": f'"{platform}"', "mobile": mobile}


@pytest.mark.requirement("R11")
@pytest.mark.parametrize(
    "client",
    [
        {"user_agent": WINDOWS, **hints("Windows")},
        {"user_agent": WINDOWS},  # no hints: not https, a privacy proxy, an older browser
        {"user_agent": WINDOWS, "brands": "", "platform": "", "mobile": ""},
        {"user_agent": WINDOWS, **hints("Windows", name="Brave")},
        {"user_agent": WINDOWS, **hints("Windows", name="Vivaldi")},
        {"user_agent": f"{WINDOWS} Edg/147.0.0.0", **hints("Windows", name="Microsoft Edge")},
        {
            "user_agent": f"{WINDOWS} OPR/130.0.0.0",
            "brands": '"Opera";v="130", "Not.A/Brand";v="99", "Chromium";v="147"',
            "platform": '"Windows"',
        },
        {"user_agent": SAMSUNG, **hints("Android", 125, "?1", "Samsung Internet")},
        {"user_agent": ANDROID, **hints("Android", mobile="?1")},
        {"user_agent": WEBVIEW, **hints("Android", mobile="?1", name="Android WebView")},
        {"user_agent": LINUX, **hints("Android", mobile="?1")},  # the desktop site on a telephone, before it hid itself
        {"user_agent": LINUX, **hints("Linux")},
        {
            "user_agent": f"Mozilla/5.0 (X11; CrOS x86_64 1.0) {KIT} Chrome/147.0.0.0 Safari/537.36",
            **hints("Chrome OS"),
        },
        {"user_agent": LINUX, **hints("Unknown")},
        {"user_agent": SAFARI},  # also an iPad
        {"user_agent": FIREFOX},
        {"user_agent": TOR},
        {"user_agent": IPHONE},
        {"user_agent": "DAVx5/4.4 (okhttp/4.12.0) Android/14", "accept_language": "", "form_rendered": None},
        {"user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Thunderbird/140.2", "accept_language": ""},
        {"user_agent": None},
        {"user_agent": ""},
    ],
)
def test_people(client: dict[str, Any]) -> None:
    facts = {"accept_language": "en", "form_rendered": True, "form_seconds": 40.0} | client
    assert not codes("consistency", attempt(client=facts))


@pytest.mark.requirement("R11")
@pytest.mark.parametrize(
    ("client", "found"),
    [
        ({"user_agent": FIREFOX, **hints("Linux")}, {"ua_inconsistent"}),  # Firefox sends no hints
        ({"user_agent": SAFARI, **hints("macOS")}, {"ua_inconsistent"}),
        ({"user_agent": WINDOWS, **hints("Linux")}, {"ua_inconsistent"}),
        ({"user_agent": WINDOWS, **hints("Windows", 120)}, {"ua_inconsistent"}),
        ({"user_agent": WINDOWS, **hints("Windows", mobile="?1")}, {"ua_inconsistent"}),
        ({"user_agent": WINDOWS, "accept_language": ""}, {"no_language"}),
        ({"user_agent": FIREFOX, "accept_language": " ", **hints("Linux")}, {"ua_inconsistent", "no_language"}),
        ({"user_agent": "DAVx5/4.4 (okhttp/4.12.0) Android/14"}, {"ua_inconsistent"}),  # it shows no forms
    ],
)
def test_contradictions(client: dict[str, Any], found: set[str]) -> None:
    facts = {"accept_language": "en", "form_rendered": True, "form_seconds": 40.0} | client
    assert codes("consistency", attempt(client=facts)) == found
    assert not codes("consistency", attempt(client=facts | {"registered": True}))


@pytest.mark.parametrize("channel", ["caldav", "api", "import", "mail"])
def test_only_browsers_are_asked_for_a_browsers_manners(channel: str) -> None:
    facts = {"user_agent": WINDOWS, "accept_language": "", **hints("Linux")}
    assert not codes("consistency", attempt(client=facts, channel=channel))


@pytest.mark.requirement("R11")
@pytest.mark.parametrize(
    ("first", "now", "changed"),
    [
        (WINDOWS, WINDOWS.replace("147", "151"), False),  # an update
        (FIREFOX, FIREFOX.replace("140", "152"), False),
        (ANDROID, LINUX, False),  # the desktop site, and back
        (LINUX, ANDROID, False),
        (IPHONE, SAFARI, False),  # an iPad
        (WINDOWS, f"{WINDOWS} Edg/147.0.0.0", False),  # Edge took over Chrome's cookies
        ("", WINDOWS, False),  # not known what it was
        (WINDOWS, "", False),
        ("curl/8", WINDOWS, False),  # it never was a browser: others say so
        (WINDOWS, FIREFOX, True),
        (SAFARI, WINDOWS, True),
        (IPHONE, ANDROID, True),
        (WINDOWS, LINUX, True),
    ],
)
def test_what_the_device_was_before(first: str, now: str, changed: bool) -> None:
    facts = {
        "user_agent": now or None,
        "accept_language": "en",
        "signature": agents.read(now).signature,
        "first_signature": agents.read(first).signature,
    }
    assert codes("consistency", attempt(client=facts)) == ({"ua_changed"} if changed else set())


@pytest.mark.requirement("R11")
@pytest.mark.parametrize("who", ["new", "trial", "established"])
def test_all_of_it_together_asks_and_no_more(who: str) -> None:
    worst = {
        "user_agent": FIREFOX,
        "accept_language": "",
        "signature": "firefox/linux",
        "first_signature": "chrome/windows",
        **hints("macOS", 99, "?1"),
    }
    judged = verdict_of(event(), who, client=worst)
    assert judged.verdict <= Verdict.CHALLENGE
    assert judged.group_points["client"] <= 40
    assert verdict_of(event(), who, client=worst | {"automation_cleared": True}).verdict <= Verdict.OBSERVE


def test_one_oddity_of_a_known_sender_is_not_asked_about() -> None:
    odd = {"user_agent": WINDOWS, "accept_language": "en", **hints("Windows", 120)}
    assert verdict_of(event(), "established", client=odd).verdict <= Verdict.OBSERVE
    assert verdict_of(event(), "trial", client=odd).verdict <= Verdict.OBSERVE
