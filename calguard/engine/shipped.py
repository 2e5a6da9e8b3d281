"""The shipped policy as it is written, and what it has at a place where an operator's own has nothing."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

PATH = resources.files("calguard").joinpath("policy", "default.toml")


def text() -> str:
    """The document, in TOML."""
    return PATH.read_text(encoding="utf-8")


def missing(place: Sequence[str | int]) -> str:
    """What to add where an operator's policy lacks a key, as after an upgrade that brought it."""
    value: Any = _document()
    for part in place:
        value = value.get(part) if isinstance(value, Mapping) else None
    if value is None:
        return "missing"
    if isinstance(value, Mapping):
        return "missing; copy this section from the shipped policy"
    if isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
        return "missing; copy these sections from the shipped policy"
    return f"missing; the shipped policy has {place[-1]} = {json.dumps(value)}"


def beside(part: str, names: Iterable[str]) -> str:
    """The names, each with what the shipped policy gives it in this part."""
    given = {name: value for name, value in _document().get(part, {}).items() if not isinstance(value, Mapping)}
    return ", ".join(f"{name} (shipped: {json.dumps(given[name])})" if name in given else name for name in names)


@cache
def _document() -> Mapping[str, Any]:
    return tomllib.loads(text())
