"""How the last attempts were made: by hand or by a registered program, from one form or many, and what was asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from calguard.engine.types import Verdict
from calguard.facts.types import Answer, Question
from tests.facts.rows import ago, decided, question

Ask = Callable[[Question], Answer]
pytestmark = pytest.mark.django_db(transaction=True)
SAME = {"content_hash": "b" * 64, "guests_hash": "c" * 64}  # what `question` asks about


def form(name: str) -> dict[str, Any]:
    return {"client": {"form": name, "registered": False}}


@pytest.mark.requirement("R12")
def test_other_events_from_the_same_form_are_counted(answer: Ask, now: datetime) -> None:
    for seconds in (10, 20, 30):
        decided(ago(now, seconds=seconds), facts=form("form-of-one"))
    decided(ago(now, seconds=40), facts=form("another-one"))
    decided(ago(now, seconds=50), facts=form("form-of-one"), **SAME)  # the same event once more: a double click
    decided(ago(now, seconds=60), facts={})
    assert answer(question(now, form="form-of-one")).behaviour.form_uses == 3
    assert answer(question(now, form="another-one")).behaviour.form_uses == 1
    assert answer(question(now, form="a-third-one")).behaviour.form_uses == 0
    assert answer(question(now)).behaviour.form_uses == 0  # no form is not the same form


@pytest.mark.requirement("R12")
def test_only_the_last_twelve_are_looked_at(answer: Ask, now: datetime) -> None:
    for seconds in range(20):
        decided(ago(now, seconds=seconds + 1), facts=form("form-of-one"))
    assert answer(question(now, form="form-of-one")).behaviour.form_uses == 12


@pytest.mark.requirement("R19")
@pytest.mark.parametrize(
    ("row", "counted"),
    [
        ({"reasons": ["looks_automated"]}, 1),
        ({"reasons": ["content_looks_like_scam", "sending_too_fast"]}, 1),
        ({"reasons": ["unusual_sign_in"]}, 0),  # asked about something else
        ({"reasons": []}, 0),
        ({"reasons": ["looks_automated"], "enforced": False}, 0),  # observed only
        ({"reasons": ["looks_automated"], "verdict": Verdict.HOLD}, 0),
        ({"reasons": ["looks_automated"], **SAME}, 0),  # this very event, answered or not
        ({"reasons": ["looks_automated"], "gate": "G3"}, 0),
    ],
)
def test_challenges_about_programs(answer: Ask, now: datetime, row: dict[str, Any], counted: int) -> None:
    decided(ago(now, hours=3), **{"verdict": Verdict.CHALLENGE} | row)
    assert answer(question(now)).behaviour.machine_challenges == counted


def test_a_challenge_is_forgotten_after_a_day(answer: Ask, now: datetime) -> None:
    decided(ago(now, hours=25), Verdict.CHALLENGE, reasons=["looks_automated"])
    assert answer(question(now)).behaviour.machine_challenges == 0


@pytest.mark.requirement("R10")
def test_a_person_beside_their_own_integration_keeps_their_own_pace(answer: Ask, now: datetime) -> None:
    """And the other way round: what people do is not counted towards the integration's budget."""
    for seconds in range(1, 9):
        decided(ago(now, seconds=seconds), via="program", channel="api", recipients=2)
    for minutes in (3, 7):
        decided(ago(now, minutes=minutes), via="direct")
    person = answer(question(now)).behaviour
    program = answer(question(now, registered=True)).behaviour
    assert (person.attempts_10m, person.attempts_hour, person.click_gaps) == (2, 2, (240.0, 180.0))
    assert (program.attempts_10m, program.attempts_hour, len(program.click_gaps)) == (8, 8, 8)
    assert person.recipients_day == program.recipients_day == 18  # guests are guests, whoever invites them
