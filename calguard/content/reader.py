"""Reads iCalendar octets into Content: lenient, linear, bounded, and never by raising (R31, R32, R49)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from calguard.content import fingerprint
from calguard.content.gather import Gathered
from calguard.content.parts import by_uid
from calguard.content.structure import Reading
from calguard.content.telling import hash_of, told_by
from calguard.content.types import Alarm, Attachment, Content, Link, Money, Phone, Text


def read(data: bytes | str) -> Content:
    """Everything an iCalendar object carries. Any octets will do: what is no calendar is read as one text.

    Who, when and how often is read at once; what the texts say when they are first asked for.
    """
    octets = data.encode("utf-8", "replace") if isinstance(data, str) else bytes(data)
    return Unread.of(Reading(octets), octets)


class Unread(Content):
    """Content whose texts wait to be read: comparing hashes or naming the guests needs none of them."""

    _reading: Reading

    @classmethod
    def of(cls, reading: Reading, octets: bytes) -> Unread:
        content = cls(
            method=next(iter(reading.told("METHOD")), "").upper()[:32],
            events=reading.scheduled,
            addresses=reading.people.addresses(),
            prodid=next(filter(None, reading.told("PRODID")), ""),
            guest_total=reading.guest_total,
            size=len(octets),
            raw=octets,
        )
        kept = vars(content)
        for name in _WAITING:
            del kept[name]  # the dataclass has put its empty default there
        kept["_reading"] = reading
        return content

    @cached_property
    def _told(self) -> Gathered:
        return told_by(self._reading)

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        return tuple(self._told.texts)

    @cached_property
    def links(self) -> tuple[Link, ...]:
        return tuple(self._told.links.values())

    @cached_property
    def phones(self) -> tuple[Phone, ...]:
        return tuple(self._told.phones.values())

    @cached_property
    def money(self) -> tuple[Money, ...]:
        return tuple(self._told.money.values())

    @cached_property
    def alarms(self) -> tuple[Alarm, ...]:
        return tuple(self._told.alarms)

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        return tuple(self._told.attachments)

    @cached_property
    def problems(self) -> frozenset[str]:
        return frozenset(self._told.problems)

    @cached_property
    def hash(self) -> str:
        return hash_of(self._reading)

    @cached_property
    def guests_hash(self) -> str:
        return fingerprint.guests_hash(self._reading.people.guests)


_WAITING = ("texts", "links", "phones", "money", "alarms", "attachments", "problems", "hash", "guests_hash")


def read_nested(octets: bytes, depth: int) -> Gathered:
    """What a calendar inside an attachment says."""
    return told_by(Reading(octets), depth)


def read_text(fields: Mapping[str, str], *, html: frozenset[str] = frozenset()) -> Content:
    """Texts around an event, as content of their own; `html` names the fields that hold markup."""
    into = Gathered()
    for name, value in fields.items():
        into.text(name, value, markup=name in html)
    into.close()
    lines = [fingerprint.entry(name, (), value) for name, value in fields.items() if value]
    return Content(
        method="",
        texts=tuple(into.texts),
        links=tuple(into.links.values()),
        phones=tuple(into.phones.values()),
        money=tuple(into.money.values()),
        problems=frozenset(into.problems),
        size=sum(len(value) for value in fields.values()),
        hash=fingerprint.canonical_hash(lines),
    )


def split(content: Content) -> tuple[Content, ...]:
    """One content per UID, for imports and scans, where every event is a message of its own."""
    if len({event.uid for event in content.events}) < 2:
        return (content,)
    return tuple(read(part) for part in by_uid(content.raw))
