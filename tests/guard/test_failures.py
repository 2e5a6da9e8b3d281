"""When a part beneath the guard fails: nothing leaves unjudged, nothing is lost, and nothing is tried without pause."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts_risk import ledger as people
from accounts_risk.models import Restriction
from calguard import dispatch, enforcement, guard, notices, sweeping
from calguard.conf import conf
from calguard.engine.policy import Limits
from calguard.guard import Verdict
from calguard.models import AuditEntry, Case, Decision, Enforcement, Notice
from outbound import ledger
from outbound.models import Charge, Delivery, Hold, Submission
from tests.guard.events import LURE, invitation
from tests.guard.test_actions import order_for
from tests.guard.test_check import send, to_guests

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R03")]

LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


def broken(*_args, **_options):
    raise RuntimeError("not now")


@pytest.mark.parametrize("part", ["calguard.host.Host.account", "calguard.engine.policy.Policy.tier"])
def test_a_check_answers_whatever_fails_beneath_it(person, work, monkeypatch, part):
    user = person()
    monkeypatch.setattr(part, broken)
    decision = send(user, invitation())
    assert decision.verdict is Verdict.HOLD
    monkeypatch.undo()
    work()
    assert to_guests() == []


@pytest.mark.parametrize("method", ["account", "facts"])
def test_what_a_page_shows_of_an_account_is_no_error_of_the_page(person, monkeypatch, method):
    user = person()
    monkeypatch.setattr(f"calguard.host.Host.{method}", broken)
    assert guard.can_send(user).allowed
    assert guard.budget(user, guests=3).day.limit > 0


def test_switched_off_it_answers_too(person, settings, monkeypatch):
    settings.CALGUARD = {**settings.CALGUARD, "MODE": "off"}
    user = person()
    monkeypatch.setattr("outbound.ledger.submit", broken)
    assert send(user, invitation()).submission is None


def test_what_cannot_be_judged_again_stays_as_it_is(person, monkeypatch):
    """A change found at the last look, and the database fails there: the submission is not lost."""
    decision = send(person(), invitation())
    Submission.objects.update(content_hash="another")
    real = ledger.submit
    monkeypatch.setattr("outbound.ledger.submit", lambda *_a, **_o: (_ for _ in ()).throw(DatabaseError("gone")))
    dispatch.send(decision.submission, at=timezone.now())
    assert [row.state for row in Submission.objects.all()] == ["accepted"]
    monkeypatch.setattr("outbound.ledger.submit", real)
    later = timezone.now() + timedelta(hours=1)
    for due in ledger.due(at=later, limit=9):
        dispatch.send(due, at=later)
    assert sorted(row.state for row in Submission.objects.all()) == ["accepted", "withdrawn"]


def test_a_copy_that_waits_for_its_next_try_is_not_woken_before(person, monkeypatch):
    def busy(_self, _messages):
        raise smtplib.SMTPRecipientsRefused({"ben@home.example": (450, b"busy")})

    decision = send(person(), invitation())
    now = timezone.now()
    monkeypatch.setattr(f"{LOCMEM}.send_messages", busy)
    dispatch.send(decision.submission, at=now)
    again = Delivery.objects.get().retry_at
    assert ledger.due(at=now + timedelta(seconds=30), limit=9) == ()
    assert ledger.due(at=again, limit=9) == (decision.submission,)


def test_a_submission_that_cannot_be_sent_is_not_woken_without_pause(person, monkeypatch):
    decision = send(person(), invitation())
    now = timezone.now()
    monkeypatch.setattr("calguard.host.Host.facts", broken)
    with pytest.raises(RuntimeError):
        dispatch.send(decision.submission, at=now)
    monkeypatch.undo()
    assert ledger.due(at=now + timedelta(seconds=30), limit=9) == ()
    later = now + timedelta(hours=1)
    assert ledger.due(at=later, limit=9) == (decision.submission,)
    assert dispatch.send(decision.submission, at=later) == 1


def test_the_sweep_does_not_wake_twice_what_waits_in_the_queue(person, monkeypatch):
    decision = send(person(), invitation())
    woken: list[object] = []
    monkeypatch.setattr("calguard.wake.dispatch", woken.append)
    now = timezone.now()
    for seconds in (0, 30, 60):
        sweeping.sweep(at=now + timedelta(seconds=seconds))
    assert woken == [decision.submission]
    sweeping.sweep(at=now + timedelta(minutes=30))
    assert woken == [decision.submission] * 2, "a wake-up that was lost is found"


def test_what_a_person_released_is_not_held_for_a_budget_it_never_fits(person, work, monkeypatch):
    send(person(), invitation(guests=["a@x.example", "b@x.example"]), reference="7")
    small = Limits(hour=1, day=1, week=1, guests_per_event=500)  # the policy was tightened meanwhile
    monkeypatch.setattr("calguard.engine.policy.Policy.budget", lambda *_: small)
    work()
    assert to_guests() == []
    assert Hold.objects.get().kind == "review"
    case = Case.objects.get()
    Case.objects.update(state="closed", outcome="release")
    enforcement.release(case, reviewer="rita", reason="the parents of a school", at=timezone.now())
    work()
    assert len(to_guests()) == 2
    assert Charge.objects.get().units == 2, "counted all the same"


def test_a_host_that_cannot_reinstate_is_asked_again(person, monkeypatch):
    user = person()
    order = order_for(user)
    row = Enforcement.objects.create(
        action="suspend", owner=order.owner, account=order.account, decision=order.decision, created_at=order.at
    )
    assert enforcement.run(row.pk)
    user.refresh_from_db()
    assert not user.is_active
    later = timezone.now() + timedelta(days=30)
    monkeypatch.setattr("calguard.host.Host.reinstate", broken)
    sweeping.sweep(at=later)
    monkeypatch.undo()
    sweeping.sweep(at=later)
    user.refresh_from_db()
    assert user.is_active
    assert not people.active(conf.host.account(user), at=later)  # it ran out, and stays on record


@pytest.mark.parametrize("name", ["restrict", "suspend"])
def test_a_worker_that_dies_between_restricting_and_telling_has_done_neither(person, monkeypatch, name):
    order = order_for(person())
    monkeypatch.setattr("calguard.notices.place", broken)
    with pytest.raises(RuntimeError):
        enforcement.registry()[name].carry_out(order)
    monkeypatch.undo()
    enforcement.registry()[name].carry_out(order)
    assert Notice.objects.filter(kind={"restrict": "restricted", "suspend": "suspended"}[name]).count() == 1
    assert AuditEntry.objects.filter(action=name).count() == 1
    assert Restriction.objects.count() == 1


def test_a_part_of_the_sweep_that_fails_stops_no_other(person, monkeypatch):
    decision = send(person(), invitation())
    woken: list[object] = []
    monkeypatch.setattr("calguard.wake.dispatch", woken.append)
    monkeypatch.setattr("outbound.ledger.recover", broken)
    sweeping.sweep(at=timezone.now())
    assert woken == [decision.submission]


def test_a_lure_stays_held_when_the_mode_goes_back_to_observe(person, work, settings):
    user = person("x@free.example", days=0.1)
    decision = send(user, invitation(organizer="x@free.example", summary=LURE))
    assert decision.judged >= Verdict.HOLD
    settings.CALGUARD = {**settings.CALGUARD, "MODE": "observe"}
    work()
    assert to_guests() == []


def test_what_a_host_sends_itself_is_closed_and_keeps_no_addresses(person, settings, monkeypatch):
    told: list[str] = []
    monkeypatch.setattr("calguard.host.Host.released", lambda _self, reference: told.append(reference))
    settings.CALGUARD = {**settings.CALGUARD, "DISPATCH": "host"}
    decision = send(person(), invitation(), reference="7")
    now = timezone.now()
    dispatch.send(decision.submission, at=now)
    assert told == ["7"]
    assert ledger.due(at=now + timedelta(days=1), limit=9) == ()
    later = now + timedelta(days=8)
    for due in ledger.due(at=later, limit=9):
        dispatch.send(due, at=later)
    row = Submission.objects.get()
    assert (told, row.state, row.snapshot) == (["7"], "sent", None)


def test_words_noted_of_a_submission_outlive_a_restriction(person, monkeypatch):
    from accounts_risk import ledger as people

    user = person()
    decision = send(user, invitation(), reference="7")
    Submission.objects.update(note="expanded")
    account, now = conf.host.account(user), timezone.now()
    people.restrict(account, "sending", "case:1", "x", by_human=True, at=now, expires_at=None)
    dispatch.send(decision.submission, at=timezone.now())
    assert Submission.objects.get().note == "expanded account_restricted"
    assert [state.state for state in guard.guest_states("7")] == ["paused"]
    people.lift("case:1")
    Submission.objects.update(note="account_restricted")
    assert dispatch.send(decision.submission, at=timezone.now() + timedelta(hours=1)) == 1
    assert Submission.objects.get().note == "waited expanded"


SLOW = """
    CREATE FUNCTION pg_temp.slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(5); RETURN NEW; END $$;
    CREATE TRIGGER slow BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION pg_temp.slow()
"""


@pytest.mark.parametrize(
    ("said", "slow"),
    [
        ({}, "calguard_decision"),
        ({"guests": [f"g{n}@there{n}.example" for n in range(20)]}, "calguard_decision"),
        ({"guests": [f"g{n}@there{n}.example" for n in range(20)]}, "calguard_mark"),
        ({"summary": LURE}, "calguard_decision"),
    ],
    ids=["in one message", "with marks", "marks that fail", "with orders"],
)
def test_the_hosts_timeouts_come_back_after_a_check_and_after_one_that_fails(person, said, slow, monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL has timeouts that a transaction sets for itself; the matrix runs it there")

    def timeouts() -> tuple[str, ...]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
            return tuple(cursor.fetchone())

    user = person(days=400)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '7s'")
        assert guard.check(user, invitation(**said)).submission
        assert timeouts() == ("0", "7s")
        with connection.cursor() as cursor:
            cursor.execute(SLOW.format(slow))
        monkeypatch.setattr("calguard.conf.Settings.statement_timeout_ms", 50)
        assert guard.check(user, invitation(uid="2@x", **said)).submission is None
        assert timeouts() == ("0", "7s")
        assert Decision.objects.count() == 1, "and the host's transaction is as it was"
        assert Submission.objects.count() == 1


def test_what_cannot_be_sent_spoils_nothing(person, monkeypatch):
    """It failed before the database heard of it: there is no savepoint to go back to."""
    user = person()
    monkeypatch.setattr("calguard.recording.named", lambda _of: {"x": object()})  # JSON cannot say it
    with transaction.atomic():
        assert guard.check(user, invitation()).submission is None
        monkeypatch.undo()
        assert guard.check(user, invitation(uid="2@x")).submission
    assert Decision.objects.count() == 1


def test_a_transaction_that_the_host_gave_up_stays_given_up(person):
    user = person()
    with transaction.atomic():
        transaction.set_rollback(True)
        assert guard.check(user, invitation()).submission is None
        assert transaction.get_rollback()
    assert not Decision.objects.exists()


@pytest.mark.parametrize("named", ["", "not-an-id", "00000000-0000-0000-0000-000000000000"])
def test_an_answer_for_no_submission_is_no_error(db, named):
    assert not guard.challenge_passed(named, "token")


def test_a_check_inside_a_block_that_fails_does_not_hide_the_first(person):
    user, made = person(), []

    def save() -> None:
        with guard.sending(user, invitation()) as first:
            made.append(first.id)
            guard.check(user, invitation(uid="2@x"))
            raise RuntimeError("the host's save failed")

    with pytest.raises(RuntimeError):
        save()
    assert Decision.objects.filter(pk__in=made).exists()
    assert not Submission.objects.exclude(state="withdrawn").exists()


def test_leaving_a_block_early_is_no_failure(person, work):
    def view(user):
        with guard.sending(user, invitation()) as decision:
            return decision

    assert view(person()).may_send
    work()
    assert len(to_guests()) == 1


def test_a_host_that_catches_its_own_error_sends_nothing(person, work):
    user = person()
    with transaction.atomic(), pytest.raises(RuntimeError), guard.sending(user, invitation()):
        raise RuntimeError("the host's save failed")
    work()
    assert to_guests() == []


def test_no_submission_waits_for_room_or_a_person_unless_somebody_knows(person, monkeypatch):
    decision = send(person(), invitation(guests=["a@x.example", "b@x.example"]))
    small = Limits(hour=1, day=1, week=1, guests_per_event=500)
    monkeypatch.setattr("calguard.engine.policy.Policy.budget", lambda *_: small)
    real = notices.place
    monkeypatch.setattr("calguard.notices.place", broken)
    with pytest.raises(RuntimeError):
        dispatch.send(decision.submission, at=timezone.now())
    assert not Hold.objects.exists()
    monkeypatch.setattr("calguard.notices.place", real)
    dispatch.send(decision.submission, at=timezone.now())
    assert Hold.objects.get().kind == "review"
    assert Case.objects.filter(state="open").count() == 1
    assert Notice.objects.filter(kind="over_budget").count() == 1
