"""Whether the event is written as calendars write events (R32, R49)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

PROBLEMS = {
    "unparseable": "could not be read as a calendar",
    "hex_padding": "is padded with meaningless properties",
    "outside_component": "has text outside any event",
    "nested_too_deep": "nests deeper than any calendar",
    "too_many_properties": "has more properties than any calendar",
    "oversize": "is larger than any event",
    "several_methods": "contradicts itself on what it is",
    "part_mismatch": "says different things in different parts of the mail",
    "method_mismatch": "is labelled as another kind of message than it is",
    "nested_calendar": "hides another calendar inside itself",
    "calscale": "asks for a calendar system nobody uses",
    "bad_encoding": "is not in the encoding it claims",
    "bad_time": "has an impossible date",
    "missing_uid": "has no identity",
    "malformed_line": "has lines that are no properties",
}


@detector(group="structure", codes=dict.fromkeys(PROBLEMS, Reason.UNREADABLE_EVENT))
def structure(attempt: Attempt) -> Iterator[Signal]:
    """The event breaks the format in ways that calendar programs do not, which is how payloads slip past scanners.
    A single slip is common in old programs and weighs little."""
    problems = attempt.content.problems
    for name, words in PROBLEMS.items() if problems else ():
        if name in problems:
            yield Signal(code=name, reason=f"the event {words}")
