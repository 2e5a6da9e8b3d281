"""The form comes back with everything that was typed and ticked, and says what a browser cannot keep (R55)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django import forms
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import include, path

from calguard import challenge, client
from tests.guard.conftest import person, work
from tests.guard.test_challenge import solved
from tests.hosts.plain.models import Event
from tests.integrations.test_views import Create, GuardedForm, browser, fill, templates

__all__ = ["person", "templates", "work"]
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls(__name__),
    pytest.mark.usefixtures("templates"),
    pytest.mark.requirement("R55"),
]


class FullForm(GuardedForm):
    """A field of each kind that can be lost."""

    days = forms.MultipleChoiceField(
        choices=[("mo", "Monday"), ("tu", "Tuesday"), ("we", "Wednesday")], widget=forms.CheckboxSelectMultiple
    )
    colour = forms.ChoiceField(choices=[("r", "Red"), ("b", "Blue")], widget=forms.RadioSelect)
    rooms = forms.MultipleChoiceField(choices=[("1", "One"), ("2", "Two"), ("3", "Three")])
    public = forms.BooleanField(required=False)
    plan = forms.FileField(required=False)


class CreateFull(Create):
    form_class = FullForm


urlpatterns = [
    path("new/", login_required(CreateFull.as_view())),
    path("calguard/", include("calguard.urls")),
]


def test_every_field_is_kept_also_those_with_several_values(person: Callable[..., Any]) -> None:
    ada = browser(person(days=10))
    typed: dict[str, Any] = fill(ada, notes='Bring "<b>cake</b>" & 5 forks', place="Café №1\tleft")
    typed |= {"days": ["mo", "we"], "rooms": ["2", "3"], "colour": "b", "public": "on", client.HONEYPOT: "x"}
    answer = ada.post("/new/", typed)
    assert answer.status_code == 403
    form = answer.context["form"]
    shown = answer.content.decode()
    for name in ("title", "notes", "place", "guests"):
        assert form[name].value() == typed[name]
    assert "Bring &quot;&lt;b&gt;cake&lt;/b&gt;&quot; &amp; 5 forks" in shown
    assert shown.count("checked") == 2 + 1 + 1  # two days, one colour, public
    assert shown.count("selected") == 2
    assert not Event.objects.exists()
    answered = {**typed, "altcha": solved(answer.context["calguard"].challenge)}
    assert ada.post("/new/", answered).status_code == 302
    assert Event.objects.get().notes == typed["notes"]


def test_files_are_named_since_no_browser_keeps_them(person: Callable[..., Any]) -> None:
    ada = browser(person(days=10))
    typed: dict[str, Any] = fill(ada) | {"days": ["mo"], "rooms": ["1"], "colour": "r", client.HONEYPOT: "x"}
    plan = SimpleUploadedFile("seating <plan>.pdf", b"%PDF-1.7 ...", content_type="application/pdf")
    answer = ada.post("/new/", {**typed, "plan": plan})
    assert answer.status_code == 403
    assert answer.context["calguard"].challenge.files == ("seating <plan>.pdf",)
    shown = answer.content.decode()
    assert "Please choose again" in shown
    assert "seating &lt;plan&gt;.pdf" in shown
    assert "choose again" not in ada.post("/new/", typed).content.decode()


def test_what_was_wrong_is_said_in_the_summary_and_beside_the_check(person: Callable[..., Any]) -> None:
    ada = browser(person(days=10))
    typed: dict[str, Any] = fill(ada) | {"days": ["mo"], "rooms": ["1"], "colour": "r", client.HONEYPOT: "x"}
    first = ada.post("/new/", typed).content.decode()
    assert "complete the check" in first.lower()
    assert "calguard-check-said" not in first
    again = ada.post("/new/", {**typed, challenge.SHOWN_FIELD: "1"}).content.decode()
    said = "Please complete the check first, or send for review instead."
    assert f'<a href="#calguard-check">{said}</a>' in again
    assert f'id="calguard-check-said">{said}</p>' in again
    assert 'aria-describedby="calguard-check-said"' in again
