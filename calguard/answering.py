"""Answers to a check that come apart from their attempt, as from a page after a program has sent (R55)."""

from __future__ import annotations

from datetime import datetime
from typing import cast
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest

from calguard import actors, attempts, challenge, enforcement, tries, whence
from calguard.challenge import Binding, Failed, Passed, Unavailable
from calguard.conf import conf
from calguard.engine.types import Tier
from calguard.models import Decision, Enforcement
from outbound import ledger as messages
from outbound.models import Hold, Submission

State = Submission.State
NEVER_STORED = frozenset({State.PROPOSED, State.EXPIRED})  # of a program's attempt: its host refused to keep the event
PROGRAMS = frozenset({"api"})  # that send the event again once their owner has answered


def offered(submission: Submission | None, *, at: datetime) -> challenge.Challenge | None:
    """The check that the page of a decision puts, where there is something to answer for."""
    if submission is None or not (waiting(submission) or _to_be_answered(submission, at)):
        return None
    binding = binding_of(submission)
    return challenge.offer(account=binding.account, content_hash=binding.content_hash, guests_hash=binding.guests_hash)


def given(decision: Decision, request: HttpRequest, *, at: datetime) -> str:
    """Take the answer in a request to that page. "" where it was right, or a person looks now; else what was wrong, as
    one of the codes in `calguard.challenge`."""
    submission = decision.submission
    if submission is None or not (waiting(submission) or _to_be_answered(submission, at)):
        return challenge.INVALID
    if challenge.review_wanted(request):
        return "" if ask_person(submission, at=at) else challenge.INVALID
    again = not waiting(submission)
    found = answer(submission, challenge.given_answer(request), at=at, again=again)
    if isinstance(found, Passed) or not (again or waiting(submission)):
        return ""
    if isinstance(found, Unavailable):
        return _unavailable(submission, found.code, cast("Tier", decision.tier), again=again, at=at)
    return found.code


def _unavailable(submission: Submission, code: str, tier: Tier, *, again: bool, at: datetime) -> str:
    """What the policy says of a provider that does not answer, for whoever is asked."""
    mode = conf.policy.mode("challenge", tier)
    if mode == "open":
        _let_go(submission, again=again, at=at)
        return ""
    return "" if mode == "hold" and ask_person(submission, at=at) else code


def _to_be_answered(submission: Submission, at: datetime) -> bool:
    return to_be_sent_again(submission, at=at) and not tries.is_cleared(binding_of(submission), at=at)


def waiting(submission: Submission | None) -> bool:
    """Whether the event is stored, and nothing but an answer is wanted of its owner.

    Guests are not invited to an event whose form was never sent again.
    """
    return (
        submission is not None
        and submission.state == State.ACCEPTED
        and submission.holds.filter(kind=Hold.Kind.CHALLENGE).exists()
    )


def to_be_sent_again(submission: Submission | None, *, at: datetime) -> bool:
    """Whether a program was asked, and nothing was stored: it may send the same again once the owner has answered."""
    return (
        submission is not None
        and submission.channel in PROGRAMS
        and submission.state in NEVER_STORED
        and at - submission.created_at < tries.CLEARED
        and _asked(submission)
    )


def answer(submission: Submission, token: str, *, at: datetime, again: bool = False) -> Passed | Failed | Unavailable:
    """Lift the check of what is stored with an answer bound to its account, content and guests; or, to be sent `again`,
    let the same attempt through once. Where it was tried too often, a person looks instead."""
    binding = binding_of(submission)
    found = challenge.verify(
        token, account=binding.account, content_hash=binding.content_hash, guests_hash=binding.guests_hash, at=at
    )
    if isinstance(found, Passed):
        if submission.channel not in whence.VISITED and actors.kind(submission.actor) not in actors.APART:
            tries.note_answer(submission.account, at=at)
        _let_go(submission, again=again, at=at)
    elif isinstance(found, Failed) and found.code not in challenge.NOBODYS_FAULT | {challenge.MISSING}:
        own = submission.channel not in whence.VISITED
        if not tries.room(binding, own=own, at=at):
            ask_person(submission, at=at)
    return found


def _let_go(submission: Submission, *, again: bool, at: datetime) -> None:
    if again:
        tries.clear(binding_of(submission), at=at)
        return
    messages.lift_submission(submission.pk, kinds=[Hold.Kind.CHALLENGE], using=conf.database)
    attempts.accept(submission.pk, at=at)


def passed(submission_id: UUID, token: str, *, at: datetime) -> bool:
    """`answer` for a submission by its id, as a host asks; False for one that there is not, or that is over."""
    submission = Submission.objects.using(conf.database).filter(pk=submission_id).first()
    if submission is None or submission.state not in (State.PROPOSED, State.ACCEPTED):
        return False
    return isinstance(answer(submission, token, at=at), Passed)


def ask_person(submission: Submission, *, at: datetime) -> bool:
    """A person looks instead of a check: for those whom it shuts out, and where it was tried too often. Safe to repeat;
    False where there is nothing stored for a person to look at, or an operator has switched holding off."""
    decision = Decision.objects.using(conf.database).filter(pk=submission.decision).first()
    if decision is None or "hold" in conf.disabled_actions:
        return False
    with transaction.atomic(using=conf.database):
        locked = Submission.objects.using(conf.database).select_for_update().get(pk=submission.pk)
        if not waiting(locked):
            return False
        messages.lift_submission(locked.pk, kinds=[Hold.Kind.CHALLENGE], using=conf.database)
        enforcement.contain(
            decision,
            locked,
            ("hold",),
            content=bytes(locked.snapshot or b""),
            around=locked.beside,
            at=at,
            retry_at=None,
        )
    return True


def given_to_person(decision: Decision) -> bool:
    """Whether a person looks, or has looked, at what was to be cleared by a check."""
    rows = Enforcement.objects.using(conf.database)
    return rows.filter(owner=decision.owner, action="hold").exists()


def binding_of(submission: Submission) -> Binding:
    return Binding(account=submission.account, content_hash=submission.content_hash, guests_hash=submission.guests_hash)


def _asked(submission: Submission) -> bool:
    """Whether its decision put a check, and nothing stricter stands against it."""
    return not submission.holds.exclude(kind=Hold.Kind.CHALLENGE).exists() and (
        Enforcement.objects.using(conf.database)
        .filter(owner=f"decision:{submission.decision}", action="challenge")
        .exists()
    )
