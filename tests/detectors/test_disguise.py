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
        "Встреча в Zoom с Ελένη и Мария, бар «Ω»",
        "ประชุม Zoomวันนี้ กับทีม αβγ и Мария",
        "בZoom עם Ελένη и Мария",
        "ב\u200fקפה\u200e עם דנה",
        "Łódź, Đổng và Søren: obiad",
        "Kurs α, Gruppe β: Δx und μ",
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


SCRAPS = "ca4e0b ba5 b1cbb9c031c53dd d1b52f1a56d9f0e 5c6982f91e5 b9cef3 ac bec74ab6 8a8b4effe4 3b1ab fa5d 592c 27e 4f"


@pytest.mark.requirement("R49")
def test_filler_of_hexadecimal_scraps() -> None:
    for text in (SCRAPS, f"Take your card. {SCRAPS} See you, Emma"):
        made = event("Your gift card", description=text)
        assert codes("disguise", attempt(made)) == {"hex_filler"}
        assert verdict_of(made).verdict >= Verdict.HOLD


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(
    "text",
    [
        "Release: " + " ".join(f"{n * 7919 + 11:07x}" for n in range(1, 30)),  # commits, all of one length
        "MAC de ad be ef a4 5c 9b 01 3f 77 8e c2 d4 6a",
        "Key 5F1B 9C0D 77AE 10B2 C3D4 E5F6 0718 293A 4B5C 6D7E 8F90 A1B2 C3D4",
        "Scale: a b c d e f, then c d e f a b, bar 1 2 3 4 5 6 7 8 9 10 11 12",
        "Rooms 12 14 102 1003 55 6 7 88 12345 123456 99 100 4 5 6",
        "Tickets a1, b2, c3, d4",
    ],
)
def test_sums_keys_and_lists_are_no_filler(text: str) -> None:
    assert "hex_filler" not in codes("disguise", attempt(event("Planning", description=text)))


@pytest.mark.requirement("R28")
def test_what_is_moved_below_the_page() -> None:
    for style in (
        ".more { margin-top: 470500px; }",
        ".wrapper { display: flex; height: 10000vh; }",
        '<p style="padding-top:9000px">x</p>',
    ):
        made = event("Planning", description=f"Look here. {style} and here is the minutes of our last meeting")
        assert "pushed_away" in codes("disguise", attempt(made))
        assert verdict_of(made).verdict is Verdict.CHALLENGE


@pytest.mark.requirement("R28")
@pytest.mark.parametrize(
    "text",
    [
        "p { margin: 0 0 12px; max-width: 650px; line-height: 1.4 }",
        '<div style="width: 1200px; height: 800px; color: #333">Open day</div>',
        "Style: Top: 1000 m, height: 2962 m {Zugspitze}",
        "Budget { top: 5000 }",
    ],
)
def test_ordinary_styles_and_heights(text: str) -> None:
    assert "pushed_away" not in codes("disguise", attempt(event("Planning", description=text)))


@pytest.mark.requirement("R29", "R30")
def test_marks_of_another_script_behind_latin_letters_are_seen_through() -> None:
    dotted = CLEAN.replace("o", "o\u073f").replace("a", "a\u073c")
    made = event(dotted)
    assert "combining_marks" in codes("disguise", attempt(made))
    assert verdict_of(made).verdict >= verdict_of(event(CLEAN)).verdict


@pytest.mark.requirement("R28", "R29")
@pytest.mark.parametrize(
    "text", ["Lesung: ܫܠܵܡܵܐ ܥܲܠܘܼܟܼ", "दोपहर का भोजन B.Sc. के बाद", "Text auf हिन्दी und ไทย", "İstanbul gezisi"]
)
def test_marks_where_they_belong_are_no_disguise(text: str) -> None:
    assert not codes("disguise", attempt(event(text)))


@pytest.mark.requirement("R30")
@pytest.mark.parametrize("title", ['__IMP0RTANT"INF0RMATI0N"__', "C0NFIRMATI0N 53668", "cheap vlagra"])
def test_a_title_respelt_is_told_where_nothing_else_is_said(title: str) -> None:
    assert "respelt" in codes("disguise", attempt(event(title)))


@pytest.mark.requirement("R30")
@pytest.mark.parametrize(
    "title", ["R2D2 night", "B2B meet-up", "Web3 talk", "H A P P Y  E A S T E R", "sooo much fun", "S0S band"]
)
def test_play_with_letters_is_none(title: str) -> None:
    assert "respelt" not in codes("disguise", attempt(event(title)))


@pytest.mark.requirement("R29")
def test_a_company_in_letters_made_for_show_is_told() -> None:
    assert "styled_letters" in codes("disguise", attempt(event("[𝗡𝗲𝘁𝗳𝗹𝗶𝘅]: see you")))
    assert not codes("disguise", attempt(event("𝗛𝗮𝗽𝗽𝘆 𝗕𝗶𝗿𝘁𝗵𝗱𝗮𝘆 Emma")))
