"""Everything people are told is there in German, French and Spanish, and fits what the code puts into it (R53)."""

from __future__ import annotations

import re
from collections import Counter
from itertools import product
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from django.utils import translation
from django.utils.translation import trans_real

from calguard import challenge, notices, reasons, standing
from tests.support import messages

pytestmark = pytest.mark.requirement("R53")

PLACEHOLDER = re.compile(r"%\([a-z_]+\)[a-z]|%[a-z]")
TAG = re.compile(r"</?[a-z]+[^>]*>")
SAME = {  # the same word in that language, or no words
    "de": {"Event:", "%(name)s via %(service)s"},
    "es": set(),
    "fr": {"%(name)s via %(service)s", "Notes"},
}
TEMPLATES = messages.ROOT / "calguard" / "templates" / "calguard"


def every(language: str) -> list[Message]:
    return [message for message in messages.read(language) if message.id]


def forms(message: Message) -> list[tuple[str, str]]:
    """Each translated string with the English one it stands for."""
    if isinstance(message.id, str):
        return [(message.id, str(message.string))]
    one, many = message.id
    return [(one, message.string[0]), *((many, string) for string in message.string[1:])]


def pairs() -> list[tuple[str, Message]]:
    return [(language, message) for language in messages.LANGUAGES for message in every(language)]


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_message_of_the_code_is_translated(language: str) -> None:
    """Else run `make messages`, and translate what it names."""
    assert messages.missing(messages.read(language), messages.extracted()) == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_nothing_is_kept_that_nobody_says(language: str) -> None:
    said = {(message.id, message.context) for message in messages.extracted() if message.id}
    assert [message.id for message in every(language) if (message.id, message.context) not in said] == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_what_django_loads_is_what_was_written(language: str) -> None:
    path = messages.catalogue_file(language)
    assert path.with_suffix(".mo").read_bytes() == messages.compiled(messages.read(language))
    assert path.read_bytes() == messages.written(messages.read(language)), "not as `make messages` writes it"


def test_each_has_the_same_places_for_what_is_put_in() -> None:
    odd = [
        (language, english)
        for language, message in pairs()
        for english, other in forms(message)
        if Counter(PLACEHOLDER.findall(english)) != Counter(PLACEHOLDER.findall(other))
    ]
    assert odd == []


def test_each_has_the_same_markup_and_the_same_line_ends() -> None:
    for language, message in pairs():
        for english, other in forms(message):
            assert TAG.findall(english) == TAG.findall(other), (language, english)
            assert english.count("\n") == other.count("\n"), (language, english)
            assert (english[:1] == "\n", english[-1:] == "\n") == (other[:1] == "\n", other[-1:] == "\n")


def test_each_is_in_another_language_than_english() -> None:
    same = [
        (language, english)
        for language, message in pairs()
        for english, other in forms(message)
        if english == other and english not in SAME[language] and len(PLACEHOLDER.sub("", english)) > 6
    ]
    assert same == []


def test_each_ends_as_its_english_does() -> None:
    """A sentence is a sentence, a label a label, and nothing was cut off."""
    for language, message in pairs():
        for english, other in forms(message):
            if not other:
                continue  # another test says so
            assert english[-1:] in ".:…?" or other[-1:] not in ".:…?", (language, english)
            assert english[-1:] not in ".:…?" or other[-1:] == english[-1:], (language, english)


def test_french_keeps_its_signs_on_the_line() -> None:
    """The space before them never breaks."""
    assert [other for message in every("fr") for _, other in forms(message) if re.search(r" [:;!?»]|« ", other)] == []


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("de", 1, "1 Gast"),
        ("de", 2, "2 Gäste"),
        ("de", 0, "0 Gäste"),
        ("fr", 0, "0 invité"),
        ("fr", 1, "1 invité"),
        ("fr", 2, "2 invités"),
        ("es", 1, "1 invitado"),
        ("es", 0, "0 invitados"),
    ],
)
def test_one_and_many_are_told_as_the_language_counts(language: str, count: int, said: str) -> None:
    with translation.override(language):
        assert translation.ngettext("%(guests)s guest", "%(guests)s guests", count) % {"guests": count} == said


def test_an_austrian_a_canadian_and_a_mexican_are_understood() -> None:
    for variant, language in {"de-at": "de", "fr-ca": "fr", "es-mx": "es"}.items():
        with translation.override(language):
            known = reasons.headline(reasons.Verdict.DENY)
        with translation.override(variant):
            assert reasons.headline(reasons.Verdict.DENY) == known != "Your invitations were not sent"


# What would blame the reader, or tell how the check works, per language; parts of words.
NEVER = {
    "en": ("spam", "fraud", "abus", "score", " points", " rule", "threshold", "suspicious", "detect", "honeypot"),
    "de": ("spam", "betrug", "betrüg", "missbrauch", "verdächtig", "verdacht", "punkt", "regel", "schwelle", "falle"),
    "fr": (
        "spam",
        "fraud",
        "abus",
        "score",
        "points",
        "règle ",
        "règles",
        "seuil",
        "suspect",
        "détect",
        "piège",
    ),
    "es": ("spam", "fraud", "abus", "puntos", "puntua", "regla", "umbral", "sospech", "detect", "trampa", "estafa"),
}


@pytest.mark.parametrize("language", sorted(NEVER))
def test_no_text_blames_or_gives_the_check_away_in_any_language(language: str) -> None:
    tables = (
        reasons.TEXTS,
        reasons.HEADLINES,
        reasons.NEXT_STEPS,
        reasons.OUTCOMES,
        reasons.PROGRESS,
        standing.TEXTS,
        challenge.PROBLEMS,
    )
    with translation.override(language):
        said = [str(text).lower() for table in tables for text in table.values()]
    found = [(word, text) for word, text in product(NEVER[language], said) if word in text]
    assert found == []
    assert [text for text in said if re.search(r"\d", text)] == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_no_message_at_all_speaks_of_spam_scores_or_thresholds(language: str) -> None:
    words = [word for word in NEVER[language] if word not in {"points", "punkt"}]
    found = [
        (word, other)
        for message in every(language)
        for _, other in forms(message)
        for word in words
        if word in other.lower()
    ]
    assert found == []


def visible(text: str) -> str:
    """What of a template's source a reader sees, without what is translated."""
    text = re.sub(r"(?s){% comment %}.*?{% endcomment %}|{#.*?#}", " ", text)
    text = re.sub(r"(?s){% blocktrans(?:late)?\b.*?{% endblocktrans(?:late)? %}", " ", text)
    text = re.sub(r"(?s){%.*?%}|{{.*?}}", " ", text)
    text = re.sub(r"(?s)<(?:script|style)\b.*?</(?:script|style)>|<!.*?>|<[^>]*>", " ", text)
    return re.sub(r"&[a-z]+;", " ", text)


def pages() -> list[Path]:
    own = [path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt"}]
    return sorted(path for path in own if path.parent.name != "review" and path.stem not in notices.STAFF)


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.stem)
def test_no_page_or_mail_to_users_has_words_outside_the_catalogues(path: Path) -> None:
    assert re.findall(r"[A-Za-z]{2,}", visible(path.read_text(encoding="utf-8"))) in ([], ["UTC"])


def test_the_tool_finds_what_stands_in_code_and_in_templates() -> None:
    found = {message.id: message for message in messages.extracted() if message.id}
    assert [place for place, _ in found["the title"].locations] == ["calguard/reasons.py"]
    assert [place for place, _ in found["Send for review instead"].locations] == [
        "calguard/templates/calguard/challenge.html"
    ]
    assert ("%(guests)s guest", "%(guests)s guests") in found


def test_the_tool_keeps_what_was_translated_and_guesses_nothing() -> None:
    template = messages.extracted()
    old = messages.read("de")
    again = messages.updated("de", template)
    assert {m.id: m.string for m in again if m.id} == {m.id: m.string for m in old if m.id in template and m.id}
    lacking = messages.missing(old, template)
    template.add("Nobody has said this before")
    assert messages.missing(messages.updated("de", template), template) == [*lacking, "Nobody has said this before"]


def test_catalogues_are_loaded_with_the_app() -> None:
    catalogue = trans_real.DjangoTranslation("de")
    assert catalogue.gettext("One short check before this is sent").startswith("Eine kurze Prüfung")
