"""The API: keys, events as JSON and iCalendar, and refusals as problem documents (RFC 9457, R53)."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from calguard.conf import conf
from calguard.models import Decision
from demo import mailbox, tokens
from demo.models import ApiToken, Event, InboxItem
from tests.demo.conftest import text_of
from tests.demo.outlets import ASKED, DENIED, FINE, HELD, Program, lists, vevent
from tests.demo.solving import solve

pytestmark = pytest.mark.django_db(transaction=True)

SAM = "sam@riverside-pharmacy.example"


@pytest.fixture
def program(ada, settings, tmp_path):
    lists(settings, tmp_path)
    return Program(ada.user)


def event(**fields):
    return {"title": "Lunch", "start": "2026-06-18T12:00", "end": "2026-06-18T13:00", "guests": [SAM], **fields}


def problem(answer):
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "no-store"
    found = json.loads(answer.content)
    assert found["status"] == answer.status_code
    assert found["type"].startswith("urn:calguard:problem:")
    return found


def test_a_key_is_shown_once_and_kept_as_a_hash(ada):
    page = ada.client.post("/account/access/", {"form": "key", "name": "Phone"})
    key = next(word for word in text_of(page).split() if word.startswith(tokens.PREFIX))
    assert page["Cache-Control"].startswith("max-age=0")
    assert key not in text_of(ada.get("/account/access/"))
    row = ApiToken.objects.get()
    assert key not in str(vars(row))
    assert Program(ada.user, key).call("GET", "/api/events/").status_code == 200


@pytest.mark.parametrize("key", ["alm_wrong", "alm_" + "x" * 43, "", "alm_" + "x" * 5000])
def test_without_a_right_key_nothing_is_told(program, key):
    program.key = key or "none"
    answer = program.call("GET", "/api/events/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert problem(answer)["code"] == "not_signed_in"


def test_an_ended_key_and_a_suspended_account_are_out_at_once(program, ada):
    conf.host.suspend(ada.user.account)
    assert program.call("GET", "/api/events/").status_code == 401
    conf.host.reinstate(ada.user.account)
    ada.client.post(f"/account/access/keys/{ApiToken.objects.get().pk}/end/")
    assert program.call("GET", "/api/events/").status_code == 401


@pytest.mark.requirement("R57")
def test_keys_made_since_a_theft_began_are_ended_and_older_ones_stay(program, ada):
    ApiToken.objects.update(created_at=timezone.now() - timedelta(days=9))
    young = Program(ada.user)
    assert conf.host.end_tokens(ada.user.account, timezone.now() - timedelta(days=1)) == 1
    assert young.call("GET", "/api/events/").status_code == 401
    assert program.call("GET", "/api/events/").status_code == 200
    assert conf.host.end_tokens(ada.user.account, timezone.now() - timedelta(days=1)) == 0


def test_nobody_ends_anothers_key_or_sees_anothers_event(program, ada, visitor):
    made = program.call("POST", "/api/events/", event()).json()
    ben = visitor("ben")
    assert Program(ben.user).call("GET", f"/api/events/{made['id']}/").status_code == 404
    ben.client.post(f"/account/access/keys/{ApiToken.objects.filter(user=ada.user).get().pk}/end/")
    assert program.call("GET", "/api/events/").status_code == 200


@pytest.mark.requirement("R01")
def test_an_event_is_made_changed_sent_again_and_called_off(program, work):
    answer = program.call("POST", "/api/events/", event())
    assert answer.status_code == 201, answer.content
    made = answer.json()
    work()
    assert len(mailbox.names()) == 1
    shown = program.call("GET", f"/api/events/{made['id']}/").json()
    assert [(guest["address"], guest["state"]) for guest in shown["guests"]] == [(SAM, "sent")]
    moved = program.call(
        "PATCH", f"/api/events/{made['id']}/", {"start": "2026-06-18T10:30:00Z", "end": "2026-06-18T13:30"}
    )
    assert moved.json()["start"] == "2026-06-18T12:30:00+02:00"
    work()
    assert len(mailbox.names()) == 2
    program.call("POST", f"/api/events/{made['id']}/send/", {"again": "missing"})
    work()
    assert len(mailbox.names()) == 2, "nobody is without it"
    program.call("POST", f"/api/events/{made['id']}/send/", {"again": True})
    work()
    assert len(mailbox.names()) == 3
    assert program.call("DELETE", f"/api/events/{made['id']}/", {"comment": "Sorry, I am ill"}).json()["cancelled"]
    work()
    assert "Sorry, I am ill" in mailbox.load(mailbox.names()[0]).raw or len(mailbox.names()) == 4
    assert [one["id"] for one in program.call("GET", "/api/events/").json()["events"]] == []


@pytest.mark.requirement("R62")
def test_a_change_that_guests_cannot_see_tells_nobody(program, work):
    made = program.call("POST", "/api/events/", event()).json()
    work()
    assert program.call("PATCH", f"/api/events/{made['id']}/", event()).status_code == 200
    work()
    assert (len(mailbox.names()), Decision.objects.count()) == (1, 1)


def test_the_same_uid_is_the_same_event(program):
    first = program.call("POST", "/api/events/", event(uid="a-1"))
    second = program.call("POST", "/api/events/", event(uid="a-1"))
    assert second.status_code == 409
    assert problem(second)["event"] == first["Location"]
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": ""}, "title"),
        ({"guests": ["nobody"]}, "guests"),
        ({"end": "2026-06-17T12:00"}, "end"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"start": "soon"}, "start"),
    ],
)
def test_what_cannot_be_used_is_told_field_by_field(program, body, field):
    answer = program.call("POST", "/api/events/", event(**body))
    assert answer.status_code == 400
    found = problem(answer)
    assert found["code"] == "invalid"
    assert field in {one["field"] for one in found["errors"]}
    assert Event.objects.count() == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 100_000, b"\xff"])
def test_what_is_no_json_is_said_to_be_none(program, body):
    assert problem(program.call("POST", "/api/events/", body))["code"] == "invalid"


@pytest.mark.requirement("R53")
def test_what_json_can_say_and_nothing_keeps_is_refused(program):
    for fields in ({"title": "\ud800"}, {"uid": "\ud800"}, {"uid": "a\0b"}, {"start": "0001-01-01T00:00:00+14:00"}):
        assert program.call("POST", "/api/events/", event(**fields)).status_code == 400, fields
    for moment in ("9999-12-31T00:00", "0001-01-01T00:00:00%2B14:00"):
        assert program.call("GET", f"/api/events/?from={moment}").status_code == 400, moment
    assert not Event.objects.filter(owner=program.user).exists()


@pytest.mark.parametrize(
    ("words", "status", "name", "code"),
    [(HELD, 403, "withheld", "link_unsafe"), (DENIED, 422, "refused", "link_not_allowed")],
)
def test_a_refusal_says_why_what_next_and_where_to_object(program, words, status, name, code, work):
    answer = program.call("POST", "/api/events/", event(notes=words))
    assert answer.status_code == status
    found = problem(answer)
    assert found["type"] == f"urn:calguard:problem:{name}"
    assert found["code"] == found["reasons"][0]["code"] == code
    assert found["reasons"][0]["text"] in found["detail"]
    assert found["appeal"] == found["instance"]
    assert found["next_step"]
    assert found["reference"] in found["instance"]
    assert found["stored"]
    assert not {"score", "signals", "points"} & set(found)
    work()
    assert Event.objects.get().notes == words, "it stays as a draft (R52)"
    assert [one for one in mailbox.names() if mailbox.load(one).to == SAM] == []


@pytest.mark.requirement("R53")
def test_who_sends_too_fast_is_told_when_to_come_back(program, settings):
    settings.CALGUARD = {**settings.CALGUARD, "RATE_LIMITS": {"write": "2/m"}}
    answers = [program.call("POST", "/api/events/", event(uid=f"u{n}")) for n in range(4)]
    found = problem(answers[-1])
    assert found["code"] == "asked_too_often"
    assert int(answers[-1]["Retry-After"]) == found["retry_after"] > 0


@pytest.mark.requirement("R08")
def test_somebody_elses_event_cannot_be_sent(program, work):
    body = vevent("x", "boss@corp.example", SAM, method="REQUEST")
    answer = program.call("POST", "/api/events/", body, content_type="text/calendar")
    assert answer.status_code == 422
    assert problem(answer)["code"] == "organizer_not_yours"
    work()
    assert Event.objects.count() == 0


@pytest.mark.requirement("R08")
def test_nor_one_that_is_sent_on_behalf_of_somebody_else(program, ada):
    behalf = f'ORGANIZER;SENT-BY="mailto:boss@corp.example":mailto:{ada.user.email}'
    body = vevent("x", "NOBODY", SAM).replace(b"ORGANIZER:mailto:NOBODY", behalf.encode())
    answer = program.call("POST", "/api/events/", body, content_type="text/calendar")
    assert problem(answer)["code"] == "organizer_not_yours"


@pytest.mark.requirement("R09")
@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "ADD", "PUBLISH"])
def test_a_guest_cannot_speak_for_the_organiser(program, ada, method, work):
    body = vevent("x", "boss@corp.example", ada.user.email, SAM, method=method)
    answer = program.call("POST", "/api/events/", body, content_type="text/calendar")
    assert answer.status_code == 422
    assert problem(answer)["code"] == "wrong_role"
    work()
    assert [one for one in mailbox.names() if mailbox.load(one).to == SAM] == []


@pytest.mark.requirement("R01")
def test_an_itip_message_of_ones_own_does_what_it_says(program, ada, work):
    for summary, mails in (("Lunch", 1), ("Late lunch", 2)):
        body = vevent("x", ada.user.email, SAM, summary=summary, method="REQUEST")
        assert program.call("POST", "/api/events/", body, content_type="text/calendar").status_code in {200, 201}
        work()
        assert len(mailbox.names()) == mails
    assert Event.objects.get().title == "Late lunch"
    body = vevent("x", ada.user.email, SAM, method="CANCEL")
    assert program.call("POST", "/api/events/", body, content_type="text/calendar").json()["cancelled"]


@pytest.mark.requirement("R01")
def test_an_answer_with_a_comment_reaches_the_organiser(program, visitor, work):
    program.call("POST", "/api/events/", event(guests=["emil@lakeside-choir.example"]))
    work()
    emil = Program(visitor("emil").user)
    (invited,) = emil.call("GET", "/api/inbox/").json()["invitations"]
    answer = emil.call("POST", f"/api/inbox/{invited['id']}/", {"answer": "accept", "comment": FINE})
    assert answer.status_code == 200, answer.content
    work()
    guest = Event.objects.get().guests.get()
    assert (guest.answer, guest.comment) == ("ACCEPTED", FINE)
    assert problem(emil.call("POST", f"/api/inbox/{invited['id']}/", {"answer": "maybe"}))["code"] == "invalid"


@pytest.mark.requirement("R55")
def test_a_challenge_is_handed_over_and_what_waits_goes_without_being_sent_again(program, ada, work, visitor):
    """The API client gets the address of a page; its owner answers there."""
    dana = visitor("dana")
    answer = Program(dana.user).call("POST", "/api/events/", event(notes=ASKED))
    found = problem(answer)
    assert (answer.status_code, found["verdict"]) == (403, "CHALLENGE")
    work()
    assert [one for one in mailbox.names() if mailbox.load(one).to == SAM] == []
    solve(dana, found["challenge"]["answer_at"])
    work()
    assert len([one for one in mailbox.names() if mailbox.load(one).to == SAM]) == 1
    assert InboxItem.objects.count() == 0
