"""Which telephone numbers a text spells out in words, in the languages lures are written in (R30)."""

# ruff: noqa: E501, SIM905  (word lists read better as words, in one line)

from __future__ import annotations

import re

from ahocorasick_rs import AhoCorasick

from calguard.content.normalise import fold
from calguard.content.phones import MAX_PHONES, international
from calguard.content.types import Phone

MAX_TEXT = 70_000  # characters of one text that are looked through
SHORTEST, LONGEST = 7, 15  # digits of a number (E.164)
FEWEST_WORDS = 4  # below, words among digits are prose: "room two 4401234"

_TEN = {
    "en": "zero one two three four five six seven eight nine",
    "de": "null eins zwei drei vier funf sechs sieben acht neun",
    "fr": "zero un deux trois quatre cinq six sept huit neuf",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "pt": "zero um dois tres quatro cinco seis sete oito nove",
    "it": "zero uno due tre quattro cinque sei sette otto nove",
    "nl": "nul een twee drie vier vijf zes zeven acht negen",
    "ru": "ноль один два три четыре пять шесть семь восемь девять",
    "ar": "صفر واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة",
    "hi": "शून्य एक दो तीन चार पांच छह सात आठ नौ",
}
_ALSO = {
    "oh": "0", "nought": "0", "zwo": "2", "fuenf": "5", "meia": "6", "нуль": "0", "раз": "1", "اثنين": "2", "إثنان": "2",
    "اربعة": "4", "أربع": "4", "ثلاث": "3", "خمس": "5", "سبع": "7", "ثمان": "8", "تسع": "9", "जीरो": "0", "ज़ीरो": "0", "पाँच": "5", "छः": "6", "छे": "6",
}  # fmt: skip
_WORDS = {
    fold(word).text: digit
    for words in (*(dict(zip(row.split(), "0123456789", strict=True)) for row in _TEN.values()), _ALSO)
    for word, digit in words.items()
}
_COUNTED = frozenset({*_WORDS, "hundred", "thousand"})
_BETWEEN = frozenset("and dash plus + hyphen area code y et e und en и و तथा और".split())
_TOKEN = re.compile(r"\d{1,4}(?!\d)|\d+|\+|[^\s\d+.,;:!?()\[\]/\\\"'…·•*_~–—।。、،؟-]+")
_APART = str.maketrans(
    {char: " " for char in map(chr, range(128)) if _TOKEN.fullmatch(char) is None or char in "0123456789+"}
)
_SPOKEN = AhoCorasick([word for word in _WORDS if len(word) > 2])
# Han digits are written without spaces, as digits are.
_HAN = re.compile(r"[〇零○一二三四五六七八九幺][〇零○一二三四五六七八九幺 -]{6,20}[〇零○一二三四五六七八九]")
_HAN_DIGITS = str.maketrans("〇零○一二三四五六七八九幺", "0001234567891")


def find_spoken(folded: str, field: str) -> list[Phone]:
    """Numbers spelt in words ("one eight hundred ...", "八〇五三 ..."), in a folded text. Linear in the text."""
    folded = folded[:MAX_TEXT]
    found = {} if folded.isascii() else {phone.number: phone for phone in _han(folded, field)}
    if len(_SPOKEN.find_matches_as_indexes(folded)) < FEWEST_WORDS:
        return list(found.values())
    plain = folded.isascii()  # where words can be told apart at a third of the cost
    said_all = folded.translate(_APART).split() if plain else _TOKEN.findall(folded)
    if sum(map(_COUNTED.__contains__, said_all)) < FEWEST_WORDS:
        return list(found.values())[:MAX_PHONES]
    if plain:
        said_all = _TOKEN.findall(folded)
    digits, words, scale = "", [], 1
    for said in [*said_all, "\n"]:
        spoken = _WORDS.get(said) or (said if said.isdigit() else "")
        if spoken:
            digits, scale = digits + spoken * scale, 1
            words.append(said)
        elif said in ("double", "triple") and digits:
            scale = 2 if said == "double" else 3
        elif said in ("hundred", "thousand") and digits:
            digits += "00" if said == "hundred" else "000"
            words.append(said)
        elif said in _BETWEEN:
            continue
        else:
            if SHORTEST <= len(digits) <= LONGEST and sum(not word.isdigit() for word in words) >= FEWEST_WORDS:
                number = spoken_number(digits)
                found.setdefault(number, Phone(number=number, raw=" ".join(words), field=field))
            digits, words, scale = "", [], 1
    return list(found.values())[:MAX_PHONES]


def spoken_number(digits: str) -> str:
    """The number that digits read out mean, with its country where that can be told."""
    if len(digits) == 10 and digits[0] in "23456789" and digits[3] in "23456789":
        return f"+1{digits}"
    return international(digits) or digits


def _han(folded: str, field: str) -> list[Phone]:
    found = []
    for match in _HAN.finditer(folded):
        digits = re.sub(r"\D", "", match[0].translate(_HAN_DIGITS))
        counting = digits in "0123456789012345"
        if SHORTEST < len(digits) <= LONGEST and not counting:
            found.append(Phone(number=spoken_number(digits), raw=match[0], field=field))
    return found[:MAX_PHONES]
