"""Disguise is undone, and honest writing in any script is no disguise."""

from __future__ import annotations

import pytest

from calguard.content.normalise import collapse, fold, skeleton

INNOCENT = [
    pytest.param("Team meeting at 10", "team meeting at 10", id="plain"),
    pytest.param("Встреча с командой", "встреча с командои", id="Cyrillic"),
    pytest.param("Συνάντηση ομάδας", "συναντηση ομαδασ", id="Greek"),
    pytest.param("Հանդիպում", "հանդիպում", id="Armenian"),
    pytest.param("会議の招待、Zoom会議", "会議の招待、zoom会議", id="Japanese with a Latin name"),
    pytest.param("팀 회의", "팀 회의", id="Korean"),
    pytest.param("פגישת צוות\u200f", "פגישת צוות", id="Hebrew with a direction mark"),
    pytest.param("می\u200cخواهم جلسه", "میخواهم جلسه", id="Persian with a joiner"),
    pytest.param("क्\u200dष बैठक", "क्ष बैठक", id="Hindi with a joiner"),
    pytest.param("👩\u200d👩\u200d👧 Familie ❤️", "👩👩👧 familie ❤", id="emoji sequence"),
    pytest.param("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f goal", "🏴 goal", id="flag"),
    pytest.param("Überweisung über 5\u00a0€", "uberweisung uber 5 €", id="German"),
    pytest.param("Donau\u00addampf\u00adschiff", "donaudampfschiff", id="soft hyphens"),
    pytest.param("\ufeffCafé", "cafe", id="byte order mark"),
    pytest.param("5 μm, 3 kΩ, Wi‑Fi", "5 μm, 3 kω, wi-fi", id="units"),
    pytest.param("Room b12, mp3, h1n1, 4th floor", "room b12, mp3, h1n1, 4th floor", id="letters beside digits"),
    pytest.param("Meeting Москва", "meeting москва", id="two languages"),
    pytest.param("that\x92s a line\u200b\nand the next", "thats a line and the next", id="old mail, broken line"),
    pytest.param("Tiếng Việt", "tieng viet", id="Vietnamese"),
]
DISGUISED = [
    pytest.param("P\u200ba\u200by\u200bP\u200ba\u200bl", "paypal", {"invisible_chars"}, id="zero width"),
    pytest.param("Pay\U000e0061Pal", "paypal", {"invisible_chars"}, id="tag character"),
    pytest.param("Pay\u2063Pal", "paypal", {"invisible_chars"}, id="invisible separator"),
    pytest.param("Pay\u3164Pal", "paypal", {"invisible_chars"}, id="Hangul filler"),
    pytest.param("hello" + "\ufe0f" * 9, "hello", {"invisible_chars"}, id="run of selectors"),
    pytest.param("\u202elapyaP\u202c", "paypal", {"bidi"}, id="direction override"),
    pytest.param("Pаypаl", "paypal", {"mixed_script"}, id="Cyrillic а"),
    pytest.param("ΡayΡal", "paypal", {"mixed_script"}, id="Greek Ρ"),
    pytest.param("𝗣𝗮𝘆𝗣𝗮𝗹", "paypal", {"styled_letters"}, id="mathematical"),
    pytest.param("ＰａｙＰａｌ", "paypal", {"styled_letters"}, id="full width"),
    pytest.param("🅿🅰🆈🅿🅰🅻", "paypal", {"styled_letters"}, id="boxed"),
    pytest.param("ᴘᴀʏᴘᴀʟ", "paypal", {"styled_letters"}, id="small capitals"),
    pytest.param("p̶a̶y̶p̶a̶l̶", "paypal", {"combining_marks"}, id="struck through"),
]


@pytest.mark.requirement("R28", "R29")
@pytest.mark.parametrize(("text", "expected"), INNOCENT)
def test_honest_writing_is_no_trick(text: str, expected: str) -> None:
    folded = fold(text)
    assert folded.text == expected
    assert folded.tricks == set()


@pytest.mark.requirement("R28", "R29")
@pytest.mark.parametrize(("text", "expected", "tricks"), DISGUISED)
def test_disguise_is_undone_and_named(text: str, expected: str, tricks: set[str]) -> None:
    folded = fold(text)
    assert folded.text == expected
    assert folded.tricks == tricks


@pytest.mark.requirement("R30")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Agenda a b c", "agenda a b c"),
        ("Smith 5 p.m. U.S.A.", "smith 5 p.m. u.s.a."),
        ("win32 api v2.0", "win32 api v2.0"),
        ("P a y P a l", "paypal"),
        ("p.a.y.p.a.l", "paypal"),
        ("P-a-y-P-a-l now", "paypal now"),
        ("PayPa1", "paypal"),
        ("lnv0ice", "invoice"),
        ("paypaI", "paypal"),
        ("c0ntact, acc0unt!", "contact, account!"),
        ("p@yment", "payment"),
        ("①⑧⓪⓪ ١٢٣", "1800 123"),
    ],
)
def test_spacing_and_leet(text: str, expected: str) -> None:
    assert fold(text).text == expected


@pytest.mark.requirement("R30")
@pytest.mark.parametrize(
    ("text", "name", "found"),
    [
        ("this is advisable", "visa", False),
        ("a pineapple cake", "apple", False),
        ("the geek and his squad", "geek squad", False),
        ("your PaayPaal bill", "paypal", True),
        ("the Geek-Squad team", "geek squad", True),
        ("from N0rton L1felock", "norton lifelock", True),
        ("rnicrosoft support", "microsoft", True),
    ],
)
def test_a_name_is_found_by_its_shape_as_a_whole_word(text: str, name: str, found: bool) -> None:
    assert (skeleton(fold(name).text) in skeleton(fold(text).text)) is found


def test_short_strings_are_compared_without_separators() -> None:
    assert collapse(fold("Geek Squad").text) == collapse(fold("g.e.e.k s.q.u.a.d").text) == collapse("geeksquad")
