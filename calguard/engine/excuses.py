"""What sounds like a lure and is none: a seller's terms, a lesson about fraud, a note to oneself (R25).

Only what stands in the sentence itself excuses it, and only where nothing is left of the lure without that sentence:
otherwise whoever sends a lure would write the excuse beside it.
"""

from __future__ import annotations

import re

from calguard.engine import sayings
from calguard.engine.lures import Reading, read, worded

MOST_AS_TERM = 250  # of any currency; forged bills ask for more
MOST_AS_FEE = 99
MOST_TO_NOTE = 50
BEFORE = 25  # characters before a claim that may hold its "will be"
BESIDE = 25  # characters that a lesson has to say besides what it quotes
LONGEST = 1_500  # characters of a note to oneself
LOCAL = 8  # digits of a number that is of no use from elsewhere
NOTED = frozenset({"charged", "owed", "parcel", "alarm"})
ERRANDS = frozenset({"alarm", "parcel"})

_WORDS = {role: sayings.listed("excuses.toml", role) for role in ("terms", "later", "safety", "lesson", "visited")}
_WORDS |= {role: sayings.listed("excuses.toml", role) for role in ("mine", "errand")}
_INTENT = tuple(word.lstrip("\n") for word in sayings.document("excuses.toml")["intent"].split("|"))
_YOU = sayings.second_persons()
_SENTENCE = re.compile(r"[^.!?\n]{1,400}(?:\.(?=\S)[^.!?\n]{1,400}){0,8}")
_QUOTED = re.compile(r"(?<!\w)'[^'\n]{8,240}'(?!\w)|\"[^\"\n]{8,240}\"|«[^«»\n]{8,240}»|„[^„\"\n]{8,240}\"")
_ANSWER = re.compile(r"(?:\d[ ()/.+-]{0,2}){7}|https?:|www\.|@")  # a number to call, a link, a name on a messenger
_SUM = re.compile(r"(?:[$€£¥₹] ?|(?:usd|eur|gbp) )(\d[\d.,]{0,12})|(\d[\d.,]{0,12}) ?(?:[$€£¥₹]|usd\b|eur\b|euros?\b)")


def _has(role: str, text: str) -> bool:
    return bool(_WORDS[role].places(text))


def is_excused(text: str, reading: Reading, document: str, phone: str) -> bool:
    """Whether one folded text, read, only sounds like a lure. `document` is all of the invitation, folded."""
    if reading.hook or reading.act:
        return _is_quoted(text, reading, document) if reading.claims else False
    return (
        _is_term(text, reading)
        or _is_quoted(text, reading, document)
        or _is_fee(reading, document)
        or _is_note(reading, document, phone)
    )


def _is_term(text: str, reading: Reading) -> bool:
    """What a seller will charge for, or what a teacher says never to do."""
    kinds = {saying.kind for saying in reading.claims}
    if reading.brands or reading.jargon > 2 or not kinds or kinds - {"charged", "crypto"}:
        return False
    read_as = worded(text)
    for low, high in (saying.place for saying in reading.claims if saying.kind == "charged"):
        if not _has("later", read_as[max(0, low - BEFORE) : high]):
            return False  # it was charged, not will be
    rest, cut = [], False
    for match in _SENTENCE.finditer(read_as):
        sentence = match[0]
        term = _has("terms", sentence) and _has("later", sentence) and _most(sentence) <= MOST_AS_TERM
        if term or (_has("safety", sentence) and not reading.urgent):
            cut = True
        else:
            rest.append(sentence)
    return cut and not _still_lures(". ".join(rest))


def _is_quoted(text: str, reading: Reading, document: str) -> bool:
    """A lure in quotation marks, in a lesson on them. One that can be answered is none, whoever quotes it."""
    if not reading.claims:
        return False
    read_as = worded(text)
    rest, quotes = _QUOTED.subn(" ", read_as)
    if not quotes or len(rest.strip()) < BESIDE or any(_ANSWER.search(quote) for quote in _QUOTED.findall(read_as)):
        return False
    return _has("lesson", _QUOTED.sub(" ", document)) and not _still_lures(rest)


def _is_fee(reading: Reading, document: str) -> bool:
    """A membership of a place one goes to, renewed for little, with nothing to be cancelled."""
    kinds = {saying.kind for saying in reading.claims}
    pressed = reading.exit or reading.urgent or reading.brands or reading.jargon > 2
    member = any("membership" in saying.said for saying in reading.claims)
    return (
        kinds == {"charged"} and member and not pressed and _has("visited", document) and _most(document) <= MOST_AS_FEE
    )


def _is_note(reading: Reading, document: str, phone: str) -> bool:
    """Written to oneself or the family: nobody is spoken to."""
    kinds = {saying.kind for saying in reading.claims}
    if kinds - NOTED or len(document) > LONGEST or _YOU.places(document) or _most(document) > MOST_AS_TERM:
        return False
    local = sum(map(str.isdigit, phone)) <= LOCAL  # whoever sends a lure can speak of himself, too
    if _has("mine", document):
        small = _most(document) <= MOST_TO_NOTE and not reading.urgent
        return (local or small) and not reading.exit
    if kinds and kinds <= ERRANDS and _has("errand", document):
        return not (reading.exit or reading.urgent)
    if not any(line.startswith(_INTENT) for line in document.split("\n")) or _most(document) > MOST_TO_NOTE:
        return False
    return local or not reading.urgent


def _still_lures(rest: str) -> bool:
    left = read(rest)
    return bool(left.claims or left.hook or left.jargon > 2 or left.brands)


def _most(text: str) -> float:
    """The greatest sum named; nothing where there is none."""
    return max((_number(match[1] or match[2]) for match in _SUM.finditer(text)), default=0.0)


def _number(written: str) -> float:
    """Read "1.299,00" and "1,299.00" alike: what follows the last sign is cents where it is two digits or one."""
    whole, _, cents = written.rstrip(".,").replace(",", ".").rpartition(".")
    if whole and len(cents) <= 2:
        return float(f"{whole.replace('.', '')}.{cents}")
    return float((whole + cents).replace(".", ""))
