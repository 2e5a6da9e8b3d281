"""A host that embeds with one line: `class EventCreate(GuardedEventMixin, CreateView)`."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from typing import Any

import altcha
import pytest
from django.contrib.auth.decorators import login_required
from django.core import mail
from django.http import HttpRequest
from django.test import Client
from django.urls import include, path
from django.utils import timezone
from django.views.generic import CreateView, UpdateView

from calguard import guard
from calguard.integrations.forms import GuardedFormMixin
from calguard.integrations.views import GuardedEventMixin
from calguard.models import Decision
from outbound.models import Hold, Submission
from tests.guard.events import LURE
from tests.hosts.plain.models import Event
from tests.hosts.plain.views import EventForm, calendar

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__), pytest.mark.usefixtures("templates")]

PAGE = """{% include "calguard/decision.html" with decision=calguard %}
<form method="post">{% csrf_token %}{{ form.as_div }}
{% include "calguard/challenge.html" with challenge=calguard.challenge %}<button>Send</button></form>"""


class GuardedForm(GuardedFormMixin, EventForm):
    pass


class Embedded(GuardedEventMixin):
    """The line, and what a host has to say."""

    model, form_class, template_name, success_url = Event, GuardedForm, "event.html", "/done/"
    request: HttpRequest

    def guard_content(self, form: Any) -> bytes:
        form.instance.owner = self.request.user
        return calendar(form.instance, "REQUEST")


class Create(Embedded, CreateView):  # type: ignore[type-arg]
    pass


class Update(Embedded, UpdateView):  # type: ignore[type-arg]
    def guard_previous(self, form: Any) -> bytes:
        return calendar(Event.objects.get(pk=form.instance.pk), "REQUEST")


class Drafts(Create):
    guard_saves_refused = True


urlpatterns = [
    path("new/", login_required(Create.as_view())),
    path("drafts/", login_required(Drafts.as_view())),
    path("<int:pk>/", login_required(Update.as_view())),
    path("calguard/", include("calguard.urls")),
]


@pytest.fixture
def templates(settings: Any) -> None:
    settings.TEMPLATES = deepcopy(settings.TEMPLATES)
    engine = settings.TEMPLATES[0]
    engine["APP_DIRS"] = False
    engine["OPTIONS"]["loaders"] = [
        ("django.template.loaders.locmem.Loader", {"event.html": PAGE}),
        "django.template.loaders.app_directories.Loader",
    ]


def browser(user: Any) -> Client:
    client = Client(
        headers={
            "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "accept-language": "en",
        }
    )
    client.force_login(user)
    return client


def fields(**changed: str) -> dict[str, str]:
    start = timezone.now().replace(microsecond=0) + timedelta(days=2)
    made = {"title": "Team lunch", "notes": "", "place": "Canteen", "guests": "ben@home.example"}
    times = {"starts_at": f"{start:%Y-%m-%d %H:%M}", "ends_at": f"{start + timedelta(hours=1):%Y-%m-%d %H:%M}"}
    return made | times | changed


def fill(client: Client, url: str = "/new/", **changed: str) -> dict[str, str]:
    """Open the page as a browser does, and type."""
    page = client.get(url).content.decode()
    nonce = re.search(r'name="calguard_form" value="([^"]+)"', page)
    assert nonce, page
    return fields(**changed) | {"calguard_form": nonce[1]}


def test_an_innocent_event_is_saved_and_sent(person: Callable[..., Any], work: Callable[[], None], clock: Any) -> None:
    client = browser(person())
    data = fill(client)
    clock.shift(20)
    response = client.post("/new/", data)
    assert response.status_code == 302, response.content
    event, submission = Event.objects.get(), Submission.objects.get()
    assert submission.reference == Decision.objects.get().reference == str(event.pk)
    work()
    assert [state.state for state in guard.guest_states(event.pk)] == ["sent"]


def test_an_update_is_judged_against_what_guests_have(
    person: Callable[..., Any], work: Callable[[], None], clock: Any
) -> None:
    client = browser(person())
    data = fill(client)
    clock.shift(20)
    client.post("/new/", data)
    event = Event.objects.get()
    data = fill(client, f"/{event.pk}/", place="Garden")
    clock.shift(20)
    assert client.post(f"/{event.pk}/", data).status_code == 302
    assert Submission.objects.filter(reference=str(event.pk)).count() == 2


@pytest.mark.requirement("R52")
def test_a_lure_is_kept_back_and_explained(person: Callable[..., Any], work: Callable[[], None], clock: Any) -> None:
    client = browser(person("x@free.example", days=0.1))
    data = fill(client, title=LURE, notes="Call now")
    clock.shift(20)
    response = client.post("/new/", data)
    decision = Decision.objects.get()
    assert decision.verdict >= guard.Verdict.HOLD
    work()
    assert [message for message in mail.outbox if "ben@home.example" in message.to] == []
    if response.status_code != 302:  # denied: the form is back, with everything typed
        assert decision.code in response.content.decode()
        assert Event.objects.count() == 0
    else:
        assert Event.objects.count() == 1


def refuse(client: Client, url: str) -> Any:
    """Nobody may organise in another's name (R08)."""
    Event.objects.all().delete()
    return client.post(url, fill(client, url))


@pytest.mark.requirement("R53")
def test_a_refused_form_comes_back_with_reasons_and_everything_typed(
    person: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = browser(person())
    monkeypatch.setattr(Embedded, "guard_content", _in_anothers_name)
    response = refuse(client, "/new/")
    page = response.content.decode()
    assert response.status_code == 422
    assert Event.objects.count() == 0
    assert 'role="alert"' in page
    assert 'data-code="organizer_not_yours"' in page
    assert "Team lunch" in page
    decision = Decision.objects.get()
    assert decision.code in page
    assert f"/calguard/explain/{decision.code}/" in page
    assert Submission.objects.get().state == Submission.State.REFUSED


def test_a_host_with_drafts_keeps_what_was_refused(person: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(person())
    monkeypatch.setattr(Embedded, "guard_content", _in_anothers_name)
    assert refuse(client, "/drafts/").status_code == 302
    assert Event.objects.count() == 1
    assert Submission.objects.get().state == Submission.State.REFUSED


def _in_anothers_name(self: Any, form: Any) -> bytes:
    form.instance.owner = self.request.user
    return calendar(form.instance, "REQUEST").replace(b"ada@clinic.example", b"somebody@bank.example")


def challenged(client: Client) -> tuple[dict[str, str], str]:
    """A form posted by a program gets a question; what was sent, and the page it got."""
    data = fields()
    response = client.post("/new/", data)  # never asked for the form
    page = response.content.decode()
    assert response.status_code == 403, page
    assert Event.objects.count() == 0
    return data, page


def solved(client: Client, page: str) -> str:
    url = re.search(r'challengeurl="([^"]+)"', page)
    assert url, page
    question = client.get(url[1]).json()
    found = altcha.solve_challenge(question["challenge"], question["salt"], "SHA-256", question["maxNumber"])
    assert found is not None
    answer = {key: question[key] for key in ("algorithm", "challenge", "salt", "signature")} | {"number": found.number}
    return base64.b64encode(json.dumps(answer).encode()).decode()


@pytest.mark.requirement("R55")
def test_a_challenge_keeps_the_form_and_lets_it_through_once_solved(
    person: Callable[..., Any], work: Callable[[], None]
) -> None:
    client = browser(person(days=10))
    data, page = challenged(client)
    assert "Team lunch" in page
    assert 'role="status"' in page
    answer = solved(client, page)
    response = client.post("/new/", data | {"altcha": answer})
    assert response.status_code == 302, response.content.decode()
    work()
    assert [message.to for message in mail.outbox if "ben@home.example" in message.to] == [["ben@home.example"]]


@pytest.mark.requirement("R55")
def test_the_answer_to_one_event_does_not_send_another(person: Callable[..., Any], work: Callable[[], None]) -> None:
    client = browser(person(days=10))
    data, page = challenged(client)
    answer = solved(client, page)
    other = client.post("/new/", data | {"altcha": answer, "title": "Another party"})
    assert other.status_code == 403
    more_guests = client.post("/new/", data | {"altcha": answer, "guests": "ben@home.example\nzoe@else.example"})
    assert more_guests.status_code == 403
    assert Event.objects.count() == 0


def test_those_whom_a_challenge_shuts_out_get_a_person(person: Callable[..., Any], work: Callable[[], None]) -> None:
    client = browser(person(days=10))
    data, _ = challenged(client)
    response = client.post("/new/", data | {"calguard_review": "1"})
    assert response.status_code == 302
    assert Hold.objects.filter(kind=Hold.Kind.REVIEW).count() == 1
    work()
    assert [message for message in mail.outbox if "ben@home.example" in message.to] == []


def test_a_program_that_posts_without_pause_is_told_to_wait(person: Callable[..., Any], settings: Any) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "RATE_LIMITS": {"write": "2/m"}}
    client = browser(person())
    answers = [client.post("/new/", {"title": ""}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert client.get("/new/").status_code == 200  # reading is not limited


def test_a_view_must_say_what_guests_would_get() -> None:
    class Unfinished(GuardedEventMixin):
        pass

    with pytest.raises(NotImplementedError, match=r"Unfinished\.guard_content"):
        Unfinished().guard_content(None)
