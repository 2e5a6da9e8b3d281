"""What inline octets are, told from the octets themselves, and which of them hold text to be read."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

MAX_DECODED = 256 * 1024

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "application/pdf"),
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-executable"),
    (b"\xcf\xfa\xed\xfe", "application/x-executable"),
    (b"\xd0\xcf\x11\xe0", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"Rar!", "application/vnd.rar"),
    (b"7z\xbc\xaf", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"wOFF", "font/woff"),
    (b"!BDN", "application/vnd.ms-outlook"),
)
BLOB = 120  # characters of base64, from which it is taken for such
_BLOB = re.compile(rf"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{{{BLOB},}}+={{0,2}}")
_DATA_URI = re.compile(r"(?i)data:([a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,80})?((?:;[a-z0-9=._-]{1,60})*),([^\s\"'<>]*)")
_HTML = re.compile(rb"(?i)<(?:!doctype html|html|head|body|script|iframe|form|meta|a\s|p>|p\s|div|table|img\s|h[1-6])")
PACKED = frozenset(
    {"application/pdf", "application/gzip", "application/zip", "application/x-ole-storage", "image/svg+xml"}
)  # and whatever else is a zip: what is looked into
TEXT_TYPES = frozenset(
    {"text/plain", "text/html", "text/calendar", "image/svg+xml", "message/rfc822", "application/xml"}
)


def sniff(octets: bytes, declared: str = "") -> str:
    """The media type by content; the declared one only where content does not tell."""
    for magic, media_type in _MAGIC:
        if octets.startswith(magic):
            return media_type
    if octets[:2] == b"PK":
        return _zip(octets)
    if octets[4:8] == b"ftyp":
        return "video/mp4"
    if octets[:4] == b"RIFF":
        return "image/webp" if octets[8:12] == b"WEBP" else "audio/wav"
    if octets[0x8001:0x8006] == b"CD001":
        return "application/x-iso9660-image"
    head = octets[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"BEGIN:VCALENDAR" in head.upper():
        return "text/calendar"
    if b"<svg" in head.lower():
        return "image/svg+xml"
    if _HTML.search(head):
        return "text/html"
    if head.startswith(b"<?xml"):
        return "application/xml"
    if _is_text(octets):
        return "text/plain"
    return declared.lower() or "application/octet-stream"


def _zip(octets: bytes) -> str:
    names = octets[:65_536]
    if b"word/" in names:
        return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    if b"xl/" in names:
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    if b"ppt/" in names:
        return "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    return "application/java-archive" if b"META-INF/MANIFEST" in names else "application/zip"


def _is_text(octets: bytes) -> bool:
    head = octets[:1024]
    if not head or b"\0" in head:
        return False
    odd = sum(1 for octet in head if octet < 9 or 13 < octet < 32 or octet == 127)
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4 and odd == 0
    return odd == 0


def from_base64(text: str, most: int = MAX_DECODED) -> bytes:
    """Octets of base64 in either alphabet, as much as can be had; of what is longer than `most`, head and tail."""
    if len(text) > most * 2:
        tail = (len(text) - most // 3) // 4 * 4
        return from_base64(text[:most], most) + from_base64(text[tail:], most)
    text = re.sub(r"[^A-Za-z0-9+/_-]", "", text).replace("-", "+").replace("_", "/")
    text = text[: len(text) - 1] if len(text) % 4 == 1 else text
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4))[:most]
    except (binascii.Error, ValueError):
        return b""


def size_of(text: str) -> int:
    """Octets that a base64 text stands for."""
    return len(text.rstrip("=")) * 3 // 4


def texts_inside(value: str) -> list[tuple[str, bytes]]:
    """(media type, octets) of readable matter that running text carries as base64."""
    found: list[tuple[str, bytes]] = []
    if not _may_hold_blob(value):
        return found
    for match in list(_BLOB.finditer(value))[:8]:
        octets = from_base64(match[0])
        media_type = sniff(octets)
        if media_type in TEXT_TYPES:
            found.append((media_type, octets))
    return found


def _may_hold_blob(value: str) -> bool:
    """Whether at any of the places of which one lies in every blob, half of one before or behind has no space: most
    texts are passed by at a fifth of the cost."""
    half = BLOB // 2
    return any(
        " " not in value[place - half + 1 : place + 1] or " " not in value[place : place + half]
        for place in range(BLOB - 1, len(value), BLOB)
    )


def data_uri(value: str) -> tuple[str, bytes, int] | None:
    """(declared type, octets, full size) of a data: URI; None for anything else."""
    match = _DATA_URI.match(value.strip())
    if not match:
        return None
    if ";base64" in match[2].lower():
        return match[1] or "text/plain", from_base64(unquote_to_bytes(match[3][: MAX_DECODED * 2]).decode("latin-1")), (
            size_of(match[3])
        )  # fmt: skip
    return match[1] or "text/plain", unquote_to_bytes(match[3][:MAX_DECODED]), len(match[3])
