"""The phrases that lures are recognised by, read from the lists once at import."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Any

from calguard.engine.lexicon import Lexicon

# Claims of the first two are an accusation wherever they stand; those of claims.toml an honest business makes too.
FIRM = ("lures.toml", "schemes.toml")
SOFT = "claims.toml"
NO_CLAIMS = frozenset({"hook", "exit", "act", "urgent"})
COUNTED = frozenset({"letter", "romance", "extort", "job"})  # one concept a line, counted in each language apart
ASIDE = frozenset({"method", "dialin", "trade", "sets"})
_SET = re.compile(r"\{(\w+)\}")

# Arabic writes the article and the shortest words onto the next; a hamza is often left out, as is Hindi's dot below.
_PREFIXES = ("", "ال", "و", "ب", "ل", "لل", "بال", "وال", "ف", "ك")
_ARABIC = re.compile("[\u0621-\u064a]")
_HAMZA = str.maketrans("أإآٱىة", "اااايه")
_NUKTA = "\u093c"


@lru_cache(maxsize=8)
def document(name: str) -> dict[str, Any]:
    """One list of the package, as written."""
    return tomllib.loads(resources.files("calguard.lists").joinpath(name).read_text("utf-8"))


def phrases(name: str) -> Iterator[tuple[str, str]]:
    """Role and phrase of every line of a list, sets filled in, spellings written out; LookupError for a set unknown."""
    for tongue, language in document(name).items():
        sets = language.get("sets", {})
        for role, written in language.items():
            named = f"{role}@{tongue}" if role in COUNTED else role
            if role not in ASIDE:
                for phrase in written:
                    yield named, _spelt(_SET.sub(lambda match, sets=sets: sets[match[1]], phrase))  # type: ignore[misc]


def _spelt(phrase: str) -> str:
    if not _ARABIC.search(phrase) and not any("\u0900" <= char <= "\u097f" for char in phrase):
        return phrase
    return " ~ ".join(
        "|".join(dict.fromkeys(other for word in part.split("|") for other in _spellings(word.strip())))
        for part in phrase.split("~")
    )


def _spellings(word: str) -> list[str]:
    if _ARABIC.search(word):
        plain = word.translate(_HAMZA)
        spelt = {word, plain, f"{plain[:-1]}ة" if word.endswith("ة") else plain}
        prefixes = ("", "و", "ب") if word.startswith("ال") else _PREFIXES
        return [prefix + other for other in sorted(spelt) for prefix in prefixes]
    return [word, word.replace(_NUKTA, "")]


def words(role: str) -> Lexicon:
    """All single words of one role, of every language, each with its places."""
    rows = (row for table in document("lures.toml").values() for row in table.get(role, ()))
    found = {word.strip() for row in rows for word in row.split("|")}
    return Lexicon((role, word) for word in sorted(found))


def listed(name: str, role: str) -> Lexicon:
    """The words of one role of a list that makes no difference between languages."""
    return Lexicon((role, word.strip()) for word in document(name)[role].split("|"))


def second_persons() -> Lexicon:
    """How each language speaks to the reader, but for what is an article in another."""
    sets = [language["sets"]["your"] for language in document(SOFT).values()]
    return Lexicon(
        ("your", word) for word in sorted({word for written in sets for word in written.split("|")} - {"le", "la"})
    )


def lexicon() -> Lexicon:
    """Every phrase; the roles of soft claims end in "?", those counted in their language."""
    firm = [entry for name in FIRM for entry in phrases(name)]
    soft = [(role if role in NO_CLAIMS else f"{role}?", phrase) for role, phrase in phrases(SOFT)]
    return Lexicon([*firm, *soft])
