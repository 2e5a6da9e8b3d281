"""The tables of states are the code's: nothing changes its state in another way, and what they name happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from calguard.lifecycle import LIVES, Life
from outbound import ledger, reopening
from outbound.lifecycle import COPY, SUBMISSION, Move
from outbound.models import Delivery, Message, Submission
from tests.conftest import NOW
from tests.outbound.events import proposed
from tests.support.lives import watch

FINAL = {
    "submission": {"withdrawn", "expired"},
    "copy": {"sent", "failed", "cancelled"},
    "case": {"closed"},
    "order": {"lifted"},
    "incident": {"recovered", "closed"},
    "appeal": {"upheld", "overturned"},
    "approval": {"approved", "refused", "expired"},
}


@pytest.mark.parametrize("name", LIVES)
def test_every_state_is_reached_and_all_but_the_last_are_left(name: str) -> None:
    life = LIVES[name]
    states = {str(state) for state in life.model.State.values}  # type: ignore[attr-defined]
    assert {str(move.after) for move in life.moves} == states
    assert states - {str(move.before) for move in life.moves} == FINAL[name]


@pytest.mark.parametrize("name", LIVES)
def test_no_way_is_named_twice_and_each_says_what_does_it(name: str) -> None:
    ways = [(move.before, move.after) for move in LIVES[name].moves]
    assert len(ways) == len(set(ways))
    assert all(move.by for move in LIVES[name].moves)


@pytest.mark.django_db
def test_the_tests_database_refuses_every_other_change() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the triggers stand in SQLite, where most tests run")
    submission = proposed()
    with pytest.raises(DatabaseError, match="no such change of a submission"), transaction.atomic():
        Submission.objects.filter(pk=submission).update(state="sent")
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'lives_%'")
        assert {name for (name,) in cursor.fetchall()} == {f"lives_{name}" for name in LIVES}


def _named(moves: Iterable[Move]) -> set[tuple[str, str]]:
    return {(str(move.before), str(move.after)) for move in moves if move.before}


def _set(submission: UUID, state: str) -> None:
    """Any state, past the triggers: what the ledger makes of each is the question."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER IF EXISTS lives_submission")
    Submission.objects.filter(pk=submission).update(state=state)
    watch()


def _unsure(submission: UUID) -> int:
    """A copy of it that a worker died on, twice."""
    kept = {"submission_id": submission, "method": "REQUEST", "occasion": 1, "created_at": NOW}
    message = Message.objects.create(account="a", uid=str(submission), content_hash="c" * 64, **kept)
    made = {"key_id": "k1", "dedupe_key": str(submission), "mail_id": "<1@b.example>", "created_at": NOW}
    return Delivery.objects.create(message=message, recipient_hash="e" * 64, state="uncertain", **made).pk


SUBMISSION_STEPS: Mapping[str, Callable[[UUID], object]] = {
    "confirm": partial(ledger.confirm, at=NOW),
    "refuse": partial(ledger.refuse, note="", at=NOW),
    "withdraw": partial(ledger.withdraw, note="", at=NOW),
    "expire": partial(ledger.expire, note="", at=NOW),
    "finish": partial(ledger.finish, by_host=True, at=NOW),
    "expire_refused": partial(reopening.expire_refused, at=NOW),
    "once_more": lambda submission: ledger.once_more(
        _unsure(submission), recipient="a@b.example", snapshot=b"x", at=NOW
    ),
    "reopen": partial(reopening.reopen, snapshot=b"BEGIN:VCALENDAR", beside={}, at=NOW),
}


@pytest.mark.django_db
@pytest.mark.skipif("connection.vendor != 'sqlite'")
def test_the_ledger_moves_submissions_in_exactly_these_ways() -> None:
    seen: set[tuple[str, str]] = set()
    for before in Submission.State.values:
        for step in SUBMISSION_STEPS.values():
            submission = proposed(uid=str(uuid4()))
            Submission.objects.filter(pk=submission).update(note=reopening.REVIEWED)
            _set(submission, before)
            step(submission)
            after = Submission.objects.get(pk=submission).state
            if after != before:
                seen.add((before, after))
    assert seen == _named(SUBMISSION)


def test_the_documentation_draws_each_of_them() -> None:
    drawn = (Path(__file__).resolve().parents[1] / "docs" / "enforcement.md").read_text(encoding="utf-8")
    assert {name for name in LIVES if f"```{{lives}} {name}\n" in drawn} == set(LIVES)


def test_lives_are_of_rows_that_have_a_state() -> None:
    assert all(isinstance(life, Life) and life.model._meta.get_field("state") for life in LIVES.values())
    assert LIVES["copy"].moves is COPY
    assert LIVES["copy"].model is Delivery
