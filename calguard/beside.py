"""What guests read beside the event: names the host knows and texts it hands over, judged with the event's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from calguard.content.lines import sample
from calguard.content.markup import is_html
from calguard.content.people import normalise
from calguard.content.reader import read_text
from calguard.content.types import Content
from calguard.host import Facts
from outbound.fitting import fit, shorten

LONGEST_NAME = 1000  # characters of a name that are read
LONGEST_PLACE = 200
MAX_TEXTS = 200  # texts of one attempt that are read
MOST_KEPT = 32_000  # characters of them that are kept with an attempt, for its last look and for a reviewer
SHORTEST_KEPT = MOST_KEPT // MAX_TEXTS
KEPT = 1000  # characters of one attempt that later ones are read with


def around(content: Content, facts: Facts, extra: Mapping[str, str]) -> dict[str, str]:
    """What guests read beside the event, by its place: all that the host shows around it, and the names of whom it
    comes from, which are texts like any other (DOMAIN 0.2). What PostgreSQL cannot keep is left out of them."""
    given = {name: shorten(value, len(value)) for name, value in list(extra.items())[:MAX_TEXTS] if value}
    texts = {fit(name, LONGEST_PLACE): value for name, value in given.items() if value.strip()}
    for field, name in (("account.name", facts.name), ("account.tenant_name", facts.tenant_name)):
        if _is_news(content, name) and name not in texts.values():
            texts[field] = shorten(name, LONGEST_NAME)
    return texts


def kept(texts: Mapping[str, str]) -> dict[str, str]:
    """As much of them as is kept: each shortened alike where all together are too long."""
    each = max(SHORTEST_KEPT, MOST_KEPT // len(texts)) if texts else 0
    short = {place: value if len(value) <= each else sample(value, each) for place, value in texts.items()}
    return {fit(place, LONGEST_PLACE): shorten(value, len(value)) for place, value in short.items()}


def with_texts(content: Content, texts: Mapping[str, str]) -> Content:
    """The event with what guests read beside it. Its hash stays the event's: these are judged at every attempt."""
    if not texts:
        return content
    beside = read_text(texts, html=frozenset(name for name, value in texts.items() if is_html(value)))
    return replace(
        content,
        texts=(*content.texts, *beside.texts),
        links=(*content.links, *beside.links),
        phones=(*content.phones, *beside.phones),
        money=(*content.money, *beside.money),
        problems=content.problems | beside.problems,
    )


def _is_news(content: Content, name: str) -> bool:
    organizer = content.organizer
    return bool(name.strip()) and not normalise(name) and (organizer is None or organizer.name != name)


def words(content: Content) -> str:
    """What one attempt says, short enough to be kept for the minutes in which others may continue it (R27)."""
    return sample(" ".join(text.visible for text in content.texts if not text.field.startswith("ATTENDEE")), KEPT)
