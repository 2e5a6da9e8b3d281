"""What is known of hosts: registrable domains, shorteners, user content, conferences, messengers, freemail."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from publicsuffixlist import PublicSuffixList

_PSL = PublicSuffixList(accept_unknown=False)
_RESERVED = (".example", ".test", ".invalid", ".onion")  # no public suffixes, but addresses all the same


def read_lines(name: str) -> list[str]:
    """The lines of a shipped list in lower case; "#" starts a comment."""
    text = files("calguard.lists").joinpath(name).read_text("utf-8")
    lines = (line.partition("#")[0].strip().lower() for line in text.splitlines())
    return [line for line in lines if line]


def read_list(name: str) -> frozenset[str]:
    """A shipped list of which only membership counts."""
    return frozenset(read_lines(name))


SHORTENERS = read_list("shorteners.txt")
USER_CONTENT = read_list("user_content.txt")
CONFERENCE = read_list("conference.txt")
PLATFORMS = read_list("platforms.txt")
MESSENGERS = read_list("messengers.txt")
REDIRECTORS = read_list("redirectors.txt")
TRACKERS = read_list("trackers.txt")
FREEMAIL = read_list("freemail.txt") | read_list("freemail_more.txt")


@lru_cache(maxsize=8192)
def registrable(host: str) -> str:
    """The registrable domain of a canonical host; "" where its ending is no public suffix."""
    known = _PSL.privatesuffix(host) or ""
    if not known and host.endswith(_RESERVED) and "." in host.strip("."):
        return ".".join(host.split(".")[-2:])
    return known


@lru_cache(maxsize=8192)
def has_public_suffix(host: str) -> bool:
    return host.endswith(_RESERVED) or bool(_PSL.publicsuffix(host))


def is_public_suffix(host: str) -> bool:
    """Whether anybody can register names right below it: "com", "co.uk"."""
    return _PSL.publicsuffix(host) == host and not _PSL.privatesuffix(host)


def covers(entries: frozenset[str], host: str) -> bool:
    """Whether the host or a parent of it is listed."""
    while host and entries:
        if host in entries:
            return True
        host = host.partition(".")[2]
    return False


def is_shortener(host: str) -> bool:
    """Whether short links here may lead anywhere."""
    return host not in _OWN_SHORT and covers(SHORTENERS, host)


_OWN_SHORT = frozenset({"maps.app.goo.gl", "photos.app.goo.gl"})  # below a shortener, and its owner's pages only


def is_freemail(domain: str) -> bool:
    """Whether anybody can have an address at this domain, so that it proves no organisation."""
    return covers(FREEMAIL, domain) or ("*." + domain.partition(".")[2]) in FREEMAIL


_WITH_PATH = frozenset(entry.partition("/")[0] for entry in USER_CONTENT if "/" in entry)


def is_user_page(host: str, path: str) -> bool:
    """Pages anybody can publish below one path of a trusted host (R39); hosts listed whole are in USER_CONTENT."""
    return host in _WITH_PATH and f"{host}/{path.lstrip('/').partition('/')[0]}" in USER_CONTENT
