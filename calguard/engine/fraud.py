"""How much a text reads like a known fraud: a claim, a channel to act on it, and what makes the two worse (R25)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from calguard.content.normalise import fold
from calguard.content.types import Text
from calguard.engine.brands import COMPANY_WORDS, Brand, claimed
from calguard.engine.channels import Channels, channels
from calguard.engine.excuses import is_excused
from calguard.engine.lexicon import MAX_TEXT
from calguard.engine.lures import (
    BY_LETTER,
    CLAIMS,
    Reading,
    Saying,
    has_reference,
    joined,
    read,
    readings,
    whole_reading,
    worded,
)
from calguard.engine.types import Attempt

FULL = 1.0
_KEPT = "circumstances"
_FOUND = "findings"
_TOGETHER = "together"
# Strength of a claim by the best channel it comes with. A plain link is the weakest: most honest mail has one.
BY_VOICE, BY_MESSAGE, BY_LINK, BY_REPLY = 0.80, 0.68, 0.62, 0.62
SOFT_BY_MESSAGE, SOFT_BY_LINK = 0.44, 0.28
WEAK_BY_MESSAGE, WEAK_BY_LINK = 0.48, 0.32
ADVERTS = frozenset({"offer", "adult", "wares", "pills", "loan"})  # unwanted, but no fraud by themselves
RUNG_FOR = frozenset({"offer", "adult", "loan", "casino"})
WORSE = (0.10, 0.06, 0.06, 0.06, 0.04, 0.06)  # a company, a sum, a hurry, "not you?", an order number, billing words


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What the rest of the invitation adds to any of its texts; gathered once per attempt."""

    channels: Channels
    money: bool
    senders_brand_domains: tuple[str, ...]  # domains the sender is known to send from
    names: tuple[str, ...]  # what the sender calls itself, folded, without company words
    proven: bool  # its organisation has verified a domain
    pressing: bool  # some text asks the reader to act
    document: str  # all texts, folded


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    lure: float  # 0 to 1: a claim with a channel
    claim: float  # 0 to 1: a claim alone
    reason: str
    borrowed: bool = False  # calls back in the name of a company that the sender does not belong to
    said: tuple[str, ...] = ()  # in the folded text, what tells it best first


NOTHING = Finding(lure=0.0, claim=0.0, reason="")


def circumstances(attempt: Attempt) -> Circumstances:
    """What surrounds the texts of an attempt; gathered once, and kept with its content while it is judged."""
    kept: tuple[Attempt, Circumstances] | None = vars(attempt.content).get(_KEPT)
    if kept is None or kept[0] is not attempt:
        kept = (attempt, _circumstances(attempt))
        vars(attempt.content)[_KEPT] = kept
    return kept[1]


def _circumstances(attempt: Attempt) -> Circumstances:
    account, organizer = attempt.account, attempt.content.organizer
    domains = {account.email.rpartition("@")[2], organizer.domain if organizer else "", *account.verified_domains}
    names = (account.name, account.tenant_name, organizer.name if organizer else "")
    return Circumstances(
        channels=channels(attempt),
        money=bool(attempt.content.money),
        senders_brand_domains=tuple(sorted(domains - {""})),
        names=tuple(name for name in {_own_name(name) for name in names} if name),
        proven=bool(account.verified_domains),
        pressing=any(r.hook or r.urgent or r.exit or r.act for _, r in readings(attempt.content)),
        document=attempt.content.document[:MAX_TEXT],
    )


@lru_cache(maxsize=4096)
def _own_name(name: str) -> str:
    """What is left of a display name that could stand in a text as the sender's own; nothing for a borrowed one."""
    if claimed(name):
        return ""
    words = [word for word in fold(name[:200]).text.split() if word.strip(".,") not in COMPANY_WORDS]
    own = " ".join(words)
    said = read(own)
    if said.claims or said.hook:
        return ""  # a lure for a name makes no lure honest
    return own if len(own) >= 4 else ""


def says_nothing(reading: Reading) -> bool:
    """Whether no circumstances could make a lure of this."""
    return not (reading.claims or reading.jargon or reading.hook or (reading.brands and reading.urgent))


def examine(text: str, visible: str, reading: Reading, around: Circumstances) -> Finding:
    """Weigh one folded text, read, in its circumstances."""
    brand = _third_party(reading, around)
    lure = _lure(reading, around, brand, has_reference(visible))
    alone = _alone(reading, brand)
    if not lure and not alone:
        return NOTHING
    if is_excused(text, reading, around.document, around.channels.phone):
        return NOTHING
    own = brand is None and any(name in text for name in around.names)
    discount = _discount(own, around, brand, reading)
    return Finding(
        lure=lure * discount,
        claim=alone * discount,
        reason=_reason(reading, around, brand),
        borrowed=bool(lure and brand and reading.strong and (around.channels.phone or around.channels.messenger)),
        said=_said(text, reading),
    )


def _said(text: str, reading: Reading) -> tuple[str, ...]:
    """What a reviewer should look at: the claim, else the company named, else what is asked of the reader."""
    claims = (saying.said for saying in (reading.strong, reading.weak) if saying)
    text = worded(text)
    named = (text[mention.start : mention.end] for mention in reading.brands[:3])
    return (*claims, *named, *(said for said in (reading.exit, reading.hook, reading.act) if said))


def _third_party(reading: Reading, around: Circumstances) -> Brand | None:
    """A company the text names that the sender does not belong to."""
    for mention in reading.brands:
        if not any(mention.brand.owns(domain) for domain in around.senders_brand_domains):
            return mention.brand
    return None


def _lure(reading: Reading, around: Circumstances, brand: Brand | None, reference: bool) -> float:
    channels, money = around.channels, bool(around.money or reading.money)
    base = _strong(reading.strong, reading, channels) if reading.strong else 0.0
    if channels.phone or channels.messenger:
        base = max(base, _bill_by_phone(reading, brand, money, reference))
    if not base and reading.weak:
        base = _weak(reading.weak, reading, channels)
    if not base:
        return 0.0
    if not reading.strong and reading.weak and reading.weak.kind in ADVERTS:
        return base
    worse = (bool(brand), money, bool(reading.urgent), bool(reading.hook), reference, reading.jargon >= 3)
    return min(FULL, base + sum(step for step, found in zip(WORSE, worse, strict=True) if found))


def _strong(claim: Saying, reading: Reading, channels: Channels) -> float:
    if claim.kind in BY_LETTER:
        return min(FULL, BY_REPLY + 0.06 * (claim.many - 1))
    if channels.phone or channels.messenger:
        return BY_VOICE
    if channels.wallet and claim.kind in ("crypto", "prize", "owed"):
        return BY_MESSAGE
    acts = bool(reading.act)
    if channels.mail or channels.disguised_link or (channels.link and acts):
        return SOFT_BY_MESSAGE if claim.soft else BY_MESSAGE
    if channels.link or acts:
        return SOFT_BY_LINK if claim.soft else BY_LINK
    return 0.0


def _weak(claim: Saying, reading: Reading, channels: Channels) -> float:
    if claim.kind in BY_LETTER:
        return min(FULL, WEAK_BY_MESSAGE + 0.06 * (claim.many - 1))
    rings = channels.phone and claim.kind in RUNG_FOR
    if rings or channels.disguised_link or channels.messenger or (reading.act and (channels.link or channels.mail)):
        return WEAK_BY_MESSAGE
    return WEAK_BY_LINK if channels.link else 0.0


def _bill_by_phone(reading: Reading, brand: Brand | None, money: bool, reference: bool) -> float:
    """A forged bill needs no sentence that claims anything: a company, a sum, a hurry and a number will do."""
    named = brand is not None
    if money and named and (reading.urgent or reading.hook or reading.jargon >= 2):
        return 0.76
    if reading.hook and (money or named):
        return 0.68
    if reading.jargon >= 3 and (named or (reference and money)):
        return 0.72
    if named and (reading.jargon >= 2 or (money and (reading.jargon or reading.exit))):
        return 0.64
    if reading.jargon >= 2 and reference and money:
        return 0.64
    return 0.66 if reading.jargon >= 5 else 0.0


def _alone(reading: Reading, brand: Brand | None) -> float:
    """A claim with nowhere to go is a weak sign, unless it borrows a name and presses."""
    if not reading.strong:
        return 0.0
    return (0.1 if reading.strong.soft else 0.3) + 0.5 * bool(brand) + 0.2 * bool(reading.urgent)


def _discount(own: bool, around: Circumstances, brand: Brand | None, reading: Reading) -> float:
    """A business may tell its own customers what it charged; in another's name nobody may. What anybody can write, a
    name of one's own or a seller's word, excuses only what honest businesses say too."""
    if brand is not None:
        return 1.0
    firm = reading.strong is not None and not reading.strong.soft
    if own and not reading.hook and (around.proven or not firm):
        return 0.3 if around.proven else 0.5
    if reading.trade and not (reading.hook or reading.urgent or firm):
        return 0.6
    return 0.75 if around.proven and not around.pressing else 1.0


def _reason(reading: Reading, around: Circumstances, brand: Brand | None) -> str:
    said = reading.strong or reading.weak
    parts = [f"{CLAIMS[said.kind]}: “{said.said}”" if said else "reads like a bill"]
    if brand:
        parts.append(f"names {brand.names[0]}, to which the sender does not belong")
    for label, value in (
        ("telephone", around.channels.phone),
        ("messenger", around.channels.messenger),
        ("wallet", around.channels.wallet),
        ("mail address", around.channels.mail),
        ("link", around.channels.disguised_link or around.channels.link),
    ):
        if value:
            parts.append(f"{label} {value[:80]}")
            break
    return "; ".join(parts)


def together(attempt: Attempt) -> Finding:
    """All texts as one, for a lure spread over several fields (R27); weighed once, like each of them."""
    kept: tuple[Attempt, Finding] | None = vars(attempt.content).get(_TOGETHER)
    if kept is None or kept[0] is not attempt:
        kept = vars(attempt.content)[_TOGETHER] = (attempt, _together(attempt))
    return kept[1]


def _together(attempt: Attempt) -> Finding:
    reading = whole_reading(attempt.content)
    if says_nothing(reading):
        return NOTHING
    written = " ".join(text.value for text in attempt.content.texts)[:MAX_TEXT]
    return examine(joined(attempt.content), written, reading, circumstances(attempt))


def is_suspicious(attempt: Attempt) -> bool:
    """Whether any text, or all of them together, make a claim that lures make."""
    found, _ = best(attempt, lambda text: True)
    if found.lure or found.claim:
        return True
    return len(attempt.content.texts) > 1 and bool(together(attempt).lure)


def best(attempt: Attempt, wanted: Callable[[Text], bool]) -> tuple[Finding, str]:
    """The strongest finding among the texts wanted, and the field it stands in."""
    top, field = NOTHING, ""
    for text, found in _findings(attempt):
        if wanted(text) and (found.lure, found.claim) > (top.lure, top.claim):
            top, field = found, text.field
    return top, field


def _findings(attempt: Attempt) -> list[tuple[Text, Finding]]:
    """Each text that says anything, weighed; once per attempt, and kept with its content while it is judged."""
    kept: tuple[Attempt, list[tuple[Text, Finding]]] | None = vars(attempt.content).get(_FOUND)
    if kept is None or kept[0] is not attempt:
        telling = [(text, reading) for text, reading in readings(attempt.content) if not says_nothing(reading)]
        around = circumstances(attempt) if telling else None
        found = [(text, examine(text.folded, text.value, reading, around)) for text, reading in telling if around]
        kept = vars(attempt.content)[_FOUND] = (attempt, found)
    return kept[1]
