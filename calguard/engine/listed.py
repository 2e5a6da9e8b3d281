"""Whether a link leads to what the operator's lists name, openly, behind a redirector or in what it carries."""

from __future__ import annotations

from collections.abc import Iterator

from ada_url import URL

from calguard.content.hosts import covers
from calguard.content.links import from_uri
from calguard.content.types import Link
from calguard.content.url_hashes import hashes
from calguard.content.wrapping import carried
from calguard.engine.types import Lists

CARRIED = 4  # addresses in one link's query that are looked up


def refused(link: Link, lists: Lists) -> str:
    """What of the link is on a list of high confidence; "" for nothing."""
    return _named(link, lists.deny_hosts, lists.deny_domains, lists.deny_urls)


def suspected(link: Link, lists: Lists) -> str:
    """What of the link is on a list of low confidence; "" for nothing."""
    return _named(link, lists.suspect_hosts, lists.suspect_domains, lists.suspect_urls)


def _named(link: Link, hosts: frozenset[str], domains: frozenset[str], urls: frozenset[str]) -> str:
    if not (hosts or domains or urls) or not link.host:
        return ""
    for host, url in _places(link):
        if covers(hosts, host) or covers(domains, host):
            return host
        if urls and not urls.isdisjoint(hashes(url)):
            return url
    return ""


def _places(link: Link) -> Iterator[tuple[str, str]]:
    """Hosts and addresses a link stands for: where it leads, the redirector in front, and what its query carries."""
    yield link.host, link.url
    if "redirector" in link.flags:
        try:
            first = URL(link.raw if "://" in link.raw[:12] else f"http://{link.raw}")
        except ValueError:
            first = None
        if first is not None:
            yield str(first.hostname).strip("."), str(first.href)
    for target in carried(link.url)[:CARRIED]:
        inside = from_uri(target, link.field)
        if inside and inside.host:
            yield inside.host, inside.url
