"""What a text says once disguise is removed: invisible characters, look-alike letters, spacing and leet spelling."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from calguard.content.joined import words_apart
from calguard.content.lookalikes import (
    IN_BRACKETS,
    KNOWN,
    LATIN_STYLES,
    PLAIN,
    STRETCHED,
    SWAPS,
    TRIGGER_SKELETONS,
    TRIGGERS,
    VOCABULARY,
    shape,
)
from calguard.content.scripts import mixed_words, unconfuse

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]"
)
_CONTROLS = re.compile("[\x0e-\x1f\x7f-\x9f]")
# What is shown as a gap, where it stands between words and not between letters.
_BLANK = re.compile("[\u115f\u1160\u2800\u3164\uffa0]+")
LONGEST_KNOWN = 40  # characters of a word with what is hidden in it
_TOKEN = re.compile(r"\S++")
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_BIDI_OVERRIDE = re.compile("[\u202d\u202e]")
_RTL = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
# Where joiners and selectors belong to honest spelling: emoji sequences, and scripts that join letters.
HONEST = re.compile(
    "(?<=[\u0600-\u06ff\u0700-\u074f\u0750-\u077f\u08a0-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af"
    "\ufb50-\ufdff\ufe70-\ufefc])[\u200c\u200d\u180b-\u180e\u17b4\u17b5]"
    "|(?<=[\u2190-\u2bff\u3030\u303d\u3297\u3299\u00a9\u00ae\U0001f000-\U0001faff0-9#*])(?:\ufe0f\u200d|[\u200d\ufe0e\ufe0f])"
    "|(?<=[\u2e80-\u9fff\U00020000-\U0003ffff])[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
    "|(?<=\U0001f3f4)[\U000e0020-\U000e007f]{1,8}"
)
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
# Marks of scripts that no Latin word is written with, behind a Latin letter: Syriac dots in "alert".
_STRAY = "".join(
    chr(code)
    for first, last in ((0x483, 0x1AAF), (0x1B00, 0x1CFF), (0xA66F, 0xABED), (0x10A01, 0x11FFF))
    for code in range(first, last + 1)
    if unicodedata.category(chr(code)) in ("Mn", "Mc", "Me")
)
_STRAY_MARKS = re.compile(f"([A-Za-z])[{_STRAY}]+")
_STRAYS = frozenset(_STRAY)
_ON_NO_LETTER = re.compile("([0-9 +().-])[\u0300-\u036f\u20d0-\u20df\u20e1\u20e5-\u20ff]+")
STACKED = re.compile("[\u0334-\u0338\u20d0-\u20e2\u20e4-\u20ff]|[\u0300-\u036f]{3}")
_STACKING = re.compile("[\u0300-\u036f\u20d0-\u20ff]")  # without one of these nothing is heaped; found at a leap
STYLED = re.compile(
    "[\u249c-\u24b5\U0001f110-\U0001f129\U0001d400-\U0001d7ff\uff21-\uff3a\uff41-\uff5a\u24b6-\u24e9\U0001f130-\U0001f189\u1d00-\u1d25\u1d2c-\u1d6a]"
)
STYLED_WORD = re.compile(rf"{STYLED.pattern}{{2}}|(?<=[A-Za-z]){STYLED.pattern}|{STYLED.pattern}(?=[A-Za-z])")
_WORD = re.compile(r"[^\W_]+")
_DOTTED = re.compile(r"(?<![^\W_])(?:[^\W\d_][._*·•~|/,+-]){3,}[^\W\d_](?![^\W_])")
_SPACED = re.compile(r"(?<![^\W_])(?:[^\W\d_] ){3,}[^\W\d_](?![^\W_])")
_LEETED = re.compile(r"(?<![a-z0-9@$!|])(?=[a-z]*+[0-9@$!|])[a-z0-9@$!|]{4,24}+(?![a-z0-9@$!|])")
_LEET_HINT = re.compile(r"[01345789@$!|](?:(?=[a-z]{2})|(?<=[a-z]{2}[01345789@$!|]))")
_DOTTED_HINT = re.compile(r"[._*·•~|/,+-][^\W\d_]" * 3)  # written out, so that the search can leap from sign to sign
_SPACED_HINT = re.compile(r" [^\W\d_]" * 3)
_TURNED = re.compile("\u202e([^\u202c\n]*)\u202c?")
_SEPARATOR = re.compile(r"[\W_]+")
_SKELETON = str.maketrans("i01345789@$!|", "loleastbgasll")
_NOT_ALNUM = re.compile(r"[^a-z0-9@$!|\u0080-\U0010ffff]+")
_RUN = re.compile(r"([^\W\d_])\1+")
_LOWER = re.compile(r"[a-z]++")
_PIECE = re.compile(r"[a-z]{4,40}+")
_TRIPLE = re.compile(r"([a-z])\1\1")


@dataclass(frozen=True, kw_only=True, slots=True)
class Folded:
    """A text made comparable, and the tricks that were undone on the way."""

    text: str
    tricks: frozenset[str]


NO_TRICKS: frozenset[str] = frozenset()


def clean(text: str) -> tuple[str, frozenset[str]]:
    """The text with compatibility letters and all digits plain and nothing invisible; case is kept."""
    if text.isascii():
        if text.replace("\n", "").isprintable() or not INVISIBLE.search(text):
            return text, NO_TRICKS
        return INVISIBLE.sub("", text), frozenset(_hidden_tricks(text))
    tricks = set()
    if INVISIBLE.search(text):
        tricks |= _hidden_tricks(text)
        if "\u202e" in text:  # shown from right to left, whatever is written
            text = _TURNED.sub(lambda match: match[1][::-1], text)
        if _BLANK.search(text):
            text = _TOKEN.sub(_with_gaps, text)
        text = INVISIBLE.sub("", text)
    if STYLED.search(text):
        if STYLED_WORD.search(text):
            tricks.add("styled_letters")
        text = text.translate(IN_BRACKETS)
    if not _STRAYS.isdisjoint(set(text)):
        text, stray = _STRAY_MARKS.subn(r"\1", text)
        if stray > 1:
            tricks.add("combining_marks")
    if _STACKING.search(text):
        text = _ON_NO_LETTER.sub(r"\1", text)
    text = unicodedata.normalize("NFKC", text)
    if not PLAIN.keys().isdisjoint(map(ord, set(text))):
        text = text.translate(PLAIN)
    return text, frozenset(tricks)


def _with_gaps(match: re.Match[str]) -> str:
    """Words that only blanks keep apart; where these stand inside a word that lures live on, they are no gaps."""
    pieces = [piece for piece in _BLANK.split(match[0]) if piece]
    if len(pieces) < 2 or len(min(pieces, key=len)) < 2 or _is_known("".join(pieces)):
        return "".join(pieces)
    said = pieces[:1]
    for last, piece in pairwise(pieces):
        said += ["" if _is_known(last + piece) else " ", piece]
    return "".join(said)


def _is_known(word: str) -> bool:
    if len(word) > LONGEST_KNOWN:
        return False
    plain = _lettered(unicodedata.normalize("NFKC", INVISIBLE.sub("", word)))
    return plain in KNOWN


def _hidden_tricks(text: str) -> set[str]:
    """Innocent uses are many: one soft hyphen or byte order mark, emoji, Persian, directions in Hebrew text."""
    rest = HONEST.sub("", _CONTROLS.sub("", text))  # controls are old mail read as Latin-1, "that\x92s"
    if _RTL.search(rest):
        rest = rest.replace("\u200e", "").replace("\u200f", "")  # which way a sign or number is to be read
    found = set()
    if _BIDI_OVERRIDE.search(rest) or (BIDI.search(rest) and not _RTL.search(rest)):
        found.add("bidi")
    inside = re.findall(r"(?<=\w)" + INVISIBLE.pattern + r"+(?=\w)", BIDI.sub("", rest.replace("\u00ad", "")))
    run = re.search(r"[\u200b-\u200d\u2060-\u2064\ufe00-\ufe0f\ufeff\u3164\U000e0000-\U000e0fff]{8}", rest)
    if inside or run or len(INVISIBLE.findall(rest.replace("\u00ad", ""))) > 12:
        found.add("invisible_chars")
    return found


def fold(text: str) -> Folded:
    """The comparable form: plain letters, no accents, case folded, spaces single, spaced-out words closed up.

    Terms to be looked for must be folded too: "Überweisung" and "й" lose their marks here.
    """
    plain, tricks = clean(text)
    return Folded(text=fold_clean(plain), tricks=tricks | mixed_scripts(plain))


def fold_clean(plain: str) -> str:
    """`fold` of a text that has been through `clean`."""
    return respell(_lettered(plain))


def _lettered(plain: str) -> str:
    """Plain letters, no accents, case folded, spaces single."""
    if not plain.isascii():
        plain = unconfuse(plain)
        plain = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", plain)))
        if not LATIN_STYLES.keys().isdisjoint(map(ord, set(plain))):
            plain = plain.translate(LATIN_STYLES)
    return " ".join(words_apart(plain).casefold().split())


def respelt(visible: str, folded: str) -> list[str]:
    """The words that a text only says once leet, gaps and repeats are undone, for showing them."""
    spelt = _lettered(clean(visible)[0])
    if folded.startswith(spelt):
        return []
    openly = set(_WORD.findall(spelt))
    return [word for word in dict.fromkeys(_WORD.findall(respell(spelt))) if word not in openly and word.isascii()]


def mixed_scripts(plain: str) -> frozenset[str]:
    """Tricks of spelling: letters of two alphabets in one word, marks heaped on letters."""
    if plain.isascii():
        return NO_TRICKS
    tricks = set()
    if any(len(word) > 3 for word in mixed_words(plain)):
        tricks.add("mixed_script")
    if _STACKING.search(plain) and STACKED.search(plain):
        tricks.add("combining_marks")
    return frozenset(tricks)


def respell(folded: str) -> str:
    """Spaced-out words closed up, and leet and stretched spellings of words that lures live on put right."""
    if _DOTTED_HINT.search(folded):
        folded = _SPACED.sub(_closed, _DOTTED.sub(_closed, folded))
    elif _SPACED_HINT.search(folded) and [*map(len, folded.split(" "))].count(1) > 3:
        folded = _SPACED.sub(_closed, folded)
    folded = _unleeted(folded)
    odd_places = _SWAPPED.find_matches_as_indexes(folded)  # "lnvoice", "paypai": letters that look alike in most fonts
    return _righted(folded, [start for _, start, _ in odd_places]) if odd_places else folded


def _unleeted(folded: str) -> str:
    """The text with the words put right in which a sign or digit may stand for a letter."""
    pieces: list[str] = []
    kept = done = 0
    for hint in _LEET_HINT.finditer(folded):
        if hint.start() < done:
            continue
        start, end = folded.rfind(" ", 0, hint.start()) + 1, folded.find(" ", hint.start())
        done = end if end >= 0 else len(folded)
        word = folded[start:done]
        if len(word) > 3 and (fixed := _LEETED.sub(_unleet, word)) != word:
            pieces += (folded[kept:start], fixed)
            kept = done
    return "".join((*pieces, folded[kept:])) if pieces else folded


def _righted(folded: str, places: list[int]) -> str:
    """The text with the words put right in which something odd stands; the others are as they should be."""
    pieces: list[str] = []
    done = 0
    for place in places:
        if place < done:
            continue
        start = place
        while start > done and "a" <= folded[start - 1] <= "z":
            start -= 1
        word = _LOWER.match(folded, start)
        if word:
            pieces += (folded[done:start], _PIECE.sub(_put_right, word[0]))
            done = word.end()
    return "".join((*pieces, folded[done:]))


def _closed(match: re.Match[str]) -> str:
    """Single letters as one word, or as the several known words that they spell without a gap between."""
    joined = _SEPARATOR.sub("", match[0])
    if len(joined) < 8 or not joined.isascii():
        return joined
    spans = [(start, end) for _, start, end in _KNOWN.find_matches_as_indexes(joined)]
    if sum(end - start for start, end in spans) * 5 < len(joined) * 4:
        return joined
    edges = sorted({0, len(joined), *(edge for span in spans for edge in span)})
    return " ".join(joined[low:high] for low, high in pairwise(edges))


def _put_right(match: re.Match[str]) -> str:
    word: str = match[0]
    swapped = SWAPS.get(word)
    if swapped:
        return swapped
    runs = _RUN.sub(r"\1", word)
    right = STRETCHED.get(runs) if runs != word else None
    if right is None or len(word) <= len(right) or word in _WORDS:
        return word
    doubles = len(_RUN.findall(word))
    doubled = doubles > 2 and doubles * 2 > len(runs)
    plainly = _TRIPLE.search(word) or doubled or (len(right) > 5 and right in _TRIGGERS)
    return right if plainly else word


def _unleet(match: re.Match[str]) -> str:
    word: str = match[0]
    if sum(map(str.isalpha, word)) * 2 < len(word):
        return word  # an identifier
    bare = word.rstrip("!")
    for part in (word,) if bare == word else (word, bare):
        known = TRIGGER_SKELETONS.get(word_skeleton(part)) if not part.isalpha() else None
        shouted = bare.isalpha() and known is not None and len(known) != len(part)  # "call!" is no "calll"
        if known and not shouted and (known in _TRIGGERS or (_spells(part, known) and not bare.isalpha())):
            return known + word[len(part) :]
    return word


def _spells(word: str, known: str) -> bool:
    """Whether a word differs from a known one in nothing but signs for letters: "33am" does from "earn"."""
    same = (a == b or not a.isalpha() or {a, b} == {"i", "l"} for a, b in zip(word, known, strict=False))
    return len(word) == len(known) and all(same)


def word_skeleton(word: str) -> str:
    """One word as its shape: i, l, 1 and ! are one letter, rn is m, doubled letters are single."""
    return shape(word.translate(_SKELETON))


def skeleton(folded: str) -> str:
    """Every word of a folded text as its shape, between single spaces, for looking up names: " paypal ".

    Look for f" {skeleton(fold(name).text).strip()} ". Words are never run together, so "visa" is not in "advisable".
    """
    return " " + " ".join(word_skeleton(word) for word in _NOT_ALNUM.split(folded) if word) + " "


def collapse(folded: str) -> str:
    """The shape of a short text without any separators: "Geek-Squad", "g e e k s q u a d" and "GeekSquad" agree.

    For comparing whole short strings (display names); in running text it would join innocent neighbours.
    """
    return skeleton(folded).replace(" ", "")


def _stretched() -> list[str]:
    """What stretched words are known by: a letter three times, doubles side by side, or one double too many."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    three = [letter * 3 for letter in letters if letter != "w"]
    beside = [first * 2 + second * 2 for first in letters for second in letters if first != second]
    one = [
        word[:place] + word[place] + word[place:] for word in TRIGGERS if len(word) > 5 for place in range(len(word))
    ]
    return [*three, "wwww", *beside, *one]  # three of w begin a host


_WORDS = frozenset(VOCABULARY)
_TRIGGERS = frozenset(TRIGGERS)
_KNOWN = AhoCorasick([*dict.fromkeys((*TRIGGERS, *VOCABULARY))], matchkind=MatchKind.LeftmostLongest)
_SWAPPED = AhoCorasick([*dict.fromkeys((*SWAPS, *_stretched()))], implementation=Implementation.DFA)
