"""Ways to store a calendar object that do not call it one."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from calguard.models import Decision
from tests.guard.events import invitation
from tests.integrations.test_middleware import dav, urlpatterns  # noqa: F401  the paths of its hosts

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.integrations.test_middleware"),
    pytest.mark.usefixtures("dav"),
    pytest.mark.requirement("R07"),
]


def put(user: Any, url: str, body: bytes, **extra: Any) -> int:
    client = Client()
    client.force_login(user)
    return client.generic("PUT", url, body, **extra).status_code


def stolen() -> bytes:
    return invitation(organizer="ceo@bank.example")


TYPES = ["application/octet-stream", "text/plain", "", "text/vcard", "TEXT/Calendar", "application/json", "text/xml"]


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize("url", ["/stream/evil", "/stream/evil.txt", "/stream/a.ics.bak"])
def test_neither_name_nor_type_hides_an_event(person: Any, url: str, content_type: str) -> None:
    assert put(person(), url, stolen(), content_type=content_type) == 403


@pytest.mark.parametrize("body", [stolen().decode().encode("utf-16"), b"\r\n\xef\xbb\xbf" + stolen(), stolen().lower()])
def test_nor_does_an_encoding(person: Any, body: bytes) -> None:
    put(person(), "/stream/evil", body, content_type="application/octet-stream")
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("url", ["/.//stream/a.ics", "/./stream/a.ics", "/x/../stream/a.ics", "/stream//a.ics"])
def test_nor_does_the_spelling_of_the_path(person: Any, url: str, rf: Any) -> None:
    from calguard.integrations import middleware

    assert middleware._concerned(rf.generic("PUT", url, stolen(), content_type="text/calendar"))


@pytest.mark.parametrize("url", ["/streams/a.ics", "/who/stream/a.ics"])
def test_other_paths_stay_other_paths(person: Any, url: str, rf: Any) -> None:
    from calguard.integrations import middleware

    assert not middleware._concerned(rf.generic("PUT", url, stolen(), content_type="text/calendar"))


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("text/vcard", b"BEGIN:VCARD\r\nFN:Ada\r\nEND:VCARD\r\n"), ("image/png", b"\x89PNG"), ("text/plain", b"notes")],
)
def test_what_is_no_event_is_stored_unjudged_and_whole(person: Any, content_type: str, body: bytes) -> None:
    client = Client()
    client.force_login(person())
    response = client.generic("PUT", "/stream/card", body, content_type=content_type)
    assert (response.status_code, response.content) == (201, body)
    assert Decision.objects.count() == 0
