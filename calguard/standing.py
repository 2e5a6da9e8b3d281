"""What a host can show its users: whether they may send, and where each invitation stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.urls import NoReverseMatch
from django.utils.formats import time_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from calguard import keyed, links, people, replies, updates
from calguard.conf import conf
from calguard.content.people import normalise
from calguard.models import Decision, Enforcement
from calguard.recording import explain_url
from calguard.sanctions import telling
from outbound import ledger as messages
from outbound.models import Delivery, Hold, Submission


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """`allowed` and, where not, why and until when; `until` is None where only a person ends it."""

    allowed: bool
    kind: str = ""  # "sending", "suspension", or "containment": until its owner has answered an alert
    until: datetime | None = None
    explain_url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class GuestState:
    """One guest's invitation. `state`: waiting, review, challenge, delayed, paused, queued, sent, delivered, failed,
    refused, expired, withdrawn, checking or uncertain."""

    recipient_hash: str
    recipient: str  # plain while it is needed, then empty: match with `matches`
    state: str
    text: str
    at: datetime | None
    submission: UUID
    explain_url: str = ""
    cause: str = ""  # why it failed: full, no_such_address, policy, too_large, away, unusable, missed or unknown
    due_at: datetime | None = None  # when it goes, where it waits to be told together with later changes

    def matches(self, address: str) -> bool:
        return self.recipient_hash in _hashes(normalise(address), tuple(conf.keys.items()))


@lru_cache(maxsize=1024)  # a page compares every guest with every state
def _hashes(address: str, _keys: tuple[tuple[str, str], ...]) -> frozenset[str]:
    return frozenset(keyed.hashes("recipient", address))


TEXTS = {
    "waiting": _("being saved"),
    "review": _("waiting for a person to look at it"),
    "challenge": _("waiting for you to confirm that you are not a program"),
    "delayed": _("delayed; it goes by itself"),
    "paused": _("not sent: sending is paused for this account"),
    "checking": _("being checked before it is sent"),
    "queued": _("on its way"),
    "sent": _("sent by mail"),
    "delivered": _("in their calendar"),
    "uncertain": _("may not have arrived"),
    "refused": _("not sent"),
    "expired": _("not sent: the event had begun"),
    "withdrawn": _("not sent: replaced by a later version"),
}

FOLLOWS = _("delayed; it goes by itself when some of your other guests have accepted, or after a few days")
TOGETHER = _("will be sent together with other changes at %(time)s")

WITHHELD = frozenset({"review", "challenge", "delayed", "paused", "refused"})
EXPLAINED = WITHHELD | {"uncertain"}  # states whose page has something to say or to do

DELIVERY_STATES: Mapping[str, str] = {
    Delivery.State.SENT: "sent",
    Delivery.State.FAILED: "failed",
    Delivery.State.UNCERTAIN: "uncertain",
    Delivery.State.SENDING: "queued",
    "delayed": "delayed",  # too many write to that guest
    "follows": "delayed",  # until some of the guests before have answered
}
"""States of a copy that stand for themselves; a waiting or taken-back one is as its submission is."""

HOLD_STATES = {
    Hold.Kind.REVIEW: "review",
    Hold.Kind.CHALLENGE: "challenge",
    Hold.Kind.THROTTLE: "delayed",
    Hold.Kind.CONTAINMENT: "paused",
}


def standing_of(account: str, *, at: datetime) -> Standing:
    active = people.active(account, at=at, using=conf.database)
    if not active or conf.mode != "enforce":
        return Standing(allowed=True)
    order = ("containment", "sending", "suspension")
    strictest = max(active, key=lambda r: (order.index(r.kind), r.expires_at is None))
    ends = [r.expires_at for r in active]
    contained = strictest.kind == "containment"
    code = (
        Decision.objects.using(conf.database)
        .filter(account=account, enforcements__action__in=["restrict", "suspend"])
        .exclude(enforcements__state=Enforcement.State.LIFTED)
        .order_by("-created_at")
        .values_list("code", flat=True)
        .first()
    )
    return Standing(
        allowed=False,
        kind=strictest.kind,
        until=None if None in ends else max(end for end in ends if end),
        explain_url=incident_url() if contained else explain_url(code) if code else "",
    )


def incident_url() -> str:
    """Where the owner of a contained account reads what is the matter."""
    try:
        return links.incident()
    except NoReverseMatch:
        return ""  # the host did not include calguard.urls


def guest_states_of(reference: str) -> list[GuestState]:
    """Newest state per guest; before guests are written down, one entry without `recipient_hash` speaks for all."""
    rows = messages.guest_states(reference, using=conf.database)
    ids = {row.submission_id for row in rows}
    submissions = {s.pk: s for s in Submission.objects.using(conf.database).filter(pk__in=ids).defer("snapshot")}
    shown = {pk: _shown(submission) for pk, submission in submissions.items()}
    return [_guest_state(row, *shown[row.submission_id]) for row in rows if row.submission_id in shown]


def _shown(submission: Submission) -> tuple[str, str, datetime | None]:
    state = submission_state(submission)
    if state == "queued" and updates.COALESCED in submission.note.split():
        return "delayed", "", submission.due_at
    return state, _explained(submission), None


def _guest_state(row: messages.GuestState, of_submission: str, explain: str, due_at: datetime | None) -> GuestState:
    """A guest's own state where the copy has one, else the state of the submission it is part of."""
    own = DELIVERY_STATES.get(row.state) if row.recipient_hash else None
    if own == "sent" and row.route == Delivery.Route.INTERNAL:
        own = "delivered"
    state = own or of_submission
    return GuestState(
        recipient_hash=row.recipient_hash,
        recipient=row.recipient,
        state=state,
        text=_text(row, state, due_at if not own else None),
        at=row.at,
        submission=row.submission_id,
        explain_url=explain if state in EXPLAINED else "",
        cause=replies.cause(row.error) or "unknown" if state == "failed" else "",
        due_at=due_at if not own else None,
    )


def _text(row: messages.GuestState, state: str, due_at: datetime | None) -> str:
    if due_at:
        return TOGETHER % {"time": time_format(localtime(due_at))}
    if state == "failed":
        return replies.failed(row.error)
    if state == "queued" and (said := replies.waits(row.error)):
        return said
    return str(FOLLOWS if row.state == "follows" and state == "delayed" else TEXTS[state])


def _explained(submission: Submission) -> str:
    rows = Decision.objects.using(conf.database).filter(pk=submission.decision)
    code = rows.values_list("code", flat=True).first()
    return explain_url(code) if code else ""


def submission_state(submission: Submission) -> str:
    if submission.state == Submission.State.PROPOSED and not submission.holds.exists():
        return "waiting"
    if submission.state in (Submission.State.PROPOSED, Submission.State.ACCEPTED):
        if telling.until(submission) is not None:
            return "checking"
        kinds = set(submission.holds.values_list("kind", flat=True))
        for kind, state in HOLD_STATES.items():
            if kind in kinds:
                return state
        words = submission.note.split()
        return "paused" if "account_restricted" in words else "checking" if "being_checked" in words else "queued"
    return {"sent": "sent", "refused": "refused", "expired": "expired", "withdrawn": "withdrawn"}[submission.state]
