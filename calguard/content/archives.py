"""What a file holds that is not seen on its outside: members of archives, links of documents, macros and scripts."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_UNPACKED = 1024 * 1024  # octets unpacked for one object, however many archives it brings
MAX_MEMBER = 256 * 1024
MAX_MEMBERS = 100  # names told
MAX_OPENED = 12  # members read
MAX_STREAMS = 48
MAX_URIS = 50
BOMB = 400  # times its size: no document shrinks so far
BOMB_SIZE = 64 * 1024  # octets from which that is worth a word

_LOCAL = b"PK\x03\x04"
_HEADER = struct.Struct("<HHHHHIIIHH")  # version, flags, method, time, date, crc, packed, size, name, extra
_READ = re.compile(r"(?i)\.(?:ics|ical|ifb|vcs|html?|xhtml|svg|txt|eml|xml|rels|pdf|zip|vcf|url|rtf|md|csv)$|^[^.]*$")
_MACRO = re.compile(r"(?i)vbaproject\.bin$|vbadata\.xml$|xl/macrosheets/|activex/")
_OLE_MACRO = re.compile(rb"_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T|M\0a\0c\0r\0o\0s\0|Attribut\x00?e VB_")
_TARGET = re.compile(rb"""Target\s*=\s*["'](https?://[^"']{1,2000})["']""", re.IGNORECASE)
_PDF_URI = re.compile(rb"/URI\s{0,8}\(([^()\r\n]{4,2000})\)")
_PDF_HEX = re.compile(rb"/URI\s{0,8}<([0-9A-Fa-f\s]{8,4000})>")
_PDF_SCRIPT = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia)\b")
_STREAM = re.compile(rb"stream\r?\n")
_SVG_SCRIPT = re.compile(
    rb"(?i)<script|<foreignobject|<iframe|<embed|\son[a-z]{3,20}\s{0,4}=|javascript:|<!entity"
    rb"|<a\s[^<>]{0,400}href\s{0,4}=\s{0,4}[\"'](?:https?:|//|data:)"
)


@dataclass(kw_only=True, slots=True)
class Inside:
    """What was found, within what there was room for."""

    members: list[tuple[str, bytes]] = field(default_factory=list)  # name, octets; only what may hold text
    names: list[str] = field(default_factory=list)
    uris: list[str] = field(default_factory=list)
    holds: set[str] = field(default_factory=set)  # "macro", "script", "encrypted", "bomb"
    unpacked: int = 0


def look_inside(octets: bytes, media_type: str, room: int) -> Inside:
    """Never raises, never unpacks more than `room` octets; a document of no known kind holds nothing."""
    found = Inside()
    if octets[:2] == b"PK":
        _zip(octets, found, room)
    elif media_type == "application/gzip":
        _add(found, "", _inflate(octets, 31, min(room, MAX_MEMBER), found))
    elif media_type == "application/pdf":
        _pdf(octets, found, room)
    elif media_type == "application/x-ole-storage" and _OLE_MACRO.search(octets):
        found.holds.add("macro")
    elif media_type == "image/svg+xml" and _SVG_SCRIPT.search(octets):
        found.holds.add("script")
    return found


def _inflate(octets: bytes, window: int, limit: int, found: Inside) -> bytes:
    """As much as can be had of a deflated stream, at most `limit` octets."""
    if limit <= 0:
        return b""
    stream = zlib.decompressobj(window)
    try:
        data = stream.decompress(octets, limit)
    except zlib.error:
        return b""
    used = len(octets) - len(stream.unconsumed_tail) - len(stream.unused_data)
    if len(data) >= BOMB_SIZE and len(data) > BOMB * used:
        found.holds.add("bomb")
    return data


def _add(found: Inside, name: str, octets: bytes) -> None:
    found.unpacked += len(octets)
    if octets:
        found.members.append((name, octets))


def _zip(octets: bytes, found: Inside, room: int) -> None:
    """Members by their local headers, which a broken or forged directory cannot hide."""
    for name, flags, method, packed, start in _headers(octets):
        found.names.append(name)
        if flags & 1:
            found.holds.add("encrypted")
            continue
        if _MACRO.search(name):
            found.holds.add("macro")
        if len(found.members) >= MAX_OPENED or not _READ.search(name.rpartition("/")[2]):
            continue
        limit = min(MAX_MEMBER, room - found.unpacked)
        body = octets[start : start + packed] if packed else octets[start:]
        data = body[:limit] if method == 0 else _inflate(body, -15, limit, found) if method == 8 else b""
        if name.endswith(".rels"):
            found.unpacked += len(data)
            found.uris += [found_[1].decode("latin-1") for found_ in _TARGET.finditer(data)][:MAX_URIS]
            continue
        _add(found, name, data)
    if any(name.startswith(("word/", "xl/", "ppt/")) for name in found.names):
        found.members = [(name, data) for name, data in found.members if not name.endswith((".xml", ".xml.rels"))]
        schema = ("http://schemas.", "https://schemas.", "http://purl.", "http://www.w3.org")
        found.uris = [uri for uri in found.uris if not uri.startswith(schema)]


def _headers(octets: bytes) -> Iterator[tuple[str, int, int, int, int]]:
    """(name, flags, method, packed size or 0, start of the data) of each member."""
    at = octets.find(_LOCAL)
    for _ in range(MAX_MEMBERS):
        if at < 0 or at + 30 > len(octets):
            return
        _, flags, method, _, _, _, packed, _, named, extra = _HEADER.unpack_from(octets, at + 4)
        start = at + 30 + named + extra
        name = octets[at + 30 : at + 30 + min(named, 512)].decode("utf-8", "replace").replace("\0", "")
        yield name, flags, method, 0 if packed == 0xFFFFFFFF else packed, start
        at = octets.find(_LOCAL, max(start, at + 30) + (packed if packed < len(octets) else 0))


def _pdf(octets: bytes, found: Inside, room: int) -> None:
    """Links and scripts of a PDF, also where they are packed into object streams."""
    _scan_pdf(octets, found)
    at = 0
    for _ in range(MAX_STREAMS):
        match = _STREAM.search(octets, at)
        if match is None or found.unpacked >= room:
            return
        packed = octets[match.end() : match.end() + MAX_MEMBER]
        data = _inflate(packed, 15, min(MAX_MEMBER, room - found.unpacked), found)
        found.unpacked += len(data)
        _scan_pdf(data, found)
        at = match.end()


def _scan_pdf(data: bytes, found: Inside) -> None:
    if _PDF_SCRIPT.search(data):
        found.holds.add("script")
    room = MAX_URIS - len(found.uris)
    plain = [match[1].decode("latin-1") for match, _ in zip(_PDF_URI.finditer(data), range(room), strict=False)]
    hexed = [_unhex(match[1]) for match, _ in zip(_PDF_HEX.finditer(data), range(room), strict=False)]
    found.uris += [uri for uri in (*plain, *hexed) if uri]


def _unhex(digits: bytes) -> str:
    pairs = b"".join(digits.split())
    return bytes.fromhex(pairs[: len(pairs) // 2 * 2].decode("ascii")).decode("latin-1")
