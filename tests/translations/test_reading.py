"""A German, a French and a Spanish user are told what was decided in their language: form, page, mail and API (R53)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.decorators import login_required
from django.core import mail
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils import translation

from calguard import client, guard, host
from calguard.integrations import rest
from tests.guard.conftest import person, work
from tests.guard.events import LURE, invitation
from tests.integrations.test_views import Create, fill, templates

__all__ = ["person", "templates", "work"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls(__name__),
    pytest.mark.usefixtures("templates"),
    pytest.mark.requirement("R53"),
]
FREE = "x@free.example"
HELD = {
    "de": "Ihre Einladungen warten darauf, dass ein Mensch sie ansieht",
    "fr": "Vos invitations attendent d'être examinées par une personne",
    "es": "Sus invitaciones esperan a que las revise una persona",
}
ASKED = {
    "de": "Eine kurze Prüfung, bevor dies gesendet wird",
    "fr": "Une courte vérification avant l'envoi",
    "es": "Una breve comprobación antes de enviar",
}
LANGUAGES = pytest.mark.parametrize("language", ["de", "fr", "es"])


class Speaking(host.Host):
    """A host that knows its users' language."""

    language = "de"

    def facts(self, account: str, user: Any = None) -> host.AccountFacts:
        from dataclasses import replace

        return replace(super().facts(account, user), language=self.language)


def api(request: HttpRequest) -> HttpResponse:
    with guard.sending(request.user, request.body, channel="api", request=request) as decision:
        pass
    return rest.problem(decision) if not decision.may_send else HttpResponse(status=204)


urlpatterns = [
    path("new/", login_required(Create.as_view())),
    path("api/", api),
    path("calguard/", include("calguard.urls")),
]


def reader(user: Any, language: str) -> Client:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    made = Client(headers={"user-agent": agent, "accept-language": f"{language}-XX,{language};q=0.9,en;q=0.5"})
    made.force_login(user)
    return made


def plain(response: Any) -> str:
    return str(response.content.decode().replace("&#x27;", "'").replace("\u00a0", " "))


@LANGUAGES
def test_the_form_comes_back_with_the_reason_and_the_place(person: Callable[..., Any], language: str) -> None:
    ada = reader(person(days=10), language)
    answer = ada.post("/new/", fill(ada) | {client.HONEYPOT: "x"})
    shown = plain(answer)
    assert answer.status_code == 403
    assert ASKED[language] in shown
    assert f'<section lang="{language}"' in shown
    with translation.override(language):
        assert f"<legend>{translation.gettext('Check')}</legend>" in shown
    for english in ("One short check", "Nothing you wrote", "The check needs", "Send for review"):
        assert english not in shown


@LANGUAGES
def test_the_page_of_a_decision_speaks_the_readers_language(person: Callable[..., Any], language: str) -> None:
    user = person(FREE, days=0.1)
    with guard.sending(user, invitation(organizer=FREE, summary=LURE)) as decision:
        pass
    response = reader(user, language).get(f"/calguard/explain/{decision.reference}/")
    shown = plain(response)
    assert HELD[language] in shown
    assert f'<html lang="{language}"' in shown
    place = {"de": "(der Titel", "fr": "(le titre", "es": "(el título"}[language]
    assert place in shown
    for english in ("Reference", "What happens now", "What should we know", "No person has looked", "Send to a person"):
        assert english not in shown


@LANGUAGES
def test_the_mail_speaks_the_language_that_the_host_knows_of_its_owner(
    person: Callable[..., Any], work: Callable[[], None], settings: Any, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setattr(Speaking, "language", language)
    settings.CALGUARD = {**settings.CALGUARD, "HOST": f"{__name__}.Speaking"}
    user = person(FREE, days=0.1)
    with guard.sending(user, invitation(organizer=FREE, summary=LURE), channel="caldav") as decision:
        pass
    guard.confirm(decision)
    work()
    [told] = [message for message in mail.outbox if message.to == [FREE]]
    greeting = {"de": "Guten Tag", "fr": "Bonjour", "es": "Hola"}[language]
    assert told.body.startswith(greeting)
    for english in ("Hello", "Why:", "Reference", "Read more"):
        assert english not in told.body


@LANGUAGES
def test_the_document_of_an_api_speaks_it_too_and_its_codes_do_not(person: Callable[..., Any], language: str) -> None:
    user = person(FREE, days=0.1)
    body = invitation(organizer=FREE, summary=LURE)
    answer = reader(user, language).post("/api/", body, content_type="text/calendar")
    document = json.loads(answer.content)
    assert answer["Content-Type"].startswith("application/problem+json")
    assert answer["Content-Language"] == language
    assert document["title"].replace("\u00a0", " ") == HELD[language]
    codes = {reason["code"] for reason in document["reasons"]}
    body = invitation(organizer="y@free.example", summary=LURE)
    other = reader(person("y@free.example", days=0.1), "en")
    english = json.loads(other.post("/api/", body, content_type="text/calendar").content)
    assert document["code"] == english["code"]
    assert codes == {reason["code"] for reason in english["reasons"]}
    assert document["reasons"][0]["text"] != english["reasons"][0]["text"]


def test_whoever_reads_none_of_them_is_told_in_english(person: Callable[..., Any]) -> None:
    user = person(FREE, days=0.1)
    with guard.sending(user, invitation(organizer=FREE, summary=LURE)) as decision:
        pass
    assert "waiting for a person" in plain(reader(user, "zu").get(f"/calguard/explain/{decision.reference}/"))


@LANGUAGES
def test_the_words_of_the_challenge_that_a_script_shows_are_translated(language: str) -> None:
    from calguard import challenge

    with translation.override(language):
        offered = challenge.offer(account="auth.user:1", content_hash="c" * 64, guests_hash="g" * 64)
    strings = json.loads(str(offered.context["strings"]))
    assert "program" in strings["label"].lower()
    assert strings["label"] != "I am not a program"
