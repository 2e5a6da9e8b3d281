"""A check answers, records, and keeps back exactly what it must."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db import connection

from accounts_risk.models import Profile
from calguard import feedback, guard
from calguard.conf import conf
from calguard.guard import Verdict
from calguard.models import Case, Decision
from outbound.models import Delivery, Hold, Submission
from tests.guard.events import LURE, invitation

pytestmark = pytest.mark.django_db(transaction=True)


def to_guests():
    """Mail to anybody but staff and owners."""
    return [message for message in mail.outbox if message.extra_headers.get("Auto-Submitted") is None]


def send(user, content, **options):
    with guard.sending(user, content, **options) as decision:
        pass
    return decision


@pytest.mark.requirement("R01")
def test_an_innocent_invitation_leaves_and_says_so(person, work):
    decision = send(person(), invitation(), reference="1")
    assert decision.verdict is Verdict.ALLOW
    assert decision.reasons == ()
    assert [state.state for state in guard.guest_states("1")] == ["queued"]
    work()
    assert [message.to for message in to_guests()] == [["ben@home.example"]]
    assert [state.state for state in guard.guest_states("1")] == ["sent"]


@pytest.mark.requirement("R52")
def test_a_lure_is_held_and_nothing_leaves(person, work):
    decision = send(
        person("x@free.example", days=0.1), invitation(organizer="x@free.example", summary=LURE), reference="2"
    )
    assert decision.verdict >= Verdict.HOLD
    assert decision.reasons
    assert decision.explain_url
    work()
    assert [m.subject for m in mail.outbox if "ben@home.example" in m.to] == []
    assert Case.objects.get().decisions.get().code == decision.reference
    assert [state.state for state in guard.guest_states("2")] in (["review"], ["refused"])


def test_nothing_leaves_before_the_host_confirms(person, work):
    decision = guard.check(person(), invitation())
    work()
    assert to_guests() == []
    guard.confirm(decision)
    guard.confirm(decision)
    work()
    assert len(to_guests()) == 1


def test_a_withdrawn_submission_never_leaves(person, work):
    decision = guard.check(person(), invitation())
    guard.withdraw(decision)
    guard.confirm(decision)
    work()
    assert to_guests() == []
    assert Submission.objects.get().state == "withdrawn"


def test_a_save_that_fails_leaves_no_submission_and_stays_on_record(person, work):
    user = person()
    with pytest.raises(RuntimeError), guard.sending(user, invitation()) as decision:
        raise RuntimeError("the host's save failed")
    work()
    assert to_guests() == []
    assert Decision.objects.get().pk == decision.id
    assert Submission.objects.get().state == "withdrawn"


@pytest.mark.requirement("R67")
def test_observe_records_what_would_have_been_done_and_does_nothing(person, work, settings):
    settings.CALGUARD = {**settings.CALGUARD, "MODE": "observe"}
    decision = send(person("x@free.example", days=0.1), invitation(organizer="x@free.example", summary=LURE))
    assert decision.verdict <= Verdict.OBSERVE
    assert decision.judged >= Verdict.HOLD
    row = Decision.objects.get()
    assert (row.enforced, row.verdict) == (False, decision.judged)
    assert not Hold.objects.exists()
    work()
    assert len(to_guests()) == 1


@pytest.mark.requirement("R67")
def test_off_judges_nothing_and_still_sends(person, work, settings):
    settings.CALGUARD = {**settings.CALGUARD, "MODE": "off"}
    assert send(person(days=0.1), invitation(summary=LURE)).verdict is Verdict.ALLOW
    work()
    assert len(to_guests()) == 1
    assert not Decision.objects.exists()


@pytest.mark.requirement("R67")
def test_a_switched_off_action_is_recorded_and_not_carried_out(person, work, settings):
    settings.CALGUARD = {**settings.CALGUARD, "DISABLED_ACTIONS": ["hold", "deny"]}
    decision = send(person("x@free.example", days=0.1), invitation(organizer="x@free.example", summary=LURE))
    assert decision.may_send
    assert decision.judged >= Verdict.HOLD
    work()
    assert len(to_guests()) == 1


@pytest.mark.requirement("R08")
def test_somebody_elses_event_is_refused(person, work):
    decision = send(person(), invitation(organizer="boss@other.example"))
    assert decision.is_refused
    assert "organizer_not_yours" in [reason.code for reason in decision.reasons]
    work()
    assert to_guests() == []


@pytest.mark.requirement("R03")
def test_a_guard_that_breaks_holds_and_never_raises(person, work, monkeypatch):
    def broken(*_args, **_options):
        raise RuntimeError("a bug of ours")

    user = person()
    monkeypatch.setattr("calguard.attempts.gather", broken)
    decision = send(user, invitation())
    assert decision.verdict is Verdict.HOLD
    assert [reason.code for reason in decision.reasons] == ["check_unavailable"]
    work()
    assert to_guests() == []


def test_a_thousand_guests_get_one_mail_each(person, work, settings):
    guests = [f"guest{n}@school{n % 7}.example" for n in range(60)]
    send(person(), invitation(guests=guests))
    work()
    assert sorted(m.to[0] for m in to_guests()) == sorted(guests)
    assert not Delivery.objects.exclude(state="sent").exists()
    assert not Delivery.objects.exclude(recipient="").exists()


CHECK_QUERIES = {
    "sqlite": 11,  # one savepoint (2), account (3), lately (2), relations, exemptions, and the two rows written
    "postgresql": 8,  # both rows and the timeouts in one message, which is a transaction of its own
}
MARKED = {"sqlite": 2, "postgresql": 5}  # a look and an INSERT; on PostgreSQL in a transaction, after the timeouts


@pytest.mark.parametrize("guests", [1, 20, 200])
def test_a_check_costs_the_same_queries_whatever_the_guests(person, guests, django_assert_num_queries):
    user = person()
    guard.check(user, invitation(uid="first@x"))
    Profile.objects.update(accepted_total=10)
    content = invitation(guests=[f"g{n}@there{n}.example" for n in range(guests)])
    with django_assert_num_queries(CHECK_QUERIES[connection.vendor]):
        guard.check(user, content)


@pytest.mark.requirement("R22")
@pytest.mark.parametrize(("guests", "compared"), [(4, False), (20, True), (190, True)])
def test_who_is_established_by_age_alone_is_compared_with_others(person, guests, compared, django_assert_num_queries):
    """Where it writes to more than a few strangers: a look at others' marks, and its own are written."""
    user = person()
    guard.check(user, invitation(uid="first@x"))
    content = invitation(guests=[f"g{n}@there{n}.example" for n in range(guests)])
    more = MARKED[connection.vendor] if compared else 0
    with django_assert_num_queries(CHECK_QUERIES[connection.vendor] + more):
        guard.check(user, content)


SENDING = {"sqlite": CHECK_QUERIES["sqlite"] + 4, "postgresql": CHECK_QUERIES["postgresql"] + 4}


@pytest.mark.parametrize(("guests", "more"), [(1, 0), (20, 4)])
def test_what_the_host_saves_in_one_transaction_is_accepted_with_it(person, guests, more, django_assert_num_queries):
    """BEGIN, COMMIT and a savepoint around each look at the ledgers, and no UPDATE; marks of many guests cost a look
    and an INSERT."""
    user = person()
    guard.check(user, invitation(uid="first@x"))
    content = invitation(guests=[f"g{n}@there{n}.example" for n in range(guests)])
    with django_assert_num_queries(SENDING[connection.vendor] + more), guard.sending(user, content) as decision:
        pass
    made = Submission.objects.get(pk=decision.submission)
    assert (made.state, made.due_at) == ("accepted", made.created_at)


@pytest.mark.requirement("R08")
@pytest.mark.requirement("R44")
def test_ones_own_address_is_ones_own_however_it_is_written(person, work):
    user = person("Ben.Carter@gmail.com")
    assert send(user, invitation(organizer="ben.carter@gmail.com")).may_send
    assert send(user, invitation(organizer="BenCarter+calendar@gmail.com", uid="2@x")).may_send
    assert send(user, invitation(organizer="ben.cartner@gmail.com", uid="3@x")).is_refused


@pytest.mark.requirement("R84")
def test_a_guest_is_found_again_however_their_address_is_written(person, work):
    user = person()
    send(user, invitation(guests=["Aunt.May@gmail.com"]), reference="may")
    work()
    assert guard.guest_states("may")[0].matches("auntmay@gmail.com")
    feedback.answered(conf.host.account(user), "aunt.may+family@gmail.com", accepted=True)
    send(user, invitation(guests=["Aunt.May@gmail.com", "new@x.example"], uid="2@x"))
    assert Decision.objects.latest("created_at").facts["audience"]["related"] == 1
