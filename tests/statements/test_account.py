"""The account page: where an account stands, for people and for programs, in every state it can be in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calguard import guard, people
from calguard.conf import conf
from calguard.incidents.models import Incident
from calguard.models import Decision
from calguard.order import Order
from calguard.statements import appealing, ledger, waiting
from calguard.statements.models import Statement
from calguard.statements.telling import Telling
from outbound import ledger as messages
from outbound.models import Charge, Delivery, Hold, Submission
from tests.guard.events import invitation
from tests.review import factories
from tests.statements.conftest import signed_in

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/calguard/account/"


def page(client: Client) -> str:
    response = client.get(PATH)
    assert response.status_code == 200
    return response.content.decode()


def as_json(client: Client) -> Any:
    return client.get(PATH, headers={"accept": "application/json"}).json()


def test_it_needs_somebody_who_is_signed_in(db: None) -> None:
    assert Client().get(PATH).status_code == 302


def test_all_is_well(person: Callable[..., Any], work: Callable[[], None]) -> None:
    user = person()
    with guard.sending(user, invitation(), reference="1"):
        pass
    work()
    shown = page(signed_in(user))
    assert "All is well: you can invite others." in shown
    assert "Nothing of yours waits." in shown
    assert "calguard-budget" in shown
    said = as_json(signed_in(user))
    assert (said["allowed"], said["waiting"], said["statements"], said["appeals"]) == (True, [], [], [])
    assert said["budget"]["guests_per_event"] > 0


def test_what_is_held_says_since_when_and_until_when(owner: Any, held: Decision) -> None:
    (item,) = waiting.of_account(held.account, at=timezone.now())
    hold = Hold.objects.get()
    assert (item.state, item.code, item.since) == ("review", held.code, hold.created_at)
    assert item.due_at == hold.created_at + timedelta(hours=conf.policy.queue.alarm_hours)
    assert item.expires_at == Submission.objects.get().starts_at
    shown = page(signed_in(owner))
    assert "PayPal" in shown
    assert "A person is to have looked by" in shown
    assert "what has not left by then is not sent any more" in shown
    (told,) = as_json(signed_in(owner))["waiting"]
    assert (told["state"], told["due_at"]) == ("review", item.due_at.isoformat())


@pytest.mark.requirement("R52")
def test_what_is_too_late_is_told_as_over(owner: Any, held: Decision) -> None:
    messages.expire(held.submission_id, "started_before_review", at=timezone.now())
    shown = page(signed_in(owner))
    assert "Nothing of yours waits." in shown
    assert "Its time has passed, so it is not sent any more." in shown


@pytest.mark.requirement("R52")
def test_what_is_slowed_down_shows_how_much_of_it_has_left(person: Callable[..., Any]) -> None:
    user = person()
    account, at = conf.host.account(user), timezone.now()
    row = factories.submission(account, at=at, recipients=5)
    for guest in ("a@x.example", "b@x.example"):
        factories.delivery(row, guest, at=at)
    factories.delivery(row, "c@x.example", at=at, state="pending")
    Hold.objects.create(
        submission=row, kind="throttle", owner="budget:1", reason="", created_at=at, due_at=at + timedelta(hours=1)
    )
    (item,) = waiting.of_account(account, at=timezone.now())
    assert (item.state, item.left, item.guests, item.due_at) == ("delayed", 2, 5, at + timedelta(hours=1))
    shown = page(signed_in(user))
    assert "It goes by itself; 2 of 5 have left." in shown
    assert '<progress max="5" value="2"' in shown
    assert "The next look is on" in shown


def test_what_goes_by_itself_is_no_waiting(person: Callable[..., Any]) -> None:
    account = conf.host.account(person())
    factories.submission(account, at=timezone.now())
    assert waiting.of_account(account, at=timezone.now()) == []


def test_reasons_appeals_and_their_answers_stand_there(
    owner: Any, held: Decision, anna: Any, ben: Any, decide: Callable[..., Any]
) -> None:
    decide(anna, "restrict", "spam")
    client = signed_in(owner)
    shown = page(client)
    assert "Inviting others is paused for your account" in shown
    assert "All is well" not in shown
    said = as_json(client)
    assert {one["measure"] for one in said["statements"]} == {"withheld", "restricted"}
    assert said["allowed"] is False
    row = Statement.objects.get(measure="restricted")
    assert f"/calguard/statement/{row.code}/" in shown
    appealing.object_to(row, "A club of 40", by=row.account, at=timezone.now())
    assert "You have an answer by" in page(client)
    decide(ben, "release", telling=Telling(words="Enjoy your club."))
    shown = page(client)
    assert "Enjoy your club." in shown
    assert "All is well: you can invite others." in shown
    assert [one["state"] for one in as_json(client)["appeals"]] == ["overturned"]


def test_a_statement_is_json_for_programs_with_the_same_codes(
    owner: Any, held: Decision, anna: Any, decide: Callable[..., Any]
) -> None:
    decide(anna, "deny", "phish", telling=Telling(words="No."))
    row = Statement.objects.get()
    client, path = signed_in(owner), f"/calguard/statement/{row.code}/"
    said = client.get(path, headers={"accept": "application/json"}).json()
    assert said["measure"] == "withheld"
    assert [fact["code"] for fact in said["facts"]] == row.reasons
    assert said["ground"]["code"] == "deception"
    assert said["redress"]["appeal_url"].startswith(path)
    empty = client.post(path, {"text": " "}, headers={"accept": "application/json"})
    assert (empty.status_code, empty["Content-Type"]) == (422, "application/problem+json")
    assert empty.json()["code"] == "appeal_words"
    sent = client.post(
        path, {"text": "It is a lesson"}, content_type="application/json", headers={"accept": "application/json"}
    )
    assert (sent.status_code, sent.json()["appeal"]["state"]) == (201, "open")


def test_an_incident_is_told(owner: Any) -> None:
    at = timezone.now()
    Incident.objects.create(account=conf.host.account(owner), since=at, opened_at=at, due_at=at + timedelta(days=3))
    shown = page(signed_in(owner))
    assert "Somebody else may have used your account" in shown
    assert "All is well" not in shown


@pytest.mark.parametrize(
    ("state", "said"),
    [("open", "Somebody else may have used your account"), ("claimed", "You told us that it was you")],
)
def test_an_incident_and_its_pause_are_told_in_one_place(owner: Any, state: str, said: str) -> None:
    """And nobody who has answered is told that an answer is awaited."""
    at, account = timezone.now(), conf.host.account(owner)
    until = at + timedelta(days=3)
    incident = Incident.objects.create(account=account, since=at, opened_at=at, due_at=until)
    if state != "open":
        Incident.objects.filter(pk=incident.pk).update(state=state)
    given = Order(owner=incident.owner, account=account, at=at, using="default", reason="account_contained")
    ledger.issue(given, Statement.Measure.CONTAINED, ends_at=until)
    shown = page(signed_in(owner))
    assert shown.count(said) == 1
    assert "Inviting others waits for your answer" not in shown
    assert "until you have said whether the last ones were yours" not in shown
    assert "Inviting others is paused for your account" in shown
    assert "All reasons" in shown


def test_what_others_have_is_not_shown(owner: Any, held: Decision, person: Callable[..., Any]) -> None:
    shown = page(signed_in(person("eve@else.example")))
    assert held.code not in shown
    assert "Nothing of yours waits." in shown


def test_a_title_cannot_write_into_the_page(owner: Any, send: Callable[..., Decision]) -> None:
    send(reference="9", description="<script>alert(1)</script> call +1 (805) 302-8040")
    assert "<script>alert" not in page(signed_in(owner))


def test_it_asks_no_more_for_many_that_wait_than_for_a_few(person: Callable[..., Any]) -> None:
    account = conf.host.account(person())

    def wait(number: int) -> int:
        at = timezone.now()
        for _ in range(number):
            row = factories.submission(account, at=at, reference="")
            Hold.objects.create(submission=row, kind="review", owner=f"{row.pk}", reason="", created_at=at)
        with CaptureQueriesContext(connection) as asked:
            waiting.of_account(account, at=timezone.now())
        return len(asked)

    assert wait(2) == wait(9)


def held_by(kind: str, account: str, **fields: Any) -> Submission:
    at = timezone.now()
    row = factories.submission(account, at=at, **fields)
    Hold.objects.create(submission=row, kind=kind, owner=f"{row.pk}", reason="", created_at=at)
    return row


@pytest.mark.parametrize(
    ("kind", "summary", "said"),
    [
        ("review", "waiting", "Some of your invitations have not left yet"),
        ("throttle", "waiting", "Some of your invitations have not left yet"),
        ("challenge", "asked", "Something waits for you"),
    ],
)
def test_nothing_is_said_to_be_well_above_what_waits(
    person: Callable[..., Any], kind: str, summary: str, said: str
) -> None:
    user = person()
    held_by(kind, conf.host.account(user))
    shown = page(signed_in(user))
    assert said in shown
    assert "All is well" not in shown
    assert "Nothing of yours waits." not in shown
    assert as_json(signed_in(user))["summary"] == summary


def test_a_budget_that_is_used_up_is_not_well_either(person: Callable[..., Any]) -> None:
    user = person()
    account, at = conf.host.account(user), timezone.now()
    room = guard.budget(user).hour
    Charge.objects.create(scope=f"account:{account}", units=room.left, owner="submission:1/1", charged_at=at)
    shown = page(signed_in(user))
    assert "All is well" not in shown
    assert "There is no room for more invitations just now." in shown
    assert as_json(signed_in(user))["summary"] == "full"


def test_an_open_objection_is_said_to_be_read(
    owner: Any, held: Decision, anna: Any, decide: Callable[..., Any]
) -> None:
    decide(anna, "deny", "spam")
    assert as_json(signed_in(owner))["summary"] == "well"
    appealing.object_to(Statement.objects.get(), "A lesson", by=held.account, at=timezone.now())
    shown = page(signed_in(owner))
    assert "You can invite others. A person reads your objection." in shown
    assert as_json(signed_in(owner))["summary"] == "objected"


def test_a_form_that_came_back_with_a_question_does_not_wait(person: Callable[..., Any]) -> None:
    """Its event was never stored; who answers sends the form again."""
    user = person()
    account = conf.host.account(user)
    held_by("challenge", account, state="proposed", channel="web")
    assert waiting.of_account(account, at=timezone.now()) == []
    program = held_by("challenge", account, state="proposed", channel="api")
    assert [item.state for item in waiting.of_account(account, at=timezone.now())] == ["challenge"]
    assert waiting.of_account(account, at=program.created_at + timedelta(days=2)) == []


def test_what_waits_is_told_once(owner: Any, held: Decision) -> None:
    said = as_json(signed_in(owner))
    assert [one["code"] for one in said["waiting"]] == [held.code]
    assert said["withheld"] == []
    assert "What was kept back lately" not in page(signed_in(owner))


def test_what_was_let_go_is_not_to_be_objected_to(
    owner: Any, held: Decision, anna: Any, decide: Callable[..., Any]
) -> None:
    decide(anna, "release")
    shown = signed_in(owner).get(f"/calguard/explain/{held.code}/").content.decode()
    assert "A person has looked at it and released it." in shown
    assert "Explain or object" not in shown
    assert "No person has looked at it yet" not in shown


def test_no_room_is_promised_to_who_is_paused(
    owner: Any, held: Decision, anna: Any, decide: Callable[..., Any]
) -> None:
    assert "Invitations you can send" in page(signed_in(owner))
    decide(anna, "restrict", "spam")
    shown = page(signed_in(owner))
    assert "Inviting others is paused for your account" in shown
    assert "Invitations you can send" not in shown


def test_what_has_been_decided_is_not_said_to_wait(
    owner: Any, held: Decision, anna: Any, decide: Callable[..., Any]
) -> None:
    """Nor while an objection to it is read: it was refused, and nothing of it is on its way."""
    waits, over = "Your invitations are waiting for a person to look at them", "Your invitations were not sent"
    explain = f"/calguard/explain/{held.code}/"
    assert waits in signed_in(owner).get(explain).content.decode()
    decide(anna, "deny", "spam")
    for objected in (False, True):
        if objected:
            appealing.object_to(Statement.objects.get(), "A lesson", by=held.account, at=timezone.now())
        for path in (PATH, explain):
            shown = signed_in(owner).get(path).content.decode()
            assert waits not in shown, (path, objected)
            assert over in shown, (path, objected)


def test_what_was_released_is_said_to_be_accepted(
    owner: Any, held: Decision, anna: Any, decide: Callable[..., Any]
) -> None:
    decide(anna, "release")
    shown = page(signed_in(owner))
    assert "Your invitations have been accepted" in shown
    assert "Your invitations are waiting" not in shown


def test_guests_who_follow_when_others_have_accepted_are_told_of(person: Callable[..., Any]) -> None:
    user = person()
    account, at = conf.host.account(user), timezone.now()
    row = factories.submission(account, at=at, recipients=5)
    for number in range(3):
        factories.delivery(row, f"{number}@x.example", at=at)
    for number in range(2):
        copy = factories.delivery(row, f"{number}@y.example", at=at, state="pending")
        Delivery.objects.filter(pk=copy.pk).update(error="follows_others")
    (item,) = waiting.of_account(account, at=timezone.now())
    assert (item.state, item.left, item.guests, item.due_at) == ("delayed", 3, 5, None)
    shown = page(signed_in(user))
    assert "All is well" not in shown
    assert "2 of 5 wait until some of your other guests have accepted" in shown
    assert as_json(signed_in(user))["summary"] == "waiting"


def test_a_guest_who_gets_too_many_just_now_is_told_of(person: Callable[..., Any]) -> None:
    user = person()
    row = factories.submission(conf.host.account(user), at=timezone.now(), recipients=2)
    factories.delivery(row, "a@x.example", at=timezone.now())
    copy = factories.delivery(row, "b@x.example", at=timezone.now(), state="pending")
    assert waiting.of_account(row.account, at=timezone.now()) == [], "what is on its way waits for nothing"
    Delivery.objects.filter(pk=copy.pk).update(error="recipient_busy")
    (item,) = waiting.of_account(row.account, at=timezone.now())
    assert (item.state, item.text) == ("delayed", "It goes by itself; 1 of 2 have left.")
    people.restrict(row.account, "sending", "case:1", "spam", by_human=True, at=timezone.now(), expires_at=None)
    Submission.objects.update(note="account_restricted")
    (item,) = waiting.of_account(row.account, at=timezone.now())
    assert item.state == "paused"


def test_what_goes_by_itself_waits_for_no_person(person: Callable[..., Any]) -> None:
    """The page of a delayed attempt names when it is tried next, and no person who is to have looked."""
    user = person()
    row = factories.decision(conf.host.account(user), at=timezone.now(), verdict=guard.Verdict.THROTTLE, held=False)
    at = timezone.now() + timedelta(hours=1)
    Hold.objects.create(
        submission=row.submission, kind="throttle", owner="budget:1", reason="", created_at=timezone.now(), due_at=at
    )
    shown = signed_in(user).get(f"/calguard/explain/{row.code}/").content.decode()
    assert "A person is to have looked by" not in shown
