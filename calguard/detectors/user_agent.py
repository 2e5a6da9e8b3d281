"""What program made the request (CC 4.2(1)(1), R10)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import crawleruseragents
from ua_parser import parse_user_agent

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

# Calendar programs of people, asked first: the lists below know browsers and take DAVx5 for a crawler.
CALENDAR_CLIENTS = re.compile(
    r"CalendarAgent|dataaccessd|\bremindd\b|accountsd|DAVx5|DAVdroid|Thunderbird|Lightning/|Evolution|GNOME|gnome-online"
    r"|Etar|ICSx5|Microsoft (?:Office|Outlook)|Outlook-(?:iOS|Android)|CalDavSynchronizer|eM ?Client|Fantastical"
    r"|BusyCal|KOrganizer|Akonadi|DAV(?:Kit|AccountService)|CalDAV-Sync|SabreDAV client|vdirsyncer|khal|Nextcloud"
    r"|ownCloud|OneCalendar|aCalendar|Morgen|Spark|Mailspring|Vivaldi Calendar|MacOSX|macOS/|iOS/|iPadOS/"
)
LIBRARIES = re.compile(
    r"(?i)\b(?:python|aiohttp|httpx|urllib|curl|wget|libwww|lwp|go-http-client|java/|apache-httpclient|okhttp|axios"
    r"|node-fetch|undici|got \(|guzzle|ruby|faraday|scrapy|mechanize|postman|insomnia|httpie|php/|powershell|winhttp"
    r"|restsharp|dart:io|reqwest|hyper/|colly)"
)
HEADLESS = re.compile(
    r"(?i)headless|phantomjs|selenium|puppeteer|playwright|electron-nightmare|slimerjs|zombie\.js|webdriver"
)


@detector(
    group="client",
    codes={
        "empty": Reason.LOOKS_AUTOMATED,
        "headless": Reason.LOOKS_AUTOMATED,
        "library": Reason.LOOKS_AUTOMATED,
        "crawler": Reason.LOOKS_AUTOMATED,
    },
)
def user_agent(attempt: Attempt) -> Iterator[Signal]:
    """The request names no program, or one that no person uses to write invitations: a script library, a browser
    without a window, a crawler. Calendar programs and registered API clients are never counted."""
    client = attempt.client
    if client.registered or client.user_agent is None:
        return
    written = client.user_agent.strip()
    kind = kind_of(written[:512])
    if kind:
        reason = f"the request came from “{written[:120]}”" if written else "the request names no program"
        yield Signal(code=kind, reason=reason, field="User-Agent")


@lru_cache(maxsize=4096)
def kind_of(written: str) -> str:
    """What kind of automation a user agent admits to; "" for none."""
    if not written:
        return "empty"
    if CALENDAR_CLIENTS.search(written) and not HEADLESS.search(written):
        return ""
    if HEADLESS.search(written):
        return "headless"
    if LIBRARIES.search(written):
        return "library"
    parsed = parse_user_agent(written)
    if parsed and re.search(r"(?i)bot|crawler|spider|requests|curl", parsed.family):
        return "crawler"
    return "crawler" if crawleruseragents.is_crawler(written) else ""
