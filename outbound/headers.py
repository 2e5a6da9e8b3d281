"""Header lines as they leave, folded here: the standard library's folding loses spaces between encoded words."""

from __future__ import annotations

import email.policy
import re
from email.header import Header
from email.message import EmailMessage

from outbound.plain import deliverable

__all__ = ["POLICY", "mailbox", "put"]

# What is put into a message by `put` leaves as it is.
POLICY = email.policy.SMTP.clone(refold_source="none")
WIDTH = 76
SIMPLE = re.compile(r"[\x20-\x7e]*")
ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")


def put(mail: EmailMessage, name: str, value: str) -> None:
    """Adds an unstructured header. What is not short ASCII, or looks like an encoded word, is encoded (RFC 2047)."""
    mail.set_raw(name, _encoded(value, name) if _needs_encoding(value, WIDTH - len(name) - 2) else value)


def mailbox(name: str, display: str, address: str) -> str:
    """`display <address>` for the header `name`. Raises Unaddressable."""
    spec = deliverable(address)
    if not display:
        return spec
    phrase = _encoded(display, name) if _needs_encoding(display, WIDTH - len(name) - 2) else _phrase(display)
    last = phrase.rpartition("\n")[2]
    return f"{phrase}{' ' if len(name) + len(last) + len(spec) < WIDTH else FOLD}<{spec}>"


FOLD = "\r\n "


def _phrase(display: str) -> str:
    """Quoted where it is more than plain words, such as "Dr. No"."""
    if ATOMS.fullmatch(display):
        return display
    return '"' + display.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _needs_encoding(value: str, room: int) -> bool:
    return len(value) > room or "=?" in value or not SIMPLE.fullmatch(value)


def _encoded(value: str, name: str) -> str:
    return Header(value, "utf-8", maxlinelen=WIDTH, header_name=name).encode(linesep="\r\n")
