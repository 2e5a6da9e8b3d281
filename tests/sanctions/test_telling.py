"""Where the policy says so, a hold is told later; until then all is said to be being checked, and that is true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from calguard import enforcement, guard, sweeping
from calguard.engine import shipped
from calguard.engine.types import Verdict
from calguard.models import Case, Decision, Notice
from outbound.models import Hold
from tests.guard.events import LURE, invitation
from tests.guard.test_check import send, to_guests

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R53")]

MINUTE = timedelta(minutes=1)
LATE = 61 * MINUTE


@pytest.fixture
def later(settings: Any, tmp_path: Any) -> None:
    """A hold is told after 30 to 60 minutes."""
    text = shipped.text()
    assert "telling = [0, 0]" in text
    path = tmp_path / "later.toml"
    path.write_text(text.replace("telling = [0, 0]", "telling = [30, 60]"), encoding="utf-8")
    settings.CALGUARD = {**settings.CALGUARD, "POLICY": str(path)}


@pytest.fixture
def newcomer(person: Callable[..., Any]) -> Any:
    return person("x@free.example", days=0.1)


def lure(**options: Any) -> bytes:
    return invitation(organizer="x@free.example", summary=LURE, **options)


def innocent(**options: Any) -> bytes:
    return invitation(organizer="x@free.example", uid="fine@x", **options)


def state(reference: str) -> str:
    return guard.guest_states(reference)[0].state


def test_by_default_a_hold_is_told_at_once(newcomer: Any) -> None:
    decision = send(newcomer, lure(), reference="1")
    assert (decision.verdict, decision.checking) == (Verdict.HOLD, False)
    assert state("1") == "review"


def test_what_is_held_and_what_may_go_get_the_same_answer(newcomer: Any, later: None) -> None:
    held = send(newcomer, lure(), reference="1")
    free = send(newcomer, innocent(), reference="2")
    assert held.headline == free.headline == "Your invitations have been accepted and are being checked"
    assert "on their way" not in held.next_step
    hidden = {"reference", "submission"}
    one, two = ({k: v for k, v in said.as_dict().items() if k not in hidden} for said in (held, free))
    assert one == two
    assert one["code"] == "being_checked"
    assert state("1") == state("2") == "checking"
    pages = [Client().get(f"/guard/explain/{said.reference}/") for said in (held, free)]
    assert pages[0].status_code == pages[1].status_code


def test_nothing_of_it_leaves_and_a_person_sees_it_at_once(
    newcomer: Any, later: None, work: Callable[[], None]
) -> None:
    send(newcomer, lure(), reference="1")
    send(newcomer, innocent(guests=["ben@home.example"]), reference="2")
    work()
    assert len(to_guests()) == 1
    assert (state("1"), state("2")) == ("checking", "sent")
    assert Hold.objects.get().kind == Hold.Kind.REVIEW
    assert Case.objects.filter(state="open").count() == 1
    assert not Notice.objects.filter(kind="withheld").exists()


def test_it_is_told_once_when_the_time_has_come(newcomer: Any, later: None, work: Callable[[], None]) -> None:
    send(newcomer, lure(), reference="1")
    work()
    at = timezone.now()
    sweeping.sweep(at=at + 29 * MINUTE)
    assert state("1") == "checking"
    for minutes in (0, 5):
        sweeping.sweep(at=at + LATE + minutes * MINUTE)
        work()
    assert state("1") == "review"
    assert len([one for one in mail.outbox if one.to == [newcomer.email]]) == 1
    assert to_guests() == []


def test_what_a_person_releases_before_was_never_told(newcomer: Any, later: None, work: Callable[[], None]) -> None:
    send(newcomer, lure(), reference="1")
    work()
    enforcement.release(Case.objects.get(), reviewer="rita", reason="a film", at=timezone.now())
    work()
    assert state("1") == "sent"
    sweeping.sweep(at=timezone.now() + LATE)
    assert not Notice.objects.filter(kind="withheld").exists()


def test_who_is_known_is_told_at_once(person: Callable[..., Any], later: None) -> None:
    user = person("known@clinic.example")
    assert not send(user, invitation(organizer="known@clinic.example"), reference="1").checking
    assert state("1") == "queued"


def test_a_host_that_sends_its_own_mail_knows_at_once(newcomer: Any, later: None) -> None:
    decision = send(newcomer, lure(), reference="1", dispatch="host")
    assert decision.verdict is Verdict.HOLD
    assert not decision.may_send


def test_a_refusal_a_question_and_a_delay_are_told_at_once(newcomer: Any, later: None, strict: None) -> None:
    """Only a hold can be told later: with the others the sender has something to do, or will see."""
    assert send(newcomer, lure(), reference="1").verdict is Verdict.DENY


def test_what_the_judge_said_is_on_record(newcomer: Any, later: None) -> None:
    send(newcomer, lure(), reference="1")
    assert Decision.objects.get().verdict == Verdict.HOLD
