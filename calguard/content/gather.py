"""Collects what is found while reading, folds each text once, and keeps everything within its bounds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from calguard.content import archives, blobs, links, money, phones, spoken
from calguard.content.joined import in_words, words_apart
from calguard.content.lines import sample
from calguard.content.markup import DATA_URI, Anchor, Page, emptied, entities, is_html, read_html
from calguard.content.normalise import INVISIBLE, clean, fold_clean, mixed_scripts, respell
from calguard.content.types import Address, Alarm, Attachment, Link, Money, Phone, Text

MAX_VALUE = 65_536  # characters of one text that are read closely
MAX_TEXTS = 4_000
MAX_CHARACTERS = 1_000_000
MAX_LINKS = 2_000
MAX_FOUND = 500  # phones, amounts
MAX_REST = 100_000  # texts beyond the bounds of which something is kept for a closing sample
REST_EACH = 512  # characters of each
MAX_DEPTH = 3
REMEMBERED = 2_000  # characters of a text up to which what it says is kept for when it comes again
MAX_INSIDE = 100  # members of archives named per attachment

_AUTOLINK = re.compile(r"<((?:https?|mailto|tel|ftp):[^<>\s]{2,4096})>", re.IGNORECASE)
# What normalising turns into an address's own signs, or turns around, and a browser takes as it stands.
_STEERS = re.compile("[\uff0f\uff1f\uff03\uff20\u202d\u202e\u2066\u2067]")
_LETTERS = re.compile(r"[A-Za-z ,'\n-]*+")
_UNMARKED = re.compile(r"[A-Za-z0-9 ,;'\n!?/+#*_%$=-]*+")  # room for numbers, but for no link, tag or entity


@dataclass(kw_only=True, slots=True)
class Matter:
    """What inline octets turned out to be."""

    media_type: str
    inside: list[tuple[str, str]] = field(default_factory=list)
    holds: set[str] = field(default_factory=set)

    def attachment(self, field: str, name: str, size: int) -> Attachment:
        return Attachment(
            field=field,
            media_type=self.media_type.lower()[:128],
            name=name[:256],
            size=size,
            inline=True,
            inside=tuple(self.inside[:MAX_INSIDE]),
            holds=frozenset(self.holds),
        )


@dataclass(kw_only=True, slots=True)
class Gathered:
    """Everything one object says, while it is being read."""

    texts: list[Text] = field(default_factory=list)
    links: dict[str, Link] = field(default_factory=dict)
    phones: dict[str, Phone] = field(default_factory=dict)
    money: dict[tuple[str, str], Money] = field(default_factory=dict)
    addresses: list[Address] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    problems: set[str] = field(default_factory=set)
    characters: int = 0
    depth: int = 0
    unpacked: int = 0  # octets taken out of archives so far
    leads: int = 0  # links with a host, each as often as it was met
    leading: set[tuple[str, str]] = field(default_factory=set)  # property lines of alarms that hold one
    _seen: set[tuple[str, str]] = field(default_factory=set)
    _rest: list[str] = field(default_factory=list)
    _numeric: list[str] = field(default_factory=list)  # texts with digits, where a number may be split over several
    _torn: bool = False  # one of those is of several lines

    def text(self, name: str, value: str, *, markup: bool = False) -> None:
        """A text that may be shown; beyond the bounds it is only kept for one closing sample."""
        if not value or value.isspace() or (name, value) in self._seen:
            return
        self._seen.add((name, value))
        if len(self.texts) >= MAX_TEXTS or self.characters >= MAX_CHARACTERS:
            self.problems.add("oversize")
            self.beyond((value,))
            return
        self._read(name, value, markup)

    def beyond(self, values: Sequence[str]) -> None:
        """What lies beyond the bounds, for the closing sample."""
        room = max(0, MAX_REST - len(self._rest))
        self._rest += [sample(value, REST_EACH) for value in values[:room]]

    def _read(self, name: str, value: str, markup: bool) -> None:
        value = self._bounded(name, value)
        self.characters += len(value)
        said = _remembered(name, value, markup) if len(value) <= REMEMBERED else _said(name, value, markup)
        self.texts.append(said.text)
        for link in said.links:
            self.link(link)
        if said.numeric and len(self._numeric) < 12:
            self._numeric.append(said.numeric)
            self._torn = self._torn or said.torn
        for phone in said.phones:
            self.phone(phone)
        for amount in said.money:
            if len(self.money) < MAX_FOUND:
                self.money.setdefault((amount.amount, amount.currency), amount)

    def _bounded(self, name: str, value: str) -> str:
        """The value, sampled if it is too long; what it carries as base64 is read on its own."""
        if len(value) > MAX_VALUE and "base64," in value:
            value = self._without_data(name, value)
        if len(value) > 120 and self.depth < MAX_DEPTH and not _LETTERS.fullmatch(value, 0, 4 * MAX_VALUE):
            for media_type, octets in blobs.texts_inside(value[: 4 * MAX_VALUE]):
                self.octets(name, octets, media_type)
        if len(value) > MAX_VALUE:
            self.problems.add("oversize")
            value = sample(value, MAX_VALUE)
        return value

    def link(self, link: Link | None) -> None:
        if link is None:
            return
        self.leads += bool(link.host)
        if len(self.links) >= MAX_LINKS:
            self.problems.add("oversize")
            return
        known = self.links.get(link.url)
        if known is not None:
            kept = link if known.flags < link.flags else known
            self.links[link.url] = replace(kept, times=known.times + link.times)
            return
        self.links[link.url] = link
        if link.scheme in ("tel", "sms", "callto"):
            for phone in phones.find("call " + link.url.partition(":")[2], link.field):
                self.phone(phone)
        elif link.scheme == "data" and self.depth < MAX_DEPTH:
            inline = blobs.data_uri(link.raw)
            if inline:
                self.octets(link.field, inline[1], inline[0])

    def phone(self, phone: Phone) -> None:
        if len(self.phones) < MAX_FOUND:
            self.phones.setdefault(phone.number, phone)

    def uri(self, name: str, value: str) -> None:
        """A value that should be an address: a link if it is one, text if it is not."""
        if len(self.links) >= MAX_LINKS:
            self.problems.add("oversize")
            self.beyond((value,))
            return
        link = links.from_uri(value, name)
        if link is None or not link.host:
            if link is not None and link.scheme in ("cid", "urn", "uuid", "data", "mid"):
                self.link(link if link.scheme == "data" else None)
                return
            self.text(name, value[7:] if value[:7].lower() == "mailto:" else value)
        self.link(link)

    def octets(self, name: str, octets: bytes, declared: str) -> Matter:
        """Inline matter: what it is by content, and what it says and holds, to MAX_DEPTH."""
        matter = Matter(media_type=blobs.sniff(octets, declared))
        readable = matter.media_type in blobs.TEXT_TYPES
        if self.depth >= MAX_DEPTH:
            if readable or matter.media_type in blobs.PACKED:
                self.problems.add("nested_too_deep")
            return matter
        if readable:
            self.nested(name, octets, matter)
        if matter.media_type in blobs.PACKED or octets[:2] == b"PK":
            self._unpack(name, octets, matter)
        return matter

    def _unpack(self, name: str, octets: bytes, matter: Matter) -> None:
        found = archives.look_inside(octets, matter.media_type, archives.MAX_UNPACKED - self.unpacked)
        self.unpacked += found.unpacked
        matter.holds |= found.holds
        where = f"{name}>{matter.media_type}"
        for uri in found.uris:
            self.uri(where, uri)
        matter.inside += [(named[:256], "") for named in found.names]
        self.depth += 1
        for named, member in found.members:
            inner = self.octets(where, member, "")
            matter.inside.append((named[:256], inner.media_type))
            matter.inside += inner.inside
            matter.holds |= inner.holds
        self.depth -= 1
        if found.names:
            self.text(f"{where};FILENAME", "\n".join(found.names)[:4096])

    def nested(self, name: str, octets: bytes, matter: Matter) -> None:
        """Texts of a document inside the document; a calendar inside is read as one."""
        media_type = matter.media_type
        if media_type == "text/calendar":
            from calguard.content.reader import read_nested  # reading nests: a true cycle

            inner = read_nested(octets, self.depth + 1)
            self.problems |= {"nested_calendar"} | (inner.problems & {"oversize", "nested_too_deep"})
            matter.inside += [(a.name, a.media_type) for a in inner.attachments if a.inline]
            matter.inside += [pair for attachment in inner.attachments for pair in attachment.inside]
            matter.holds |= {held for attachment in inner.attachments for held in attachment.holds}
            self.absorb(f"{name}>", inner.texts, inner.links.values(), inner.phones.values(), inner.money.values())
            return
        self.depth += 1
        decoded = octets.decode("utf-8", "replace").replace("\0", "")
        self.text(f"{name}>{media_type}", decoded, markup=media_type in ("text/html", "image/svg+xml"))
        self.depth -= 1

    def absorb(
        self,
        prefix: str,
        texts: Iterable[Text],
        found: Iterable[Link],
        numbers: Iterable[Phone],
        amounts: Iterable[Money],
    ) -> None:
        for text in texts:
            if len(self.texts) < MAX_TEXTS and self.characters < MAX_CHARACTERS:
                self.characters += len(text.value)
                self.texts.append(_renamed(text, prefix + text.field))
        for link in found:
            self.link(replace(link, field=prefix + link.field))
        for phone in numbers:
            self.phone(replace(phone, field=prefix + phone.field))
        for amount in amounts:
            self.money.setdefault((amount.amount, amount.currency), amount)

    def _without_data(self, name: str, value: str) -> str:
        """Pictures embedded in markup, taken out so that they do not crowd out what it says."""
        for match in list(DATA_URI.finditer(value))[:16]:
            inline = blobs.data_uri(match[0])
            if inline and self.depth < MAX_DEPTH:
                self.octets(name, inline[1], inline[0])
        return DATA_URI.sub(emptied, value)

    def close(self) -> None:
        """What lay beyond the bounds, sampled; and numbers split over several fields."""
        if self._rest:
            rest, self._rest = "\n".join(self._rest), []
            self._read("REST", rest, False)
        if (self._torn or len(self._numeric) > 1) and not any(number[0] == "+" for number in self.phones):
            for phone in phones.find(" ".join(self._numeric), "document"):
                if phone.number[0] == "+" and phone.raw.startswith(("+", "(+", "1", "8", "(8")):
                    self.phone(phone)


class _Said(NamedTuple):
    """What one text says by itself."""

    text: Text
    links: tuple[Link, ...]
    phones: tuple[Phone, ...]
    money: tuple[Money, ...]
    numeric: str  # what it says where it has digits, in one line
    torn: bool  # which differs from how it stands there


def _said(name: str, value: str, markup: bool) -> _Said:
    text, found, plain = make_text(name, value, markup)
    spelt = spoken.find_spoken(in_words(text.folded), name) if len(text.folded) > 12 else []
    if not phones.has_digits(plain):
        return _Said(text, tuple(found), tuple(spelt), (), "", False)
    written, amounts = phones.find(plain, name) or phones.find_apart(plain, name), money.find(plain, name)
    in_line = plain[:2000].replace("\n", " ")
    return _Said(text, tuple(found), (*written, *spelt), tuple(amounts), in_line, in_line != plain)


# The events of a feed repeat each other, and an event that is changed repeats itself.
_remembered = lru_cache(maxsize=512)(_said)


def make_text(name: str, value: str, markup: bool) -> tuple[Text, list[Link], str]:
    """The text, its links, and all it says without disguise but in its own letter case."""
    page: Page | None = None
    if _UNMARKED.fullmatch(value):  # most titles and names: nothing to decode, and nothing to find but numbers
        folded = respell(" ".join(words_apart(value).lower().split()))
        return Text(field=name, value=value, visible=value, folded=folded), [], value
    shown = value
    if "<" in value:
        shown = _AUTOLINK.sub(r" \1 ", value)  # "<https://...>" is how Outlook writes a link, and no tag
        if markup or is_html(shown):
            page = read_html(shown)
    visible = page.visible if page else entities(shown)
    hidden = page.hidden if page else ""
    plain, tricks = clean(visible)
    tricks |= mixed_scripts(plain)
    if hidden:
        plain_hidden, more = clean(hidden)
        plain = f"{plain}\n{plain_hidden}"
        tricks |= more
    if len(plain) > 2 * MAX_VALUE:
        plain = sample(plain, MAX_VALUE)  # one character may stand for eighteen
    folded = fold_clean(plain)
    found = links.find(plain, name)
    if not visible.isascii() and _STEERS.search(visible):
        found += links.find(INVISIBLE.sub("", visible), name)
    if page:
        tricks |= page.tricks
        found += _anchors(page.anchors, name)
    text = Text(field=name, value=value, visible=visible, hidden=hidden, folded=folded, tricks=tricks)
    return text, found, plain


def _anchors(anchors: Iterable[Anchor], name: str) -> list[Link]:
    found = []
    for anchor in anchors:
        link = links.from_uri(anchor.href, name)
        if link:
            found.append(links.with_flag(link, "anchor_mismatch") if anchor.mismatch else link)
    return found


def _renamed(text: Text, name: str) -> Text:
    return Text(
        field=name,
        value=text.value,
        visible=text.visible,
        hidden=text.hidden,
        folded=text.folded,
        tricks=text.tricks,
    )
