"""A reminder is a reminder, until it is a megaphone."""

from __future__ import annotations

import pytest

from calguard.content.reader import read
from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

PAGE = "https://ines-plumbing.example/visit"

QUARTER = ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:Reminder", "END:VALARM")


def alarm(*lines: str) -> tuple[str, ...]:
    return ("BEGIN:VALARM", "TRIGGER:-PT15M", *lines, "END:VALARM")


@pytest.mark.requirement("R43")
def test_a_note_to_oneself_reminds_its_writer() -> None:
    mailed = alarm("ACTION:EMAIL", "SUMMARY:x", "DESCRIPTION:x", "ATTENDEE:mailto:me@home.example")
    own = event(lines=mailed).raw.replace(b"ORGANIZER:mailto:ines@ines-plumbing.example\r\n", b"")
    assert codes("alarms", attempt(read(own))) == set()
    two = own.replace(b"END:VALARM", b"ATTENDEE:mailto:you@home.example\r\nEND:VALARM")
    assert codes("alarms", attempt(read(two))) == {"mails"}


@pytest.mark.requirement("R43")
@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ((), set()),
        (QUARTER, set()),
        (QUARTER * 3, set()),
        (alarm("ACTION:AUDIO", "ATTACH;VALUE=URI:Basso"), set()),
        (alarm("ACTION:DISPLAY", "DESCRIPTION:x", "REPEAT:2", "DURATION:PT5M"), set()),
        # To oneself, and to who is invited anyway: what clients write
        (alarm("ACTION:EMAIL", "SUMMARY:x", "DESCRIPTION:x", "ATTENDEE:mailto:ines@ines-plumbing.example"), set()),
        (alarm("ACTION:EMAIL", "SUMMARY:x", "DESCRIPTION:x", "ATTENDEE:mailto:guest@elsewhere.example"), set()),
        (alarm("ACTION:DISPLAY", "DESCRIPTION:Join https://zoom.us/j/92345678901"), set()),
        ((f"URL:{PAGE}", *alarm("ACTION:DISPLAY", f"DESCRIPTION:See {PAGE}")), set()),  # the event's own link
        (QUARTER * 12, {"many"}),
        (alarm("ACTION:DISPLAY", "DESCRIPTION:x", "REPEAT:999", "DURATION:PT1S"), {"repeating"}),
        (alarm("ACTION:EMAIL", "SUMMARY:x", "DESCRIPTION:x", "ATTENDEE:mailto:a@victim.example"), {"mails"}),
        (alarm("ACTION:DISPLAY", "DESCRIPTION:See https://evil.example/now"), {"link"}),
    ],
)
def test_alarms(lines: tuple[str, ...], found: set[str]) -> None:
    made = event(lines=lines)
    assert codes("alarms", attempt(made)) == found
    assert codes("alarms", attempt(made, alarms_leave=False)) == ({"left_out"} if found else set())
    verdict = verdict_of(made).verdict
    assert verdict >= Verdict.HOLD if found & {"many", "repeating", "mails"} else verdict <= Verdict.OBSERVE
    assert not codes("alarms", attempt(made, audience={"external": 0}))
