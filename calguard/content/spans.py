"""Where in a text as written stands what was seen in it without disguise; asked only once something was seen."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from calguard.content.lookalikes import LATIN_STYLES, PLAIN, STRUCK, TO_LATIN, TWINS
from calguard.content.markup import is_html
from calguard.content.normalise import BIDI, HONEST, INVISIBLE, STACKED, STYLED, STYLED_WORD

MAX_NEEDLE = 400
MAX_TRIES = 50  # occurrences looked at for one that stands between words
MAX_CLOSELY = 8_000  # characters at either end of a text that are read through disguise

WORD = 60  # characters of a word on either side of a trick

_GONE = "\ufdd0"  # a noncharacter in place of whatever a reader or the judge does not see
_MARKUP = re.compile(
    r"<!--(?:[^-]|-(?!->)){0,4000}(?:-->)?|<(?!(?:https?|mailto|tel|ftp):)/?([a-zA-Z][a-zA-Z0-9]{0,20})?[^<>]{0,4000}>?"
)
_ENTITY = re.compile(r"&(?:amp;)?(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});?")
_BLOCKS = frozenset("p div br li tr td th h1 h2 h3 h4 h5 h6 table ul ol blockquote hr pre section".split())  # noqa: SIM905
_SPACES = re.compile(r"\s\s+")
_SEPARATOR = re.compile(r"[\W_]")
_RUN = re.compile(r"([^\W\d_])\1+")
_SHAPE = str.maketrans("i01345789@$!|", "loleastbgasll")
_NO_SPACE = re.compile(r"\S+")
_WORD_END = re.compile(r"[\s<]")
_PLAYED = {  # where in a text each trick stands, as it is written
    "invisible_chars": re.compile(rf"(?<=\w){INVISIBLE.pattern}+(?=\w)|{INVISIBLE.pattern}{{2}}"),
    "bidi": BIDI,
    "styled_letters": STYLED_WORD,
    "combining_marks": STACKED,
}
_SHOWY = ("CIRCLED", "DOUBLE CIRCLED", "NEGATIVE", "PARENTHESIZED", "SQUARED", "FULLWIDTH", "MATHEMATICAL")
_FULL_WIDTH = re.compile("[\uff01-\uff5e]")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_INNOCENT = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2011": "-", "\u2013": "-"})


class Span(NamedTuple):
    """Offsets into a text, the end beyond the last character."""

    start: int
    end: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Mask:
    """One kind of character that hides what a text says."""

    character: str
    name: str  # by Unicode, "" where it has none
    reads: str  # the letter it passes for; "" where nothing is seen of it
    count: int


class _Table(dict[int, str]):
    """Each character as the judge reads it, one for one; what has no or several letters in its place says so."""

    def __init__(self, *, latin: bool) -> None:
        super().__init__()
        self._latin = latin

    def __missing__(self, code: int) -> str:
        seen = _folded(chr(code), self._latin)
        self[code] = shown = seen or _GONE
        return shown


def _folded(character: str, latin: bool) -> str:
    if character.isspace():
        return " "
    if INVISIBLE.match(character):
        return ""
    seen = unicodedata.normalize("NFKC", character).translate(PLAIN)
    seen = "".join(c for c in unicodedata.normalize("NFD", seen) if unicodedata.category(c) != "Mn" or ord(c) > 0x36F)
    seen = unicodedata.normalize("NFC", seen).translate(LATIN_STYLES)
    if latin:
        seen = "".join(TO_LATIN.get(c, c) for c in seen)
    return seen.casefold().strip() or (" " if seen.isspace() else "")


_AS_WRITTEN = _Table(latin=False)
_AS_LATIN = _Table(latin=True)


class _Stream(NamedTuple):
    """A text without what is not seen, and where each of its characters stands in the original."""

    text: str
    places: Sequence[int]


def find(written: str, said: str, *, markup: bool | None = None) -> Span | None:
    """Where `said`, a stretch of the folded text or of the visible one, stands in the text as written.

    None where it cannot be told. Linear in the text, and read through disguise only in its first and last MAX_CLOSELY
    characters; what one text was read as is kept for the next search in it.
    """
    said = said.strip()[:MAX_NEEDLE]
    if not said:
        return None
    lower = written.casefold()
    for text in (written, lower) if len(lower) == len(written) else (written,):
        place = text.find(said)
        if place >= 0 and _between_words(text, place, place + len(said)):
            return Span(place, place + len(said))
    loose = _loosely(lower, said.split()) if len(lower) == len(written) else None
    if loose:
        return loose
    if markup is None:
        markup = "<" in written and is_html(written)
    parts = [(0, written[:MAX_CLOSELY])]
    if len(written) > MAX_CLOSELY:
        tail = max(MAX_CLOSELY, len(written) - MAX_CLOSELY)
        parts.append((tail, written[tail:]))
    for offset, part in parts:
        for read_as, needle in zip(_READINGS, _needles(said), strict=True):
            found = _search(read_as(part, markup), needle, part)
            if found:
                return Span(offset + found.start, offset + found.end)
    return None


def _loosely(lower: str, words: list[str]) -> Span | None:
    """The words one after another with any white space between, as lines are broken."""
    place = lower.find(words[0])
    for _ in range(MAX_TRIES):
        if place < 0:
            return None
        end = place
        for word in words:
            if not lower.startswith(word, end):
                break
            last = end = end + len(word)
            while lower[end : end + 1].isspace():
                end += 1
        else:
            if _between_words(lower, place, last):
                return Span(place, last)
        place = lower.find(words[0], place + 1)
    return None


@lru_cache(maxsize=8)
def _plain(written: str, markup: bool) -> _Stream:
    return _stream(_without_markup(written, markup), _AS_WRITTEN)


@lru_cache(maxsize=8)
def _latin(written: str, markup: bool) -> _Stream:
    masked = _without_markup(written, markup)
    return _plain(written, markup) if masked.isascii() else _stream(masked, _AS_LATIN)


@lru_cache(maxsize=8)
def _close(written: str, markup: bool) -> _Stream:
    latin = _latin(written, markup)
    return _kept(latin, _SEPARATOR.sub(_GONE, latin.text))


@lru_cache(maxsize=8)
def _by_shape(written: str, markup: bool) -> _Stream:
    latin = _latin(written, markup)
    letters = _kept(latin, _SEPARATOR.sub(_GONE, latin.text.translate(_SHAPE)))  # "@" and "|" are letters here
    return _kept(letters, _shape(letters.text))


# Ever freer readings of a text: as written, with Latin letters for look-alikes, close together, by shape.
_READINGS = (_plain, _latin, _close, _by_shape, _by_shape)


def _needles(said: str) -> tuple[str, ...]:
    """What to look for in each reading; last the first words alone, as the others may stand elsewhere in markup."""
    plain, latin = (_stream(said, table).text.strip() for table in (_AS_WRITTEN, _AS_LATIN))
    words = latin.split()
    first = "".join(words[:3]) if len(words) > 5 else ""
    whole, beginning = (
        _shape(_SEPARATOR.sub("", part.translate(_SHAPE))).replace(_GONE, "") for part in (latin, first)
    )
    return plain, latin, _SEPARATOR.sub("", latin), whole, beginning


def without_tags(written: str) -> str:
    """A stretch of markup as running text, for looking for it where there is none."""
    return " ".join(_without_markup(written, True).replace(_GONE, "").split())


def _without_markup(written: str, markup: bool) -> str:
    """The same length, with tags gone and entities as the letters they stand for."""

    def tag(match: re.Match[str]) -> str:
        filler = _GONE * len(match[0])
        return " " + filler[1:] if (match[1] or "").lower() in _BLOCKS else filler

    def entity(match: re.Match[str]) -> str:
        decoded = html.unescape(html.unescape(match[0]))
        return decoded[0] + _GONE * (len(match[0]) - 1) if len(decoded) < 3 else match[0]

    if markup:
        written = _MARKUP.sub(tag, written)
    return _ENTITY.sub(entity, written) if "&" in written else written


def _stream(masked: str, table: _Table) -> _Stream:
    read = masked.translate(table)
    if len(read) == len(masked):
        whole = _Stream(read, range(len(read)))
    else:  # ligatures and the like stand for several letters
        whole = _Stream(read, [place for place, char in enumerate(masked) for _ in table[ord(char)]])
    once = _kept(whole, read)
    return _kept(once, _SPACES.sub(lambda match: " " + _GONE * (len(match[0]) - 1), once.text))


def _kept(stream: _Stream, marked: str) -> _Stream:
    if _GONE not in marked:
        return _Stream(marked, stream.places)
    places = [place for place, char in zip(stream.places, marked, strict=True) if char != _GONE]
    return _Stream(marked.replace(_GONE, ""), places)


def _shape(text: str) -> str:
    """The same length: letters that look alike are one, of doubled ones the rest is gone."""
    text = text.replace("rn", f"m{_GONE}").replace("vv", f"w{_GONE}")
    return _RUN.sub(lambda match: match[1] + _GONE * (len(match[0]) - 1), text)


def _search(stream: _Stream, needle: str, written: str) -> Span | None:
    """The first place that begins and ends with a word, else the first at all."""
    if not needle:
        return None
    first = place = stream.text.find(needle)
    for _ in range(MAX_TRIES):
        if place < 0 or _between_words(stream.text, place, place + len(needle)):
            break
        place = stream.text.find(needle, place + 1)
    place = place if place >= 0 else first
    if place < 0:
        return None
    last = stream.places[place + len(needle) - 1]
    entity = _ENTITY.match(written, last)
    return Span(stream.places[place], entity.end() if entity else last + 1)


def _between_words(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    joined = (before.isalnum() and text[start].isalnum()) or (after.isalnum() and text[end - 1].isalnum())
    return not joined


def disguised(written: str, trick: str) -> Span | None:
    """The first word in which one of the tricks of `Text.tricks` is played; None for one that is not of letters."""
    if trick == "mixed_script":
        words = (word for word in written[:MAX_CLOSELY].split() if not word.isascii())
        place = written.find(next((word for word in words if _pretends(word, mostly_latin=True)), "\0"))
    else:
        pattern = _PLAYED.get(trick)
        found = pattern.search(written) if pattern else None
        place = found.start() if found else -1
    if place < 0:
        return None
    before = written[max(0, place - WORD) : place]
    start = place - len(before) + max(map(before.rfind, " \n\t>")) + 1
    after = _WORD_END.search(written, place, place + WORD)
    return Span(start, after.start() if after else min(len(written), place + WORD))


def plainly(written: str) -> str:
    """What an honest hand may write otherwise than it is folded: case, accents, spacing, curly quotes."""
    if written.isascii():
        return " ".join(written.casefold().split())
    bare = unicodedata.normalize("NFD", written.translate(_INNOCENT))
    kept = "".join(c for c in bare if unicodedata.category(c) != "Mn")
    return " ".join(unicodedata.normalize("NFC", kept).casefold().split())


def masks(written: str) -> tuple[Mask, ...]:
    """The characters that hide what a text says, in the order they appear: not what merely is another script."""
    counted: dict[str, int] = {}
    for place in hiding(written):
        counted[written[place]] = counted.get(written[place], 0) + 1
    return tuple(
        Mask(character=found, name=unicodedata.name(found, ""), reads=_reads(found), count=count)
        for found, count in counted.items()
    )


def hiding(written: str) -> list[int]:
    """Where such characters stand: a letter of another alphabet where a Latin word is spelt with it, an invisible one
    anywhere but in emoji families and in scripts that need it."""
    honestly = HONEST.sub(lambda match: "-" * len(match[0]), written)
    if _CJK.search(written):
        honestly = _FULL_WIDTH.sub("-", honestly)  # as Latin letters are set there
    foreign = sum(not c.isascii() for c in honestly)
    places = []
    for word in _NO_SPACE.finditer(honestly):
        if not word[0].isascii():
            pretends = _pretends(word[0], mostly_latin=foreign * 2 < len(written))
            places += [
                place
                for place, character in enumerate(word[0], word.start())
                if not character.isascii() and (_is_styled(character) or (pretends and character in TO_LATIN))
            ]
    return places


def _pretends(word: str, *, mostly_latin: bool) -> bool:
    """Whether the foreign letters of a word stand for Latin ones."""
    letters = [c for c in word if c.isalpha()]
    foreign = [c for c in letters if c in TO_LATIN]
    if not foreign:
        return False
    latin = any(c.isascii() for c in letters)
    return latin or (mostly_latin and len(letters) > 2 and all(c in TWINS for c in letters))


def _is_styled(character: str) -> bool:
    """Invisible, or one of the mathematical, boxed, circled and other letters and digits made for show."""
    if INVISIBLE.match(character) or STYLED.match(character):
        return True
    if ord(character) in LATIN_STYLES and ord(character) not in STRUCK:
        return not "\U0001f1e6" <= character <= "\U0001f1ff"  # flags are pairs of these
    return unicodedata.name(character, "").startswith(_SHOWY) and _reads(character).isalnum()


def _reads(character: str) -> str:
    seen = _AS_LATIN[ord(character)]
    return "" if seen == _GONE else seen
