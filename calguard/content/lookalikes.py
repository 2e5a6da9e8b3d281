"""Which characters pass for which, and which words are worth respelling: tables read once at import."""

# ruff: noqa: SIM905  (word lists read better as words)

from __future__ import annotations

import json
import re
import unicodedata
from importlib.resources import files

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


def _shape(word: str) -> str:
    shape = word.translate(_SHAPES).replace("rn", "m").replace("vv", "w")
    return _RUN.sub(r"\1", shape)


TRIGGER_SKELETONS: dict[str, str] = {_shape(word): word for word in TRIGGERS if word != "paypai"}


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
    return table | {0x2018: "'", 0x2019: "'", 0x02BC: "'", 0x201C: '"', 0x201D: '"', 0x2044: "/"}


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
LATIN_STYLES = _latin_styles()
TO_LATIN = _to_latin()
# Those no reader can tell apart: a word wholly of them ("раура") may be Latin in disguise, "Москва" is not.
TWINS = frozenset(TO_LATIN) - frozenset("кмтвнвтикνγτηωυ")
