"""Links by the grammar of those who write them: throw-away hosts, redirectors and hosted pages, or plain and named."""

from __future__ import annotations

import string
from random import Random

# fmt: off
CHEAP = ("top", "xyz", "icu", "shop", "click", "online", "site", "live", "cfd", "sbs", "buzz", "club", "info", "com")
HOSTED = (
    "web.app", "pages.dev", "vercel.app", "netlify.app", "github.io", "weebly.com", "blogspot.com", "r2.dev",
    "firebaseapp.com", "azurewebsites.net", "workers.dev", "wixsite.com",
)
BUCKETS = (
    "storage.googleapis.com", "s3.amazonaws.com", "ipfs.io/ipfs", "sites.google.com/view",
    "docs.google.com/forms/d/e", "drive.google.com/file/d", "forms.office.com/r",
)
SHORT = ("bit.ly", "tinyurl.com", "t.co", "cutt.ly", "is.gd", "rb.gy", "shorturl.at", "goo.su", "t.ly", "ow.ly")
LURES = ("secure", "login", "verify", "account", "update", "track", "parcel", "pay", "bonus", "claim", "portal", "auth")
PAGES = ("events", "kalender", "news", "agenda", "tickets", "about", "team", "blog", "shop", "docs", "wiki", "info")
FOLDERS = ("wp-content/plugins", "wp-includes/css", "wp-admin/js", ".well-known", "images/old", "cgi-bin")
# fmt: on
ALNUM = string.ascii_letters + string.digits


def link(random: Random, kind: str) -> str:
    """A link of one kind; `abuse` is any of those that lures use."""
    if kind == "abuse":
        kind = random.choice(["random", "random", "tracker", "usercontent", "hacked", "shortener"])
    return _KINDS[kind](random)


def slug(random: Random) -> str:
    """A word that could be said, and is none."""
    return "".join(random.choice("bdfgklmnprstvz") + random.choice("aeiou") for _ in range(random.randint(3, 5)))


def _token(random: Random, low: int, high: int) -> str:
    return "".join(random.choices(ALNUM, k=random.randint(low, high)))


def _hex(random: Random, length: int) -> str:
    return "".join(random.choices("0123456789abcdef", k=length))


def _throwaway(random: Random) -> str:
    """Consonants and digits, longer than names that people register for themselves."""
    heap = "".join(random.choices("bcdfghjklmnpqrstvwxz0123456789", k=random.randint(10, 14)))
    name = random.choice([heap, f"{random.choice(LURES)}-{heap}", f"{random.choice(LURES)}.{heap}"])
    return f"{name}.{random.choice(CHEAP)}"


def _random(random: Random) -> str:
    paths = (
        "",
        _token(random, 6, 12),
        f"{random.choice(LURES)}/{_token(random, 10, 30)}",
        f"?{_token(random, 1, 3)}={_token(random, 20, 60)}",
    )
    return f"{random.choice(['https', 'http'])}://{_throwaway(random)}/{random.choice(paths)}"


def _shortener(random: Random) -> str:
    return f"https://{random.choice(SHORT)}/{_token(random, 9, 11)}"


def _tracker(random: Random) -> str:
    numbers = "/".join(str(random.randint(1, 9999)) for _ in range(random.randint(3, 6)))
    host = random.choice([_throwaway(random), f"click.{_throwaway(random)}", f"192.0.2.{random.randint(1, 254)}"])
    tails = (
        f"cl/{random.randint(100, 9999)}_md/{numbers}",
        f"t/{_token(random, 40, 70)}",
        f"rd/{numbers}",
        f"track.php?id={_hex(random, 32)}",
    )
    redirector = "https://www.google.com/url?q=" if random.random() < 0.2 else ""
    return f"{redirector}http://{host}/{random.choice(tails)}"


def _hacked(random: Random) -> str:
    page = random.choice(["index.php", "login.html", f"x.php?m={_hex(random, 12)}"])
    host = f"{random.choice(['www.', ''])}{slug(random)}{slug(random)}.example"
    return f"https://{host}/{random.choice(FOLDERS)}/{_token(random, 4, 9)}/{page}"


def _usercontent(random: Random) -> str:
    if random.random() < 0.5:
        page = random.choice(["", "index.html", _token(random, 4, 8)])
        return f"https://{random.choice(LURES)}-{_hex(random, 10)}.{random.choice(HOSTED)}/{page}"
    campaign = f"{random.randint(100, 9999)}_md/{random.randint(1, 99)}/{random.randint(1, 99999)}"
    ending = random.choice(["", ".html", f".html#cl/{campaign}"])
    return f"https://{random.choice(BUCKETS)}/{_hex(random, 16)}/{_token(random, 8, 14)}{ending}"


def _plain(random: Random) -> str:
    owner = random.choice(["", f"{slug(random)}."])
    host = f"{random.choice(['www.', '', 'events.', 'my.'])}{owner}example.{random.choice(['org', 'com', 'net'])}"
    page = random.choice(PAGES)
    paths = ("", page, f"{page}/{random.randint(2012, 2027)}", f"{page}/{slug(random)}-{slug(random)}")
    return f"https://{host}/{random.choice(paths)}"


def _calendar(random: Random) -> str:
    """As a hosted calendar rewrites the links of its events."""
    stamp = f"&sa=D&source=calendar&ust={_digits(random, 16)}&usg={_token(random, 24, 24)}"
    return f"https://www.google.com/url?q={_plain(random)}{stamp}"


def _digits(random: Random, length: int) -> str:
    return "".join(random.choices(string.digits, k=length))


def _forge(random: Random) -> str:
    """Where software is written and its standards are kept."""
    owner, project = slug(random), slug(random)
    return random.choice(
        [
            f"https://github.com/example/{project}/issues/{random.randint(1, 9999)}",
            f"https://gitlab.example.org/{owner}/{project}/-/merge_requests/{random.randint(1, 999)}",
            f"http://lists.example.org/pipermail/{project}/{random.randint(2001, 2026)}-05/{_digits(random, 6)}.html",
            f"http://www.example.org/~{owner}/{project}.html",
            f"https://wiki.example.net/display/{project.upper()}/Minutes",
        ]
    )


def _meeting(random: Random) -> str:
    number = random.randint(80_000_000_000, 89_999_999_999)
    letters = "".join(random.choices(string.ascii_lowercase, k=10))
    return random.choice([
        f"https://us0{random.randint(2, 6)}web.zoom.us/j/{number}?pwd={_token(random, 32, 32)}",
        f"https://zoom.us/j/{number}",
        f"https://meet.google.com/{letters[:3]}-{letters[3:7]}-{letters[7:]}",
        f"https://teams.microsoft.com/l/meetup-join/19%3ameeting_{_token(random, 48, 48)}%40thread.v2/0",
        f"https://example.webex.com/meet/{slug(random)}",
        f"https://meet.jit.si/{slug(random).title()}{slug(random).title()}",
    ])  # fmt: skip


def _news(random: Random) -> str:
    """Lawful newsletters follow their readers too."""
    source = f"utm_source=newsletter&utm_medium=email&utm_campaign={slug(random)}"
    return random.choice(
        [
            f"https://click.mail.example.com/?qs={_hex(random, 64)}",
            f"https://{slug(random)}.example.org/news/{random.randint(100, 9999)}?{source}",
            f"https://links.example.net/u/{_token(random, 22, 22)}/{_token(random, 40, 60)}",
            f"https://lists.example.org/unsubscribe/{_hex(random, 24)}",
        ]
    )


_KINDS = {
    "random": _random,
    "shortener": _shortener,
    "tracker": _tracker,
    "hacked": _hacked,
    "usercontent": _usercontent,
    "plain": _plain,
    "calendar": _calendar,
    "forge": _forge,
    "meeting": _meeting,
    "news": _news,
}
