"""What was seen without disguise is found where it was written, and honest letters are no mask."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calguard.content import spans
from calguard.content.normalise import fold
from tests.support import disguises
from tests.support.growth import growth


@pytest.mark.parametrize(
    ("written", "said", "quote"),
    [
        ("Pay your bill now", "your bill", "your bill"),
        ("Pay Your  BILL now", "your bill", "Your  BILL"),
        ("you have been\n   charged today", "have been charged", "have been\n   charged"),
        ("recall it, or call me", "call", "call"),
        ("Überweisung über 5 €", "uberweisung uber", "Überweisung über"),
        ("Вы выиграли приз", "вы выиграли", "Вы выиграли"),
        ("Σήμερα ΗΜΕΡΑ", "ημερα", "ΗΜΕΡΑ"),
        ("Die Straße ist frei", "strasse", "Straße"),
        ("the ﬁnal notice", "final notice", "ﬁnal notice"),
        ("ご当選おめでとう", "当選", "当選"),
        ("<p>Hello</p><p>&#112;ay<!-- x -->pal</p>", "paypal", "&#112;ay<!-- x -->pal"),
        ("<p>you</p><p>won</p>", "you won", "you</p><p>won"),
        ("see <https://evil.example/a> now", "https://evil.example/a", "https://evil.example/a"),
        ("a lnv0ice came", "invoice", "lnv0ice"),
        ("rnicrosoft support", "microsoft", "rnicrosoft"),
        ("P a y P a l bill", "paypal bill", "P a y P a l bill"),
    ],
)
def test_the_quote_is_what_was_written(written: str, said: str, quote: str) -> None:
    span = spans.find(written, said)
    assert span is not None
    assert written[span.start : span.end] == quote


@pytest.mark.parametrize(
    ("written", "said"), [("Lunch", "paypal"), ("", "x"), ("Lunch", ""), ("Lunch", "  "), ("é" * 50, "call")]
)
def test_what_is_not_there_is_not_found(written: str, said: str) -> None:
    assert spans.find(written, said) is None


@pytest.mark.requirement("R28", "R29", "R30")
@pytest.mark.parametrize("name", [name for name in disguises.PLAIN_TEXT if name not in disguises.TURNED])
def test_a_word_is_found_in_any_disguise(name: str) -> None:
    written = "Hello, see my " + disguises.PLAIN_TEXT[name]("PayPal account charged")
    span = spans.find(written, "paypal account")
    assert span is not None
    quote = written[span.start : span.end]
    assert fold(quote).text == "paypal account"
    assert "Hello" not in quote


@given(st.text(max_size=40), st.sampled_from(["paypal", "your account", "выиграли", "当選"]), st.text(max_size=40))
def test_what_stands_there_is_always_found(before: str, said: str, after: str) -> None:
    written = f"{before} {said.upper()} {after}"
    span = spans.find(written, said, markup=False)
    assert span is not None
    assert said.replace(" ", "") in fold(written[span.start : span.end]).text.replace(" ", "")


@given(st.text(max_size=200), st.text(min_size=1, max_size=30))
def test_a_span_lies_within_the_text(written: str, said: str) -> None:
    for markup in (None, True, False):
        span = spans.find(written, said, markup=markup)
        assert span is None or 0 <= span.start < span.end <= len(written)


@pytest.mark.requirement("R49")
@pytest.mark.parametrize("piece", ["é call ", "<b>x</b> ", "&amp;#112;", "call cal ", "ааа ", "<!-- ", "< a "])
def test_costs_little(piece: str) -> None:
    assert growth(lambda count: spans.find(piece * count, "call the number now please sir"), 400, 8) <= 2 * 8


@pytest.mark.requirement("R28", "R29")
@pytest.mark.parametrize(
    "honest",
    [
        "Встреча выпускников в ресторане",
        "Συνάντηση της ομάδας",
        "Հանդիպում գրադարանում",
        "می‌خواهم شما را دعوت کنم",
        "क्‍षमा करें",
        "会議の招待、ＺＯＯＭ会議、２０日",
        "Sommerfest 👨‍👩‍👧‍👦 🏳️‍🌈 ❤️ 🇩🇪",
        "Café à la naïve, Tiếng Việt, Łódź, 5 m², 10 µm",
        "Meeting с Машей",
        "Lunch",
    ],
)
def test_honest_letters_are_no_mask(honest: str) -> None:
    assert spans.masks(honest) == ()


@pytest.mark.requirement("R28", "R29")
@pytest.mark.parametrize(
    ("written", "masks"),
    [
        ("Your PаyPаl", [("U+0430", "CYRILLIC SMALL LETTER A", "a", 2)]),
        ("ch\u200barged", [("U+200B", "ZERO WIDTH SPACE", "", 1)]),
        ("𝗣ay", [("U+1D5E3", "MATHEMATICAL SANS-SERIF BOLD CAPITAL P", "p", 1)]),
        ("Pay\U000e0061Pal", [("U+E0061", "TAG LATIN SMALL LETTER A", "", 1)]),
        ("раура sent you an invoice", [(f"U+{ord(c):04X}", n, r, k) for c, n, r, k in [
            ("р", "CYRILLIC SMALL LETTER ER", "p", 2),
            ("а", "CYRILLIC SMALL LETTER A", "a", 2),
            ("у", "CYRILLIC SMALL LETTER U", "y", 1),
        ]]),
    ],
)  # fmt: skip
def test_masks_are_named(written: str, masks: list[tuple[str, str, str, int]]) -> None:
    found = [(f"U+{ord(mask.character):04X}", mask.name, mask.reads, mask.count) for mask in spans.masks(written)]
    assert found == masks
