"""Pictures, rules and quote marks between the words and digits of a lure change nothing for its reader (R27, R30)."""

from __future__ import annotations

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import event, verdict_of

LURE = "We took $389.40 out of your bank account this morning. Not your doing? Our desk answers on {}"
NUMBER = "+1 (805) 302-8040"
DIGITS = str.maketrans({str(digit): chr(0x2780 + digit - 1) if digit else "\U0001f10b" for digit in range(10)})


@pytest.mark.requirement("R27")
@pytest.mark.parametrize("sign", [" 🎉 ", "💥", " | ", " → ", "\n> ", " • ", " == "])
def test_what_stands_between_the_words_hides_none_of_them(sign: str) -> None:
    said = LURE.format(NUMBER).replace(" ", sign)
    assert verdict_of(event("Note", description=said), "trial").verdict >= Verdict.HOLD


@pytest.mark.requirement("R30")
@pytest.mark.parametrize(
    "number",
    [
        "+1:805:302:8040",
        "+1 // 805 // 302 // 8040",
        "+1      805      302      8040",
        "+1\n\n805\n\n302\n\n8040",
        "".join(f"{c}\ufe0f\u20e3" if c.isdigit() else c for c in NUMBER),
        NUMBER.translate(DIGITS),
        "eight 🎉 zero 🎉 five 🎉 three 🎉 zero 🎉 two 🎉 eight 🎉 zero 🎉 four 🎉 zero",
    ],
)
def test_a_number_torn_apart_is_one(number: str) -> None:
    assert verdict_of(event("Note", description=LURE.format(number)), "trial").verdict >= Verdict.HOLD


@pytest.mark.requirement("R30")
@pytest.mark.parametrize(
    "said",
    [
        "🎂 Party 🎂 Rooms 201, 302, 4010 | bring cake → 15.06. 🕐 10",
        "| Time | Room |\n| 10:00 | 204 |\n| 11:30 | 305 |\n| 1030 | 4417 |",
        "Call the office about seats 212, 213, 214 and 4410.",
        "> On Monday she wrote:\n> 12.05.2026, 10:30, room 214\n> 13.05.2026, 11:30, room 3302",
    ],
)
def test_rooms_dates_and_tables_are_no_numbers_to_call(said: str) -> None:
    content = event("Team day", description=said)
    assert not content.phones
    assert verdict_of(content, "new").verdict is Verdict.ALLOW


@pytest.mark.requirement("R30")
def test_a_picture_before_a_number_joins_it_to_nothing() -> None:
    content = event("Party", description="🗓 15.06. 🕐 10 📞 030 901820")
    assert [phone.number for phone in content.phones] == ["030901820"]
