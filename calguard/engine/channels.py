"""Where an invitation sends its reader, apart from the meeting itself: telephone, mail, messenger, wallet, link."""

from __future__ import annotations

import re
from dataclasses import dataclass

from calguard.content.handles import Handle, reached
from calguard.content.hosts import covers, registrable
from calguard.content.normalise import fold
from calguard.content.types import Content, Link, Phone
from calguard.engine.brands import poses
from calguard.engine.lures import conference_words, read, readings, worded
from calguard.engine.types import Attempt

_MAIL = re.compile(r"[a-z0-9][a-z0-9._%+-]{0,63}@(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}\b")
_NEAR = 160  # characters around a number in which a conference block says what the number is for
MAX_PHONES = 40
DISGUISED = frozenset(
    {"shortener", "opaque_redirect", "ip_literal", "userinfo", "mixed_script", "percent_host", "backslash", "data_uri"}
    | {"script_uri", "anchor_mismatch", "user_content", "defanged"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Channels:
    """The first of each kind, as written; "" where there is none."""

    phone: str = ""
    mail: str = ""
    messenger: str = ""  # a chat link or somebody's name on a messenger
    wallet: str = ""  # an address that takes cryptocurrency
    link: str = ""  # to a site that is not the sender's own
    disguised_link: str = ""

    def __bool__(self) -> bool:
        return bool(self.phone or self.mail or self.messenger or self.wallet or self.link)


def is_own(link: Link, attempt: Attempt) -> bool:
    """Whether a link leads to what the sender's organisation has proved to own, or the operator trusts (R40). To own
    "paypal-login.example" proves nothing."""
    if covers(attempt.lists.allow_domains, link.host):
        return True
    return covers(attempt.account.verified_domains, link.host) and not poses(link.host)


def channels(attempt: Attempt) -> Channels:
    """What the whole invitation offers. Numbers to dial into a conference and conference links are the meeting."""
    content = attempt.content
    outside = [
        link
        for link in content.links
        if link.host
        and "conference" not in link.flags
        and not is_own(link, attempt)
        and not link.field.startswith("TZ")
    ]
    handles, wallets = reached(content)
    return Channels(
        phone=next((phone.raw for phone in contact_phones(content)), ""),
        mail=_foreign_mail(attempt),
        messenger=next(
            (link.url for link in content.links if "messenger" in link.flags), handles[0].raw if handles else ""
        ),
        wallet=wallets[0].address if wallets else "",
        link=next((link.url for link in outside if "messenger" not in link.flags), ""),
        disguised_link=next((link.url for link in outside if link.flags & DISGUISED), ""),
    )


def _first(handles: tuple[Handle, ...]) -> str:
    return handles[0].raw if handles else ""


def contact_phones(content: Content) -> list[Phone]:
    """Numbers that are not for dialling into a conference. Two words of a dial-in block must stand by, or one and a
    conference link: "dial" alone is what lures say too."""
    needed = 1 if any("conference" in link.flags for link in content.links) else 2
    accused = any(reading.strong or reading.hook for _, reading in readings(content))
    return [
        phone
        for phone in content.phones[:MAX_PHONES]
        if not _joins_conference(phone, content.text(phone.field), needed, accused)
    ]


def _joins_conference(phone: Phone, folded: str, needed: int, accused: bool) -> bool:
    """Where the reader is accused of something, a dial-in block must introduce the number, behind all that is said of
    the matter: beside a number to ring its words are easily added."""
    words = conference_words(folded)
    if not words:
        return False
    place = worded(folded).find(worded(fold(phone.raw).text))
    near = [start for start in words if place >= 0 and abs(start - place) < _NEAR]
    if len(near) < needed:
        return False
    return not accused or any(_matter_ends(folded, place) <= start < place for start in near)


def _matter_ends(folded: str, place: int) -> int:
    """Where what is claimed and asked of the reader before a place ends; the words of a soft claim lie far apart, so
    that it counts where it begins."""
    said, folded = read(folded), worded(folded)
    claimed = [edge for saying in said.claims if (edge := saying.place[not saying.soft]) <= place]
    asked = (folded.rfind(words, 0, place) + len(words) for words in (said.hook, said.exit, said.act) if words)
    return max((*claimed, *(end for end in asked if end <= place)), default=0)


def _foreign_mail(attempt: Attempt) -> str:
    """An address in the text that is neither the sender's, nor a guest's, nor of the sender's own domain."""
    content, account = attempt.content, attempt.account
    known = {a.email for a in content.named} | {*content.guest_emails} | account.addresses | {account.email}
    for text in content.texts:
        if "@" not in text.folded or ";" in text.field:
            continue
        for found in _MAIL.findall(text.folded):
            domain = found.rpartition("@")[2]
            own = covers(account.verified_domains, domain) or registrable(domain) in account.verified_domains
            if found not in known and not own:
                return str(found)
    return ""
