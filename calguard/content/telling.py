"""What an object says, read from the lines that were set aside for it; and the hash of all that a guest can see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from calguard.content import fingerprint
from calguard.content.components import Component, canonical, is_hex_padding
from calguard.content.gather import Gathered, Matter
from calguard.content.lines import parse
from calguard.content.links import from_uri
from calguard.content.properties import close_alarm, read_property
from calguard.content.structure import Reading

MANY_HEXES = 10
NAMES_PER_TEXT = 16_384  # characters of guests' display names that are read as one text


def told_by(reading: Reading, depth: int = 0) -> Gathered:
    """Every text, link, number, file and alarm; reading it twice gives the same twice."""
    into = Gathered(depth=depth, problems=set(reading.problems))
    if reading.people.too_many:
        into.problems.add("oversize")
    padding = 0
    for written, component in reading.telling:
        if written:
            line = parse(written)
            padding += line.name.startswith("X-") and not component.in_timezone and is_hex_padding(line)
            read_property(line, component, into)
        else:
            close_alarm(component, into)
    if padding > MANY_HEXES:
        into.problems.add("hex_padding")
    into.beyond(reading.rest)
    if reading.outside:
        into.text("OUTSIDE", "\n".join(reading.outside))
    _names(list(reading.people.names), into)
    into.close()
    return into


def _names(names: list[str], into: Gathered) -> None:
    """Guests' display names, many to a text: a payload split over them is seen whole (R27)."""
    batch: list[str] = []
    length = 0
    for name in names:
        batch.append(name)
        length += len(name)
        if length > NAMES_PER_TEXT:
            into.text("ATTENDEE;CN", "\n".join(batch))
            batch, length = [], 0
    if batch:
        into.text("ATTENDEE;CN", "\n".join(batch))


def hash_of(reading: Reading) -> str:
    """SHA-256, hex, of the canonical form of all a guest can see; without METHOD and guests."""
    heard = _Heard()
    entries: dict[Component, list[str]] = {}
    for written, component in reading.telling:
        line = parse(written)
        if component.in_timezone or line.name in fingerprint.EXCLUDED or line.param("TZID"):
            read_property(line, component, heard)
        if not component.in_timezone and (entry := canonical(line)):
            entries.setdefault(component, []).append(entry)
    beyond = {"OUTSIDE": "\n".join(reading.outside), "REST": "\n".join(reading.rest), "WHOLE": reading.whole}
    blocks = [*_blocks(reading, entries), *(fingerprint.entry(name, (), told) for name, told in beyond.items() if told)]
    return fingerprint.canonical_hash([*blocks, *fingerprint.told_elsewhere(heard.said)])


@dataclass(kw_only=True, slots=True)
class _Heard(Gathered):
    """Takes down where texts stand, and reads none of them."""

    said: list[tuple[str, str]] = field(default_factory=list)

    def text(self, name: str, value: str, *, markup: bool = False) -> None:
        self.said.append((name, value))

    def uri(self, name: str, value: str) -> None:
        link = from_uri(value, name)
        if link is None or not link.host:
            self.text(name, value)

    def octets(self, name: str, octets: bytes, declared: str) -> Matter:
        return Matter(media_type=declared)


def _blocks(reading: Reading, entries: dict[Component, list[str]]) -> Iterator[str]:
    """The canonical forms of calendars and events; whatever stands inside them goes with them, innermost first."""
    for component in reading.closed:
        told = [*entries.pop(component, ()), *component.entries, *component.moments_told()]
        if component.listed:
            if told:
                yield fingerprint.block(component.name, told)
        elif told and component.parent and not component.in_timezone:
            entries.setdefault(component.parent, []).append(fingerprint.block(component.name, told))
