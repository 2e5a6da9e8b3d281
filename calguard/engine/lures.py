"""What a text promises or threatens, to whom it sends the reader, and how well the two fit a known fraud (R25)."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from calguard.content.types import Content, Text
from calguard.engine.brands import Mention, mentions
from calguard.engine.lexicon import Lexicon, bounded

CLAIMS = {
    "charged": "says the reader was or will be charged",
    "locked": "says the reader's account is locked",
    "refund": "offers the reader a refund",
    "prize": "says the reader has won",
    "owed": "says the reader owes or is owed money",
    "parcel": "says a parcel is waiting for a fee",
    "alarm": "warns the reader of an intruder or asks to verify an account",
    "crypto": "promises or demands cryptocurrency",
    "document": "says a document waits for the reader",
    "earn": "offers money or goods as mass mail does",
}
SHORTEST = 4  # characters: "已中奖了" is a claim
_KEPT = "lure_readings"
WEAK_CLAIMS = frozenset({"document", "earn"})

# A reference as billing systems and their forgers write it: a UUID, or letters and digits shuffled in capitals.
_REFERENCE = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\b(?=[A-Z0-9-]{0,24}\d)(?=(?:[^A-Z\s]{0,24}[A-Z]){3})(?=(?:\D{0,24}\d){3})[A-Z0-9][A-Z0-9-]{7,24}\b"
)


# A sum in any of the twelve languages; only its presence matters here.
_MONEY = re.compile(
    r"(?:r\$|[$€£¥₹₽]|\b(?:usd|eur|gbp|inr|cny|jpy|rub|brl|aed|sar)) ?\d"
    r"|\d[\d., ]{0,14} ?(?:[$€£¥₹₽]|usd\b|eur\b|euros?\b|gbp\b|dollars?\b|dolares\b|reais\b|btc\b|円|元|美元|万|руб|дол"
    r"|دولار|ريال|درهم|रुपये|रु|डॉलर)"
)


def _read() -> Lexicon:
    document = tomllib.loads(resources.files("calguard.lists").joinpath("lures.toml").read_text("utf-8"))
    return Lexicon(
        (role, phrase)
        for language in document.values()
        for role, phrases in language.items()
        if role not in ("method", "dialin")
        for phrase in phrases
    )


_LEXICON = _read()


@dataclass(frozen=True, kw_only=True, slots=True)
class Saying:
    """One thing said, in the words found."""

    kind: str
    said: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What one folded text says."""

    claims: tuple[Saying, ...]
    jargon: int  # distinct words of a billing desk
    hook: bool
    exit: bool
    act: bool
    urgent: bool
    money: bool
    trade: bool
    brands: tuple[Mention, ...]  # third parties as parties, not as means of payment
    orders: tuple[Saying, ...]  # to an assistant that reads for people (R51)
    steals: tuple[Saying, ...]

    @property
    def strong(self) -> Saying | None:
        return next((saying for saying in self.claims if saying.kind not in WEAK_CLAIMS), None)

    @property
    def weak(self) -> Saying | None:
        return next((saying for saying in self.claims if saying.kind in WEAK_CLAIMS), None)


NOTHING = Reading(
    claims=(),
    jargon=0,
    hook=False,
    exit=False,
    act=False,
    urgent=False,
    money=False,
    trade=False,
    brands=(),
    orders=(),
    steals=(),
)


def readings(content: Content) -> tuple[tuple[Text, Reading], ...]:
    """Each text with what it says; read once and kept with the content, like its own cached properties."""
    kept: tuple[tuple[Text, Reading], ...] | None = vars(content).get(_KEPT)
    if kept is None:
        kept = tuple((text, read(text.folded)) for text in content.texts if len(text.folded) >= SHORTEST)
        vars(content)[_KEPT] = kept
    return kept


@lru_cache(maxsize=256)
def read(folded: str) -> Reading:
    """Read one folded text."""
    text = bounded(folded)
    hits: dict[str, list[Saying]] = {}
    for hit in _LEXICON.find(text):
        hits.setdefault(hit.role, []).append(Saying(kind=hit.role, said=text[hit.start : hit.end][:160]))
    if not hits:
        return NOTHING
    methods = _LEXICON_METHOD.each(text) if any(m.brand.method for m in mentions(text)) else ()
    takes = [(start, end) for _, start, end in methods]
    return Reading(
        claims=tuple(saying for role in CLAIMS for saying in hits.get(role, ())),
        jargon=len(hits.get("jargon", ())),
        hook="hook" in hits,
        exit="exit" in hits,
        act="act" in hits,
        urgent="urgent" in hits,
        money=bool(_MONEY.search(text)),
        trade="trade" in hits,
        brands=tuple(m for m in mentions(text) if not (m.brand.method and _means_of_payment(m, takes))),
        orders=tuple(hits.get("order", ())),
        steals=tuple(hits.get("steal", ())),
    )


def _means_of_payment(mention: Mention, takes: list[tuple[int, int]]) -> bool:
    """Whether a payment brand is only what a seller takes: "PayPal accepted", "zahlbar per PayPal"."""
    near = ((start, end) for start, end in takes if end > mention.start - 24 and start < mention.end + 24)
    inside = mention.end - mention.start  # "pago" in "mercado pago" says nothing; "微信支付" is a way to pay by itself
    return any(end <= mention.start or start >= mention.end or end - start >= inside for start, end in near)


def _role(name: str) -> Lexicon:
    document = tomllib.loads(resources.files("calguard.lists").joinpath("lures.toml").read_text("utf-8"))
    words = {word.strip() for table in document.values() for row in table.get(name, ()) for word in row.split("|")}
    return Lexicon((name, word) for word in sorted(words))


_LEXICON_METHOD = _role("method")
_LEXICON_DIALIN = _role("dialin")


@lru_cache(maxsize=128)
def conference_words(folded: str) -> tuple[int, ...]:
    """Where a text speaks of dialling into a conference."""
    return tuple(start for _, start, _ in _LEXICON_DIALIN.each(bounded(folded)))


def has_reference(visible: str) -> bool:
    """Whether an order or licence number stands in the text as written."""
    return bool(_REFERENCE.search(visible[:20_000]))
