"""What an account has waiting: since when, for what, until when, and how much of it has left (R52)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from calguard import answering, tries
from calguard.conf import conf
from calguard.content import reader
from calguard.models import Decision
from calguard.sanctions.telling import UNTOLD
from outbound.crowding import CROWDED
from outbound.following import FOLLOWS
from outbound.models import Delivery, Hold, Submission

OPEN = (Submission.State.PROPOSED, Submission.State.ACCEPTED)
SHOWN_TITLE = 200  # characters
MOST = 30

# Kind of hold, in the order in which they are told: what takes a person comes first.
KINDS = (
    (Hold.Kind.REVIEW, "review"),
    (Hold.Kind.CONTAINMENT, "paused"),
    (Hold.Kind.CHALLENGE, "challenge"),
    (Hold.Kind.THROTTLE, "delayed"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """One event's invitations that have not all left. `due_at`: by when a person looks, or when it is tried next."""

    code: str  # of the decision that explains it, "" where there is none
    title: str
    url: str  # of the event
    state: str  # "review", "paused", "challenge" or "delayed"
    text: str
    since: datetime
    due_at: datetime | None
    expires_at: datetime | None  # the event begins: what has not left by then is not sent any more
    left: int
    guests: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "title": self.title,
            "state": self.state,
            "text": self.text,
            "since": self.since.isoformat(),
            "due_at": self.due_at.isoformat() if self.due_at else None,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "left": self.left,
            "guests": self.guests,
        }


def of_account(account: str, *, at: datetime) -> list[Waiting]:
    """Everything that waits, the longest waiting first; a fixed number of queries beside the host's. A form that came
    back with a question and was never sent again waits for nothing; a program's attempt does, which has no form."""
    asked = Q(state=Submission.State.PROPOSED, channel__in=answering.PROGRAMS, holds__kind=Hold.Kind.CHALLENGE)
    stored = Q(state=Submission.State.ACCEPTED) | asked & Q(created_at__gt=at - tries.CLEARED)
    rows = Submission.objects.using(conf.database).filter(stored, account=account)
    held = rows.filter(
        Q(holds__isnull=False)
        | Q(note__contains="account_restricted")
        | Exists(_kept_back(message__submission=OuterRef("pk")))
    ).distinct()
    held = held.exclude(note__contains=UNTOLD)
    submissions = list(held.prefetch_related("holds").order_by("created_at")[:MOST])
    told = Decision.objects.using(conf.database).filter(submission__in=submissions).order_by("created_at")
    codes = dict(told.values_list("submission", "code"))
    left, kept = _left(submissions), _kept(submissions)
    return [
        _waiting(row, codes.get(row.pk, ""), left.get(row.pk, 0), kept.get(row.pk, {}), _title(row), _url(row))
        for row in submissions
    ]


def of(decision: Decision) -> Waiting | None:
    """What still waits of one decision's invitations."""
    submission = decision.submission
    if submission is None or submission.state not in OPEN or UNTOLD in submission.note:
        return None
    kept = _kept([submission]).get(submission.pk, {})
    if not kept and not submission.holds.exists():
        return None
    return _waiting(submission, decision.code, _left([submission]).get(submission.pk, 0), kept, "", "")


def _waiting(submission: Submission, code: str, left: int, kept: Mapping[str, int], title: str, url: str) -> Waiting:
    holds = {hold.kind: hold for hold in submission.holds.all()}
    restricted = "account_restricted" in submission.note.split()
    alone = "delayed" if kept and not restricted else "paused"
    state = next((name for kind, name in KINDS if kind in holds), alone)
    due = _due(state, holds, submission)
    return Waiting(
        code=code,
        title=title,
        url=url,
        state=state,
        text=_text(state, left, submission.recipients, follow=0 if holds else kept.get(FOLLOWS, 0)),
        since=min((hold.created_at for hold in holds.values()), default=submission.created_at),
        due_at=due,
        expires_at=submission.starts_at if state in ("review", "paused") else None,
        left=left,
        guests=submission.recipients,
    )


def _due(state: str, holds: dict[str, Hold], submission: Submission) -> datetime | None:
    if state == "review":
        return holds[Hold.Kind.REVIEW].created_at + timedelta(hours=conf.policy.queue.alarm_hours)
    waits = holds.get(Hold.Kind.THROTTLE) if state == "delayed" else None
    return (waits.due_at or submission.due_at) if waits else None


def _text(state: str, left: int, guests: int, *, follow: int = 0) -> str:
    if state == "review":
        return _("A person looks at it. If all is well it leaves without further action from you.")
    if state == "challenge":
        return _("One short check of yours is missing.")
    if state == "delayed" and follow:
        said = _(
            "%(count)d of %(guests)d wait until some of your other guests have accepted, or for a few days. They go by "
            "themselves; you need not do anything."
        )
        return said % {"count": follow, "guests": max(follow, guests)}
    if state == "delayed":
        said = _("It goes by itself; %(left)d of %(guests)d have left.")
        return said % {"left": min(left, guests), "guests": guests}
    return _("It waits until inviting others is possible again for your account.")


def _kept_back(**of: Any) -> QuerySet[Delivery]:
    """Copies that wait for their guest's sake, or for answers of other guests, while the event has gone."""
    rows = Delivery.objects.using(conf.database).filter(**of, state=Delivery.State.PENDING)
    return rows.filter(error__in=[FOLLOWS, CROWDED])


def _kept(submissions: Iterable[Submission]) -> dict[Any, dict[str, int]]:
    """How many copies of each are kept back like that, by what for."""
    rows = _kept_back(message__submission__in=[row.pk for row in submissions]).order_by()
    found: dict[Any, dict[str, int]] = {}
    for of, error, count in rows.values_list("message__submission", "error").annotate(count=Count("pk")):
        found.setdefault(of, {})[error] = count
    return found


def _left(submissions: Iterable[Submission]) -> dict[Any, int]:
    keys = [row.pk for row in submissions]
    rows = Delivery.objects.using(conf.database).filter(message__submission__in=keys, state=Delivery.State.SENT)
    return dict(rows.order_by().values_list("message__submission").annotate(count=Count("pk")))


def _title(submission: Submission) -> str:
    return reader.read(bytes(submission.snapshot)).summary[:SHOWN_TITLE] if submission.snapshot else ""


def _url(submission: Submission) -> str:
    return conf.host.event_url(submission.reference) if submission.reference else ""
