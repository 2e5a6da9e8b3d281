"""Pictures that an object carries inside itself, as octets: what a worker may look at more closely (R34)."""

from __future__ import annotations

from calguard.content import blobs
from calguard.content.lines import logical_lines, parse, unescape
from calguard.content.markup import DATA_URI

MAX_PICTURES = 12
MAX_OCTETS = 2 * 1024 * 1024  # of one picture; none that is mailed needs more to hold a code


def inline(data: bytes) -> list[bytes]:
    """Pictures in base64 properties and data: URIs, each once, in order; what is larger than MAX_OCTETS is left out."""
    found: dict[bytes, None] = {}
    lines, _ = logical_lines(data)
    for text in lines:
        if len(found) >= MAX_PICTURES:
            break
        folded = text.lower() if len(text) > 100 else ""
        if "base64" not in folded and "binary" not in folded[:1000]:
            continue
        for octets in _in_line(text):
            if len(found) < MAX_PICTURES and blobs.sniff(octets).startswith("image/"):
                found[octets] = None
    return list(found)


def _in_line(text: str) -> list[bytes]:
    line = parse(text)
    if line.param("ENCODING").upper() in ("BASE64", "B") or line.param("VALUE").upper() == "BINARY":
        return [octets] if (octets := _decoded(line.value)) else []
    bodies = (
        match[0].partition(",")[2]
        for match, _ in zip(DATA_URI.finditer(unescape(text)), range(MAX_PICTURES), strict=False)
    )
    return [octets for body in bodies if (octets := _decoded(body))]


def _decoded(text: str) -> bytes:
    return blobs.from_base64(text, MAX_OCTETS) if blobs.size_of(text) <= MAX_OCTETS else b""
