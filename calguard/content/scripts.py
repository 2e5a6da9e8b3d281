"""Words that mix the letters of several scripts, and what they are to be read as (UTS #39)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from calguard.content.lookalikes import KNOWN, TO_LATIN, TWINS

_WORD = re.compile(r"[^\W_]+")
_LATIN = re.compile("[a-zA-Z]")
_FOREIGN_WORD = re.compile(r"(?<![^\W_])[a-zA-Z0-9]*+[^\W_\x00-\x7f][^\W_]*+")
# What generators of "aesthetic" letters take for a Latin one beside those that anybody would.
_RESEMBLING = str.maketrans("яцшщпгдєзэчбьфиσςλωכᎤค๒وђเןк๓ภקรยשฬאץ", "ruwwnrdeeeybbonocawcoabghijkmnpsuvwxy")
# Signs that stand for a letter among such letters.
_LETTERLIKE = str.maketrans("∂๏∩∪∈", "donue")
_FROM = 3  # scripts in one word that no honest word mixes; two are enough where they are Greek and Cyrillic
_WRITTEN_TOGETHER = frozenset({"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "DIGIT", "FULLWIDTH", "HALFWIDTH"})


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    """The script of a letter, or nothing of any other character."""
    name = unicodedata.name(char, "").partition(" ")[0] if char.isalpha() else ""
    return "" if name in _WRITTEN_TOGETHER else name


@lru_cache(maxsize=8)  # a text is asked for its tricks, and then for what it reads as
def mixed_words(plain: str) -> tuple[str, ...]:
    """Words of Latin beside letters that only pretend to be, and of scripts that nobody mixes: "Wi-Fi網" and Cyrillic
    alone are honest."""
    used = set(plain)
    if TO_LATIN.keys().isdisjoint(used):
        return ()
    strange = _are_never_mixed({*map(_script, used)})
    if not strange and not _LATIN.search(plain):
        return ()
    tokens = [token for token in set(plain.split()) if _is_mixed(token, strange)]
    return tuple(word for token in tokens for word in _WORD.findall(token) if _is_mixed(word, strange))


def _are_never_mixed(scripts: set[str]) -> bool:
    return {"GREEK", "CYRILLIC"} <= scripts or len(scripts - {""}) >= _FROM


def _is_mixed(word: str, strange: bool) -> bool:
    """`strange`: the text as a whole has scripts that no word mixes."""
    if word.isascii():
        return False
    if _LATIN.search(word) and not TO_LATIN.keys().isdisjoint(word):
        return True
    return strange and _are_never_mixed({*map(_script, word)})


def unconfuse(plain: str) -> str:
    """The text with the words that mix scripts in Latin letters, and those wholly of look-alikes in a Latin text."""
    used = set(plain)
    if TO_LATIN.keys().isdisjoint(used):
        return plain
    foreign = len(plain) - len(plain.encode("ascii", "ignore"))
    mostly_latin = foreign * 2 < len(plain)
    mixed = mixed_words(plain)
    if not mostly_latin and not mixed:
        return plain
    strange = _are_never_mixed({*map(_script, used)})
    if mixed:
        plain = plain.translate(_LETTERLIKE)

    def plainly(match: re.Match[str]) -> str:
        word = match[0]
        if _is_mixed(word, strange):
            return _in_latin(word)
        if mostly_latin and len(word) > 2 and all(c in TWINS or c.isascii() for c in word):
            return "".join(TO_LATIN.get(c, c) for c in word)
        if mixed and (said := _in_latin(word).casefold()) in KNOWN:
            return said  # beside such words: "ассоцпт"
        return word

    return _FOREIGN_WORD.sub(plainly, plain)


def _in_latin(word: str) -> str:
    """A word that is Latin in disguise, in Latin letters as far as they can be told."""
    return "".join(TO_LATIN.get(c) or TO_LATIN.get(c.upper()) or c for c in word).translate(_RESEMBLING)
