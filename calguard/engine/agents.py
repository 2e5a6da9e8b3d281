"""What a user agent says of itself: which kind of program on which system, without versions, and whether it is steered.

All of it is a claim. It can raise a doubt where claims contradict each other; it excuses nothing but itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import crawleruseragents
from ua_parser import parse_user_agent

Engine = Literal["", "chromium", "gecko", "webkit"]
Automation = Literal["", "empty", "headless", "library", "crawler"]

LONGEST = 512  # characters that are looked at

# Calendar programs of people, asked first: the lists below know browsers and take DAVx5 for a crawler.
CALENDAR_CLIENTS = re.compile(
    r"\b(?:CalendarAgent|dataaccessd|remindd|accountsd|DAV(?:x5|droid|-4-TbSync)|ICSx5|Etar|Thunderbird|Lightning"
    r"|Postbox|Evolution|evolution-ews|gnome-calendar|gnome-online-accounts|GNOME Calendar"
    r"|Microsoft (?:Office|Outlook)|MSOffice|MacOutlook|Outlook-(?:iOS|Android)|CalDavSynchronizer|eM ?Client"
    r"|Fantastical|Flexibits|BusyCal|KOrganizer|Akonadi|Kontact|KDE DAV|(?:Cal|Card)DAV-Sync|SmoothSync|SyncEvolution"
    r"|OpenSync|vdirsyncer|pimsync|khal|calcurse|Nextcloud|mirall|ownCloud|OneCalendar|aCalendar|(?:org\.tasks|Tasks\.org)"
    r"|jtx Board|Fossify Calendar|Morgen|Mailspring|MailMate|Airmail|Vivaldi Calendar|TickTick|SOGo Connector"
    r"|Zimbra Connector|Kerio Connect|MSFT-(?:WIN|WP)|Windows-Mail|ProtonCalendar)(?=[-/\s,;()\d+_]|$)"
    r"|^Spark/|^(?:macOS|Mac.OS.X|iOS|iPadOS|watchOS|visionOS)/[\d.]+ "
)
DAEMONS = re.compile(r"\b(?:CalendarAgent|dataaccessd|remindd|accountsd)\b")  # Apple's, named after the system
LIBRARIES = re.compile(
    r"(?i)\b(?:python|aiohttp|httpx|urllib|curl|wget|libwww|lwp|go-http-client|java/|apache-httpclient|okhttp|axios"
    r"|node-fetch|undici|got \(|guzzle|ruby|faraday|scrapy|mechanize|postman|insomnia|httpie|php/|powershell|winhttp"
    r"|restsharp|dart:io|reqwest|hyper/|colly)"
)
HEADLESS = re.compile(
    r"(?i)headless|phantomjs|selenium|puppeteer|playwright|electron-nightmare|slimerjs|zombie\.js|webdriver"
)
SAYS_SO = re.compile(r"(?i)(?:bot|crawl(?:er)?|spider)\b")  # in plain words: no name beside it is a cloak

_FAMILIES: tuple[tuple[str, str, Engine], ...] = (
    (r"CriOS/", "crios", "webkit"),  # whatever the name, on iOS Apple's engine is inside
    (r"FxiOS/|Focus/", "fxios", "webkit"),
    (r"EdgiOS/", "edgios", "webkit"),
    (r"OPiOS/|OPT/", "opios", "webkit"),
    (r"GSA/", "gsa", "webkit"),
    (r"DuckDuckGo/", "duckduckgo", ""),
    (r"Edge/", "edge-old", ""),
    (r"Edg(?:A|W)?/", "edge", "chromium"),
    (r"OPR/|OPX/", "opera", "chromium"),
    (r"SamsungBrowser/", "samsung", "chromium"),
    (r"YaBrowser/", "yandex", "chromium"),
    (r"Vivaldi/", "vivaldi", "chromium"),
    (r"Firefox/|Fennec/", "firefox", "gecko"),
    (r"Chrom(?:e|ium)/", "chrome", "chromium"),
    (r"Version/[\d.]+.* Safari/", "safari", "webkit"),
    (r"AppleWebKit/", "webview", "webkit"),
)
FAMILIES = tuple((re.compile(pattern), family, engine) for pattern, family, engine in _FAMILIES)
SYSTEMS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), system)
    for pattern, system in (
        (r"Windows", "windows"),
        (r"OpenHarmony|HarmonyOS", "harmony"),
        (r"Android|DAVx5|DAVdroid", "android"),
        (r"iPhone|iPad|iPod|^(?:i(?:Pad)?|watch|vision)OS/", "ios"),
        (r"CrOS", "chromeos"),
        (r"Macintosh|Mac.?OS.?X|macOS|Darwin", "macos"),
        (r"Linux|X11|BSD", "linux"),
    )
)
# What one device may truthfully call itself: the desktop site on a telephone, an iPad as a Macintosh, Android in
# ChromeOS.
ALIKE = (
    frozenset({"android", "linux", "chromeos"}),
    frozenset({"ios", "macos"}),
    frozenset({"harmony", "android", "linux"}),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Agent:
    """One user agent, read."""

    family: str = ""  # "chrome", "davx5", or the first word of what nobody knows
    system: str = ""
    engine: Engine = ""  # of a browser
    major: int | None = None  # Chromium's, where it says so
    browser: bool = False
    calendar: bool = False  # a calendar program, which shows people no web forms

    @property
    def signature(self) -> str:
        """The kind of program without versions, at most 40 characters: "chrome/windows"; "" where nothing is known."""
        return f"{self.family}/{self.system}"[:40] if self.family else ""


@lru_cache(maxsize=4096)
def read(written: str) -> Agent:
    """What a user agent says, in time linear in its first 512 characters."""
    written = written[:LONGEST].strip()
    system = next((name for pattern, name in SYSTEMS if pattern.search(written)), "")
    calendar = CALENDAR_CLIENTS.search(written)
    if calendar:
        return Agent(family=_word((DAEMONS.search(written) or calendar)[0]), system=system, calendar=True)
    if not written.startswith(("Mozilla/", "Opera/")):
        return Agent(family=_word(written), system=system)
    family, engine = next(((name, kind) for pattern, name, kind in FAMILIES if pattern.search(written)), ("", ""))
    major = re.search(r"Chrom(?:e|ium)/(\d{1,4})", written) if engine == "chromium" else None
    return Agent(
        family=family or "mozilla",
        system=system,
        engine=engine,
        major=int(major[1]) if major else None,
        browser=bool(family) and not automation(written),
    )


def engine_of(signature: str) -> Engine:
    """The engine behind a kept signature; "" where that is not known."""
    family = signature.partition("/")[0]
    return next((engine for _, name, engine in FAMILIES if name == family), "")


def alike(one: str, other: str) -> bool:
    """Whether one device may call itself by both systems. What is not known contradicts nothing."""
    return not one or not other or one == other or any({one, other} <= group for group in ALIKE)


@lru_cache(maxsize=4096)
def automation(written: str) -> Automation:
    """What kind of automation a user agent admits to; "" for none."""
    written = written[:LONGEST].strip()
    if not written:
        return "empty"
    if HEADLESS.search(written):
        return "headless"
    if CALENDAR_CLIENTS.search(written) and not SAYS_SO.search(written):
        return ""
    if LIBRARIES.search(written):
        return "library"
    parsed = parse_user_agent(written)
    if parsed and re.search(r"(?i)bot|crawler|spider|requests|curl", parsed.family):
        return "crawler"
    return "crawler" if crawleruseragents.is_crawler(written) else ""


def _word(written: str) -> str:
    """The first word of a name, without its version."""
    return re.sub(r"[^a-z0-9.-]+", "", re.split(r"[/(;]", written.strip().lower(), maxsplit=1)[0])[:24].strip(".-")
