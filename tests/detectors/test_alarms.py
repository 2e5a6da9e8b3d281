"""A reminder is a reminder, until it is a megaphone."""

from __future__ import annotations

import pytest

from tests.detectors.making import attempt, codes, event

QUARTER = ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:Reminder", "END:VALARM")


def alarm(*lines: str) -> tuple[str, ...]:
    return ("BEGIN:VALARM", "TRIGGER:-PT15M", *lines, "END:VALARM")


@pytest.mark.requirement("R43")
@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ((), set()),
        (QUARTER, set()),
        (QUARTER * 3, set()),
        (alarm("ACTION:AUDIO", "ATTACH;VALUE=URI:Basso"), set()),
        (alarm("ACTION:DISPLAY", "DESCRIPTION:x", "REPEAT:2", "DURATION:PT5M"), set()),
        (QUARTER * 12, {"many"}),
        (alarm("ACTION:DISPLAY", "DESCRIPTION:x", "REPEAT:999", "DURATION:PT1S"), {"repeating"}),
        (alarm("ACTION:EMAIL", "SUMMARY:x", "DESCRIPTION:x", "ATTENDEE:mailto:a@victim.example"), {"mails"}),
        (alarm("ACTION:DISPLAY", "DESCRIPTION:See https://evil.example/now"), {"link"}),
    ],
)
def test_alarms(lines: tuple[str, ...], found: set[str]) -> None:
    made = event(lines=lines)
    assert codes("alarms", attempt(made)) == found
    assert not codes("alarms", attempt(made, audience={"external": 0}))
