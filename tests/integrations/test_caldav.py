"""What CalDAV clients are told: refusals as preconditions, and a status for each guest (RFC 4791, RFC 6638)."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from calguard import guard, standing
from calguard.integrations import caldav
from calguard.models import Decision
from outbound.models import Submission
from tests.guard.events import LURE, invitation
from tests.guard.test_check import to_guests


@pytest.mark.requirement("R07")
@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("waiting", "1.0"),
        ("queued", "1.0"),
        ("review", "1.0"),  # held
        ("challenge", "1.0"),
        ("sent", "1.1"),
        ("delivered", "1.2"),
        ("delayed", "1.0"),  # it goes by itself: a client that read "could not be delivered" would send it again
        ("paused", "1.0"),  # until what stands against the account has ended
        ("checking", "1.0"),
        ("failed", "5.1"),
        ("expired", "5.1"),
        ("refused", "5.3"),  # denied
        ("unknown_user", "3.7"),
    ],
)
def test_each_state_has_a_status(state: str, status: str) -> None:
    assert caldav.schedule_status(state) == status
    assert caldav.schedule_status(SimpleNamespace(state=state)) == status


def test_no_state_of_a_guest_is_without_a_status() -> None:
    assert all(caldav.schedule_status(state) for state in standing.TEXTS)


def test_a_state_nobody_knows_is_an_error() -> None:
    with pytest.raises(ValueError, match="unknown guest state 'lost'"):
        caldav.schedule_status("lost")


@caldav.guarded
def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.body, status=int(request.headers.get("X-Status", "201")))


def put(user: Any, body: bytes, **headers: str) -> HttpResponse:
    request = RequestFactory().put("/dav/a.ics", body, content_type="text/calendar", headers=headers)
    request.user = user
    return view(request)


@pytest.mark.requirement("R07")
@pytest.mark.django_db(transaction=True)
def test_a_decorated_view_stores_what_may_be_sent(person: Callable[..., Any]) -> None:
    body = invitation()
    response = put(person(), body)
    assert (response.status_code, response.content) == (201, body)
    assert Submission.objects.get().state == "accepted"


@pytest.mark.django_db(transaction=True)
def test_a_decorated_view_does_not_see_what_is_refused(person: Callable[..., Any]) -> None:
    response = put(person(), invitation(organizer="ceo@bank.example"))
    assert response.status_code == 403
    assert b"allowed-organizer-scheduling-object-change" in response.content


@pytest.mark.django_db(transaction=True)
def test_what_is_held_shows_as_pending(person: Callable[..., Any]) -> None:
    body = invitation(organizer="x@free.example", summary=LURE)
    response = put(person("x@free.example", days=0.1), body)
    assert [caldav.schedule_status(state) for state in guard.guest_states("/dav/a.ics")] == (
        ["1.0"] if response.status_code == 201 else ["5.3"]
    )


@pytest.mark.django_db(transaction=True)
def test_what_the_view_does_not_store_is_not_sent(person: Callable[..., Any]) -> None:
    assert put(person(), invitation(), **{"X-Status": "412"}).status_code == 412
    assert Submission.objects.get().state == "withdrawn"


@pytest.mark.parametrize("said", ["a < b & c", "\x00\x0b", "</D:error>"])
def test_no_text_breaks_the_answer(said: str) -> None:
    from xml.etree import ElementTree as ET

    assert ET.fromstring(caldav.error(403, "{urn:x}y", said).content).find("{urn:x}y") is not None


def stored(**event: Any) -> bytes:
    """As a client stores an event: without METHOD (RFC 4791 4.1)."""
    return invitation(**event).replace(b"METHOD:REQUEST\r\n", b"")


@pytest.mark.requirement("R07")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "event",
    [
        {"guests": ()},  # a note to oneself
        {"guests": (), "summary": LURE},
        {"organizer": "boss@firm.example", "guests": ("ada@clinic.example", "ben@home.example")},  # a guest's copy
    ],
)
def test_what_invites_nobody_is_not_judged(person: Callable[..., Any], event: dict[str, Any]) -> None:
    assert put(person(), stored(**event)).status_code == 201
    assert not Submission.objects.exists()


@pytest.mark.requirement("R07")
@pytest.mark.django_db(transaction=True)
def test_an_organisers_object_invites_its_guests(person: Callable[..., Any]) -> None:
    user = person()
    assert put(user, stored()).status_code == 201
    assert Submission.objects.get().method == "REQUEST"
    assert put(user, stored(organizer="boss@firm.example")).status_code == 403, "nobody's guest, and not its organiser"


@pytest.mark.requirement("R01")
@pytest.mark.django_db(transaction=True)
def test_an_objects_invitations_are_mailed_by_us_or_by_the_host_and_never_by_both(
    person: Callable[..., Any], settings: Any, work: Callable[[], None]
) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "GUARDED_PATHS": ("/calendar/dav/",)}
    user = person()
    client = Client()
    client.force_login(user)
    body = stored()
    assert client.put("/calendar/dav/a.ics", body, content_type="text/calendar").status_code == 201
    work()
    assert to_guests() == [], "a host with settings only mails its guests itself"
    mail = EmailMessage("Invitation", "See you", "calendar@calendar.example", ["ben@home.example"])
    mail.attach("invite.ics", body.replace(b"VERSION", b"METHOD:REQUEST\r\nVERSION", 1), "text/calendar")
    assert mail.send() == 1
    assert Decision.objects.count() == 1, "what was judged when it was stored is not judged again"
