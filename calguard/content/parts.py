"""An object written again as one object per UID."""

from __future__ import annotations

import re
from itertools import chain

from calguard.content.lines import logical_lines

_UID = re.compile(r"(?im)^UID[^:\n]*:(.*)$")
_TZID = re.compile(r"(?im)^TZID[^:\n]*:(.*)$")
_NAMED = re.compile(r"(?i);TZID=(\"[^\"\n]*+\"|[^;:\n]*+)")
MAX_PARTS = 2_000
MAX_HEADER = 16_384


def by_uid(octets: bytes) -> list[str]:
    """The object written again once per UID: what belongs to the calendar as a whole goes with each,
    time zones with the events that name them."""
    lines, _ = logical_lines(octets)
    header: list[str] = []
    zones: dict[str, list[str]] = {}
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
    found = []
    for index, group in enumerate(groups.values()):
        body = "\n".join(group)
        named = zones if index == 0 else dict.fromkeys(map(_plain, _NAMED.findall(body)))
        top = _top(header, [zones[name] for name in named if name in zones], None if index == 0 else MAX_HEADER)
        found.append(f"BEGIN:VCALENDAR\n{top}\n{body}\nEND:VCALENDAR")
    return found


def _top(header: list[str], zones: list[list[str]], most: int | None) -> str:
    """The lines before the events, as many as fit; every part of many has its own copy."""
    lines: list[str] = []
    length = 0
    for line in chain(header, *zones):
        length += len(line) + 1
        if most is not None and length > most:
            break
        lines.append(line)
    return "\n".join(lines)


def _plain(zone: str) -> str:
    return zone.replace("\\", "").strip('" ')


def _file(block: list[str], zones: dict[str, list[str]], groups: dict[str, list[str]]) -> None:
    if block[0].upper().startswith("BEGIN:VTIMEZONE"):
        named = next((match[1].strip() for line in block if (match := _TZID.match(line))), "")
        zones.setdefault(_plain(named), []).extend(block)
        return
    uid = next((match[1].strip() for line in block if (match := _UID.match(line))), "")
    if uid not in groups and len(groups) >= MAX_PARTS:
        uid = next(iter(groups))
    groups.setdefault(uid, []).extend(block)
