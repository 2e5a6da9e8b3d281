"""Around the request of a host that knows nothing of CalGuard: judged first, recorded last, never a 500."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.db import DatabaseError, connections, transaction
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from calguard import alarm, current, guard
from calguard.conf import conf
from calguard.integrations import caldav, middleware
from calguard.models import Decision
from outbound.models import Submission
from tests.guard.events import LURE, invitation
from tests.hosts.plain.models import StoredObject

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__), pytest.mark.usefixtures("dav")]

ICAL = "text/calendar; charset=utf-8"
D, C, G = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}", "{urn:calguard:caldav}"


@csrf_exempt
def proxy(request: HttpRequest, name: str) -> HttpResponse:
    """A view that hands the raw stream on to a CalDAV server behind it."""
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    return HttpResponse(request.META["wsgi.input"].read(length), status=201, content_type="text/calendar")


@csrf_exempt
def streaming(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(b"".join(iter(lambda: request.read(100), b"")), status=201)


@csrf_exempt
def failing(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(status=507)


@csrf_exempt
def rolled_back(request: HttpRequest, name: str) -> HttpResponse:
    """Asks the guard, and then loses everything it wrote."""
    with transaction.atomic():
        guard.check(request.user, request.body, request=request)
        transaction.set_rollback(True)
    return HttpResponse("lost")


@csrf_exempt
def crashing(request: HttpRequest, name: str) -> HttpResponse:
    with transaction.atomic():
        guard.check(request.user, request.body, request=request)
        raise RuntimeError("the host's own mistake")


@transaction.non_atomic_requests
@csrf_exempt
async def asynchronous(request: HttpRequest, name: str) -> HttpResponse:
    user = await request.auser()
    decision = await guard.acheck(user, request.body, request=request)
    here = current.current()
    return HttpResponse(f"{decision.verdict.name} {here is not None and here.request is request}")


@csrf_exempt
def who(request: HttpRequest, name: str) -> HttpResponse:
    here = current.current()
    return HttpResponse(str(here is not None and here.request is request))


urlpatterns = [
    path("calendar/", include("tests.hosts.plain.urls")),
    path("proxy/<str:name>", proxy),
    path("stream/<str:name>", streaming),
    path("failing/<str:name>", failing),
    path("open/<str:name>", login_required(rolled_back)),
    path("crash/<str:name>", crashing),
    path("async/<str:name>", asynchronous),
    path("who/<str:name>", who),
    path("calguard/", include("calguard.urls")),
]


@pytest.fixture
def dav(settings: Any) -> None:
    paths = ("/calendar/dav/", "/proxy/", "/stream/", "/failing/")
    settings.CALGUARD = {**settings.CALGUARD, "GUARDED_PATHS": paths, "DISPATCH": "host"}


def signed_in(user: Any, **options: Any) -> Client:
    client = Client(
        headers={"user-agent": "DAVx5/4.4.4-ose (2025/01/01; dav4jvm; okhttp/4.12.0) Android/15"}, **options
    )
    client.force_login(user)
    return client


def stolen() -> bytes:
    """An event in somebody else's name: refused for every account (R08)."""
    return invitation(organizer="ceo@bank.example")


@pytest.mark.requirement("R07")
def test_an_innocent_put_is_stored_byte_for_byte_and_may_be_sent(person: Callable[..., Any]) -> None:
    body = invitation()
    response = signed_in(person()).put("/calendar/dav/a.ics", body, content_type=ICAL)
    assert response.status_code == 201
    assert bytes(StoredObject.objects.get().body) == body
    submission = Submission.objects.get()
    assert (submission.state, submission.channel) == ("accepted", "caldav")


@pytest.mark.requirement("R07")
def test_a_refused_put_never_reaches_the_view(person: Callable[..., Any]) -> None:
    response = signed_in(person()).put("/calendar/dav/a.ics", stolen(), content_type=ICAL)
    assert response.status_code == 403
    assert response["Content-Type"].startswith("application/xml")
    assert StoredObject.objects.count() == 0
    root = ET.fromstring(response.content)
    decision = Decision.objects.get()
    assert root.tag == f"{D}error"
    assert root.find(f"{C}allowed-organizer-scheduling-object-change") is not None
    assert "organiser" in (root.findtext(f"{D}responsedescription") or "")
    ours = root.find(f"{G}refused")
    assert ours is not None
    assert ours.get("reference") == decision.code
    assert [reason.get("code") for reason in ours] == ["organizer_not_yours"]
    assert Submission.objects.get().state == "refused"


def test_a_refused_post_is_an_invalid_organiser(person: Callable[..., Any]) -> None:
    response = signed_in(person()).post("/calendar/dav/outbox", stolen(), content_type=ICAL)
    assert response.status_code == 403
    assert ET.fromstring(response.content).find(f"{C}valid-organizer") is not None


def test_a_lure_is_stored_and_waits(person: Callable[..., Any]) -> None:
    user = person("x@free.example", days=0.1)
    body = invitation(organizer="x@free.example", summary=LURE)
    response = signed_in(user).put("/calendar/dav/a.ics", body, content_type=ICAL)
    assert Decision.objects.get().verdict >= guard.Verdict.HOLD
    if response.status_code == 201:  # held, not denied: one's own calendar harms nobody
        assert Submission.objects.get().holds.exists()


@pytest.mark.parametrize("where", ["proxy", "stream"])
def test_a_view_reads_the_body_in_its_own_way(person: Callable[..., Any], where: str) -> None:
    body = invitation()
    response = signed_in(person()).put(f"/{where}/a.ics", body, content_type=ICAL)
    assert response.content == body
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("where", ["proxy", "stream"])
def test_what_a_proxy_would_pass_on_is_refused_before_it(person: Callable[..., Any], where: str) -> None:
    assert signed_in(person()).put(f"/{where}/a.ics", stolen(), content_type=ICAL).status_code == 403


def test_what_the_view_would_not_store_is_not_sent(person: Callable[..., Any]) -> None:
    assert signed_in(person()).put("/failing/a.ics", invitation(), content_type=ICAL).status_code == 507
    assert Submission.objects.get().state == "withdrawn"


@pytest.mark.parametrize(
    ("method", "url", "content_type"),
    [
        ("get", "/calendar/dav/a.ics", ICAL),
        ("put", "/who/a.ics", ICAL),  # no guarded path
        ("put", "/stream/a.vcf", "text/vcard"),
        ("post", "/stream/report", "application/xml"),
    ],
)
def test_other_requests_are_not_judged(person: Callable[..., Any], method: str, url: str, content_type: str) -> None:
    signed_in(person()).generic(method.upper(), url, stolen(), content_type=content_type)
    assert Decision.objects.count() == 0


@pytest.mark.parametrize("content_type", [ICAL, "application/octet-stream", "text/plain"])
def test_a_name_ending_in_ics_is_an_event_whatever_it_calls_itself(
    person: Callable[..., Any], content_type: str
) -> None:
    assert signed_in(person()).put("/stream/a.ICS", stolen(), content_type=content_type).status_code == 403


def test_basic_credentials_say_who_sends(person: Callable[..., Any]) -> None:
    user = person()
    token = base64.b64encode(b"ada@clinic.example:long enough to be one").decode()
    response = Client().put("/stream/a.ics", stolen(), content_type=ICAL, HTTP_AUTHORIZATION=f"Basic {token}")
    assert response.status_code == 403
    assert Decision.objects.get().account == conf.host.account(user)


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic !!!", "Basic " + base64.b64encode(b"ada@clinic.example:wrong").decode(), "Bearer x"]
)
def test_without_proof_nobody_is_judged_in_anothers_name(person: Callable[..., Any], header: str) -> None:
    person()
    response = Client().put("/calendar/dav/a.ics", stolen(), content_type=ICAL, HTTP_AUTHORIZATION=header)
    assert response.status_code == 302  # the view's own answer
    assert Decision.objects.count() == 0


@pytest.mark.requirement("R49")
@pytest.mark.parametrize("body", [b"", b"\x00" * 100, b"BEGIN:VCALENDAR", b"x" * 3_000_000])
def test_garbage_gets_an_answer(person: Callable[..., Any], body: bytes) -> None:
    assert signed_in(person()).put("/stream/a.ics", body, content_type=ICAL).status_code < 500


def test_what_is_too_large_to_be_judged_is_too_large_to_be_stored(person: Callable[..., Any]) -> None:
    response = signed_in(person()).put("/calendar/dav/a.ics", b"x" * (caldav.LONGEST_BODY + 1), content_type=ICAL)
    assert response.status_code == 413
    assert ET.fromstring(response.content).find(f"{C}max-resource-size") is not None
    assert StoredObject.objects.count() == 0


@pytest.mark.requirement("R67")
@pytest.mark.parametrize(("mode", "recorded"), [("off", 0), ("observe", 1)])
def test_nothing_is_refused_unless_enforced(
    person: Callable[..., Any], settings: Any, mode: str, recorded: int
) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "MODE": mode}
    assert signed_in(person()).put("/calendar/dav/a.ics", stolen(), content_type=ICAL).status_code == 201
    assert Decision.objects.count() == recorded


@pytest.mark.requirement("R52")
def test_a_refusal_survives_the_views_rollback(person: Callable[..., Any]) -> None:
    assert signed_in(person()).post("/open/x", stolen(), content_type=ICAL).content == b"lost"
    assert Decision.objects.get().verdict == guard.Verdict.DENY
    assert Submission.objects.get().state == "refused"


def test_what_was_allowed_and_rolled_back_is_on_record_and_not_sent(person: Callable[..., Any]) -> None:
    signed_in(person()).post("/open/x", invitation(), content_type=ICAL)
    assert Decision.objects.get().verdict == guard.Verdict.ALLOW
    assert Submission.objects.get().state == "withdrawn"


@pytest.mark.requirement("R52")
def test_a_refusal_survives_the_views_crash(person: Callable[..., Any]) -> None:
    client = signed_in(person(), raise_request_exception=False)
    assert client.post("/crash/x", stolen(), content_type=ICAL).status_code == 500  # the host's, not ours
    assert Decision.objects.get().verdict == guard.Verdict.DENY


def test_the_request_is_known_inside_and_forgotten_after(person: Callable[..., Any]) -> None:
    assert signed_in(person()).get("/who/x").content == b"True"
    assert current.current() is None


def test_a_failure_of_our_own_is_an_alarm_and_the_host_goes_on(
    person: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("gone")

    before = alarm.counts().get("middleware", 0)
    monkeypatch.setattr(middleware.caldav, "judge", broken)
    assert signed_in(person()).put("/calendar/dav/a.ics", invitation(), content_type=ICAL).status_code == 201
    assert alarm.counts()["middleware"] == before + 1


def test_an_asynchronous_stack_is_served_too(person: Callable[..., Any]) -> None:
    async def talk() -> list[tuple[int, bytes]]:
        client = AsyncClient()
        await client.aforce_login(user)
        answers = [
            await client.post("/async/x", invitation(), content_type=ICAL),
            await client.put("/calendar/dav/a.ics", invitation(uid="other@x"), content_type=ICAL),
            await client.put("/calendar/dav/b.ics", stolen(), content_type=ICAL),
            await client.post("/open/x", stolen(), content_type=ICAL),
        ]
        await sync_to_async(connections.close_all)()  # those of the thread that sync code ran in
        return [(answer.status_code, answer.content) for answer in answers]

    user = person()
    first, stored, refused, lost = asyncio.run(talk())
    assert first == (200, b"ALLOW True")
    assert stored[0] == 201
    assert refused[0] == 403
    assert lost == (200, b"lost")
    assert Decision.objects.filter(verdict=guard.Verdict.DENY).count() == 2
    assert StoredObject.objects.count() == 1
