"""Where the invitation's links lead (CC 4.2(2)(5), R35 to R40)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.content.hosts import covers
from calguard.content.types import Link
from calguard.engine.brands import imitated_by
from calguard.engine.channels import is_own
from calguard.engine.pointing import among
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

MAX_LINKS = 200
FLAGS = {
    "userinfo": "hides the site behind another's name",
    "ip_literal": "leads to a bare address",
    "mixed_script": "mixes alphabets in the site's name",
    "percent_host": "encodes the site's name",
    "backslash": "is written to mislead programs",
    "script_uri": "runs a program",
    "data_uri": "carries a page in itself",
    "anchor_mismatch": "shows one address and leads to another",
    "opaque_redirect": "hides where it leads",
    "shortener": "hides where it leads",
    "defanged": "is written so that programs miss it",
    "user_content": "leads to a page anybody can publish under a trusted name",
    "punycode": "spells the site's name in foreign letters",
    "port": "names a port",
}


@detector(
    group="links",
    codes={"block_list": Reason.LINK_NOT_ALLOWED, "brand_host": Reason.LINK_UNSAFE}
    | dict.fromkeys(FLAGS, Reason.LINK_UNSAFE),
)
def links(attempt: Attempt) -> Iterator[Signal]:
    """A link leads to a site the operator refuses, imitates a company's site, or is built so that reader or program
    cannot see where it leads. Links to the sender's own verified domain are only ever refused by the block list."""
    for link in attempt.content.links[:MAX_LINKS]:
        if _blocked(link, attempt):
            signal = Signal(code="block_list", reason=f"{link.host} is on the operator's list", field=link.field)
            yield among(signal, attempt.content, (link.raw, link.host))
        if not is_own(link, attempt) and not link.field.startswith("TZ"):
            for signal in _disguises(link):
                yield among(signal, attempt.content, (link.raw, link.host))


def _blocked(link: Link, attempt: Attempt) -> bool:
    lists = attempt.lists
    return bool(link.host) and (covers(lists.deny_hosts, link.host) or link.domain in lists.deny_domains)


def _disguises(link: Link) -> Iterator[Signal]:
    for flag, words in FLAGS.items():
        if flag in link.flags and not (flag == "opaque_redirect" and "shortener" in link.flags):
            yield Signal(code=flag, reason=f"{link.raw[:120]} {words}", field=link.field)
    if link.host and "conference" not in link.flags and (found := imitated_by(link.host)):
        brand, imitation = found
        openly = any(name.lower() in link.raw.lower() for name in brand.names)
        yield Signal(
            code="brand_host",
            reason=f"{link.host} {imitation.how} {brand.names[0]} (“{imitation.seen}”) and is not its site",
            field=link.field,
            weight=imitation.strength,
            read_as="" if openly else brand.names[0],
        )
