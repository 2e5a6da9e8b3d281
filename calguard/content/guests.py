"""The short way to read a guest's line: fifty thousand of them must not cost a second."""

# ruff: noqa: SIM905  (word lists read better as words)

from __future__ import annotations

import re

from calguard.content.components import MAX_ADDRESSES, People
from calguard.content.gather import Gathered
from calguard.content.types import Address

_SILENT = frozenset(
    "CUTYPE ROLE PARTSTAT RSVP LANGUAGE X-NUM-GUESTS SCHEDULE-AGENT SCHEDULE-STATUS SCHEDULE-FORCE-SEND".split()
)
# Addresses that need no thought: normalising them is lower case. No "+tag", no mailbox of Gmail's.
_usual = re.compile(r"[a-z0-9_.'-]{1,64}@(?!g(?:oogle)?mail\.com$)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,6}").fullmatch


def read_guest(line: str, into: Gathered, people: People, tame: set[str]) -> bool:
    """Read an ATTENDEE line of the usual shape inside an event; False leaves it to the full reader.

    `tame` remembers the parameters beside CN, as one string, that were found to say nothing. Written out flat on
    purpose: every call it makes is made fifty thousand times.
    """
    at = line.find(":mailto:")
    if at < 8:
        return False
    before, has_name, rest = line[8:at].partition(";CN=")
    name = ""
    if has_name:
        name, _, rest = rest.partition(";")
        before = before + ";" + rest
        if '"' in name:
            if name.count('"') != 2 or name[0] != '"' or name[-1] != '"':
                return False
            name = name[1:-1]
        if "^" in name or len(name) > 256:
            return False
    if before not in tame and not _is_silent(before, tame):
        return False
    written = line[at + 8 :]
    email = written.lower()
    if not _usual(email):
        return False
    guests = people.guests
    if email in guests:
        if name:
            people.names[name] = None
        return True
    guests[email] = name
    if name:
        people.names[name] = None
    if len(guests) > MAX_ADDRESSES:
        into.problems.add("oversize")
        return True
    into.addresses.append(
        Address(email=email, written=written, name=name or written, role="attendee", field="ATTENDEE")
    )
    return True


def _is_silent(params: str, tame: set[str]) -> bool:
    for param in params.split(";"):
        key, _, value = param.partition("=")
        if param and (
            key.upper() not in _SILENT or len(value) > 40 or not value.replace("-", "").replace(".", "").isalnum()
        ):
            return False
    if len(tame) < 1_000:
        tame.add(params)
    return True
