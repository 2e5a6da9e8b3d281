"""CalDAV with a real client, and what its server tells of each guest (RFC 4791, RFC 6638, R07 to R09)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import caldav
import pytest
from django.utils import timezone
from icalendar import Calendar

from calguard.models import Decision, Notice
from demo import dav, mailbox
from demo.models import Event, InboxItem, User
from outbound import ledger as messages
from outbound.models import Hold, Submission
from tests.demo.outlets import ASKED, DENIED, HELD, Program, lists, vevent
from tests.demo.solving import solve

pytestmark = pytest.mark.django_db(transaction=True)

SAM = "sam@riverside-pharmacy.example"


@pytest.fixture
def program(ada, settings, tmp_path):
    lists(settings, tmp_path)
    return Program(ada.user)


def put(program: Program, body: bytes, name: str = "a.ics", **headers: str) -> Any:
    return program.dav("PUT", program.calendar(name), body, **headers)


def guests_of(program: Program, name: str = "a.ics") -> dict[str, dict[str, str]]:
    """Each guest's parameters as a client reads them."""
    event = Calendar.from_ical(program.dav("GET", program.calendar(name)).content).walk("VEVENT")[0]
    found = event.get("attendee", [])
    return {str(one)[7:]: dict(one.params) for one in (found if isinstance(found, list) else [found])}


def to_sam() -> list[str]:
    return [name for name in mailbox.names() if mailbox.load(name).to == SAM]


@pytest.mark.requirement("R07")
def test_a_real_client_finds_the_calendar_writes_reads_and_removes(program, live_server, work):
    with caldav.DAVClient(url=f"{live_server.url}/dav/", username=program.user.email, password=program.key) as client:
        (calendar,) = client.principal().get_calendars()
        assert str(calendar.get_display_name()) == "Almanac"
        made = calendar.add_event(vevent("from-a-client", program.user.email, SAM).decode())
        work()
        assert len(to_sam()) == 1
        (found,) = calendar.search(
            start=timezone.now(), end=timezone.now() + timedelta(days=9), event=True, expand=False
        )
        assert found.icalendar_component["attendee"].params["SCHEDULE-STATUS"] == "1.1"
        changes = calendar.get_objects_by_sync_token(load_objects=True)
        assert len(list(changes)) == 1
        found.data = found.data.replace("SUMMARY:Lunch", "SUMMARY:Late lunch")
        found.save()
        work()
        assert len(to_sam()) == 2
        later = calendar.get_objects_by_sync_token(sync_token=changes.sync_token, load_objects=True)
        assert ["Late lunch" in one.data for one in later] == [True]
        calendar.get_event_by_uid("from-a-client").delete()
        work()
        assert "Late lunch" in mailbox.load(to_sam()[0]).subject
        assert calendar.get_events() == []
        last = calendar.get_objects_by_sync_token(sync_token=later.sync_token)
        assert [str(one.url).rpartition("/")[2] for one in last] == [str(made.url).rpartition("/")[2]]


@pytest.mark.requirement("R07")
@pytest.mark.parametrize(("words", "status"), [("", "1.0"), (HELD, "1.0"), (DENIED, "5.3")])
def test_each_guests_state_is_told_before_anything_left(program, words, status):
    body = vevent("a", program.user.email, SAM, "emil@lakeside-choir.example", lines=(f"DESCRIPTION:{words}",))
    assert put(program, body).status_code == 201
    assert {one["SCHEDULE-STATUS"] for one in guests_of(program).values()} == {status}
    assert {one["PARTSTAT"] for one in guests_of(program).values()} == {"NEEDS-ACTION"}


@pytest.mark.requirement("R07")
def test_what_is_delayed_and_goes_by_itself_is_pending_and_not_failed(program):
    assert put(program, vevent("a", program.user.email, SAM)).status_code == 201
    now = timezone.now()
    due = now + timedelta(hours=1)
    messages.hold(Submission.objects.get().pk, Hold.Kind.THROTTLE, "budget:1", "budget_exhausted", at=now, due_at=due)
    assert [one["SCHEDULE-STATUS"] for one in guests_of(program).values()] == ["1.0"]


@pytest.mark.requirement("R52")
@pytest.mark.parametrize(("words", "notice"), [(HELD, "withheld"), (DENIED, "refused")])
def test_what_is_withheld_stays_a_draft_and_its_owner_is_told_by_mail(program, words, notice, work):
    put(program, vevent("a", program.user.email, SAM, "emil@lakeside-choir.example", lines=(f"DESCRIPTION:{words}",)))
    work()
    assert (to_sam(), InboxItem.objects.count(), Event.objects.count()) == ([], 0, 1)
    assert notice in Notice.objects.filter(account=program.user.account).values_list("kind", flat=True)


@pytest.mark.requirement("R07")
def test_sent_and_delivered_are_told_apart(program, work):
    put(program, vevent("a", program.user.email, SAM, "emil@lakeside-choir.example"))
    before = program.dav("GET", program.calendar("a.ics"))["ETag"]
    work()
    states = {address: one["SCHEDULE-STATUS"] for address, one in guests_of(program).items()}
    assert states == {SAM: "1.1", "emil@lakeside-choir.example": "1.2"}
    assert program.dav("GET", program.calendar("a.ics"))["ETag"] != before, "clients must read it again"


@pytest.mark.requirement("R07")
@pytest.mark.parametrize("agent", ["CLIENT", "NONE", "client", "X-MINE"])
@pytest.mark.parametrize("words", ["", DENIED])
def test_who_tells_the_guests_itself_is_judged_all_the_same(program, agent, words, work):
    body = vevent(
        "a", program.user.email, lines=(f"ATTENDEE;SCHEDULE-AGENT={agent}:mailto:{SAM}", f"DESCRIPTION:{words}")
    )
    put(program, body)
    assert guests_of(program)[SAM]["SCHEDULE-AGENT"] == ("CLIENT" if agent.upper() == "CLIENT" else "NONE")
    work()
    assert Decision.objects.get().channel == "caldav"
    assert to_sam() == []


@pytest.mark.requirement("R07")
@pytest.mark.parametrize("words", ["", HELD, DENIED])
def test_nothing_forces_a_send(program, words, work):
    body = vevent("a", program.user.email, SAM, lines=(f"DESCRIPTION:{words}",))
    put(program, body)
    work()
    was = len(to_sam())
    forced = body.replace(b"ATTENDEE:", b'ATTENDEE;SCHEDULE-FORCE-SEND=REQUEST;SCHEDULE-STATUS="1.2":')
    if not words:  # after a refusal like that one the keys are ended, as they may be a thief's
        assert put(program, forced).status_code == 204
    else:
        put(Program(program.user), forced)
    work()
    assert len(to_sam()) == was == (0 if words else 1)


@pytest.mark.requirement("R62")
def test_the_same_object_again_sends_nothing(program, work):
    body = vevent("a", program.user.email, SAM)
    put(program, body)
    work()
    assert put(program, body).status_code == 204
    assert put(program, program.dav("GET", program.calendar("a.ics")).content).status_code == 204
    work()
    assert (len(to_sam()), Decision.objects.count(), Event.objects.get().sequence) == (1, 1, 0)


@pytest.mark.requirement("R08")
def test_a_foreign_organiser_is_refused_and_nothing_is_stored(program, work):
    answer = put(program, vevent("a", "boss@corp.example", SAM))
    assert answer.status_code == 403
    assert b"allowed-organizer-scheduling-object-change" in answer.content
    assert b'code="organizer_not_yours"' in answer.content
    work()
    assert (Event.objects.count(), to_sam()) == (0, [])


@pytest.mark.requirement("R09")
def test_a_guests_copy_of_somebody_elses_event_tells_nobody(program, work):
    put(program, vevent("a", "boss@corp.example", program.user.email, SAM, summary="Mine now"))
    work()
    assert (Decision.objects.count(), to_sam(), Event.objects.get().guests.count()) == (0, [], 0)


@pytest.fixture
def emil(program, visitor, work):
    """Emil, with Ada's invitation in his calendar."""
    put(program, vevent("a", program.user.email, SAM, "emil@lakeside-choir.example"))
    work()
    return Program(visitor("emil").user)


@pytest.mark.requirement("R09")
def test_a_guest_answers_and_changes_nothing_else(program, emil, work):
    name = f"invitation-{emil.user.inbox.get().pk}.ics"
    body = emil.dav("GET", emil.calendar(name)).content
    stolen = emil.dav("PUT", emil.calendar(name), body.replace(b"SUMMARY:Lunch", b"SUMMARY:Call me"))
    assert (stolen.status_code, b"allowed-attendee-scheduling-object-change" in stolen.content) == (403, True)
    elsewhere = put(emil, body.replace(b"SUMMARY:Lunch", b"SUMMARY:Call me"), "other.ics")
    assert elsewhere.status_code == 403
    answer = emil.dav("PUT", emil.calendar(name), body.replace(b"NEEDS-ACTION", b"ACCEPTED"))
    assert answer.status_code == 204, answer.content
    work()
    assert Event.objects.get().guests.get(address=emil.user.email).answer == "ACCEPTED"
    assert len(to_sam()) == 1


@pytest.mark.requirement("R52")
@pytest.mark.parametrize("words", [HELD, DENIED])
def test_an_answer_with_words_that_may_not_be_sent_changes_nothing_at_the_organisers(program, emil, words, work):
    name = f"invitation-{emil.user.inbox.get().pk}.ics"
    body = emil.dav("GET", emil.calendar(name)).content.replace(b"NEEDS-ACTION", b"ACCEPTED")
    emil.dav("PUT", emil.calendar(name), body.replace(b"END:VEVENT", f"COMMENT:{words}\r\nEND:VEVENT".encode()))
    work()
    guest = Event.objects.get().guests.get(address=emil.user.email)
    assert (guest.answer, guest.comment) == ("NEEDS-ACTION", "")


def test_a_removed_invitation_is_declined(program, emil, work):
    path = emil.calendar(f"invitation-{emil.user.inbox.get().pk}.ics")
    assert emil.dav("DELETE", path).status_code == 204
    assert emil.dav("GET", path).status_code == 404
    work()
    assert Event.objects.get().guests.get(address=emil.user.email).answer == "DECLINED"


@pytest.mark.requirement("R55")
def test_a_challenge_comes_by_mail_and_what_waits_goes_without_being_sent_again(program, visitor, work):
    dana = visitor("dana")
    assert (
        put(Program(dana.user), vevent("a", dana.user.email, SAM, lines=(f"DESCRIPTION:{ASKED}",))).status_code == 201
    )
    work()
    assert to_sam() == []
    (told,) = [mailbox.load(name) for name in mailbox.names() if mailbox.load(name).to == dana.user.email]
    link = re.search(r"http://localhost:\d+/\S*explain/\S+", told.parts[0].text)[0]
    solve(dana, link)
    work()
    assert len(to_sam()) == 1


def test_two_writers_do_not_overwrite_each_other(program):
    body = vevent("a", program.user.email)
    assert put(program, body).status_code == 201
    etag = program.dav("GET", program.calendar("a.ics"))["ETag"]
    assert put(program, body, If_None_Match="*").status_code == 412
    assert put(program, body.replace(b"Lunch", b"Dinner"), If_Match=etag).status_code == 204
    assert put(program, body, If_Match=etag).status_code == 412
    assert program.dav("DELETE", program.calendar("a.ics"), If_Match=etag).status_code == 412
    assert Event.objects.get().title == "Dinner"


@pytest.mark.parametrize(
    ("body", "condition"),
    [
        (b"no calendar", b"valid-calendar-data"),
        (vevent("a", "x@y.example", method="REQUEST"), b"valid-calendar-object-resource"),
        (vevent("a", "x@y.example").replace(b"END:VCALENDAR", vevent("b", "x@y.example")[70:]), b"valid-calendar"),
    ],
)
def test_what_cannot_be_kept_is_said_in_caldavs_words(program, body, condition):
    answer = put(program, body)
    assert answer.status_code == 403
    assert condition in answer.content
    assert Event.objects.count() == 0


def test_one_uid_is_one_object(program):
    put(program, vevent("a", program.user.email))
    answer = put(program, vevent("a", program.user.email), "b.ics")
    assert (answer.status_code, b"no-uid-conflict" in answer.content) == (403, True)


@pytest.mark.parametrize("body", [b"<x", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", b"\0", b"<a/>" * 3])
def test_what_is_no_request_is_none(program, body):
    assert program.dav("PROPFIND", program.calendar(), body).status_code == 400
    assert program.dav("REPORT", program.calendar(), body).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        "<D:prop>" + "".join(f"<x{n}/>" for n in range(200)) + "</D:prop><C:filter/>",
        "<D:prop/><C:filter>" + '<C:comp-filter name="VEVENT"/>' * 50 + "</C:filter>",
        '<D:prop/><C:filter><C:comp-filter name="VEVENT">' + "<C:prop-filter/>" * 50 + "</C:comp-filter></C:filter>",
    ],
)
def test_what_asks_for_more_than_any_client_is_no_request(program, body):
    """It would be answered once for each object."""
    query = f'<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">{body}</C:calendar-query>'
    assert program.dav("REPORT", program.calendar(), query.encode()).status_code == 400


def test_looking_for_an_object_reads_no_others(program, ada, django_assert_num_queries):
    for title in ("Lunch", "Supper"):
        ada.send("/events/new/", title=title, guests="")
    event = Event.objects.get(title="Lunch")
    with django_assert_num_queries(1):
        assert dav.find(program.user, "nobody.ics") is None
    found = dav.find(program.user, f"{event.pk}.ics")
    assert found is not None
    assert found.what == event
    assert [dav.find(program.user, name) for name in ("", "\0.ics", f"{event.pk.hex}.ics")] == [None] * 3
    assert program.dav("GET", program.calendar("%00.ics")).status_code == 400


def test_others_calendars_are_not_there(program, visitor):
    ben = Program(visitor("ben").user)
    put(program, vevent("a", program.user.email))
    for method in ("GET", "PUT", "DELETE", "PROPFIND"):
        assert ben.dav(method, program.calendar("a.ics"), vevent("a", ben.user.email)).status_code == 404
    wrong = Program(ben.user, program.key)
    assert wrong.dav("PROPFIND", wrong.calendar()).status_code == 401
    assert program.client.generic("PROPFIND", "/dav/").status_code == 401
    assert User.objects.get(pk=ben.user.pk).events.count() == 0
