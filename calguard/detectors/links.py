"""Where the invitation's links lead (CC 4.2(2)(5), R35 to R40)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.content.types import Link
from calguard.engine.brands import imitated_by
from calguard.engine.channels import is_own
from calguard.engine.listed import refused, suspected
from calguard.engine.pointing import at_link
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Lists, Signal

MAX_LINKS = 200  # whose disguises are looked at, from both ends
NO_LISTS = Lists()
FLAGS = {
    "userinfo": "hides the site behind another's name",
    "ip_literal": "leads to a bare address",
    "mixed_script": "mixes alphabets in the site's name",
    "percent_host": "encodes the site's name",
    "spelt_out": "writes plain letters in code, so that programs cannot read it",
    "ad_click": "goes through a counter of paid advertisements",
    "backslash": "is written to mislead programs",
    "control_chars": "is broken in the middle, where a browser reads on",
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
    codes={"block_list": Reason.LINK_NOT_ALLOWED, "suspect_list": Reason.LINK_UNSAFE, "brand_host": Reason.LINK_UNSAFE}
    | dict.fromkeys(FLAGS, Reason.LINK_UNSAFE),
)
def links(attempt: Attempt) -> Iterator[Signal]:
    """A link leads to a site the operator refuses, imitates a company's site, or is built so that reader or program
    cannot see where it leads. Links to the sender's own verified domain are only ever refused by the block list."""
    yield from _listed(attempt)
    found = attempt.content.links
    for link in found if len(found) <= MAX_LINKS else (*found[: MAX_LINKS // 2], *found[-MAX_LINKS // 2 :]):
        if not is_own(link, attempt) and not link.field.startswith("TZ"):
            for signal in _disguises(link):
                yield at_link(signal, attempt.content, link)


def _listed(attempt: Attempt) -> Iterator[Signal]:
    """What the operator's lists name; every link is looked up, as a listed one may stand behind thousands of others."""
    if attempt.lists == NO_LISTS:
        return
    for link in attempt.content.links:
        for code, said, name in (
            ("block_list", "is on the operator's list", refused(link, attempt.lists)),
            ("suspect_list", "is on a list that the operator trusts less", suspected(link, attempt.lists)),
        ):
            if name:
                signal = Signal(code=code, reason=f"{name[:120]} {said}", field=link.field, read_as=name)
                yield at_link(signal, attempt.content, link)


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
