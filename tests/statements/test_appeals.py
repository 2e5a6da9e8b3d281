"""An appeal: free, once, by a link that needs no sign-in, answered by somebody else, and giving everything back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts_risk import ledger as people
from accounts_risk.models import Clearance, Restriction, Strike
from calguard import containment, guard, review
from calguard.campaigns.models import Mark, Member
from calguard.conf import conf
from calguard.models import Appeal, AuditEntry, Case, Decision, Enforcement, Notice
from calguard.order import Order
from calguard.sanctions.models import Approval
from calguard.statements import appealing, periods, showing
from calguard.statements.models import Statement
from calguard.statements.telling import Telling
from outbound import ledger as messages
from outbound.models import Submission
from tests.review import factories
from tests.statements.conftest import ADDRESS, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R92")]

SORRY = Telling(words="It is a training text; we were wrong.")


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What the host has of its events."""
    kept: dict[str, bytes] = {}
    monkeypatch.setattr("calguard.host.Host.load", lambda self, reference: kept.get(reference))
    return kept


@pytest.fixture
def denied(held: Decision, anna: Any, decide: Callable[..., Case]) -> Statement:
    """Anna confirmed the hold, and called it phishing."""
    decide(anna, "deny", "phish")
    return Statement.objects.get()


def link_in(body: str) -> str:
    found = re.search(r"https://calendar\.example(/calguard/objection/\S+)", body)
    assert found, body
    return found[1]


def mails_to(address: str) -> list[str]:
    return [str(message.body) for message in mail.outbox if address in message.to]


def budget_used(account: str) -> int:
    return messages.usage(f"account:{account}", [timedelta(days=7)], at=timezone.now())[timedelta(days=7)]


def appeal(row: Statement | Decision, text: str = "It is a training text") -> Appeal:
    made = appealing.object_to(row, text, by=row.account, at=timezone.now())
    assert made is not None
    made.refresh_from_db()
    return made


def test_it_comes_before_a_person_with_all_that_was_decided_and_a_date(denied: Statement, held: Decision) -> None:
    made = appeal(denied)
    assert made.due_at == made.created_at + timedelta(days=conf.policy.appeals.answer_days)
    case = Case.objects.get(state="open")
    assert made.case == case
    assert list(case.decisions.all()) == [held]
    assert appealing.object_to(denied, "again", by="x", at=timezone.now()) is None
    assert Appeal.objects.count() == 1


def test_the_statement_tells_the_same_before_and_after_an_appeal(denied: Statement) -> None:
    before = showing.shown(denied, at=timezone.now())
    appeal(denied)
    after = showing.shown(denied, at=timezone.now())
    assert before.titles
    assert (after.titles, after.facts) == (before.titles, before.facts)


def test_who_decided_does_not_answer(denied: Statement, anna: Any, ben: Any, decide: Callable[..., Case]) -> None:
    appeal(denied)
    with pytest.raises(review.NotAllowed, match="Somebody else must decide: this is an appeal against your own"):
        decide(anna, "release")
    assert decide(ben, "release", telling=SORRY).decided_by == factories.account_of(ben)


def test_who_proposed_or_approved_does_not_answer_either(
    denied: Statement, ben: Any, decide: Callable[..., Case], now: Any
) -> None:
    Approval.objects.create(
        case=denied.case,
        case_version=1,
        outcome="deny",
        label="phish",
        reason="x",
        proposed_by=denied.case.decided_by,
        proposed_at=now,
        expires_at=now,
        state="approved",
        answered_by=factories.account_of(ben),
    )
    appeal(denied)
    with pytest.raises(review.NotAllowed, match="your own decision"):
        decide(ben, "release")


def test_of_a_single_reviewer_the_policy_says_what_then(
    denied: Statement, anna: Any, decide: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    appeal(denied)
    with pytest.raises(review.NotAllowed, match="your own decision"):
        decide(anna, "release")
    _same_person(monkeypatch)
    decide(anna, "release", telling=SORRY)
    assert "There is nobody else here who could answer" in mails_to(ADDRESS)[-1]


def test_where_there_is_somebody_else_that_policy_changes_nothing(
    denied: Statement, anna: Any, ben: Any, decide: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    _same_person(monkeypatch)
    appeal(denied)
    with pytest.raises(review.NotAllowed, match="your own decision"):
        decide(anna, "release")


def test_an_appeal_that_is_granted_gives_everything_back_and_says_so(
    denied: Statement,
    held: Decision,
    ben: Any,
    decide: Callable[..., Case],
    stored: dict[str, bytes],
    work: Callable[[], None],
) -> None:
    account = held.account
    stored["7"] = bytes(held.evidence.content)
    assert Strike.objects.get().owner == denied.owner
    assert Submission.objects.get().state == "refused"
    appeal(denied)
    decide(ben, "release", telling=SORRY)
    work()
    assert not Strike.objects.exists()
    assert Submission.objects.get().state == "sent"
    assert len(mails_to("ben@home.example")) == 1
    assert budget_used(account) == 1  # charged once, for what left
    assert Clearance.objects.filter(account=account, ground="appeal").exists()
    denied.refresh_from_db()
    assert denied.overturned_at is not None
    assert not Mark.objects.filter(decision=held).exists()
    assert not Member.objects.filter(decision=held).exists()
    made = Appeal.objects.get()
    assert (made.state, made.answer) == ("overturned", SORRY.words)
    body = mails_to(ADDRESS)[-1]
    assert SORRY.words in body
    assert "Your invitations leave now" in body
    assert AuditEntry.objects.filter(action="appeal.overturned", target=account).count() == 1


def test_the_same_content_is_not_held_against_them_again(
    denied: Statement, held: Decision, ben: Any, decide: Callable[..., Case], send: Callable[..., Decision]
) -> None:
    again = send(reference="8", uid="other@x")
    assert any(signal["detector"] == "resubmission" for signal in again.signals)
    Submission.objects.filter(pk=again.submission_id).update(state="withdrawn")
    Decision.objects.filter(pk=again.pk).delete()
    appeal(denied)
    decide(ben, "release", telling=SORRY)
    once_more = send(reference="9", uid="third@x")
    assert not any(signal["detector"] == "resubmission" for signal in once_more.signals)


def test_what_has_begun_meanwhile_is_not_sent_late_and_said_to_be_over(
    clock: Any, denied: Statement, held: Decision, ben: Any, decide: Callable[..., Case], stored: dict[str, bytes]
) -> None:
    stored["7"] = bytes(held.evidence.content)
    clock.shift(timedelta(days=3))
    appeal(denied)
    decide(ben, "release", telling=SORRY)
    assert Submission.objects.get().state == "expired"
    assert not mails_to("ben@home.example")
    assert "The event has begun meanwhile" in mails_to(ADDRESS)[-1]
    assert not Notice.objects.filter(kind="expired").exists(), "one answer, and no second mail"


def test_an_event_that_its_host_does_not_know_any_more_is_not_sent(
    denied: Statement, ben: Any, decide: Callable[..., Case], stored: dict[str, bytes]
) -> None:
    appeal(denied)
    decide(ben, "release", telling=SORRY)
    assert not mails_to("ben@home.example")
    assert "You can send your invitations again" in mails_to(ADDRESS)[-1]


def test_a_newer_version_that_went_its_way_is_not_overtaken(
    denied: Statement, held: Decision, ben: Any, decide: Callable[..., Case], stored: dict[str, bytes]
) -> None:
    stored["7"] = bytes(held.evidence.content)
    old = Submission.objects.get()
    newer = factories.submission(held.account, at=timezone.now(), state="sent", uid=old.uid)
    appeal(denied)
    decide(ben, "release", telling=SORRY)
    assert Submission.objects.exclude(pk=newer.pk).get().state == "refused"


def test_one_that_is_upheld_is_no_second_offence_and_says_what_is_left_to_do(
    denied: Statement, ben: Any, decide: Callable[..., Case], settings: Any
) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "REDRESS": "You may turn to the Example settlement body."}
    appeal(denied)
    decide(ben, "deny", "phish", telling=Telling(words="The number is known."))
    assert Strike.objects.count() == 1
    assert Statement.objects.count() == 1
    assert Appeal.objects.get().state == "upheld"
    body = mails_to(ADDRESS)[-1]
    assert "The number is known." in body
    assert "Example settlement body" in body
    denied.refresh_from_db()
    assert (denied.overturned_at, denied.ended_at) == (None, None)
    assert not periods.may_appeal(denied, at=timezone.now())


def test_an_explanation_before_anybody_looked_is_answered_by_anybody(
    held: Decision, anna: Any, decide: Callable[..., Case], work: Callable[[], None]
) -> None:
    appeal(held)
    decide(anna, "release", telling=SORRY)
    work()
    assert Submission.objects.get().state == "sent"
    assert "Your invitations leave now" in mails_to(ADDRESS)[-1]


def test_who_explained_before_can_still_object_to_what_a_person_then_decided(
    held: Decision, anna: Any, ben: Any, decide: Callable[..., Case]
) -> None:
    appeal(held)
    decide(anna, "deny", "spam", telling=Telling(words="No."))
    row = Statement.objects.get()
    assert periods.may_appeal(row, at=timezone.now())
    appeal(row)
    with pytest.raises(review.NotAllowed):
        decide(anna, "release")
    decide(ben, "release", telling=SORRY)
    assert not Strike.objects.exists()
    assert sorted(Appeal.objects.values_list("state", flat=True)) == ["overturned", "upheld"]


@pytest.mark.requirement("R65")
def test_a_suspended_owner_objects_by_the_mailed_link_and_comes_back(
    owner: Any, held: Decision, anna: Any, ben: Any, decide: Callable[..., Case]
) -> None:
    session = signed_in(owner)
    decide(anna, "suspend", "phish")
    owner.refresh_from_db()
    assert not owner.is_active
    assert session.get("/calguard/account/").status_code == 302
    body = next(body for body in mails_to(ADDRESS) if "has been suspended" in body)
    link, mailbox = link_in(body), Client(enforce_csrf_checks=True)
    shown = mailbox.get(link)
    assert shown.status_code == 200
    assert Appeal.objects.count() == 0  # reading changes nothing
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', shown.content.decode())
    assert token
    assert mailbox.post(link, {"text": "forged"}).status_code == 403
    for _ in range(2):  # a double click is no error
        assert mailbox.post(link, {"text": "I teach this", "csrfmiddlewaretoken": token[1]}).status_code == 302
    made = Appeal.objects.get()
    assert (made.text, made.statement.measure) == ("I teach this", "suspended")
    assert "We have received it" in mailbox.get(link).content.decode()
    with pytest.raises(review.NotAllowed):
        decide(anna, "release", telling=SORRY)
    lesser = factories.make_user("cleo", "view_case", "decide_case")
    with pytest.raises(review.Invalid, match="permission to suspend"):
        decide(lesser, "release", telling=SORRY)
    decide(ben, "release", telling=SORRY)
    owner.refresh_from_db()
    assert owner.is_active
    assert not Restriction.objects.exists()
    assert not people.active(held.account, at=timezone.now())
    shown = mailbox.get(link).content.decode()
    assert "has taken the decision back" in shown
    assert SORRY.words in shown


def test_the_link_is_good_for_one_statement_and_not_for_ever(clock: Any, denied: Statement) -> None:
    link = link_in(mails_to(ADDRESS)[-1])
    assert Client().get("/calguard/objection/forged/").status_code == 404
    assert Client().get(link.replace("/objection/", "/objection/x")).status_code == 404
    clock.shift(timedelta(days=conf.policy.appeals.open_days))
    assert Client().get(link).status_code == 200
    clock.shift(timedelta(minutes=1))
    late = Client().post(link, {"text": "too late"})
    assert (late.status_code, Appeal.objects.count()) == (422, 0)
    clock.shift(timedelta(days=3 * conf.policy.appeals.answer_days))
    assert Client().get(link).status_code == 404


def test_a_statement_is_nobody_elses(denied: Statement, owner: Any, person: Callable[..., Any]) -> None:
    path = f"/calguard/statement/{denied.code}/"
    assert signed_in(owner).get(path).status_code == 200
    assert signed_in(person("eve@else.example")).get(path).status_code == 404
    assert signed_in(person("eva@else.example")).post(path, {"text": "mine"}).status_code == 404
    assert Client().get(path).status_code == 302


def test_an_appeal_against_a_machines_pause_alone_is_answered(
    owner: Any, ben: Any, decide: Callable[..., Case], work: Callable[[], None]
) -> None:
    """No event, no case and no decision: what limits the account is all there is to look at."""
    account = conf.host.account(owner)
    until = timezone.now() + timedelta(days=7)
    given = Order(owner="ladder:1", account=account, at=timezone.now(), using="default", reason="strikes")
    assert containment.impose(given, Restriction.Kind.SENDING, expires_at=until)
    row = Statement.objects.get()
    appeal(row)
    decide(ben, "release", telling=SORRY)
    assert guard.can_send(owner).allowed
    assert not Restriction.objects.exists()
    row.refresh_from_db()
    assert row.overturned_at is not None


def test_of_a_campaigns_members_only_who_was_right_is_let_off(
    person: Callable[..., Any], ben: Any, decide: Callable[..., Case]
) -> None:
    accounts = [conf.host.account(person(f"{name}@free.example")) for name in "ab"]
    for account in accounts:
        given = Order(owner="campaign:1/2/accounts", account=account, at=timezone.now(), using="default", by_human=True)
        containment.impose(given, Restriction.Kind.SENDING, expires_at=None)
        people.strike(account, "campaign:1/2", at=timezone.now(), expires_at=timezone.now() + timedelta(days=9))
    appeal(Statement.objects.get(account=accounts[0]))
    decide(ben, "release", telling=SORRY)
    assert list(Restriction.objects.values_list("account", flat=True)) == [accounts[1]]
    assert list(Strike.objects.values_list("account", flat=True)) == [accounts[1]]
    assert Statement.objects.get(account=accounts[1]).overturned_at is None


def test_late_answers_alarm_staff_once_a_day(denied: Statement) -> None:
    appeal(denied)
    at = timezone.now()
    assert appealing.overdue(at) == 0
    for days in (8, 8, 9):
        assert appealing.overdue(at + timedelta(days=days)) == 1
    assert Notice.objects.filter(kind="appeals_overdue").count() == 2


def _same_person(monkeypatch: pytest.MonkeyPatch) -> None:
    appeals = conf.policy.appeals.model_copy(update={"without_another": "same_person"})
    policy = conf.policy.model_copy(update={"appeals": appeals})
    monkeypatch.setattr("calguard.conf.Settings.policy", property(lambda self: policy))


def test_what_a_strike_led_to_goes_with_it_and_is_no_more_held_against_anybody(
    denied: Statement, held: Decision, ben: Any, decide: Callable[..., Case], work: Callable[[], None]
) -> None:
    step = Enforcement.objects.get(owner__startswith="strike:")
    assert step.action == "restrict"
    Enforcement.objects.filter(pk=step.pk).update(due_at=None)
    work()
    paused = Statement.objects.get(measure="restricted")
    assert paused.owner == step.owner
    appeal(denied)
    decide(ben, "release", telling=SORRY)
    assert not Restriction.objects.exists()
    paused.refresh_from_db()
    assert paused.overturned_at is not None


def test_of_two_objections_the_second_still_takes_the_content_along(
    held: Decision,
    anna: Any,
    ben: Any,
    decide: Callable[..., Case],
    stored: dict[str, bytes],
    work: Callable[[], None],
) -> None:
    """The first, against the pause, brought the event before somebody who left it as it was."""
    stored["7"] = bytes(held.evidence.content)
    decide(anna, "restrict", "phish")
    appeal(Statement.objects.get(measure="restricted"))
    decide(ben, "deny", "phish", telling=Telling(words="It stays."))
    appeal(Statement.objects.get(measure="withheld"))
    third = factories.make_user("cleo", "view_case", "decide_case", "suspend_case")
    case = Case.objects.get(state="open")
    assert list(case.decisions.all()) == [held]
    decide(third, "release", telling=SORRY)
    work()
    assert Submission.objects.get().state == "sent"
