"""Makes what people wrote safe to stand in a line or a page, without losing their script or their emoji."""

from __future__ import annotations

import html
import re
import unicodedata
from email.errors import HeaderParseError
from email.headerregistry import Address

import idna

__all__ = ["Unaddressable", "as_html", "cut", "deliverable", "display_name", "one_line", "paragraphs"]

# Embeddings, overrides and isolates reorder what follows, so that a name or link reads as another. Joiners and
# directional marks stay: Persian, Indic scripts and emoji need them.
REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# Parsers disagree on these in a display name, and some writers lose the quotes around them when they fold a line.
SPECIALS = re.compile(r'[()<>\[\]:;@\\,"]+')
ADDRESS = re.compile(r'[^\s()<>\[\]:;@\\,"]{1,64}@[^\s()<>\[\]:;@\\,"/]{1,253}')
ADDRESS_LIKE = re.compile(r"@|://|\[at\]|\(at\)|\bwww\.", re.IGNORECASE)


class Unaddressable(ValueError):  # noqa: N818 - a property of the address, not a fault of the program
    """Not an address that mail can be sent to from here."""


def one_line(text: str, limit: int) -> str:
    """`text` in one line of at most `limit` characters, without anything that ends a header or reorders it."""
    text = re.sub(r"[\s\u2028\u2029]+", " ", text)
    return cut(REORDERING.sub("", CONTROL.sub("", text)).strip(), limit)


def cut(text: str, limit: int) -> str:
    """The beginning, with an ellipsis where something is missing, and no half of an emoji or accented letter."""
    if len(text) <= limit:
        return text
    end = limit - 1
    while end and (_continues(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return text[: end or limit - 1].rstrip().rstrip("\u200d") + "…"


def paragraphs(text: str) -> str:
    """`text` with its line breaks, as LF, and no other control character."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return REORDERING.sub("", CONTROL.sub("", text)).strip()


def as_html(text: str) -> str:
    """Text as text: nothing in it is markup or a link."""
    return html.escape(paragraphs(text), quote=True).replace("\n", "<br>\n")


def display_name(text: str) -> str:
    """A name to stand before an address, or "" where it could be taken for an address itself."""
    line = one_line(text, 500)
    if ADDRESS_LIKE.search(unicodedata.normalize("NFKC", line)):
        return ""
    return cut(" ".join(SPECIALS.sub(" ", line).split()), 60)


def deliverable(address: str) -> str:
    """An address as mail can be sent to it: without mailto:, international domains in ASCII. Raises Unaddressable."""
    address = address.strip()
    if address[:7].lower() == "mailto:":
        address = address[7:]
    if not ADDRESS.fullmatch(address):
        raise Unaddressable("the address is malformed")
    local, _, domain = address.rpartition("@")
    if not local.isascii() or not local.isprintable():
        raise Unaddressable("the address needs SMTPUTF8, which is not supported")
    try:
        host = domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
        return Address(addr_spec=f"{local}@{host}").addr_spec
    except (ValueError, IndexError, HeaderParseError) as error:  # idna.IDNAError is a ValueError
        raise Unaddressable("the address is malformed") from error


def _continues(character: str) -> bool:
    """Whether it belongs to the character before: marks, variation selectors, joiners, skin tones, tags."""
    return unicodedata.category(character) in {"Mn", "Me", "Mc", "Cf"} or "\U0001f3fb" <= character <= "\U0001f3ff"
