"""What an attempt has in common with how its account usually writes; only counts and short keyed hashes are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from accounts_risk.ledger import Habits
from calguard import keyed, people
from calguard.conf import conf
from calguard.content.language import language_of
from calguard.content.types import Content

__all__ = ["Break", "Traits", "breaks", "learn", "traits"]

Break = Literal["language", "hosts", "guests", "hour"]

SETTLED = 12  # sends from which an account has habits
SPOKEN = 8  # sends in a language that could be told
HOURS_KNOWN = 30  # sends that tell somebody's hours
AROUND = 3  # hours before and after that are the same time of day
MOST_GUESTS = 200  # looked at
STRANGE = 0.8  # share of guests outside, from which they are another circle
GUESTS = 3  # fewer are no circle
SHORT = 8  # hexadecimal digits of a hash: enough to recognise, too few to tell


@dataclass(frozen=True, kw_only=True, slots=True)
class Traits:
    """One attempt, as habits see it."""

    hour: int  # of the day, UTC
    language: str
    hosts: tuple[str, ...]  # linked to, as short keyed hashes
    circles: tuple[tuple[str, int], ...]  # domains of guests outside, as short keyed hashes, and how many guests


def traits(content: Content, at: datetime, own: Collection[str]) -> Traits:
    """What is compared and learned. `own` are domains that its tenant has proved; they say nothing."""
    texts = " ".join(text.visible for text in content.texts if text.field in ("SUMMARY", "DESCRIPTION", "LOCATION"))
    hosts = dict.fromkeys(link.domain for link in content.links if link.domain and link.domain not in own)
    guests = Counter(guest.domain for guest in content.attendees[:MOST_GUESTS] if guest.domain not in own)
    common = guests.most_common(24)
    return Traits(
        hour=at.hour,
        language=language_of(texts),
        hosts=_short(list(hosts)[:24]),
        circles=tuple(zip(_short([domain for domain, _ in common]), (count for _, count in common), strict=True)),
    )


def breaks(habits: Habits, now: Traits) -> frozenset[Break]:
    """In what the attempt is unlike all that the account sent; nothing where it has no habits yet.

    Each happens to everybody now and then: a holiday, a new customer, a link to a new shop. They are signs only beside
    others.
    """
    if habits.sends < SETTLED:
        return frozenset()
    found: set[Break] = set()
    if now.language and sum(habits.languages.values()) >= SPOKEN and now.language not in habits.languages:
        found.add("language")
    if now.hosts and not set(now.hosts) & set(habits.hosts):
        found.add("hosts")
    guests = sum(count for _, count in now.circles)
    strange = sum(count for circle, count in now.circles if circle not in habits.circles)
    if guests >= GUESTS and strange >= STRANGE * guests:
        found.add("guests")
    near = sum(habits.hours[(now.hour + step) % 24] for step in range(-AROUND, AROUND + 1))
    if sum(habits.hours) >= HOURS_KNOWN and not near:
        found.add("hour")
    return frozenset(found)


def learn(account: str, content: Content, *, at: datetime, own: Collection[str]) -> None:
    """The account sent this, and nothing kept it back."""
    now = traits(content, at, own)
    people.note_habits(
        account,
        hour=now.hour,
        language=now.language,
        hosts=now.hosts,
        circles=[circle for circle, _ in now.circles],
        using=conf.database,
    )


def _short(values: Collection[str]) -> tuple[str, ...]:
    return tuple(value[:SHORT] for value in keyed.pseudonyms("habit", values))
