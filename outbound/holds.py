"""What keeps submissions back, and every way that ends: rows with an owner, never flags."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat, Left, Trim

from calguard.sql import Prepared, given
from outbound.fitting import CHUNK, chunks, shorten
from outbound.models import Hold, Submission
from outbound.submissions import OPEN, is_free

WAITED = "waited"  # word in the note of a submission of which a hold was lifted

__all__ = ["WAITED", "hold", "hold_account", "lift", "lift_due", "lift_submission"]


def hold(
    submission_id: UUID,
    kind: str,
    owner: str,
    reason: str,
    *,
    at: datetime,
    due_at: datetime | None = None,
    using: str = "default",
) -> bool:
    """Keeps an open submission back. True if this call made the hold; an owner makes one."""
    if not Submission.objects.using(using).filter(pk=submission_id, state__in=OPEN).exists():
        return False
    made = {"kind": kind, "reason": shorten(reason, 60), "created_at": at, "due_at": due_at}
    return Hold.objects.using(using).get_or_create(submission_id=submission_id, owner=owner, defaults=made)[1]


def hold_account(
    account: str,
    kind: str,
    owner: str,
    reason: str,
    *,
    at: datetime,
    except_methods: Collection[str] = (),
    of: Literal["account", "actor"] = "account",
    using: str = "default",
) -> int:
    """Holds everything `account`, or the actor of that name, has open, and says how many that were; repeated, it holds
    only what came since.

    `except_methods`: such as CANCEL, which a contained account may still send to people it has invited (R63).
    """
    own = Hold.objects.using(using).filter(submission_id=OuterRef("pk"), owner=owner)
    waiting = Submission.objects.using(using).filter(~Exists(own), state__in=OPEN, **{of: account})
    waiting = waiting.exclude(method__in=list(except_methods))
    held = 0
    while ids := list(waiting.values_list("pk", flat=True)[:CHUNK]):
        rows = [Hold(submission_id=pk, kind=kind, owner=owner, reason=shorten(reason, 60), created_at=at) for pk in ids]
        Hold.objects.using(using).bulk_create(rows, ignore_conflicts=True)
        held += len(ids)
    return held


def lift(
    owner: str,
    *,
    kinds: Collection[str] | None = None,
    submissions: Collection[UUID] | None = None,
    using: str = "default",
) -> tuple[UUID, ...]:
    """Deletes the owner's holds, or those of these kinds or on these submissions. Gives the submissions that are free
    to go now; those others hold stay held."""
    holds = Hold.objects.using(using).filter(owner=owner)
    if submissions is not None:
        holds = holds.filter(submission_id__in=list(submissions))
    if kinds is not None:
        holds = holds.filter(kind__in=list(kinds))
    return _delete(list(holds.values_list("pk", "submission_id")), using)


def lift_submission(submission_id: UUID, *, kinds: Collection[str] | None = None, using: str = "default") -> bool:
    """A person releases one submission from holds of these kinds, whoever made them. True if it is free to go now."""
    holds = Hold.objects.using(using).filter(submission_id=submission_id)
    if kinds is not None:
        holds = holds.filter(kind__in=list(kinds))
    holds.delete()
    return is_free(submission_id, using)


def lift_due(*, at: datetime, limit: int, using: str = "default") -> tuple[UUID, ...]:
    """Deletes holds whose time has come. Gives the submissions that are free to go now."""
    return _delete([(pk, submission) for pk, submission in PASSED.rows(using, limit, at=at)], using)


def _write_passed(limit: int) -> QuerySet[Hold, Any]:
    passed = Hold.objects.filter(due_at__lte=given("at", datetime)).order_by("due_at")
    return passed.values_list("pk", "submission_id")[:limit]


PASSED = Prepared(_write_passed)


def _delete(rows: list[tuple[int, UUID]], using: str) -> tuple[UUID, ...]:
    """Where two owners lift at once, both may miss that the submission is free: then the sweep finds it as due."""
    freed: dict[UUID, None] = {}
    for part in chunks(rows):
        Hold.objects.using(using).filter(pk__in=[pk for pk, _ in part]).delete()
        touched = list({submission_id for _, submission_id in part})
        _waited(touched, using)
        held = Hold.objects.using(using).filter(submission_id=OuterRef("pk"))
        free = Submission.objects.using(using).filter(~Exists(held), pk__in=touched, state=Submission.State.ACCEPTED)
        freed.update(dict.fromkeys(free.order_by("created_at").values_list("pk", flat=True)))
    return tuple(freed)


def _waited(submissions: Collection[UUID], using: str) -> None:
    """Remember that they were kept back: what began meanwhile is not sent late (R66)."""
    rows = Submission.objects.using(using).filter(pk__in=submissions, state__in=OPEN)
    rows.exclude(note__contains=WAITED).update(note=Trim(Left(Concat("note", Value(f" {WAITED}")), 100)))
