"""Which characters pass for which, and which words are worth respelling: tables read once at import."""

# ruff: noqa: SIM905  (word lists read better as words)

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from importlib.resources import files
from operator import eq

import confusable_homoglyphs  # type: ignore[import-untyped, unused-ignore]
from anyascii import anyascii

_RUN = re.compile(r"([^\W\d_])\1+")
_SHAPES = str.maketrans("i", "l")

# Words that carry lures, and names most often forged: only these are put right when spelt in leet, so that room
# "b12", "mp3" and "h1n1" stay what they are.
TRIGGERS = (
    "account accounts action activate alert amazon amount antivirus apple approved authorize auto balance bank bill "
    "billed billing binance bitcoin blocked bonus cancel cancellation card cash charge charged chase claim click "
    "coinbase confirm confirmation congratulations contact credit crypto customer deducted delivery deposit dispute "
    "docusign dollar download expire expired expires facebook fedex final free geek gift google helpdesk helpline "
    "hotline immediately instagram invoice lifelock limited locked login lottery mcafee membership metamask microsoft "
    "netflix norton notice office offer onedrive order outlook package password payment payments paypal paypai "
    "premium prize processed profit purchase receipt refund renew renewal renewed renewing reward secure security "
    "service shipment sign squad subscription support suspended suspicious transaction transfer unauthorized update "
    "urgent verification verify viagra virus wallet winner withdrawal zelle"
).split()


def _vocabulary() -> tuple[str, ...]:
    """Every plain Latin word of the shipped lists of lures and companies, in their order."""
    lists = files("calguard.lists")
    lures = tomllib.loads(lists.joinpath("lures.toml").read_text("utf-8"))
    brands = tomllib.loads(lists.joinpath("brands.toml").read_text("utf-8"))
    said = [phrase for language in lures.values() for phrases in language.values() for phrase in phrases]
    named = [name for brand in brands.values() if not brand.get("sense") for name in brand["names"]]
    found = re.findall(r"(?<![^\W_])[a-z]{3,24}(?![^\W_])", "\n".join((*said, *named)).lower())
    return tuple(dict.fromkeys(found))


def shape(word: str) -> str:
    """A word as a hurried reader sees it: i and l are one letter, rn is m, vv is w, cl is d, doubles are single."""
    seen = word.translate(_SHAPES)
    for pair, letter in (("rn", "m"), ("vv", "w"), ("cl", "d")):
        if pair in seen:
            seen = seen.replace(pair, letter)
    return _RUN.sub(r"\1", seen) if any(map(eq, seen, seen[1:])) else seen


VOCABULARY = _vocabulary()
# By shape, the word to put right; the ones lures live on before all others of the same shape.
TRIGGER_SKELETONS: dict[str, str] = {shape(word): word for word in reversed(VOCABULARY) if len(word) > 3}
TRIGGER_SKELETONS |= {shape(word): word for word in TRIGGERS if word != "paypai"}


def _swaps() -> dict[str, str]:
    """Misspellings of the trigger words that the eye passes over, and that are not words themselves: one i for l or l
    for i, or all of them; rn for m, vv for w."""
    swaps: dict[str, str] = {}
    for word in TRIGGERS:
        wrong = {word.replace("m", "rn"), word.replace("m", "rn", 1), word.replace("w", "vv")}
        for index, letter in enumerate(word):
            if letter in "il" and len(word) > 4:  # "bili" is in "ability", and a name
                wrong.add(word[:index] + ("l" if letter == "i" else "i") + word[index + 1 :])
        swaps |= dict.fromkeys(wrong | {word.replace("l", "i"), word.replace("i", "l")}, word)
    swaps |= {word.replace("l", "i"): word for word in VOCABULARY if len(word) == 4 and "ll" in word}
    known = {*TRIGGERS, *VOCABULARY} - {"paypai"}
    return {wrong: right for wrong, right in swaps.items() if wrong not in known and wrong != "paypai"} | {
        "paypai": "paypal"
    }


SWAPS = _swaps()
KNOWN = frozenset((*TRIGGERS, *VOCABULARY))
# By its letters without repeats, the word that somebody stretches: "chaaarged", "ppaayyppaall".
STRETCHED = {_RUN.sub(r"\1", word): word for word in (*reversed(VOCABULARY), *TRIGGERS) if len(word) > 3}


def _plain() -> dict[int, str]:
    """Digits of every script as ASCII, and typographic dashes and quotes as the keyboard's."""
    blocks = ((0x0660, 0x1A9A), (0xA620, 0xABFA), (0x104A0, 0x11DAA), (0x16A60, 0x16B5A), (0x1D7CE, 0x1FBFA))
    table = {
        code: str(unicodedata.digit(chr(code)))
        for low, high in blocks
        for code in range(low, high)
        if unicodedata.category(chr(code)) == "Nd"
    }
    table |= dict.fromkeys((*range(0x2010, 0x2016), 0x2212, 0xFE58, 0xFE63), "-")
    for first in (0x2776, 0x2780, 0x278A, 0x24F5):  # dingbats and circles, one to nine
        table |= {first + digit: str(digit + 1) for digit in range(9)}
    table |= dict.fromkeys((0x24FF, 0x1F10B, 0x1F10C), "0")
    return table | {0x2018: "'", 0x2019: "'", 0x02BC: "'", 0x201C: '"', 0x201D: '"', 0x2044: "/"}


def _in_brackets() -> dict[int, str]:
    """Letters each in brackets of its own, which NFKC would spell out with them."""
    return {first + place: chr(97 + place) for first in (0x249C, 0x1F110) for place in range(26)}


def _latin_styles() -> dict[int, str]:
    """Phonetic, small-capital and boxed Latin letters, which NFKC leaves alone."""
    blocks = ((0x0250, 0x02B0), (0x1D00, 0x1D80), (0x1F130, 0x1F18A), (0x1F1E6, 0x1F200), (0xA730, 0xA732))
    singles = (0x0131, 0x0237, 0x237A, 0x2C6D)
    codes = [code for low, high in blocks for code in range(low, high)] + list(singles)
    table = {code: anyascii(chr(code)).lower() for code in codes}
    table[0x237A] = "a"
    # Flags are pairs of regional letters: only "🇵🇦🇾" spells, and a reader of "🇫🇷" loses nothing.
    return {code: letter for code, letter in table.items() if len(letter) == 1 and letter.isalpha()}


def _to_latin() -> dict[str, str]:
    """Letters of other scripts that a reader takes for a Latin one (UTS #39 data of confusable-homoglyphs)."""
    data = json.loads(files(confusable_homoglyphs).joinpath("confusables.json").read_text("utf-8"))
    table: dict[str, str] = {}
    for char, alike in data.items():
        if len(char) != 1 or char.isascii() or not unicodedata.category(char).startswith("L"):
            continue
        if unicodedata.name(char, "").startswith(("LATIN", "CJK", "HANGUL", "HIRAGANA", "KATAKANA", "MATHEMATICAL")):
            continue
        if unicodedata.normalize("NFKC", char) != char:
            continue
        letters = [entry["c"] for entry in alike if len(entry["c"]) == 1 and entry["c"].isascii()]
        letter = next((c for c in letters if c.isalpha()), "")
        if letter:
            table[char] = letter
    table |= dict(zip("аеорсухіјѕһԁԛԝкмтвнАВЕКМНОРСТУХІЈЅ", "aeopcyxijshdqwkmtbhABEKMHOPCTYXIJS", strict=True))
    table |= dict(zip("αορυνικτγηωεχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aopuviktynwexABEZHIKMNOPTYX", strict=True))
    return table


PLAIN = _plain()
IN_BRACKETS = _in_brackets()
# Letters with a stroke, bar or hook, which have no accent to be taken off: honest in many languages.
STRUCK = {
    ord(struck): plain for struck, plain in zip("đƌðȡłŋħŧøƀɨʉƙĐƋÐŁŊĦŦØɃƗɄƘ", "ddddlnhtobiukdddlnhtobiuk", strict=True)
}
LATIN_STYLES = _latin_styles() | STRUCK
TO_LATIN = _to_latin()
# Those no reader can tell apart: a word wholly of them ("раура") may be Latin in disguise, "Москва" is not.
TWINS = frozenset(TO_LATIN) - frozenset("кмтвнвтикνγτηωυ")
