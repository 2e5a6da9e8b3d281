"""What people decide: by whom, once, with a reason, and carried out."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from accounts_risk.models import Restriction, Strike
from calguard import audit, cases, enforcement, exemptions, revealing, review
from calguard.models import Appeal, AuditEntry, Case, Enforcement, Exemption, Note
from outbound.models import Hold, Submission
from tests.review import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R88")]

DAY = timedelta(days=1)
HELD = "shop.user:1"


@pytest.fixture
def anna() -> Any:
    return factories.make_user("anna", "view_case", "decide_case", "suspend_case", "reveal_case")


@pytest.fixture
def ben() -> Any:
    return factories.make_user("ben", "view_case", "decide_case")


@pytest.fixture
def viewer() -> Any:
    return factories.make_user("vera", "view_case")


@pytest.fixture
def case(now: datetime) -> Case:
    return cases.open_for(factories.decision(HELD, at=now), at=now)


@pytest.fixture
def decide(case: Case, anna: Any, now: datetime) -> Callable[..., Case]:
    """Anna's verdict on the case, with what is not named filled in."""

    def call(outcome: str, **changes: Any) -> Case:
        given: dict[str, Any] = {"version": case.version, "reason": "seen before", "label": "spam", "at": now}
        if outcome in ("release", "restore"):
            given["label"] = "innocent"
        return review.decide(case.pk, changes.pop("reviewer", anna), outcome=outcome, **(given | changes))

    return call


def state_of(case: Case) -> str:
    return Submission.objects.get(decisions__case=case).state


def carried_out(case: Case) -> None:
    """What a worker does with the case's orders; twice, as Celery may."""
    for _ in range(2):
        enforcement.run_owner(f"case:{case.pk}")


def test_release_frees_what_was_held(decide: Callable[..., Case], case: Case) -> None:
    done = decide("release", label="")
    assert (done.state, done.outcome, done.label) == (Case.State.CLOSED, "release", "innocent")
    assert not Hold.objects.exists()
    assert state_of(case) == Submission.State.ACCEPTED
    assert not Strike.objects.exists()


def test_deny_refuses_what_was_held_and_counts(decide: Callable[..., Case], case: Case) -> None:
    decide("deny")
    carried_out(case)
    assert state_of(case) == Submission.State.REFUSED
    assert Strike.objects.filter(account=HELD).count() == 1


@pytest.mark.parametrize("label", ["hijacked", "runaway", "unclear"])
def test_a_victim_gets_no_strike(decide: Callable[..., Case], case: Case, label: str) -> None:
    decide("deny", label=label)
    carried_out(case)
    assert state_of(case) == Submission.State.REFUSED
    assert not Strike.objects.exists()


@pytest.mark.parametrize(("outcome", "kind"), [("restrict", "sending"), ("suspend", "suspension")])
def test_an_account_is_contained(decide: Callable[..., Case], case: Case, outcome: str, kind: str) -> None:
    decide(outcome)
    carried_out(case)
    restriction = Restriction.objects.get(account=HELD)
    assert (restriction.kind, restriction.by_human) == (kind, True)
    assert state_of(case) == Submission.State.REFUSED


def test_restore_lifts_what_another_case_did(decide: Callable[..., Case], case: Case, anna: Any, now: datetime) -> None:
    decide("suspend", label="hijacked")
    carried_out(case)
    held = factories.decision(HELD, at=now)
    later = cases.open_for(held, at=now + DAY)
    review.decide(
        later.pk,
        anna,
        version=later.version,
        outcome="restore",
        reason="the owner called",
        label="innocent",
        at=now + DAY,
    )
    assert not Restriction.objects.exists()
    assert held.submission is not None
    held.submission.refresh_from_db()
    assert held.submission.state == Submission.State.ACCEPTED
    assert not Hold.objects.filter(submission__decisions__case=later).exists()
    brought = later.decisions.exclude(pk=held.pk).get()
    assert brought.submission is not None
    assert brought.submission.state == Submission.State.REFUSED, "it is its owner's to send after all"


def test_each_decision_is_on_record(decide: Callable[..., Case], case: Case, anna: Any) -> None:
    decide("deny")
    entry = AuditEntry.objects.get(action="case.deny")
    assert (entry.actor, entry.target, entry.reason) == (factories.account_of(anna), f"case:{case.pk}", "seen before")
    assert entry.data["label"] == "spam"
    assert audit.verify() is None


@pytest.mark.parametrize(
    ("outcome", "changes", "says"),
    [
        ("release", {"reason": "  "}, "reason is needed"),
        ("deny", {"label": ""}, "label is needed"),
        ("deny", {"label": "evil"}, "label is needed"),
        ("deny", {"label": "innocent"}, "cannot be given"),
        ("release", {"label": "phish"}, "cannot be given"),
        ("forgive", {}, "no outcome"),
        ("deny", {"exempt": exemptions.Exempt(scopes=("lure.callback_lure",), days=5)}, "Only a release"),
    ],
)
def test_what_makes_no_sense_is_refused(
    decide: Callable[..., Case], case: Case, outcome: str, changes: dict[str, Any], says: str
) -> None:
    with pytest.raises(review.Invalid, match=says):
        decide(outcome, **changes)
    case.refresh_from_db()
    assert case.state == Case.State.OPEN
    assert Hold.objects.exists()


def test_a_case_that_is_not_there(anna: Any, now: datetime) -> None:
    with pytest.raises(review.Invalid, match="no case 999"):
        review.decide(999, anna, version=0, outcome="deny", reason="x", label="spam", at=now)


@pytest.mark.parametrize("outcome", ["release", "deny", "restrict", "suspend", "restore"])
def test_who_may_only_look_decides_nothing(decide: Callable[..., Case], case: Case, viewer: Any, outcome: str) -> None:
    with pytest.raises(review.NotAllowed):
        decide(outcome, reviewer=viewer)
    assert Hold.objects.exists()
    assert not Enforcement.objects.filter(case=case).exists()


@pytest.mark.parametrize("outcome", ["suspend", "restore"])
def test_suspending_is_a_permission_of_its_own(decide: Callable[..., Case], ben: Any, outcome: str) -> None:
    with pytest.raises(review.NotAllowed):
        decide(outcome, reviewer=ben)
    decide("deny", reviewer=ben)


def test_who_may_decide_but_not_look_is_refused(decide: Callable[..., Case]) -> None:
    with pytest.raises(review.NotAllowed):
        decide("deny", reviewer=factories.make_user("dora", "decide_case"))


def test_who_left_decides_nothing(decide: Callable[..., Case], anna: Any) -> None:
    anna.is_active = False
    with pytest.raises(review.NotAllowed):
        decide("deny")


def test_nobody_decides_on_their_own_account(anna: Any, now: datetime) -> None:
    own = cases.open_for(factories.decision(factories.account_of(anna), at=now), at=now)
    with pytest.raises(review.NotAllowed, match="own account"):
        review.decide(own.pk, anna, version=own.version, outcome="release", reason="it is me", at=now)


@pytest.mark.parametrize("acting", ["member", "delegate", "staff"])
def test_nor_on_what_they_did_for_others_or_as_one_of_many(anna: Any, now: datetime, acting: str) -> None:
    me = factories.account_of(anna)
    theirs = {"account": me} if acting == "member" else {"account": HELD, "actor": f"{acting}:{me}"}
    row = factories.decision(**theirs, at=now)
    own = cases.open_for(row, at=now, campaign="K7" if acting == "member" else "")
    with pytest.raises(review.NotAllowed, match="own account"):
        review.decide(own.pk, anna, version=own.version, outcome="release", reason="it is me", at=now)


@pytest.mark.requirement("R92")
def test_an_appeal_goes_to_somebody_else(
    decide: Callable[..., Case], case: Case, anna: Any, ben: Any, now: datetime
) -> None:
    decide("deny")
    appeal = Appeal.objects.create(decision=case.decisions.get(), account=HELD, text="My wedding", created_at=now + DAY)
    again = cases.appealed(appeal, at=now + DAY)
    given: dict[str, Any] = {"version": again.version, "outcome": "release", "reason": "true", "at": now + DAY}
    with pytest.raises(review.NotAllowed, match="own decision"):
        review.decide(again.pk, anna, **given)
    assert review.decide(again.pk, ben, **given).decided_by == factories.account_of(ben)


@pytest.mark.requirement("R89")
def test_the_second_of_two_reviewers_hears_who_was_first(decide: Callable[..., Case], anna: Any, ben: Any) -> None:
    decide("deny")
    with pytest.raises(review.Conflict, match="anna already decided this case: deny"):
        decide("release", reviewer=ben)
    assert Case.objects.get().outcome == "deny"
    assert AuditEntry.objects.filter(action__in=("case.deny", "case.release")).count() == 1


@pytest.mark.requirement("R89")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("others", ["deny", "release", "restrict"])
def test_of_reviewers_at_the_same_time_one_decides(case: Case, anna: Any, ben: Any, now: datetime, others: str) -> None:
    ready = Barrier(4)

    def press(turn: int) -> str:
        outcome = "deny" if turn % 2 else others
        try:
            ready.wait(10)
            review.decide(
                case.pk,
                ben if turn % 2 else anna,
                version=case.version,
                outcome=outcome,
                reason=f"press {turn}",
                label="unclear",
                at=now,
            )
        except review.Conflict as conflict:
            return str(conflict)
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(press, range(4)))
    assert answers.count("done") == 1
    assert all("already decided" in answer for answer in answers if answer != "done")
    case.refresh_from_db()
    assert case.reason == f"press {answers.index('done')}"
    ordered = Enforcement.objects.filter(case=case)
    assert ordered.count() == {"release": 0, "deny": 1, "restrict": 2}[case.outcome]
    assert AuditEntry.objects.filter(action=f"case.{case.outcome}").count() == 1
    assert audit.verify() is None


@pytest.mark.requirement("R89")
@pytest.mark.parametrize("outcome", ["release", "deny"])
def test_what_came_after_the_look_must_be_looked_at(
    decide: Callable[..., Case], case: Case, now: datetime, outcome: str
) -> None:
    cases.open_for(factories.decision(HELD, at=now), at=now)
    with pytest.raises(review.Conflict, match="has changed"):
        decide(outcome)
    assert Hold.objects.count() == 2


def test_an_account_that_never_stops_can_still_be_contained(decide: Callable[..., Case], now: datetime) -> None:
    cases.open_for(factories.decision(HELD, at=now), at=now)
    assert decide("restrict").outcome == "restrict"


def test_a_claim_is_seen_and_keeps_others_out(
    decide: Callable[..., Case], case: Case, anna: Any, ben: Any, now: datetime
) -> None:
    claimed = review.claim(case.pk, ben, at=now)
    assert (claimed.claimed_by, claimed.claimed_at) == (factories.account_of(ben), now)
    assert review.holder(claimed, now) == factories.account_of(ben)
    with pytest.raises(review.Conflict, match="ben has claimed this case since 10:00 UTC"):
        review.claim(case.pk, anna, at=now + timedelta(minutes=29))
    with pytest.raises(review.Conflict, match="has claimed"):
        decide("deny")
    decide("deny", reviewer=ben)


def test_a_claim_ends_after_half_an_hour(
    decide: Callable[..., Case], case: Case, anna: Any, ben: Any, now: datetime
) -> None:
    claimed = review.claim(case.pk, ben, at=now)
    later = now + timedelta(minutes=30)
    assert not review.holder(claimed, later)
    assert review.claim(case.pk, anna, at=later).claimed_by == factories.account_of(anna)
    decide("deny", at=later)


def test_a_claim_can_be_prolonged_and_given_back(case: Case, anna: Any, ben: Any, now: datetime) -> None:
    review.claim(case.pk, ben, at=now)
    assert review.claim(case.pk, ben, at=now + timedelta(minutes=20)).claimed_at == now + timedelta(minutes=20)
    with pytest.raises(review.Conflict):
        review.release_claim(case.pk, anna, at=now)
    review.release_claim(case.pk, ben, at=now)
    assert review.claim(case.pk, anna, at=now).claimed_by == factories.account_of(anna)


def test_who_may_only_look_claims_nothing(case: Case, viewer: Any, now: datetime) -> None:
    with pytest.raises(review.NotAllowed):
        review.claim(case.pk, viewer, at=now)


def test_notes(case: Case, viewer: Any, now: datetime) -> None:
    review.note(case.pk, viewer, " the customer called ", at=now)
    assert Note.objects.get().text == "the customer called"
    with pytest.raises(review.Invalid):
        review.note(case.pk, viewer, " ", at=now)
    with pytest.raises(review.NotAllowed):
        review.note(case.pk, factories.make_user("nobody"), "hello", at=now)


@pytest.mark.requirement("R96")
def test_a_release_may_set_a_signal_aside_for_a_time(decide: Callable[..., Case], now: datetime) -> None:
    decide("release", exempt=exemptions.Exempt(scopes=("lure.callback_lure",), days=30))
    assert exemptions.standing(HELD, at=now) == {"lure.callback_lure"}
    assert exemptions.standing(HELD, at=now + 30 * DAY) == frozenset()
    assert exemptions.standing("shop.user:2", at=now) == frozenset()
    assert AuditEntry.objects.get(action="case.release").data["exempt"] == ["lure.callback_lure"]


@pytest.mark.requirement("R96")
@pytest.mark.parametrize(
    ("scopes", "days", "says"),
    [
        (("links.block_list",), 30, "always counts"),
        (("lure.callback_lure", "links.block_list"), 30, "always counts"),
        (("recurrence.flood",), 30, "not among the signals"),
        (("lure.callback_lure",), 91, "1 to 90 days"),
        (("lure.callback_lure",), 0, "1 to 90 days"),
        ((), 30, "at least one"),
    ],
)
def test_some_exemptions_are_never_given(
    decide: Callable[..., Case], scopes: tuple[str, ...], days: int, says: str
) -> None:
    with pytest.raises(review.Invalid, match=says):
        decide("release", exempt=exemptions.Exempt(scopes=scopes, days=days))
    assert not Exemption.objects.exists()
    assert Hold.objects.exists()
    assert Case.objects.get().state == Case.State.OPEN


def test_a_block_list_hit_is_not_even_offered(case: Case) -> None:
    assert exemptions.offered(case) == ("lure.callback_lure",)


def test_many_are_decided_each_by_itself(anna: Any, ben: Any, now: datetime) -> None:
    rows = [cases.open_for(factories.decision(f"shop.user:{n}", at=now), at=now) for n in range(4)]
    own = cases.open_for(factories.decision(factories.account_of(anna), at=now), at=now)
    review.claim(rows[1].pk, ben, at=now)
    results = review.decide_many(
        [row.pk for row in rows] + [own.pk, 999, rows[0].pk],
        anna,
        outcome="deny",
        reason="one campaign",
        label="spam",
        at=now,
    )
    found = {result.case: result.status for result in results}
    assert found == {
        rows[0].pk: "done",
        rows[1].pk: "conflict",
        rows[2].pk: "done",
        rows[3].pk: "done",
        own.pk: "not allowed",
        999: "error",
    }
    assert Case.objects.filter(state=Case.State.CLOSED).count() == 3


def test_one_that_breaks_takes_no_other_with_it(anna: Any, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second case's orders fail half-way: nothing of it stays, the others are done."""
    rows = [cases.open_for(factories.decision(f"shop.user:{n}", at=now), at=now) for n in range(3)]
    original = enforcement.order_by_human

    def fails_once(case: Case, *args: Any, **kwargs: Any) -> None:
        original(case, *args, **kwargs)
        if case.pk == rows[1].pk:
            raise RuntimeError("the disk is full")

    monkeypatch.setattr(enforcement, "order_by_human", fails_once)
    results = review.decide_many([row.pk for row in rows], anna, outcome="deny", reason="x", label="spam", at=now)
    assert [result.status for result in results] == ["done", "error", "done"]
    rows[1].refresh_from_db()
    assert rows[1].state == Case.State.OPEN
    assert state_of(rows[1]) == Submission.State.ACCEPTED
    assert not Enforcement.objects.filter(case=rows[1]).exists()
    assert audit.verify() is None


@pytest.mark.requirement("R90")
def test_seeing_addresses_is_on_record(case: Case, anna: Any, ben: Any, now: datetime) -> None:
    sent = case.decisions.get().submission
    assert sent is not None
    kept = factories.delivery(sent, "jane.doe@victim.example", at=now, state="pending")
    factories.delivery(sent, "", at=now)
    found = review.reveal(case.pk, anna, "police file 7", at=now)
    assert found.deliveries == {kept.pk: "jane.doe@victim.example"}
    assert found.guests == ("jane.doe@victim.example", "bob@other.example")
    entry = AuditEntry.objects.get(action="case.revealed")
    assert (entry.reason, entry.data) == ("police file 7", {"deliveries": 1, "guests": 2})
    with pytest.raises(review.Invalid):
        review.reveal(case.pk, anna, "", at=now)
    with pytest.raises(review.NotAllowed):
        review.reveal(case.pk, ben, "curious", at=now)
    assert AuditEntry.objects.filter(action="case.revealed").count() == 1


def test_of_a_flood_so_many_events_are_read_and_no_more(
    case: Case, anna: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One case holds all that an account tried: showing its guests must not take a worker for minutes."""
    monkeypatch.setattr(revealing, "READ", 3)
    parsed: list[bytes] = []
    real = revealing.read
    monkeypatch.setattr(revealing, "read", lambda content: parsed.append(content) or real(content))
    for _ in range(6):
        row = factories.decision(case.account, at=now)
        type(row).objects.filter(pk=row.pk).update(case=case)
    assert review.reveal(case.pk, anna, "police file 7", at=now).guests
    assert len(parsed) == 3
