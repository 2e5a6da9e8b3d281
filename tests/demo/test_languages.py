"""Almanac is English from head to foot; CalGuard's own pages are in the visitor's language from head to foot."""

from __future__ import annotations

import pytest
from django.utils import formats, translation
from selectolax.lexbor import LexborHTMLParser

from calguard.models import Decision
from demo.models import Event
from tests.demo.conftest import text_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R53")]

LURE = "PayPal: you were charged $499.99. Call +1 (888) 555-0143 to cancel"
WAITS = {
    "de": "warten darauf, dass ein Mensch sie ansieht",
    "fr": "attendent d'être examinées par une personne",
    "es": "esperan a que las revise una persona",
    "en-US": "waiting for a person to look at them",
}
ENGLISH = WAITS["en-US"]
FRAME = ("Month", "Outgoing mail", "Log out", "Skip to content", "Almanac is a demo calendar")
LANGUAGES = pytest.mark.parametrize("language", list(WAITS))


def whole(page: object) -> str:
    """Every word of a page, its frame included."""
    body = LexborHTMLParser(page.content).body  # type: ignore[attr-defined]
    assert body is not None
    return " ".join(body.text(separator=" ").split())


def lang(page: object) -> str:
    root = LexborHTMLParser(page.content).css_first("html")  # type: ignore[attr-defined]
    return str(root.attributes["lang"]) if root else ""


@LANGUAGES
def test_a_held_event_is_explained_in_the_visitors_language_and_in_no_other(ada, language):
    ada.client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    answer = ada.send("/events/new/", title=LURE, guests="sam@riverside-pharmacy.example")
    assert answer.status_code == 302, "and the times of the form are read whatever the language"
    assert Event.objects.get().title == LURE
    explained = ada.get(f"/guard/explain/{Decision.objects.get().code}/")
    assert WAITS[language] in whole(explained)
    spoken = language if language in ("de", "es", "fr") else "en-gb"
    assert lang(explained) == explained["Content-Language"] == spoken
    assert "Accept-Language" in explained["Vary"]
    assert [word for word in FRAME if word in whole(explained)] == (list(FRAME) if spoken == "en-gb" else [])


@LANGUAGES
def test_the_calendar_is_english_with_every_word_that_is_said_in_it(ada, language):
    ada.client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    answer = ada.send("/events/new/", title=LURE, guests="sam@riverside-pharmacy.example")
    page = ada.get(answer.url)
    assert ENGLISH in text_of(page)
    assert "Edit" in text_of(page)
    assert lang(page) == "en-gb"
    wrong = ada.send("/events/new/", title="", guests="sam@riverside-pharmacy.example")
    assert "This field is required." in text_of(wrong)
    shown = whole(page) + whole(wrong) + whole(ada.get("/calendar/")) + whole(ada.get("/list/"))
    others = [said for key, said in WAITS.items() if key != "en-US"]
    with translation.override("de"):
        others += ["Montag", "Dienstag", str(formats.date_format(Event.objects.get().starts_at, "l"))]
    assert [said for said in others if said in shown] == []
    edit = ada.get(f"/events/{Event.objects.get().pk}/edit/").content.decode()
    assert 'value="2026-' in edit, "a field of a time keeps the one format that browsers read"


def test_each_page_that_is_no_page_of_calguards_is_english(ada):
    ada.client.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    for path in ("/list/", "/inbox/", "/import/", "/account/", "/account/access/", "/shares/", "/mail/"):
        page = ada.get(path)
        assert (page.status_code, lang(page), page["Content-Language"]) == (200, "en-gb", "en-gb"), path
