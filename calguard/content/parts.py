"""An object written again as one object per UID."""

from __future__ import annotations

import re

from calguard.content.lines import logical_lines

_UID = re.compile(r"(?im)^UID[^:\n]*:(.*)$")
MAX_PARTS = 2_000
MAX_HEADER = 16_384


def by_uid(octets: bytes) -> list[str]:
    """The object written again once per UID: what belongs to the calendar as a whole goes with each."""
    lines, _ = logical_lines(octets)
    header: list[str] = []
    zones: list[str] = []
    groups: dict[str, list[str]] = {}
    block: list[str] = []
    depth = 0
    for line in lines:
        upper = line[:64].upper()
        if upper.startswith("BEGIN:") and not upper.startswith("BEGIN:VCALENDAR"):
            depth += 1
        if depth:
            block.append(line)
        elif not upper.startswith(("BEGIN:VCALENDAR", "END:VCALENDAR")):
            header.append(line)
        if depth and upper.startswith("END:"):
            depth -= 1
            if not depth:
                _file(block, zones, groups)
                block = []
    if block:
        groups.setdefault("", []).extend(block)
    shared = "\n".join(header + zones)
    found = []
    for index, group in enumerate(groups.values()):
        top = shared if len(shared) <= MAX_HEADER or index == 0 else shared[:MAX_HEADER].rpartition("\n")[0]
        found.append("\n".join(("BEGIN:VCALENDAR", top, *group, "END:VCALENDAR")))
    return found


def _file(block: list[str], zones: list[str], groups: dict[str, list[str]]) -> None:
    if block[0].upper().startswith("BEGIN:VTIMEZONE"):
        zones.extend(block)
        return
    uid = next((match[1].strip() for line in block if (match := _UID.match(line))), "")
    if uid not in groups and len(groups) >= MAX_PARTS:
        uid = next(iter(groups))
    groups.setdefault(uid, []).extend(block)
