"""What people and attackers write: templates of our own, filled with invented values."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from random import Random
from typing import Any

from calguard.learning.slots import Filler
from calguard.learning.templates import Choice, Nodes, Slot, parse, words

LANGUAGES = ("en", "de", "fr", "es")
Text = tuple[str, str, str]  # summary, description, location


@cache
def _written() -> dict[str, Any]:
    file = resources.files("calguard.simulation") / "texts.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def _rows(*path: str) -> tuple[tuple[Nodes, ...], ...]:
    part: Any = _written()
    for name in path:
        part = part[name]
    return tuple(tuple(parse(field, {}) for field in row) for row in part["rows"])


def innocent(random: Random, kind: str, language: str = "en") -> Text:
    """An ordinary event of this kind, in English where the kind is not written in the language."""
    chosen = language if language in _written()["innocent"][kind] else "en"
    return _filled(random, random.choice(_rows("innocent", kind, chosen)), chosen)


def answer(random: Random) -> str:
    """What a visitor of a booking page writes into its form."""
    return _filled(random, random.choice(_rows("innocent", "booking", "answers")), "en")[1]


def abusive(random: Random, kind: str, *, phone: str, link: str, step: int | None = None) -> Text:
    """One of an attack's texts, with what the attack shares in it; `step` names the row instead of chance."""
    rows = _rows("attack", kind)
    chosen = random.choice(rows) if step is None else rows[min(step, len(rows) - 1)]
    salt = "".join(random.choices("ABCDEFGHJKMNPQRSTVWXYZ23456789", k=random.randint(5, 9)))
    shared = {"@PHONE@": phone, "@LINK@": link, "@SALT@": salt}
    summary, description, location = _filled(random, chosen, "en")
    return _put(summary, shared), _put(description, shared), _put(location, shared)


def steps(kind: str) -> int:
    """How many rows a kind of abuse has."""
    return len(_rows("attack", kind))


def _put(text: str, shared: dict[str, str]) -> str:
    for mark, value in shared.items():
        text = text.replace(mark, value)
    return text


def _filled(random: Random, row: tuple[Nodes, ...], language: str) -> Text:
    filler = Filler(random, language, words(language))
    summary, description, location = (_rendered(nodes, filler).strip() for nodes in row)
    return summary, description, location


def _rendered(nodes: Nodes, filler: Filler) -> str:
    written: list[str] = []
    for node in nodes:
        if isinstance(node, Slot):
            written.append(filler.value(node.name))
        elif isinstance(node, Choice):
            written.append(_rendered(filler.random.choice(node.options), filler))
        else:
            written.append(node)
    return "".join(written)
