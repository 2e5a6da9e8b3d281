"""What a mail carries: its calendar parts, known by their content, and the texts around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses

from calguard.content import blobs, fingerprint, story
from calguard.content.gather import Gathered
from calguard.content.lines import sample
from calguard.content.merge import merge
from calguard.content.people import normalise
from calguard.content.reader import read
from calguard.content.types import Address, Content, Role

MAX_PARTS = 200
MAX_TEXT = 262_144

FOLDED = 65_536  # octets in which a beginning is sought that is folded (RFC 5545 3.1)
_BEGIN = re.compile(rb"(?i)^[\s\xef\xbb\xbf]*BEGIN(?:;[^:\r\n]{0,200})?:VCALENDAR", re.MULTILINE)
_FOLD = re.compile(rb"\r?\n[ \t]")
_NAMED = (".ics", ".ical", ".icalendar", ".ifb", ".vcs")  # what calendar programs open by its name
_ROLES: tuple[tuple[str, Role], ...] = (
    ("From", "sent_by"),
    ("Sender", "sent_by"),
    ("Reply-To", "sent_by"),
    ("To", "contact"),
    ("Cc", "contact"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """The calendars of one mail, in order, and its own texts as a content of their own."""

    calendars: tuple[Content, ...]
    letter: Content  # subject, plain and HTML bodies, names of senders; fields "mail.subject", "mail.text", "mail.html"
    subject: str = ""
    problems: frozenset[str] = frozenset()

    def content(self) -> Content:
        """All of it as one, so that a payload only the HTML body carries is judged with the event."""
        return merge((*self.calendars, self.letter), problems=self.problems)


def calendars(message: bytes) -> Parts:
    """Reads an RFC 5322 message leniently; never raises. Calendar parts are found whatever type they claim."""
    into, found, problems = Gathered(), [], set()
    try:
        mail = message_from_bytes(message)
        leaves = list(_leaves(mail))
    except (RecursionError, MessageError, ValueError, LookupError, TypeError, AttributeError):
        mail, leaves = Message(), []
        problems.add("unparseable")
        into.text("mail.text", sample(message.decode("utf-8", "replace").replace("\0", ""), MAX_TEXT))
        if _BEGIN.search(message):
            found.append(read(message))
    if len(leaves) > MAX_PARTS:
        problems.add("oversize")
        leaves = leaves[: MAX_PARTS // 2] + leaves[-MAX_PARTS // 2 :]
    subject = header(mail, "Subject")
    into.text("mail.subject", subject)
    _people(mail, into)
    for part in leaves:
        octets = _payload(part)
        if _is_calendar(part, octets):
            calendar = read(octets)
            found.append(calendar)
            named = _parameter(part, "method").upper()
            if named and calendar.method and named != calendar.method:
                problems.add("method_mismatch")
        else:
            _read_part(part, octets, into)
    into.close()
    letter = _letter(into, message)
    if story.differs(found, letter, subject):
        problems.add("part_mismatch")
    return Parts(
        calendars=tuple(found),
        letter=letter,
        subject=subject,
        problems=frozenset(problems),
    )


def header(mail: Message, name: str) -> str:
    """A header's text, decoded as far as it can be; "" where it is missing."""
    raw = mail.get(name)
    if raw is None:
        return ""
    try:
        text = str(make_header(decode_header(raw)))
    except (HeaderParseError, ValueError, LookupError):
        text = str(raw)
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").replace("\0", "").split())[:65_536]


def _leaves(mail: Message) -> Iterator[Message]:
    """Parts that hold matter, also those of forwarded messages."""
    for part in mail.walk():
        if not part.is_multipart():
            yield part


def _payload(part: Message) -> bytes:
    try:
        octets = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError):
        octets = None
    if isinstance(octets, bytes):
        return octets
    return str(part.get_payload()).encode("utf-8", "replace")


def _parameter(part: Message, name: str) -> str:
    try:
        value = part.get_param(name, "")
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""
    return value if isinstance(value, str) else str(value[-1])


def _is_calendar(part: Message, octets: bytes) -> bool:
    if part.get_content_type() in ("text/calendar", "application/ics", "text/x-vcalendar"):
        return bool(octets.strip())
    if _file_name(part).lower().endswith(_NAMED):
        return bool(octets.strip())
    return is_calendar(octets)


def is_calendar(octets: bytes) -> bool:
    """Whether octets of no known type begin a calendar object, in any encoding and however it is folded."""
    head = octets[:512].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return (
        head[:15].upper() == b"BEGIN:VCALENDAR"
        or (b"vcalendar" in octets.lower() and bool(_BEGIN.search(octets)))
        or bool(_BEGIN.search(_FOLD.sub(b"", octets[:FOLDED])))
    )


def _read_part(part: Message, octets: bytes, into: Gathered) -> None:
    kind = part.get_content_type()
    name = _file_name(part)
    if name:
        into.text("mail.attachment;FILENAME", name)
    if kind in ("text/html", "text/plain") and not (name and kind == "text/html"):
        text = sample(_decoded(part, octets), MAX_TEXT)
        into.text("mail.html" if kind == "text/html" else "mail.text", text, markup=kind == "text/html")
        return
    matter = into.octets("mail.attachment", octets[: blobs.MAX_DECODED], kind)
    if len(into.attachments) < MAX_PARTS:
        into.attachments.append(matter.attachment("mail.attachment", name, len(octets)))


def _file_name(part: Message) -> str:
    try:
        return " ".join((part.get_filename() or "").replace("\0", "").split())
    except (ValueError, LookupError, TypeError, AttributeError):
        return ""


def _decoded(part: Message, octets: bytes) -> str:
    try:
        text = octets.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):
        text = octets.decode("utf-8", "replace")
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _people(mail: Message, into: Gathered) -> None:
    for name, role in _ROLES:
        for shown, address in getaddresses([header(mail, name)])[:1000]:
            if role == "sent_by":
                into.text(f"mail.{name.lower()}", shown)
            if address:
                into.addresses.append(
                    Address(
                        email=normalise(address),
                        written=address[:320],
                        name=shown[:256],
                        role=role,
                        field=f"mail.{name.lower()}",
                    )
                )


def _letter(into: Gathered, message: bytes) -> Content:
    lines = [fingerprint.entry(text.field, (), text.value) for text in into.texts]
    return Content(
        method="",
        texts=tuple(into.texts),
        links=tuple(into.links.values()),
        phones=tuple(into.phones.values()),
        money=tuple(into.money.values()),
        addresses=tuple(into.addresses),
        attachments=tuple(into.attachments),
        problems=frozenset(into.problems),
        size=len(message),
        hash=fingerprint.canonical_hash(lines),
        raw=message,
    )
