"""Honest spelling in many scripts, and spelling made to deceive."""

from __future__ import annotations

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of


@pytest.mark.requirement("R28")
@pytest.mark.requirement("R29")
@pytest.mark.parametrize(
    "text",
    [
        "Sommerfest 👨‍👩‍👧‍👦 im Park 🏳️‍🌈",
        "می‌خواهم شما را دعوت کنم",  # Persian, with its joiners
        "क्‍षमा करें, कार्यक्रम स्थगित",
        "Встреча выпускников Политехнического института",
        "Συνάντηση της ομάδας στις εννέα",
        "Հանդիպում գրադարանում",
        "פגישה עם הצוות ביום שני",
        "Wi-Fi網とPythonの勉強会",
        "Café à la Société, naïve coöperation",
    ],
)
def test_honest_spelling(text: str) -> None:
    made = event(text, description=text)
    assert not codes("disguise", attempt(made))
    assert verdict_of(made).verdict is Verdict.ALLOW


CLEAN = "Your PayPal account has been charged $499.99, call +1 805 302 8040 immediately"


@pytest.mark.requirement("R28")
@pytest.mark.parametrize("filler", ["\u200b", "\u2060", "\U000e0061", "\u2063"])
def test_invisible_characters_change_nothing_and_are_noted(filler: str) -> None:
    hidden = CLEAN.replace("PayPal", filler.join("PayPal")).replace("charged", filler.join("charged"))
    made = event(hidden)
    assert "invisible_chars" in codes("disguise", attempt(made))
    assert verdict_of(made).verdict >= verdict_of(event(CLEAN)).verdict >= Verdict.HOLD


@pytest.mark.requirement("R29")
@pytest.mark.parametrize(
    "spelling",
    [
        CLEAN.replace("PayPal", "Pаypаl").replace("charged", "chаrged"),
        CLEAN.replace("PayPal", "𝗣𝗮𝘆𝗣𝗮𝗹").replace("charged", "𝗰𝗵𝗮𝗿𝗴𝗲𝗱"),
        CLEAN.replace("PayPal", "ＰａｙＰａｌ"),
        CLEAN.replace("account", "acc0unt").replace("charged", "ch4rged"),
    ],
)
def test_other_letters_change_nothing(spelling: str) -> None:
    assert verdict_of(event(spelling)).verdict >= Verdict.HOLD
