"""What programs say of themselves: people's calendar programs and browsers, and what nobody writes invitations with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from calguard.engine import agents
from tests.support.growth import growth
from tests.support.parts import DATA

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
CALENDARS = (
    "macOS/14.4 (23E214) CalendarAgent/961.4",
    "macOS/13.4 (22F66) remindd/2.0",
    "Mac+OS+X/10.15.7 (19H15) CalendarAgent/930.5.1",
    "Mac_OS_X/10.9.5 (13F34) CalendarAgent/176.2",
    "Mac OS X/10.12.6 (16G29) CalendarAgent/386",
    "iOS/17.4 (21E219) dataaccessd/1.0",
    "iOS/16.5 (20F66) remindd/1.0",
    "iOS/17.0 (21A329) accountsd/1.0",
    "iPadOS/17.5 (21F79) dataaccessd/1.0",
    "watchOS/10.4 (21T216) dataaccessd/1.0",
    "visionOS/1.2 (21O589) dataaccessd/1.0",
    "Calendar/1050.3.3 CFNetwork/1474 Darwin/23.0.0",
    "DataAccess/1.0 CFNetwork/1490.0.4 Darwin/23.2.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.5.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:52.0) Gecko/20100101 Thunderbird/52.9.1 Lightning/5.4.9.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:60.0) Gecko/20100101 Postbox/7.0.56",
    "DAV-4-TbSync/4.7",
    "DAVx5/4.4.3-ose (2026/01/02; dav4jvm; okhttp/4.12.0) Android/14",
    "DAVx5/4.3.3-gplay (2023/05/15; dav4jvm; okhttp/4.11.0) Android/13",
    "DAVdroid/1.9.2-gplay (2017/11/4; dav4android; okhttp3) Android/8.0.0",
    "ICSx5/2.2.3",
    "Etar/1.0.44",
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)",
    "Microsoft Office/15.0 (Windows NT 6.1; Microsoft Outlook 15.0.5603; Pro)",
    "Outlook-iOS/2.0",
    "Outlook-Android/2.0",
    "Outlook-iOS-Android/1.0",
    "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Trident/7.0; Microsoft Outlook 16.0.5134; MSOffice 16)",
    "MacOutlook/16.84.24041420 (Intelx64 Mac OS X Version 14.4.1 (Build 23E224))",
    "CalDavSynchronizer/4.5.0",
    "Mozilla/4.0 (compatible; CalDavSynchronizer/4.3.0)",
    "eM Client/9.2.2202.0",
    "eMClient/7.2.36908.0",
    "Fantastical/3.8.10 (Mac OS X 14.4)",
    "Fantastical 2 for iPhone/2.10.14",
    "BusyCal-2024.1.3",
    "BusyCal/2024.2 (Macintosh; OS X)",
    "Evolution/3.52.0",
    "Evolution/3.44.4",
    "evolution-ews/3.44.4",
    "gnome-online-accounts/3.50.1",
    "GNOME Calendar/46.0",
    "gnome-calendar/46.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) KDE DAV groupware client",
    "KOrganizer/5.24.2",
    "Akonadi/5.24.5",
    "CalDAV-Sync (Android) (like iOS/5.0.1 (9A405) dataaccessd/1.0) gzip",
    "CardDAV-Sync (Android) (like iOS/5.0.1 (9A405) dataaccessd/1.0) gzip",
    "SmoothSync/2.2",
    "OpenSync/0.40",
    "SyncEvolution 1.5.3",
    "vdirsyncer/0.19.2",
    "khal/0.11.3",
    "pimsync/0.4.3",
    "Mozilla/5.0 (Android) Nextcloud-android/3.29.1",
    "Mozilla/5.0 (iOS) Nextcloud-iOS/5.0.9",
    "Mozilla/5.0 (Windows) mirall/3.13.0 (build 20240601) (Nextcloud, windows-10.0.22631)",
    "Mozilla/5.0 (Linux) mirall/3.0.1 (Nextcloud)",
    "Mozilla/5.0 (Android) ownCloud-android/4.2",
    "OneCalendar/1.0",
    "aCalendar/2.6",
    "Morgen/3.5.0",
    "Spark/3.2",
    "Mailspring/1.13.3",
    "Vivaldi Calendar/6.5",
    "TickTick/6.3",
    "MSFT-WIN-4/10.0.22621",
    "MSFT-WP/8.10.14219",
    "Windows-Mail/17.5",
    "Apple-iPhone14C2/2104.219",
    "SAMSUNG-SM-S918B/101.13",
    "Android/13-EAS-2.0",
    "Android-Mail/2024.05.12.634",
    "Tasks.org/13.9 (okhttp3) Android/14",
    "org.tasks/130805 (okhttp3) Android/14",
    "jtx Board/2.7.6",
    "Fossify Calendar/1.0",
    "calcurse/4.8.1",
    "URL/Emacs Emacs/29.1 (X11; x86_64-pc-linux-gnu)",
    "AgenDAV/2.6.0",
    "SOGo Connector/102.0",
    "Zimbra Connector for Outlook/9.0",
    "Kerio Connect Client/10.0",
    "MailMate/1.14",
    "Airmail/5.6 (Macintosh)",
    "WeekCal/1.0 CFNetwork/1474 Darwin/23.0.0",
    "Informant/5.0 CFNetwork/1474 Darwin/23.0.0",
    "Calendars/5.20 CFNetwork/1474 Darwin/23.0.0",
    "Mozilla/5.0 (Linux; Android 14) ProtonCalendar/2.22",
)


@pytest.mark.requirement("R10")
@pytest.mark.parametrize("agent", CALENDARS)
def test_no_calendar_program_is_taken_for_a_script(agent: str) -> None:
    assert agents.automation(agent) == ""
    assert 0 < len(agents.read(agent).signature) <= 40
    assert not agents.read(agent).browser


@pytest.mark.parametrize(
    ("agent", "kind"),
    [
        ("DAVx5/4.4 HeadlessChrome/147", "headless"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:1.7) Gecko Thunderbird/1.0 - WebCrawler http://example.com/bot.html",
            "crawler",
        ),
        ("SparkPost", "crawler"),  # no mail program called Spark
        ("python-caldav/1.3.9", "library"),
        ("okhttp/4.12.0", "library"),  # DAVx5 is made with it, and says its own name
    ],
)
def test_a_calendars_name_is_no_cloak(agent: str, kind: str) -> None:
    assert agents.automation(agent) == kind


@pytest.mark.parametrize(
    ("agent", "signature", "engine"),
    [
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KIT} Chrome/147.0.0.0 Safari/537.36",
            "chrome/windows",
            "chromium",
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KIT} Chrome/147.0.0.0 Safari/537.36 Edg/147.0",
            "edge/windows",
            "chromium",
        ),
        (f"{MAC} {KIT} Chrome/147.0.0.0 Safari/537.36 OPR/130.0", "opera/macos", "chromium"),
        (
            f"Mozilla/5.0 (Linux; Android 14; SM-S918B) {KIT} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile",
            "samsung/android",
            "chromium",
        ),
        (
            f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {KIT} Chrome/147.0.0.0 Safari/537.36",
            "chrome/chromeos",
            "chromium",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "firefox/linux", "gecko"),
        (f"{MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15", "safari/macos", "webkit"),
        (
            f"{IPHONE} CriOS/147.0 Mobile/15E148 Safari/604.1",
            "crios/ios",
            "webkit",
        ),
        (
            f"{IPHONE} Mobile/15E148",
            "webview/ios",
            "webkit",
        ),
        ("DAVx5/4.4.3-ose (2026/01/02; dav4jvm; okhttp/4.12.0) Android/14", "davx5/android", ""),
        ("curl/8.5.0", "curl/", ""),
        ("", "", ""),
        ("///", "", ""),
        ("x" * 5000, "x" * 24 + "/", ""),
    ],
)
def test_signatures(agent: str, signature: str, engine: str) -> None:
    found = agents.read(agent)
    assert (found.signature, found.engine) == (signature, engine)


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        ("windows", "windows", True),
        ("android", "linux", True),  # the desktop site on a telephone
        ("ios", "macos", True),  # an iPad
        ("chromeos", "android", True),
        ("", "windows", True),
        ("windows", "macos", False),
        ("android", "ios", False),
        ("windows", "linux", False),
    ],
)
def test_what_one_device_may_call_itself(one: str, other: str, may: bool) -> None:
    assert agents.alike(one, other) is agents.alike(other, one) is may


def lines(name: str) -> Iterator[str]:
    for line in (DATA / "lists" / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("# "):
            yield line.strip()


@pytest.mark.needs("data")
@pytest.mark.requirement("R10")
def test_on_the_known_bots_and_browsers() -> None:
    """At least 97 of 100 bots are known, and of 1,000 browsers at most five taken for one."""
    bots = [bool(agents.automation(line)) for line in lines("ua_bot_samples.txt")]
    browsers = [bool(agents.automation(line)) for line in lines("ua_browser_samples.txt")]
    assert len(bots) > 2000
    assert len(browsers) > 1000
    assert sum(bots) / len(bots) >= 0.97
    assert sum(browsers) / len(browsers) <= 0.005


@pytest.mark.needs("data")
def test_every_known_browser_has_a_signature() -> None:
    assert [line for line in lines("ua_browser_samples.txt") if not agents.read(line).browser] == []


def test_a_long_name_costs_no_more_than_a_short_one() -> None:
    """Only the beginning is looked at, whatever it repeats."""

    def work(size: int) -> None:
        agents.read.cache_clear()
        agents.automation.cache_clear()
        for part in ("Version/1.", "Mozilla/5.0 (", "CFNetwork", "macOS/1"):
            agents.read(part * size)
            agents.automation(part * size)

    assert growth(work, 200, 20) <= 3
