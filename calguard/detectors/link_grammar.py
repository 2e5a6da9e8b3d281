"""What the shape of the invitation's links tells, wherever they lead (CC 4.2(2)(5))."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.content.link_shapes import shapes
from calguard.engine.channels import is_own
from calguard.engine.pointing import at_link
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

MAX_LINKS = 200
SAID = {
    "random_path": "leads to a page whose name only a machine writes",
    "short_code": "leads to a page named by a short code, as unknown shorteners do",
    "random_query": "carries a long token",
    "salted_short": "is a short address made long with letters that say nothing",
    "nameless_query": "carries nothing but a token, and no name for it",
    "random_fragment": "keeps a token behind “#”, where the site it leads to does not see it",
    "hex_run": "carries a long hexadecimal run",
    "numbered_path": "is a row of numbers, as mass mailers write them",
    "page_per_reader": "is one of several pages of one site, each named by a token of its own",
    "token_series": "is one of several token addresses of one site",
    "repeated": "is repeated over and over",
    "random_host": "leads to a site with a name that nobody can say",
    "numbered_host": "leads to a site that is named by numbers",
    "cheap_ending": "leads to a site under an ending that costs next to nothing",
    "throwaway_page": "leads to a free page under a throw-away name",
    "hacked_folder": "leads into a folder of a site's own software, as pages on hacked sites do",
    "address_inside": "carries somebody's mail address",
    "click_tracker": "goes through a mail service's click counter",
}


@detector(group="grammar", codes=dict.fromkeys(SAID, Reason.LINK_UNSAFE))
def link_grammar(attempt: Attempt) -> Iterator[Signal]:
    """A link looks as links in mass mail look: random names of pages and hosts, long tokens, addresses repeated over
    and over, folders of hacked sites, throw-away pages on free hosting. Weak signs, which add up with each other and
    with what the text says. The sender's own verified domain, meetings and well-known services are left alone."""
    links = [
        link
        for link in attempt.content.links[:MAX_LINKS]
        if link.host and not link.field.startswith("TZ") and not is_own(link, attempt)
    ]
    own = {address.email for address in attempt.content.named if address.role in ("organizer", "sent_by")}
    strongest: dict[str, float] = {}
    for link, shape in shapes(links):
        if shape.code == "address_inside" and shape.seen.lower() in own | attempt.account.addresses:
            continue
        if strongest.get(shape.code, 0.0) >= shape.strength:
            continue  # each code counts once: a hundred tokens are one sign
        strongest[shape.code] = shape.strength
        signal = Signal(
            code=shape.code,
            reason=f"{link.raw[:120]} {SAID[shape.code]}: {shape.seen}",
            field=link.field,
            weight=shape.strength,
        )
        yield at_link(signal, attempt.content, link)
