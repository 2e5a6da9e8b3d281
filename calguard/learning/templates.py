"""Training texts of our own: templates in many languages, filled with invented values, the same for the same seed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from random import Random
from typing import Any, Literal, cast

from calguard.learning.slots import Filler, known_slot

Label = Literal["abuse", "benign"]
FILES = resources.files("calguard.learning") / "templates"
MARKS = re.compile(r"\{(>?)([a-z]+(?::[a-z]+)?[0-9]?)\}|([\[\]|{}])")


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """One text as an event would carry it, with what it is an example of."""

    label: Label
    kind: str
    language: str  # ISO 639-1
    summary: str
    description: str
    location: str


@dataclass(frozen=True, slots=True)
class Slot:
    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    options: tuple[Nodes, ...]


Nodes = tuple["str | Slot | Choice", ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Template:
    label: Label
    kind: str
    language: str
    key: str  # as written: what the random choices are derived from, so that a new template moves no other
    fields: tuple[Nodes, Nodes, Nodes]  # summary, description, location


def parse(text: str, parts: dict[str, str]) -> Nodes:
    """The grammar of a template, read once. ValueError where it is not closed or names what is not there.

    `[a|b|]` is one of its alternatives, brackets without a bar are brackets, `{slot}` is an invented value,
    `{>part}` a passage of the same file.
    """
    levels: list[list[list[str | Slot | Choice]]] = [[[]]]
    at = 0
    for mark in MARKS.finditer(text):
        levels[-1][-1].append(text[at : mark.start()])
        at = mark.end()
        part, name, sign = mark.groups()
        if part:
            if name not in parts:
                raise ValueError(f"no part named {name!r}: {text[:60]!r}")
            levels[-1][-1].extend(parse(parts[name], {key: value for key, value in parts.items() if key != name}))
        elif name:
            if not known_slot(name):
                raise ValueError(f"no slot named {name!r}: {text[:60]!r}")
            levels[-1][-1].append(Slot(name))
        elif sign == "[":
            levels.append([[]])
        elif sign == "|" and len(levels) > 1:
            levels[-1].append([])
        elif sign == "]" and len(levels) > 1:
            options = levels.pop()
            if len(options) > 1:
                levels[-1][-1].append(Choice(tuple(tuple(option) for option in options)))
            else:
                levels[-1][-1].extend(["[", *options[0], "]"])
        elif sign == "|":
            levels[-1][-1].append(sign)
        else:
            raise ValueError(f"stray {sign!r}: {text[:60]!r}")
    if len(levels) > 1:
        raise ValueError(f"'[' is never closed: {text[:60]!r}")
    levels[0][0].append(text[at:])
    return tuple(levels[0][0])


@cache
def templates() -> tuple[Template, ...]:
    """All that is written, in a fixed order, from files named `<language>.<label>[.<more>].toml`."""
    found: list[Template] = []
    for file in sorted((file for file in FILES.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name):
        language, _, rest = file.name.partition(".")
        label = rest.partition(".")[0]
        if label not in {"abuse", "benign"}:
            continue
        found.extend(_read(language, cast("Label", label), tomllib.loads(file.read_text(encoding="utf-8"))))
    return tuple(found)


def _read(language: str, label: Label, written: dict[str, Any]) -> Iterator[Template]:
    parts = written.get("parts", {})
    for kind, rows in written["texts"].items():
        for row in rows:
            summary, description, location = [*row, "", ""][:3]
            yield Template(
                label=label,
                kind=kind,
                language=language,
                key="\n".join(row),
                fields=(parse(summary, parts), parse(description, parts), parse(location, parts)),
            )


@cache
def words(language: str) -> tuple[str, ...]:
    """Words of the innocent templates of a language, which text salad is made of."""
    found: set[str] = set()
    for template in templates():
        if template.language == language and template.label == "benign":
            found.update(re.findall(r"[^\W\d_]{2,}", re.sub(r"\{[^}]*\}", " ", template.key)))
    return tuple(sorted(found))


def texts(seed: int, per_template: int) -> Iterator[Written]:
    """Every template filled `per_template` times; the same texts in the same order for the same seed."""
    for template in templates():
        for number in range(per_template):
            random = Random(f"{seed}/{template.language}/{template.kind}/{number}/{template.key}")
            filler = Filler(random, template.language, words(template.language))
            summary, description, location = (
                re.sub(r"[ \t]+(?=\n|$)|(?<=[ \t])[ \t]+", "", _render(nodes, filler)).strip()
                for nodes in template.fields
            )
            yield Written(
                label=template.label,
                kind=template.kind,
                language=template.language,
                summary=summary,
                description=description,
                location=location,
            )


def _render(nodes: Nodes, filler: Filler) -> str:
    written: list[str] = []
    for node in nodes:
        if isinstance(node, Slot):
            written.append(filler.value(node.name))
        elif isinstance(node, Choice):
            written.append(_render(filler.random.choice(node.options), filler))
        else:
            written.append(node)
    return "".join(written)
