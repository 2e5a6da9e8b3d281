"""Whole words, parts near each other, and every language's way of writing them."""

from __future__ import annotations

import pytest

from calguard.content.normalise import fold
from calguard.engine.lexicon import MAX_TEXT, Lexicon, bounded
from tests.support.growth import growth

WORDS = Lexicon(
    [
        ("a", "colis"),
        ("b", "your|your own ~ account ~ locked"),
        ("c", "退款"),
        ("d", "خصم"),
        ("e", "काट"),
        ("f", "$"),
        ("g", "списано"),
        ("h", "überweisung"),
    ]
)


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("the coliseum", ""),
        ("un colis arrive", "a"),
        ("colis.", "a"),
        ("précolis", ""),
        ("your account is locked", "b"),
        ("locked is your account", "b"),
        ("your account " + "some other words " * 8 + "locked", ""),
        ("account locked", ""),
        ("请办理退款手续", "c"),
        ("تم خصم المبلغ", "d"),
        ("مخصمها", ""),
        ("पैसे काट लिए", "e"),
        ("काटा", ""),
        ("pay $40", "f"),
        ("было списано", "g"),
        ("Überweisung bitte", "h"),
        ("uberweisung bitte", "h"),
        ("", ""),
    ],
)
def test_words(text: str, roles: str) -> None:
    assert "".join(hit.role for hit in WORDS.find(fold(text).text)) == roles


def test_where_it_stands() -> None:
    hit = WORDS.find("see: your account was locked now")[0]
    assert "see: your account was locked now"[hit.start : hit.end] == "your account was locked"


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(
    ("piece", "end"), [("your account ", ""), ("colis ", ""), ("$", ""), ("your account ", "locked ")]
)
def test_no_text_makes_it_slow(piece: str, end: str) -> None:
    """Linear up to the longest text that is read, and not dearer beyond."""
    most = MAX_TEXT // len(piece + end)
    assert growth(lambda count: WORDS.find(piece * count + end * count), most // 8, 8) <= 3 * 8
    assert growth(lambda count: WORDS.find(bounded(piece * count + end * count)), most, 5) <= 2


@pytest.mark.requirement("R49")
def test_a_long_text_keeps_head_middle_and_tail() -> None:
    text = "head " + "x " * MAX_TEXT + " middle " + "x " * MAX_TEXT + " tail"
    kept = bounded(text)
    assert len(kept) <= MAX_TEXT + 2
    assert kept.startswith("head")
    assert "middle" in kept
    assert kept.endswith("tail")
    assert bounded("short") == "short"


@pytest.mark.parametrize(
    "text",
    [
        "arm, charm; alarms (arm) arm-chair",
        "call now! callnow call,now call  now recall now",
        "50% off, us$ 5, $$, not you?not you? % off",
        "arm",
        "",
    ],
)
def test_a_text_in_ascii_says_what_it_says_beside_a_foreign_letter(text: str) -> None:
    """Two machines look for the same words; a letter far away changes which of them is asked."""
    found = Lexicon(("role", word) for word in ("arm", "call now", "$", "us$", "50%", "not you?", "% off", "now"))
    assert [*found.each(text)] == [*found.each(f"{text} ж")]
    assert found.find(text) == found.find(f"{text} ж")


@pytest.mark.parametrize(
    "texts",
    [
        ["un colis arrive", "your account is", "locked"],
        ["your own", "account was locked", "your account was locked, $ 5"],
        ["colis", "", "a", "colis"],
        ["locked"],
    ],
)
def test_many_texts_in_one_pass_say_what_each_says_alone(texts: list[str]) -> None:
    found = WORDS.places_in(texts)
    assert found
    whole, each = found
    assert WORDS.among(whole) == WORDS.find(" ".join(texts))
    assert [WORDS.among(places) for places in each] == [WORDS.find(text) for text in texts]


@pytest.mark.parametrize("texts", [["退款", "your account"], ["colis " * 100], ["x" * MAX_TEXT, "colis"]])
def test_what_reads_otherwise_beside_others_is_not_read_in_one_pass(texts: list[str]) -> None:
    assert WORDS.places_in(texts) is None


def test_phrases_may_be_asked_for_by_number() -> None:
    places = WORDS.places("un colis: your account is locked")
    colis, locked = WORDS.among(places)
    assert WORDS.among(places, {locked.number}) == [locked]
    assert WORDS.among(places, ()) == []
    assert colis.role == "a"
