"""What a text promises or threatens, in whose name, and what it asks the reader to do (R25)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ahocorasick_rs import AhoCorasick

from calguard.content.joined import in_words
from calguard.content.phones import has_digits
from calguard.content.types import Content, Text
from calguard.engine import sayings
from calguard.engine.brands import Mention, mentions
from calguard.engine.lexicon import MAX_PLACES, MAX_TEXT, Hit, bounded

CLAIMS = {
    "charged": "says the reader was or will be charged",
    "locked": "says the reader's account is locked or must be confirmed",
    "refund": "offers the reader a refund",
    "prize": "says the reader has won or may win",
    "owed": "says the reader owes or is owed money",
    "parcel": "says a parcel is waiting for a fee",
    "alarm": "warns the reader of an intruder or asks to verify an account",
    "crypto": "promises or demands cryptocurrency",
    "storage": "says the reader's storage or password runs out",
    "points": "says the reader's points expire",
    "levy": "sends a bill, a fine or a summons to open",
    "advance": "reads like a stranger's letter about a fortune",
    "extort": "threatens to publish recordings of the reader",
    "romance": "reads like a stranger's love letter",
    "document": "says a document waits for the reader",
    "earn": "offers money or goods as mass mail does",
    "casino": "advertises a casino",
    "pills": "advertises medicine",
    "loan": "advertises loans",
    "invest": "promises profits",
    "adult": "advertises sexual contacts",
    "wares": "sells what mass mail sells",
    "offer": "presses the reader to buy or subscribe",
    "job": "offers a stranger easy work",
}
_CLAIMING = {role: place for place, role in enumerate([*CLAIMS, *(f"{kind}?" for kind in CLAIMS)])}  # in their order
WEAK_CLAIMS = frozenset(
    {"document", "earn", "casino", "pills", "loan", "invest", "adult", "wares", "offer", "job", "romance"}
)
BY_LETTER = frozenset({"advance", "extort", "romance"})  # the answer is the way back: they need no other channel
# One concept of these says nothing; so many in one text do, and more are needed the longer it is.
COUNTED = {"letter": ("advance", 4), "romance": ("romance", 4), "extort": ("extort", 4), "job": ("job", 4)}
LONG_LETTER = 3_000  # characters; beyond, one concept more for each as many again
SHORTEST = 4  # characters: "已中奖了" is a claim
SAID = 160  # characters of a saying that are kept
_KEPT = "lure_readings"

# A reference as billing systems and their forgers write it: a UUID, or letters and digits shuffled in capitals.
_REFERENCE = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
    r"|\b(?=[A-Z0-9-]{0,24}\d)(?=(?:[^A-Z\s]{0,24}[A-Z]){3})(?=(?:\D{0,24}\d){3})[A-Z0-9][A-Z0-9-]{7,24}\b"
)
# Without one of these there is none: letters and digits in a row, with three capitals not far apart, or part of a UUID.
_IN_A_ROW = re.compile(r"[A-Z0-9][A-Z0-9-]{7}")
_CAPITALS = re.compile(r"[A-Z](?:[^A-Z\s]{0,24}[A-Z]){2}")
_OF_UUID = re.compile(r"-[0-9a-f]{4}-")
# A sum in any of the twelve languages; only its presence matters here.
_MONEY = re.compile(
    r"(?:r\$|[$€£¥₹₽]|\b(?:usd|eur|gbp|inr|cny|jpy|rub|brl|aed|sar)) ?\d[\d.,]{0,12}"
    r"|\d[\d., ]{0,14} ?(?:[$€£¥₹₽]|usd\b|eur\b|euros?\b|gbp\b|dollars?\b|dolares\b|reais\b|btc\b|円|元|美元|万|руб|дол"
    r"|دولار|ريال|درهم|रुपये|रु|डॉलर)"
    r"|\b(?:amount|total|sum|betrag|summe|montant|importe|valor|importo|bedrag|сумма|итого)\b[:\s]{0,3}\d{1,6}[.,]\d\d\b"
)
# Without one of these there is no sum; to look for them costs a tenth.
_UNITS = AhoCorasick(
    [
        *("$", "€", "£", "¥", "₹", "₽", "usd", "eur", "gbp", "inr", "cny", "jpy", "rub", "brl", "aed", "sar", "dol"),
        *("reais", "btc", "円", "元", "万", "руб", "дол", "دولار", "ريال", "درهم", "रु", "डॉलर"),
        *("amount", "total", "sum", "betrag", "montant", "import", "valor", "bedrag", "сумма", "итого"),
    ]
)

_LEXICON = sayings.lexicon()
_METHOD = sayings.words("method")
_DIALIN = sayings.words("dialin")
_TRADE = sayings.words("trade")


@dataclass(frozen=True, kw_only=True, slots=True)
class Saying:
    """One thing said, in the words found."""

    kind: str
    said: str
    soft: bool = False  # an honest business says it, too
    place: tuple[int, int] = (0, 0)  # in the text as `worded`
    many: int = 1  # concepts beyond what was needed, for what is counted


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What one folded text says; texts are the words found, "" where it does not say so."""

    claims: tuple[Saying, ...] = ()
    jargon: int = 0  # distinct words of a billing desk
    hook: str = ""
    exit: str = ""
    act: str = ""
    urgent: str = ""
    money: str = ""
    trade: str = ""  # what a seller or speaker talks of, within the claim: elsewhere it excuses nothing
    brands: tuple[Mention, ...] = ()  # third parties as parties, not as means of payment
    orders: tuple[Saying, ...] = ()  # to an assistant that reads for people (R51)
    steals: tuple[Saying, ...] = ()

    @property
    def strong(self) -> Saying | None:
        """The accusation or promise that weighs most; what honest businesses say too only where there is no other."""
        strong = [saying for saying in self.claims if saying.kind not in WEAK_CLAIMS]
        return next((saying for saying in strong if not saying.soft), strong[0] if strong else None)

    @property
    def weak(self) -> Saying | None:
        return next((saying for saying in self.claims if saying.kind in WEAK_CLAIMS), None)


NOTHING = Reading()


def readings(content: Content) -> tuple[tuple[Text, Reading], ...]:
    """Each text with what it says; read once and kept with the content, like its own cached properties."""
    return _both(content)[0]


def whole_reading(content: Content) -> Reading:
    """What all texts say as one."""
    return _both(content)[1]


Both = tuple[tuple[tuple[Text, Reading], ...], Reading]


def _both(content: Content) -> Both:
    kept: Both | None = vars(content).get(_KEPT)
    if kept is None:
        kept = _at_once(content) or (_each(content), read(joined(content)))
        vars(content)[_KEPT] = kept
    return kept


def _each(content: Content) -> tuple[tuple[Text, Reading], ...]:
    return tuple((text, read(text.folded)) for text in content.texts if len(text.folded) >= SHORTEST)


def _at_once(content: Content) -> Both | None:
    """All texts read in one pass; None where they have to be read one by one, to be read as each stands alone."""
    document = worded(joined(content))
    spoken = [(text, text.folded) for text in content.texts]
    if " ".join([folded for _, folded in spoken]) != document:
        spoken = [(text, said) for text in content.texts if (said := worded(text.folded))]
        if " ".join([said for _, said in spoken]) != document:
            return None  # cut, or two of them read otherwise where they meet
    found = _LEXICON.places_in([said for _, said in spoken])
    if found is None:
        return None
    places, each = found
    hits = _LEXICON.among(places)
    whole = _reading(document, hits)
    if not hits:
        return tuple((text, NOTHING) for text in content.texts if len(text.folded) >= SHORTEST), whole
    # What a text says all of them say together, unless so much is said that not all of it is looked at.
    few = sum(map(len, places.values())) < MAX_PLACES
    of = {hit.number for hit in hits} if few else None
    may_hold = (not few or bool(mentions(document)), bool(whole.money))
    read_as = {
        id(text): _reading(said, _LEXICON.among(places, of), *may_hold)
        for (text, said), places in zip(spoken, each, strict=True)
        if places
    }
    return tuple((t, read_as.get(id(t), NOTHING)) for t in content.texts if len(t.folded) >= SHORTEST), whole


def joined(content: Content) -> str:
    """All texts as one, as much of them as is read."""
    return content.document[:MAX_TEXT].replace("\n", " ")


@lru_cache(maxsize=128)
def worded(folded: str) -> str:
    """A folded text as it is read: bounded, without pictures and signs between its words. The places of a reading are
    places in this."""
    return in_words(bounded(folded)).strip()


@lru_cache(maxsize=256)
def read(folded: str) -> Reading:
    """Read one folded text."""
    text = worded(folded)
    return _reading(text, _LEXICON.find(text))


def _reading(text: str, found: Sequence[Hit], names: bool = True, sums: bool = True) -> Reading:
    """What a text, as `worded`, says with these phrases; whether it may name companies and sums at all."""
    if not found:
        return NOTHING
    hits: dict[str, list[Hit]] = {}
    for hit in found:
        hits.setdefault(hit.role, []).append(hit)

    def said(role: str) -> str:
        return _said(text, hits[role][0]) if role in hits else ""

    named = mentions(text) if names else ()
    takes = [(start, end) for _, start, end in _METHOD.each(text)] if any(m.brand.method for m in named) else []
    claims = tuple(_claims(text, hits))
    matters = claims or not hits.keys().isdisjoint(("jargon", "hook"))
    sum_of_money = _sum(text) if matters and sums else None
    return Reading(
        claims=claims,
        jargon=len(hits.get("jargon", ())),
        hook=said("hook"),
        exit=said("exit"),
        act=said("act"),
        urgent=said("urgent"),
        money=sum_of_money[0].strip(" .,") if sum_of_money else "",
        trade=_trade(text, claims),
        brands=tuple(m for m in named if not (m.brand.method and _means_of_payment(m, takes))),
        orders=tuple(Saying(kind="order", said=_said(text, hit)) for hit in hits.get("order", ())),
        steals=tuple(Saying(kind="steal", said=_said(text, hit)) for hit in hits.get("steal", ())),
    )


def _sum(text: str) -> re.Match[str] | None:
    return _MONEY.search(text) if has_digits(text) and _UNITS.find_matches_as_indexes(text) else None


def _trade(text: str, claims: tuple[Saying, ...]) -> str:
    near = [saying.place for saying in claims if saying.kind not in WEAK_CLAIMS]
    if not near:
        return ""
    for word, start, end in _TRADE.each(text):
        if any(low < end and start < high for low, high in near):
            return word
    return ""


def _said(text: str, hit: Hit) -> str:
    return text[hit.start : hit.end][:SAID]


def _claims(text: str, hits: dict[str, list[Hit]]) -> Iterable[Saying]:
    for role in sorted(hits.keys() & _CLAIMING.keys(), key=_CLAIMING.__getitem__):
        kind, soft = role.removesuffix("?"), role.endswith("?")
        for hit in hits[role]:
            yield Saying(kind=kind, said=_said(text, hit), soft=soft, place=(hit.start, hit.end))
    for role, found in hits.items():
        kind, needed = COUNTED.get(role.partition("@")[0], ("", 0))
        beyond = len(found) - needed - len(text) // LONG_LETTER
        if kind and beyond >= 0:
            found.sort(key=lambda hit: hit.start)
            words = " … ".join(text[hit.start : hit.end][:30] for hit in found[:5])
            yield Saying(kind=kind, said=words[:SAID], many=1 + beyond)


def _means_of_payment(mention: Mention, takes: list[tuple[int, int]]) -> bool:
    """Whether a payment brand is only what a seller takes: "PayPal accepted", "zahlbar per PayPal"."""
    near = ((start, end) for start, end in takes if end > mention.start - 24 and start < mention.end + 24)
    inside = mention.end - mention.start  # "pago" in "mercado pago" says nothing; "微信支付" is a way to pay by itself
    return any(end <= mention.start or start >= mention.end or end - start >= inside for start, end in near)


@lru_cache(maxsize=128)
def conference_words(folded: str) -> tuple[int, ...]:
    """Where a text, as `worded`, speaks of dialling into a conference."""
    return tuple(start for _, start, _ in _DIALIN.each(worded(folded)))


def has_reference(visible: str) -> bool:
    """Whether an order or licence number stands in the text as written."""
    visible = visible[:70_000]
    shuffled = _IN_A_ROW.search(visible) and _CAPITALS.search(visible)
    return bool((shuffled or _OF_UUID.search(visible)) and _REFERENCE.search(visible))
