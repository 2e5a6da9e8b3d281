"""Reads iCalendar octets into Content: lenient, linear, bounded, and never by raising (R31, R32, R49)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import NamedTuple

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


class _Told(NamedTuple):
    """What the texts of an object say, which is read all at once."""

    texts: tuple[Text, ...]
    links: tuple[Link, ...]
    phones: tuple[Phone, ...]
    money: tuple[Money, ...]
    alarms: tuple[Alarm, ...]
    attachments: tuple[Attachment, ...]
    problems: frozenset[str]


class Unread(Content):
    """Content whose texts wait to be read: comparing hashes or naming the guests needs none of them."""

    _reading: Reading

    @classmethod
    def of(cls, reading: Reading, octets: bytes) -> Unread:
        content = cls.__new__(cls)  # whose constructor would put empty defaults where something waits to be read
        vars(content).update(
            method=next(iter(reading.told("METHOD")), "").upper()[:32],
            events=reading.scheduled,
            addresses=reading.people.addresses(),
            prodid=next(filter(None, reading.told("PRODID")), ""),
            guest_total=reading.guest_total,
            size=len(octets),
            raw=octets,
            _reading=reading,
        )
        return content

    @cached_property
    def _told(self) -> _Told:
        into = told_by(self._reading)
        told = _Told(
            texts=tuple(into.texts),
            links=tuple(into.links.values()),
            phones=tuple(into.phones.values()),
            money=tuple(into.money.values()),
            alarms=tuple(into.alarms),
            attachments=tuple(into.attachments),
            problems=frozenset(into.problems),
        )
        vars(self).update(told._asdict())  # whoever asks for one of them asks for most
        return told

    @cached_property
    def texts(self) -> tuple[Text, ...]:
        return self._told.texts

    @cached_property
    def links(self) -> tuple[Link, ...]:
        return self._told.links

    @cached_property
    def phones(self) -> tuple[Phone, ...]:
        return self._told.phones

    @cached_property
    def money(self) -> tuple[Money, ...]:
        return self._told.money

    @cached_property
    def alarms(self) -> tuple[Alarm, ...]:
        return self._told.alarms

    @cached_property
    def attachments(self) -> tuple[Attachment, ...]:
        return self._told.attachments

    @cached_property
    def problems(self) -> frozenset[str]:
        return self._told.problems

    @cached_property
    def hash(self) -> str:
        return hash_of(self._reading)

    @cached_property
    def guests_hash(self) -> str:
        return fingerprint.guests_hash(self._reading.people.guests)


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
