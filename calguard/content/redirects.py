"""Where a wrapped link really goes, decoded offline from the link itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

from ada_url import URL

from calguard.content.hosts import REDIRECTORS, TRACKERS, covers, is_shortener, read_lines
from calguard.content.wrapping import address, first_named, in_query, in_rest, in_segment, in_urldefense

MAX_LEVELS = 5

_GOOGLE = re.compile(
    r"^(?:(?:www|cse|maps|images|plus|news|adservice|docs|sites|meet|accounts|mail|classroom|groups)\.)?"
    r"google\.[a-z]{2,3}(?:\.[a-z]{2})?$"
)
_GOOGLE_PAGES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("/url", ("q", "url")),
    ("/goto", ("url", "q")),
    ("/link", ("dest", "q", "url")),  # also meet.google.com/linkredirect
    ("/interstitial", ("url",)),
    ("/aclk", ("adurl",)),
    ("/pagead/aclk", ("adurl",)),
    ("/imgres", ("imgrefurl", "imgurl")),
    ("/local_url", ("q",)),
    ("/travel/clk", ("pcurl",)),
    ("/accounts/", ("continue",)),
    ("/AccountChooser", ("continue",)),
    ("/ServiceLogin", ("continue",)),
    ("/Logout", ("continue",)),
    ("/signin", ("continue",)),
)
_GOOGLE_OPAQUE = ("/url", "/goto", "/linkredirect", "/aclk", "/pagead/aclk")
_URLDEFENSE = frozenset({"urldefense.com", "urldefense.us", "urldefense.proofpoint.com"})


def _pages() -> dict[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    """By host: beginnings of the paths that pass a reader on, with the places where the address stands."""
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for line in read_lines("wrappers.txt"):
        page, *places = line.split()
        host, slash, path = page.partition("/")
        found.setdefault(host, []).append((slash + path, tuple(places)))
    return {host: tuple(pages) for host, pages in found.items()}


_PAGES = _pages()
_WRAPPERS = frozenset(_PAGES) | _URLDEFENSE | {"bing.com", "cdn.ampproject.org", "translate.goog"}


def unwrap(link: URL, depth: int = 0) -> tuple[URL, bool, bool]:
    """The destination, whether anything was unwrapped, and whether the destination remains unknown.

    Known wrappers are followed for at most five levels and never over the network (R37).
    """
    host = link.hostname.rstrip(".")
    if not may_redirect(host):
        return link, False, False
    target, doubtful = _target(link, host)
    if target and depth < MAX_LEVELS:
        try:
            inner = URL(target, base=link.href) if target.startswith(("/", "\\")) else URL(target)
        except ValueError:
            return link, False, True
        end, _, opaque = unwrap(inner, depth + 1)
        return end, True, opaque or doubtful
    return link, False, bool(target) or _is_opaque(host, link)


def _is_opaque(host: str, link: URL) -> bool:
    """Whether this address says nothing of where it leads; the front page of a service leads to the service."""
    if len(link.pathname) < 2 and not link.search:
        return False
    if _GOOGLE.match(host):
        return link.pathname.startswith(_GOOGLE_OPAQUE)
    return is_shortener(host) or covers(REDIRECTORS, host) or _page(host, link.pathname) is not None


@lru_cache(maxsize=4096)
def may_redirect(host: str) -> bool:
    """Whether any page of this host passes the reader on to somewhere else."""
    return is_shortener(host) or covers(_WRAPPERS, host) or covers(REDIRECTORS, host) or _GOOGLE.match(host) is not None


def counted(host: str, path: str, query: str) -> Iterator[str]:
    """By whom a reader who comes this way is counted."""
    if is_tracker(host, path, query):
        yield "click_tracker"
    if is_ad_click(host, path):
        yield "ad_click"


def is_tracker(host: str, path: str, query: str) -> bool:
    """Whether a mail service counts clicks here, by its host or by the shape its addresses have on customers' hosts."""
    if len(path) + len(query) < 12:
        return False
    return covers(TRACKERS, host) or bool(_TRACKING.match(path + query))


def is_ad_click(host: str, path: str) -> bool:
    """Whether somebody pays for each visit that comes this way: no invitation is sent through an advertisement."""
    if covers(_AD_HOSTS, host):
        return len(path) > 1
    return path.startswith(("/aclk", "/pagead/aclk", "/aclick")) and (bool(_GOOGLE.match(host)) or covers(_BING, host))


_AD_HOSTS = frozenset({"googleadservices.com", "doubleclick.net"})
_BING = frozenset({"bing.com"})


_TRACKING = re.compile(
    r"/(?:ls/click\?upn=|wf/click\?upn=|e3t/c|f/a/[\w-]{8,}~~?/|cl0/https?:|l0/https?:|ss/c/[\w-]{16}|mk/(?:mr|cl)/"
    r"|mpss/[co]/|lt\.php\?|unsub2\?|tracking/(?:bot)?click|(?:api/)?track(?:ing)?/click|v\d/emailclick\?|emailclick\?"
    r"|proc\.php\?|e/[cto]/[\w=-]{24}|c/ej[wx][\w-]{24}|/?\?qs=[0-9a-f]{32})",
    re.IGNORECASE,
)


def _target(link: URL, host: str) -> tuple[str, bool]:
    """The address a wrapper carries, and whether it carries several, so that only its server knows which it obeys."""
    path, query = link.pathname, link.search
    if len(path) < 2 and not query:
        return "", False
    if _GOOGLE.match(host):
        return _google(path, query)
    if host.endswith(".cdn.ampproject.org"):
        return _amp(path.partition("/c/")[2] or path.partition("/v/")[2]), False
    if host.endswith(".translate.goog"):
        name = host.removesuffix(".translate.goog").replace("--", "\0").replace("-", ".").replace("\0", "-")
        return f"https://{name}{path}", False
    if covers(_URLDEFENSE, host):
        return in_urldefense(path, query), False
    if host.endswith("bing.com") and path.startswith(("/ck/a", "/aclick", "/aclk")):
        return address(in_query(query).get("u", "").removeprefix("a1").removeprefix("a0")), False
    return _known(host, path, query)


def _known(host: str, path: str, query: str) -> tuple[str, bool]:
    places = _page(host, path) or ()
    names = [place for place in places if place[0] != "*"]
    if names and query:
        found, several = first_named(query, names)
        if found:
            return found, several
    if "*segment" in places:
        return in_segment(path), False
    return (in_rest(path + query), False) if "*rest" in places else ("", False)


def _page(host: str, path: str) -> tuple[str, ...] | None:
    """Where this page of this host keeps the address it passes readers on to; None where it is no wrapper."""
    lowered = path.lower()
    while host:
        for beginning, places in _PAGES.get(host, ()):
            if lowered.startswith(beginning):
                return places
        host = host.partition(".")[2]
    return None


def _google(path: str, query: str) -> tuple[str, bool]:
    if path.startswith("/amp/"):
        return _amp(path[5:]), False
    if path.startswith("/search") and "btni" in query.lower():  # "I'm feeling lucky" opens the first hit
        return first_named(query, ("q",))
    for beginning, names in _GOOGLE_PAGES:
        if path.startswith(beginning):
            return first_named(query, names)
    return "", False


def _amp(rest: str) -> str:
    secure = rest.startswith("s/")
    rest = unquote(rest.removeprefix("s/"))
    return f"{'https' if secure else 'http'}://{rest}" if "." in rest else ""
