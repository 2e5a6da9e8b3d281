"""Numbers spelt out in the twelve languages, and words that are only words (R30)."""

from __future__ import annotations

import pytest

from calguard.content.normalise import fold
from calguard.content.reader import read, read_text
from calguard.content.spoken import find_spoken


@pytest.mark.parametrize(
    "text",
    [
        "one or two, three at most, four five six",
        "um, dois, três e já!",
        "eins zwei drei, vier gewinnt",
        "un deux trois soleil",
        "二〇二六年一月一日",
        "一二三四五六七八九",
        "раз два три, и пошли",
        "एक दो तीन चार",
    ],
)
def test_counting_is_no_number(text: str) -> None:
    assert find_spoken(fold(text).text, "X") == []


@pytest.mark.requirement("R30")
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("call one eight hundred five five five zero one nine nine", "+18005550199"),
        ("null drei null neun null eins acht zwei null", "030901820"),
        ("zéro un quatre deux six huit cinq trois zéro zéro", "0142685300"),
        ("cero nueve uno dos tres cuatro cinco seis siete ocho", "0912345678"),
        ("zero um um três zero zero três um dois três quatro", "01130031234"),
        ("zero sei sei nove otto due uno due tre quattro", "0669821234"),
        ("nul twee nul zeven negen vier nul acht nul nul", "0207940800"),
        ("お電話は〇三六七四三五〇〇〇まで", "0367435000"),
        ("请打零一零八八八八六六六七", "01088886667"),
        ("صفر أربعة واحد اثنان ثلاثة أربعة خمسة ستة سبعة", "041234567"),
        ("ноль восемь четыре девять пять один два три четыре", "084951234"),
        ("शून्य दो दो छह सात आठ नौ एक दो तीन चार", "02267891234"),
    ],
)
def test_numbers_in_words(text: str, number: str) -> None:
    assert [phone.number for phone in find_spoken(fold(text).text, "X")] == [number]


@pytest.mark.requirement("R33")
def test_a_number_hidden_in_markup_is_read() -> None:
    page = '<html><body><p>Agenda</p><div style="display:none">Call +1 805 302 8040</div></body></html>'
    html = read_text({"X-ALT-DESC": page}, html=frozenset({"X-ALT-DESC"}))
    assert [phone.number for phone in html.phones] == ["+18053028040"]


def test_plain_notes_have_none() -> None:
    made = read(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:One to one\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    assert made.phones == ()
