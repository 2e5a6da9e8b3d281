"""What the text model learns from: records that may be learned from, and texts of our own."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from calguard.content.gather import make_text
from calguard.content.types import Content
from calguard.learning import templates

OWN = 5.0  # weight of a text of ours: the open records are of another time and of few languages
FIELDS = ("SUMMARY", "DESCRIPTION", "LOCATION")
_CALL = re.compile(r"\d[\d ()/.-]{5,}\d")  # a telephone number, roughly
ABUSE = frozenset({"spam", "phish"})
HAM = frozenset({"ham"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One text with what it is."""

    texts: tuple[tuple[str, str], ...]  # field, folded text
    abuse: bool
    group: str  # equal for what is nearly equal, and for what one account wrote: kept together when folds are made
    weight: float = 1.0
    source: str = ""
    kind: str = ""


def of_content(content: Content, *, abuse: bool, group: str, weight: float = 1.0) -> Example:
    """An example of an invitation that was read."""
    texts = tuple((text.field, text.folded) for text in content.texts)
    return Example(texts=texts, abuse=abuse, group=group, weight=weight, source="reviewed")


def of_texts(written: Iterable[str], *, abuse: bool, group: str, **more: str | float) -> Example:
    """An example of a summary, a description and a location, any of which may be empty."""
    texts = tuple(
        (name, make_text(name, value, False)[0].folded)
        for name, value in zip(FIELDS, written, strict=True)
        if value and not value.isspace()
    )
    return Example(texts=texts, abuse=abuse, group=group, **more)  # type: ignore[arg-type]


def of_records(path: Path) -> Iterator[Example]:
    """Those lines of a (compressed) JSON lines file that are labelled and whose `license_use` is "open", in order.

    ValueError where a line is no JSON object.
    """
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("license_use") != "open" or row.get("label") not in ABUSE | HAM:
                continue
            yield of_texts(
                [row.get(name.lower()) or "" for name in FIELDS],
                abuse=row["label"] in ABUSE,
                group=str(row.get("cluster") or row.get("id")),
                source=str(row.get("source") or ""),
                kind=str(row.get("kind") or ""),
            )


def of_templates(seed: int, per_template: int, weight: float = OWN) -> Iterator[Example]:
    """Our own texts; those of one template are one group. Lures that ask for a call are left out: the detectors of
    lures know them by what they claim, and their words, "cancel", "call", "charge", are those of every appointment."""
    for number, text in enumerate(templates.texts(seed, per_template)):
        if (
            text.label == "abuse"
            and "http" not in text.description
            and _CALL.search(f"{text.summary} {text.description} {text.location}")
        ):
            continue
        yield of_texts(
            (text.summary, text.description, text.location),
            abuse=text.label == "abuse",
            group=f"template {number // per_template}",
            weight=weight,
            source=f"template {text.language}",
            kind=text.kind,
        )
