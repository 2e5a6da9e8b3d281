"""Who a calendar user is: one address however it is spelt."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

from ada_url import idna_to_ascii

_PLAIN = re.compile(r"[a-z0-9!#$&'*/=?^_`{|}~.-]+@[a-z0-9.-]+\.[a-z0-9-]+")
_GMAIL = frozenset({"gmail.com", "googlemail.com"})
_SHAPE = re.compile(r"^[^\s@<>,;:\"()\[\]]{1,128}@[^\s@<>,;:\"()\[\]]{1,253}$")


def written_address(value: str) -> str:
    """A calendar address without scheme, escapes, query and brackets; what mail is sent to."""
    value = value.strip()
    if value[:7].lower() == "mailto:":
        value = value[7:].partition("?")[0]
    if "%" in value:
        value = unquote(value).replace("\0", "")
    return value.strip().strip("<>").strip().rstrip(".")


def normalise(written: str) -> str:
    """The address for counting and comparing; "" where it is no mail address.

    Lower case, IDNA domain, no "+tag"; Gmail's dots and second domain are one mailbox (R44).
    """
    email = written.lower()
    if "+" not in email and _PLAIN.fullmatch(email) and not email.endswith("mail.com"):
        return email
    if not _SHAPE.match(email):
        return ""
    local, _, domain = email.rpartition("@")
    local = local.partition("+")[0] or local
    domain = _ascii(domain.rstrip("."))
    if domain in _GMAIL:
        local, domain = local.replace(".", "") or local, "gmail.com"
    return f"{local}@{domain}" if domain else ""


@lru_cache(maxsize=1024)
def _ascii(domain: str) -> str:
    if domain.isascii():
        return domain
    try:
        return str(idna_to_ascii(domain).decode("ascii"))
    except (ValueError, UnicodeError):
        return ""
