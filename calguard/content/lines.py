"""How octets become content lines: unfolding, character sets, names, parameters and escapes, read leniently."""

# ruff: noqa: SIM905  (word lists read better as words)

from __future__ import annotations

import codecs
import quopri
import re
from functools import lru_cache
from typing import NamedTuple

MAX_OCTETS = 16 * 1024 * 1024

_BLANK_FOLD = re.compile(rb"\n{2,}(?=[ \t])")
_NAME = re.compile(r"(?:[A-Za-z0-9_-]+\.)?([A-Za-z0-9_-]+)[ \t]*(?=[;:])")
# One parameter: name, then a quoted or a bare value, in which some programs escape what they ought to quote.
# Possessive, so that a broken line costs one pass.
_PARAM = re.compile(
    r';[ \t]*([^=;:"]*+)(?:=((?:"[^"]*+"|(?:[^";:\\]++|\\[;,]?)*+)(?:,(?:"[^"]*+"|(?:[^";:,\\]++|\\[;,]?)*+))*+))?+'
)
_UNESCAPE = re.compile(r"\\([nN,;\\:\"])")
_ESCAPES = {r"\n": "\n", r"\N": "\n", r"\,": ",", r"\;": ";", r"\:": ":", r"\"": '"'}
_CARET = re.compile(r"\^([n'^])")
_CHARSET = re.compile(rb";CHARSET=\"?([A-Za-z0-9_-]{2,20})", re.IGNORECASE)
_CHARSETS = frozenset(
    "utf-8 iso8859-1 iso8859-2 iso8859-5 iso8859-9 iso8859-15 cp1250 cp1251 cp1252 koi8-r shift_jis euc_jp "
    "iso2022_jp gb2312 gbk gb18030 big5 euc_kr".split()
)


class Line(NamedTuple):
    """One content line (RFC 5545 3.1). `name` is upper case; "" where the line is not a property at all."""

    name: str
    params: tuple[tuple[str, str], ...]
    value: str  # as written: escapes are a matter of the property's type

    def param(self, name: str) -> str:
        for key, value in self.params:
            if key == name:
                return value
        return ""


def sample(text: str, limit: int) -> str:
    """Head, middle and tail of a text that is too long to read: a payload has nowhere safe to hide (R49).

    In equal parts, so that the middle of a sample is the middle of the text, however often it is sampled."""
    if len(text) <= limit:
        return text
    part, middle = limit // 3, len(text) // 2
    return "\n".join((text[: limit - 2 * part], text[middle - part // 2 : middle + part // 2], text[-part:]))


def sample_octets(data: bytes, limit: int) -> bytes:
    """`sample` for octets."""
    if len(data) <= limit:
        return data
    part, middle = limit // 3, len(data) // 2
    return b"\n".join((data[: limit - 2 * part], data[middle - part // 2 : middle + part // 2], data[-part:]))


def unfold(data: bytes) -> bytes:
    """Octets with LF line ends and no folds, so that a fold inside a UTF-8 sequence is healed before decoding."""
    if b"\r" in data:  # splitting and joining is twice as fast as replacing
        data = b"\n".join(b"".join(data.split(b"\r\n ")).split(b"\r\n"))
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\n " in data or b"\n\t" in data:
        if b"\n\n" in data:
            data = _BLANK_FOLD.sub(b"\n", data)
        data = data.replace(b"\n ", b"").replace(b"\n\t", b"")
    return data


def decode(data: bytes) -> tuple[str, bool]:
    """Text of the octets, and whether they were what they should be: UTF-8 without NUL."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:64].count(b"\0") > 8:
        codec = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else _utf16_codec(data)
        return data.decode(codec, "replace").replace("\0", ""), False
    try:
        text, good = data.decode("utf-8"), True
    except UnicodeDecodeError:
        text, good = "\n".join(_decode_line(line) for line in data.split(b"\n")), False
    if "\0" in text:
        text, good = text.replace("\0", ""), False
    return text.removeprefix("\ufeff"), good


def _utf16_codec(data: bytes) -> str:
    return "utf-16-be" if data[:1] == b"\0" else "utf-16-le"


def _decode_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        named = _CHARSET.search(line[:512])
        return line.decode(_codec(named[1].decode("ascii")) if named else "cp1252", "replace")


def _codec(name: str) -> str:
    try:
        found = codecs.lookup(name).name
    except LookupError:
        return "cp1252"
    return found if found in _CHARSETS else "cp1252"


def logical_lines(data: bytes) -> tuple[list[str], bool]:
    """Unfolded lines of an object; a UTF-16 object is decoded before it is unfolded."""
    text, good = decode(data) if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:64] else ("", True)
    if text:
        data = text.encode("utf-8", "replace")
    text, well = decode(unfold(data))
    lines = text.split("\n")
    if "=\n" in text:
        lines = _join_soft_breaks(lines)
    return lines, good and well


def _join_soft_breaks(lines: list[str]) -> list[str]:
    """vCalendar 1.0 continues a quoted-printable value after "=" at the end of a line."""
    joined: list[str] = []
    pending: list[str] = []
    for line in lines:
        if pending:
            pending.append(line.removesuffix("="))
        elif line.endswith("=") and "QUOTED-PRINTABLE" in line[:200].upper():
            pending = [line.removesuffix("=")]
        else:
            joined.append(line)
            continue
        if not line.endswith("="):
            joined.append("".join(pending))
            pending = []
    if pending:
        joined.append("".join(pending))
    return joined


def parse(line: str) -> Line:
    """The line's parts. What cannot be a property comes back whole as the value of a line without a name."""
    head, colon, value = line.partition(":")
    if colon and len(head) < 100 and '"' not in head:
        known = head_of(head)
        if known is not None:
            return tuple.__new__(Line, (known[0], known[1], value))  # half the cost of the class's own constructor
    return _parse(line)


@lru_cache(maxsize=4096)
def head_of(head: str) -> Line | None:
    """What stands before the colon, for all lines that it begins; None where the value needs decoding."""
    found = _parse(head + ":")
    plain = found.name and not found.value and "QUOTED-PRINTABLE" not in head.upper()
    return found if plain and not any(text.upper() == "Q" for _, text in found.params) else None


def _parse(line: str) -> Line:
    match = _NAME.match(line)
    if not match:
        return Line(name="", params=(), value=line)
    name, at, params = match[1].upper(), match.end(), []
    while at < len(line) and line[at] == ";":
        found = _PARAM.match(line, at)
        if not found or found.end() == at:
            break
        params.append((found[1].strip().upper(), parameter_text(found[2] or "")))
        at = found.end()
        if at < len(line) and line[at] not in ";:":  # a stray quote or comma: skip to where the value may begin
            at = _resume(line, at)
    if at >= len(line) or line[at] != ":":
        return Line(name="", params=tuple(params), value=line)
    value = line[at + 1 :]
    if any(key == "ENCODING" and text.upper() in ("QUOTED-PRINTABLE", "Q") for key, text in params):
        value = value.replace("==", "=")  # a soft break that was folded too
        value = quopri.decodestring(value.encode("utf-8", "replace")).decode("utf-8", "replace").replace("\0", "")
    return Line(name=name, params=tuple(params), value=value)


def _resume(line: str, at: int) -> int:
    ends = [end for end in (line.find(";", at), line.find(":", at)) if end >= 0]
    return min(ends, default=len(line))


def parameter_text(raw: str) -> str:
    """A parameter value without quotes and RFC 6868 escapes."""
    if raw.isalnum():
        return raw
    if '"' in raw:
        raw = raw.replace('"', "")
    if "^" in raw:
        raw = _CARET.sub(lambda m: {"n": "\n", "'": '"', "^": "^"}[m[1]], raw)
    return raw


def unescape(value: str) -> str:
    """TEXT as a reader sees it (RFC 5545 3.3.11)."""
    if "\\" not in value:
        return value
    if "\\\\" in value:  # what follows depends on how many stand together
        return _UNESCAPE.sub(lambda m: "\n" if m[1] in "nN" else m[1], value)
    for written, meant in _ESCAPES.items():
        value = value.replace(written, meant)
    return value
