"""Which words the text model sees, and which it must not."""

from __future__ import annotations

import pytest

from calguard.content.normalise import fold
from calguard.engine.wording import tokens


@pytest.mark.requirement("R40")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Dinner at ours", ["dinner", "at", "ours"]),
        ("See you https://us02web.zoom.us/j/84539221?pwd=a8f7d6s5a4f3d2s1q9w8e7r6", ["see", "you"]),
        ("https://meet.google.com/abc-defg-hij", []),
        ("https://the-orchard.example/menu", []),
        ("room 4, 10:30, 12.05.2026", ["room"]),
        ("write to ines@plumber.example soon", ["write", "to", "soon"]),
        ("<ines@plumber.example> ada@clinic.example, @home @@ ben@firm.example", ["home"]),
        (f"{'a' * 65}@b.example {'a' * 64}@b.example", ["\0long", "b", "example"]),
        (".box { margin-top: 4px; colour: red } Hello", ["box", "hello"]),
        ("9,50 €", ["\0money"]),
        ("会議室", ["会議", "議室"]),
        ("ประชุม", ["ปร", "ระ", "ะช", "ชุ", "ุม"]),
        ("मीटिंग है", ["मीटिंग", "है"]),
        ("خُذ الآن", ["خُذ", "الآن"]),
        ("", []),
        ("4711 - !!", []),
    ],
)
def test_what_says_nothing_is_not_seen(text: str, said: list[str]) -> None:
    assert tokens(fold(text).text) == said


@pytest.mark.requirement("R36")
@pytest.mark.parametrize(
    ("link", "seen"),
    [
        ("https://bit.ly/3xYz", ["\0linkshort"]),
        ("http://prizes.xyz/", ["\0linkcheap"]),
        ("http://203.0.113.7/a", ["\0linkbare"]),
        ("http://prizes.example/q8w7e6r5t4y3u2i1o0p9a8s7d6", ["\0linkrandom"]),
        ("hxxp://prizes.top/x", ["\0linkcheap"]),
    ],
)
def test_of_a_link_its_make_is_seen(link: str, seen: list[str]) -> None:
    assert tokens(fold(f"go {link} now").text) == ["go", *seen, "now"]


def test_a_word_too_long_for_any_language_is_one_of_many() -> None:
    assert tokens("a" * 400) == ["\0long"]
