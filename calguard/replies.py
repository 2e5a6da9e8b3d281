"""What a mail server's refusal means, by its status code (RFC 3463, RFC 5248), in words for whoever invited; the
server's own words are for staff."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, get_args

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outbound import ledger as messages

Cause = Literal["", "full", "no_such_address", "policy", "too_large", "away", "unusable", "missed", "unknown"]
CAUSES: tuple[Cause, ...] = get_args(Cause)

FAILED: Mapping[Cause, str | Promise] = {
    "full": _("could not be delivered: the mailbox is full"),
    "no_such_address": _("could not be delivered: there is no such address, or it takes no mail any more"),
    "policy": _("could not be delivered: the mail server there takes it for unwanted mail, or takes none from here"),
    "too_large": _("could not be delivered: it is too large for that mailbox"),
    "away": _("could not be delivered: the mail server could not take it, however often it was tried"),
    "unusable": _("could not be delivered: no mail can be sent to this address, or made of this event"),
    "missed": _("did not arrive, as you or we found out"),
    "unknown": _("could not be delivered: the mail server refused it and did not say why"),
}
WAITS: Mapping[Cause, str | Promise] = {
    "full": _("on its way: the mailbox is full just now, and it is tried again"),
    "": _("on its way: the mail server cannot take it just now, and it is tried again"),
}

# The answer's code, and the enhanced one at the start of its text, where RFC 2034 has it: a number further on may be
# part of an address. Both must be of one class.
_SAID = re.compile(r"\s*([45])(\d\d)(?:[ -]+#?\1\.(\d{1,3})\.(\d{1,3})(?![\d.]))?", re.ASCII)
_ENHANCED: Mapping[tuple[int, int], Cause] = {
    (1, 0): "no_such_address",
    (1, 1): "no_such_address",
    (1, 2): "no_such_address",
    (1, 3): "no_such_address",
    (1, 4): "no_such_address",
    (1, 6): "no_such_address",
    (1, 10): "no_such_address",  # null MX (RFC 7505)
    (2, 1): "no_such_address",  # disabled
    (2, 2): "full",
    (2, 3): "too_large",
    (3, 4): "too_large",
}
_LASTING: Mapping[tuple[int, int], Cause] = {
    (4, 1): "no_such_address",  # as large providers answer for an address that they do not know
    (4, 4): "no_such_address",
}
_SUBJECTS: Mapping[int, Cause] = {3: "away", 4: "away", 7: "policy"}
_BASIC: Mapping[str, Cause] = {
    "521": "no_such_address",  # a host that takes no mail (RFC 7504)
    "551": "no_such_address",
    "552": "full",
    "553": "no_such_address",
    "556": "no_such_address",
}
_OURS: Mapping[str, Cause] = {messages.MISSED: "missed", "address_unusable": "unusable"}


def cause(said: str) -> Cause:
    """What an answer, as the ledger keeps it, means; "" where nothing was answered."""
    if not said:
        return ""
    if said in _OURS or said.startswith("cannot be built"):
        return _OURS.get(said, "unusable")
    found = _SAID.match(said)
    if found is None:
        return "away"  # no answer of a server: a conversation that broke, or a calendar here that failed, at every try
    kind, rest, subject, detail = found.groups()
    if subject is None:
        return "away" if kind == "4" else _BASIC.get(kind + rest, "unknown")
    status = int(subject), int(detail)
    meant = _ENHANCED.get(status) or (_LASTING.get(status) if kind == "5" else None) or _SUBJECTS.get(status[0])
    return meant or ("away" if kind == "4" else "unknown")


def failed(said: str) -> str:
    """Why a copy that was given up did not arrive."""
    return str(FAILED[cause(said) or "unknown"])


def waits(said: str) -> str:
    """Why a copy that was refused for now is not there yet; "" where no server refused it."""
    if not _SAID.match(said):
        return ""
    return str(WAITS["full" if cause(said) == "full" else ""])
