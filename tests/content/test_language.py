"""Telling that a text is in another language, and saying nothing where it cannot be told."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies

from calguard.content.language import language_of
from tests.support.growth import growth


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", ""),
        ("Lunch", ""),
        ("Standup 14:00 #4711", ""),
        ("Jour fixe Team Meeting Update", ""),  # names of meetings, the same everywhere
        ("Ana, Ben, Cleo, Dana, Emil, Fred", ""),
        ("Please see the agenda for the meeting and let us know", "en"),
        ("Wir treffen uns am Montag im Büro und gehen die Zahlen durch", "de"),
        ("Réunion de projet avec le client dans la salle du conseil", "fr"),
        ("Reunión con el equipo para revisar los planes de la semana", "es"),
        ("Reunião com a equipe para rever os planos que não estão no prazo", "pt"),
        ("Ci vediamo alla riunione con il cliente per il progetto della scuola", "it"),
        ("Wij zien je graag bij ons op de borrel van het team", "nl"),
        ("Zapraszamy na spotkanie z klientem i proszę o przygotowanie się do rozmowy", "pl"),
        ("Встреча с командой", "ru"),
        ("打ち合わせの件、よろしくお願いします", "ja"),
        ("项目 会议", "zh"),
        ("اجتماع الفريق", "ar"),
        ("Zoom Meeting 123 встреча", ""),  # mostly Latin, with too few small words
    ],
)
def test_languages(text: str, language: str) -> None:
    assert language_of(text) == language


@given(strategies.text())
def test_any_text_has_an_answer(text: str) -> None:
    assert language_of(text) == language_of(text)


def test_a_long_text_costs_as_much_as_its_beginning() -> None:
    text = "Wir treffen uns am Montag im Büro und gehen die Zahlen durch. " * 50
    assert growth(lambda times: language_of(text * times), 1, 20) <= 5
