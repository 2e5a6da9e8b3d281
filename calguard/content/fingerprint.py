"""What makes two contents the same: hashes of all a guest can see and of the guests, a key that survives editing."""

# ruff: noqa: SIM905  (word lists read better as words)

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping

from calguard.content.types import Content

# Not seen by a guest, or different in every copy of one event.
EXCLUDED = frozenset(
    "DTSTAMP CREATED LAST-MODIFIED SEQUENCE PRODID METHOD VERSION CALSCALE UID ATTENDEE TRANSP CLASS TZID "
    "X-MOZ-GENERATION X-MOZ-LASTACK X-MICROSOFT-CDO-APPT-SEQUENCE X-MICROSOFT-CDO-OWNERAPPTID "
    "X-MICROSOFT-CDO-REPLYTIME X-MICROSOFT-CDO-OWNER-CRITICAL-CHANGE X-MICROSOFT-CDO-ATTENDEE-CRITICAL-CHANGE "
    "X-CALENDARSERVER-DTSTAMP X-WR-RELCALID X-PUBLISHED-TTL REFRESH-INTERVAL".split()
)
LONGEST_NAME = 300  # characters; also what keeps the search linear
_ZONES = frozenset({"VTIMEZONE", "STANDARD", "DAYLIGHT"})
_SAYS = re.compile(r"://|\d{3}.*\d{4}|(?:\w+\W+){4}\w|[A-Za-z]+ .*\d{3}")  # more than any name or number of a machine
_URL = re.compile(r"(?i)(?:https?://|www\.)([^\s/<>\"]+)[^\s<>\"]*")
_EMAIL = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,255}")
_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_US = "\x1f"


def entry(name: str, params: Iterable[tuple[str, str]], value: str) -> str:
    """One canonical line: the same for every spelling of the same property."""
    told = "".join(f";{key}={text}" for key, text in sorted(params)) if params else ""
    single = value.isprintable() and "  " not in value  # so that the words need no splitting, which costs with five MB
    return f"{name}{told}{_US}{value.strip() if single else ' '.join(value.split())}"


def told_elsewhere(said: Iterable[tuple[str, str]]) -> Iterator[str]:
    """What is said where copies of one event may differ: words in a time zone, a maker's name, a guest's parameters.

    Bound like the rest, or they could be put there after the verdict (R02). Takes fields and their texts.
    """
    for field, value in dict.fromkeys(said):
        place, _, name = field.rpartition(".")
        head, _, param = name.partition(";")
        differs = place in _ZONES or param == "TZID" or (head in EXCLUDED and field != "ATTENDEE;CN")
        if differs and (len(value) > LONGEST_NAME or _SAYS.search(value)):
            yield entry(field, (), value)


def block(name: str, entries: Iterable[str]) -> str:
    """A component as the hash of its lines in any order."""
    digest = hashlib.sha256("\x1e".join(sorted(entries)).encode("utf-8", "replace"))
    return f"{name}{_US}{digest.hexdigest()}"


def canonical_hash(blocks: Iterable[str]) -> str:
    """SHA-256, hex, over components in any order."""
    return hashlib.sha256("\x1e".join(sorted(blocks)).encode("utf-8", "replace")).hexdigest()


def guests_hash(guests: Mapping[str, str]) -> str:
    """SHA-256, hex, of the guest set with display names; "" where there are no guests."""
    if not guests:
        return ""
    lines = "\x1e".join(sorted(f"{email}{_US}{name}" for email, name in guests.items()))
    return hashlib.sha256(lines.encode("utf-8", "replace")).hexdigest()


def similarity_key(content: Content) -> str:
    """The same for copies that differ in numbers, identifiers, addresses, order or spacing; "" without any text."""
    words: set[str] = set()
    for text in content.texts:
        if not text.field.startswith("ATTENDEE"):
            words.update(_masked(text.folded))
    words.update(f"link:{link.domain}" for link in content.links if link.domain)
    if not words:
        return ""
    return hashlib.sha256(" ".join(sorted(words)).encode("utf-8", "replace")).hexdigest()


def _masked(folded: str) -> Iterable[str]:
    """Words that carry the message: no numbers, mixed identifiers, addresses or short words."""
    folded = _URL.sub(" ", folded)
    if "@" in folded:
        folded = _EMAIL.sub(" ", folded)
    words = [word for word in set(_WORD.findall(folded)) if len(word) > 2 or not word.isascii()]
    return [word for word in words if word.isalpha() or not any(map(str.isdigit, word))]
