"""Guests' lines, many at once: fifty thousand of them must not cost a second."""

# ruff: noqa: SIM905  (word lists read better as words)

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from calguard.content.components import People
from calguard.content.people import normalise

_SILENT = frozenset(
    "CUTYPE ROLE PARTSTAT RSVP LANGUAGE X-NUM-GUESTS SCHEDULE-AGENT SCHEDULE-STATUS SCHEDULE-FORCE-SEND".split()
)
# A line of the usual shape, whole: parameters, CN, parameters, address. Possessive throughout, so one pass per line.
_USUAL = re.compile(
    r"^ATTENDEE((?:;(?!CN=)[A-Za-z-]{1,32}+=[A-Za-z0-9.-]{0,40}+)*+)"
    r'(?:;CN=("[^"^\n]{0,256}+"|[^";:^\n]{0,256}+))?+'
    r"((?:;(?!CN=)[A-Za-z-]{1,32}+=[A-Za-z0-9.-]{0,40}+)*+)"
    r":(?:mailto|MAILTO):([A-Za-z0-9_.'+-]{1,64}+@[A-Za-z0-9-]{1,63}+(?:\.[A-Za-z0-9-]{1,63}+){1,6}+)$",
    re.MULTILINE,
)
_MANY = 256  # lines tried together; where one of them is unusual, each is tried alone


def read_guests(lines: Sequence[str], people: People, otherwise: Callable[[str], None]) -> None:
    """Read ATTENDEE lines of an event, those of an unusual shape by `otherwise`; names keep their order (R27)."""
    for at in range(0, len(lines), _MANY):
        batch = lines[at : at + _MANY]
        if not _read(batch, people):
            for line in batch:
                if len(batch) == 1 or not _read((line,), people):
                    otherwise(line)


def _read(lines: Sequence[str], people: People) -> bool:
    found = _USUAL.findall("\n".join(lines))
    if len(found) != len(lines):
        return False
    before, named, behind, written = zip(*found, strict=True)
    if not all(map(_says_nothing, {*before, *behind})):
        return False
    joined = "\n".join(written).lower()
    emails = joined.split("\n")
    if "+" in joined or "mail.com" in joined:
        emails = list(map(normalise, emails))
    for email, as_is in zip(emails, written, strict=True):
        if email != as_is and email not in people.guests:
            people.written.setdefault(email, as_is)
    names = [name[1:-1] if name[:1] == '"' else name for name in named] if any(named) else [""] * len(emails)
    people.plain(emails, names)
    return True


def _says_nothing(params: str) -> bool:
    return not params or _SILENT.issuperset(param.partition("=")[0].upper() for param in params[1:].split(";"))
