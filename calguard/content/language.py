"""Which language a text is in, as far as its letters and smallest words tell: enough to see that it is another one."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

LONGEST = 2000  # characters that are looked at
WORDS = 5  # fewer tell nothing
HITS = 2  # small words of the language that are needed, and twice as many as of the next one

_WORD = re.compile(r"[^\W\d_]+")

_SMALL = {
    "en": "the and of to in is for with you we our your this that will be are have from please at on it",
    "de": "der die das und ist mit wir ihr sie ein eine für auf nicht zum zur von im am bitte den dem unser ich euch",
    "fr": "le la les des et est une pour vous nous avec dans sur votre notre du au aux ce cette pas qui merci je",
    "es": "el los las y es una para con por su que del al nos usted este esta se no muy gracias en lo",
    "pt": "o os as e uma para com por que do da dos das no na nos não você seu sua este esta em se obrigado",
    "it": "il lo gli e una per con che di del della nel alla sono ci questo questa non si grazie i vi ai",
    "nl": "de het een en van voor met wij je jullie u niet op aan is dat dit ons onze te bij graag om naar",
    "pl": "i w na z do się nie jest to że dla o od po za jak przez proszę pan pani oraz nasz twoje",
    "sv": "och att det är en ett för med på av vi du ni till från inte om som den vår er ska",
    "da": "og at det er en et for med på af vi du i til fra ikke om som den vores jer skal",
    "cs": "a v na se je to že pro do za o po jak prosím od ve s k váš naše jsme bude",
    "ro": "și în de la cu pe este un o pentru din nu ce care sunt vă ne va noastră",
    "hu": "a az és egy hogy nem is van ez meg már de mint kérem lesz vagy csak",
    "tr": "ve bir bu için ile da de ne çok olarak olan size bizim lütfen daha en gibi",
    "fi": "ja on ei se että en hän mutta ovat kun tai sekä myös teidän meidän kanssa",
    "id": "dan yang di untuk dengan ini dari pada anda kami tidak akan ke itu kita",
}  # fmt: skip
_OF = {language: frozenset(words.split()) for language, words in _SMALL.items()}

_SCRIPTS = {
    "CYRILLIC": "ru", "GREEK": "el", "ARABIC": "ar", "HEBREW": "he", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko",
    "CJK": "zh", "DEVANAGARI": "hi", "THAI": "th", "ARMENIAN": "hy", "GEORGIAN": "ka", "BENGALI": "bn", "TAMIL": "ta",
}  # fmt: skip


def language_of(text: str) -> str:
    """ISO 639-1, "" where it cannot be told. A script stands for its commonest language: "ru" for all of Cyrillic."""
    words = _WORD.findall(text[:LONGEST].lower())
    scripts = Counter(_script(word[0]) for word in words)
    if not scripts:
        return ""
    script, count = max(scripts.items(), key=lambda item: (item[1], item[0]))
    if "ja" in scripts and script == "zh":
        return "ja"  # written with both
    if script:
        return script if count * 2 > len(words) else ""
    return _by_words(words)


def _by_words(words: list[str]) -> str:
    if len(words) < WORDS:
        return ""
    counts = Counter(words)
    hits = sorted(
        ((sum(count for word, count in counts.items() if word in small), name) for name, small in _OF.items()),
        reverse=True,
    )
    (best, name), (second, _) = hits[:2]
    return name if best >= HITS and best >= 2 * second else ""


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    """The language a script stands for; "" for Latin, which many share."""
    return _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0].partition("-")[0], "")
