"""A decision made without some fact is looked at again when the fact is back; nothing untrusted leaves for its want."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.utils import timezone

from calguard import claims, dispatch, guard, review, sweeping
from calguard.engine.policy import Policy
from calguard.engine.types import Verdict
from calguard.models import AuditEntry, Case, Decision
from outbound.models import Hold, Submission
from tests.guard.events import LURE, invitation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R03")]

Person = Callable[..., Any]


def send(user: Any, content: bytes, **options: Any) -> guard.Decision:
    with guard.sending(user, content, **options) as decision:
        pass
    return decision


def guests() -> list[str]:
    return [address for message in mail.outbox for address in message.to if address.endswith("home.example")]


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Detectors of texts fail until `blind()` is called: a part of the judge is away."""
    from calguard.engine import judge

    real = judge.detectors

    def away(attempt: Any) -> Any:
        raise RuntimeError("away")

    def detectors() -> list[Any]:
        return [replace(one, look=away) if one.group in ("text", "identity") else one for one in real()]

    monkeypatch.setattr(judge, "detectors", detectors)
    return lambda: monkeypatch.setattr(judge, "detectors", real)


def sweep_and_send(work: Callable[[], None], *, minutes: float = 0) -> None:
    found = sweeping.sweep(at=timezone.now() + timedelta(minutes=minutes))
    assert not found["failed"]
    work()


def test_an_honest_event_of_an_established_account_goes_at_once(
    person: Person,
    blind: Callable[[], None],
    work: Callable[[], None],
) -> None:
    decision = send(person(), invitation(), reference="1")
    assert decision.verdict <= Verdict.OBSERVE
    assert Decision.objects.get().degraded
    work()
    assert guests() == ["ben@home.example"], "and is not kept back for a fact that stays away"


def without_facts(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    """A policy that lets trial accounts go on without a fact, and says otherwise as given."""
    shipped = Policy.shipped()
    trial = shipped.tiers["trial"].model_copy(update={"unavailable": "open"})
    policy = shipped.model_copy(update={"tiers": {**shipped.tiers, "trial": trial}, **changes})
    monkeypatch.setattr("calguard.conf.Settings.policy", property(lambda self: policy))


@pytest.fixture
def let_go(person: Person, blind: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> guard.Decision:
    """What a trial account was allowed, though a fact was away."""
    without_facts(monkeypatch)
    decision = send(person("t@home2.example", days=5), invitation(organizer="t@home2.example"), reference="1")
    assert decision.may_send
    assert (Decision.objects.get().tier, Decision.objects.get().degraded) == ("trial", True)
    return decision


def test_what_still_lacks_its_fact_waits_and_is_then_a_persons_and_goes_by_itself_when_it_is_back(
    let_go: guard.Decision, blind: Callable[[], None], work: Callable[[], None]
) -> None:
    work()
    assert guests() == []
    assert not Hold.objects.exists(), "for half an hour it is only waited for"
    wait = Policy.shipped().dispatch.wait_minutes
    dispatch.send(str(let_go.submission), at=timezone.now() + timedelta(minutes=wait + 1))
    work()
    assert guests() == []
    assert Case.objects.get().state == "open"
    assert [state.state for state in guard.guest_states("1")] == ["review"]
    (told,) = [message for message in mail.outbox if message.to == ["t@home2.example"]]
    assert "check" in told.body
    blind()
    sweep_and_send(work, minutes=wait + 10)
    assert guests() == ["ben@home.example"]
    assert Case.objects.get().state == "closed"
    assert Decision.objects.get().facts["without"]["verdict"] == "HOLD"


def test_what_only_waited_goes_when_the_fact_is_back(
    let_go: guard.Decision, blind: Callable[[], None], work: Callable[[], None]
) -> None:
    work()
    blind()
    sweep_and_send(work, minutes=6)
    assert guests() == ["ben@home.example"]
    assert not Case.objects.exists()


def test_a_person_who_released_it_is_believed(let_go: guard.Decision, person: Person, work: Callable[[], None]) -> None:
    later = timezone.now() + timedelta(hours=1)
    dispatch.send(str(let_go.submission), at=later)
    work()
    rita = person("rita@calendar.example", is_staff=True, is_superuser=True)
    case = claims.claim(Case.objects.get().pk, rita, at=timezone.now())
    said = {"outcome": "release", "label": "innocent", "reason": "known"}
    review.decide(case.pk, rita, version=case.version, at=timezone.now(), **said)
    work()
    assert guests() == ["ben@home.example"]


@pytest.mark.parametrize("rule", ["send", "named"])
def test_the_operators_word_lets_it_go(
    person: Person,
    blind: Callable[[], None],
    work: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
    rule: str,
) -> None:
    shipped = Policy.shipped()
    all_send = {"new": "send", "trial": "send", "established": "send"}
    changed: dict[str, Any] = {
        "send": {"dispatch": shipped.dispatch.model_copy(update={"without_facts": all_send})},
        "named": {"unavailable": {**shipped.unavailable, "detector": {"trial": "open"}}},
    }[rule]
    without_facts(monkeypatch, **changed)
    send(person("t@home2.example", days=5), invitation(organizer="t@home2.example"), reference="1")
    work()
    assert guests() == ["ben@home.example"]


def test_what_was_let_go_without_a_fact_is_judged_with_it_before_it_leaves(
    person: Person,
    blind: Callable[[], None],
    work: Callable[[], None],
) -> None:
    decision = send(person(), invitation(summary=LURE), reference="1")
    assert decision.may_send
    blind()
    work()
    assert guests() == []
    second = Decision.objects.exclude(pk=decision.id).get()
    assert (second.degraded, second.verdict >= Verdict.CHALLENGE) == (False, True)
    assert Submission.objects.get(pk=decision.submission).state == "withdrawn"


def test_once_judged_whole_it_is_not_judged_at_every_batch(
    person: Person,
    blind: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decision = send(person(), invitation(guests=["a@home.example", "b@home.example"]))
    blind()
    monkeypatch.setattr("calguard.conf.Settings.batch_size", 1)
    dispatch.send(str(decision.submission), at=timezone.now())
    assert "whole" in Submission.objects.get().note.split()
    monkeypatch.setattr("calguard.attempts.decide", lambda *_a, **_o: pytest.fail("judged again"))
    dispatch.send(str(decision.submission), at=timezone.now())
    assert len(guests()) == 2


def test_nothing_of_an_untrusted_account_leaves_for_want_of_a_fact_and_it_goes_by_itself_when_it_is_back(
    person: Person,
    blind: Callable[[], None],
    work: Callable[[], None],
) -> None:
    decision = send(person("new@home2.example", days=0.2), invitation(organizer="new@home2.example"), reference="1")
    assert decision.verdict is Verdict.HOLD
    work()
    assert Case.objects.get().state == "open"
    sweep_and_send(work)
    assert guests() == []
    blind()
    sweep_and_send(work, minutes=10)
    assert guests() == ["ben@home.example"]
    row = Decision.objects.get()
    assert (row.degraded, row.verdict, row.facts["without"]["verdict"]) == (False, Verdict.ALLOW, "HOLD")
    assert Case.objects.get().state == "closed"
    assert AuditEntry.objects.filter(action="decision.completed").count() == 1
    assert [state.state for state in guard.guest_states("1")] == ["sent"]
    again = send(get_user_model().objects.get(), invitation(organizer="new@home2.example", sequence=1))
    assert "resubmission" not in str(Decision.objects.get(pk=again.id).signals), "nothing of his was refused"


def test_a_lure_stays_held_and_its_reviewer_reads_why(
    person: Person,
    blind: Callable[[], None],
    work: Callable[[], None],
) -> None:
    send(person("x@free.example", days=0.1), invitation(organizer="x@free.example", summary=LURE))
    work()
    blind()
    sweep_and_send(work, minutes=10)
    assert guests() == []
    row = Decision.objects.get()
    assert (row.degraded, row.verdict >= Verdict.HOLD, row.case is not None) == (False, True, True)
    assert "subject" in {signal["detector"] for signal in row.signals}


def test_what_a_person_has_taken_up_is_left_to_that_person(
    person: Person,
    blind: Callable[[], None],
    work: Callable[[], None],
) -> None:
    send(person("new@home2.example", days=0.2), invitation(organizer="new@home2.example"))
    work()
    rita = person("rita@calendar.example", is_staff=True, is_superuser=True)
    claims.claim(Case.objects.get().pk, rita, at=timezone.now())
    blind()
    sweep_and_send(work, minutes=10)
    assert guests() == []
    assert Case.objects.get().state == "open"
