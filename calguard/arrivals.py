"""What people know of copies whose end the ledger does not: they arrived, or they go once more, to that guest alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from calguard import audit, keyed, reviewers, same, wake
from calguard.conf import conf
from calguard.content.types import Content
from calguard.letting_go import lets_go
from calguard.models import Case, Decision
from calguard.problems import Conflict, Invalid, NotAllowed
from outbound import ledger as messages
from outbound.models import Delivery, Submission

MOST = 50  # copies that one page lists
Told = Literal["arrived", "again", "missed", "settled"]

SAID: Mapping[str, str | Promise] = {
    "arrived": _("Thank you. It counts as sent, and nothing more leaves."),
    "again": _("It goes once more, to this guest and to nobody else."),
    "missed": _(
        "It is noted that it did not arrive. It cannot be sent as it was any more: send the event again from your "
        "calendar; guests who surely have it can be left out."
    ),
    "settled": _("Somebody has answered this meanwhile, or it has been settled by itself. Nothing was changed."),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Unsure:
    """One copy of which nobody knows whether it left."""

    copy: int
    guest: str  # the address, as the event has it; "" where the event is gone or names this guest no more
    at: datetime  # when it was handed over
    again: bool  # whether "did not arrive" sends it once more


def unsure(decision: Decision, *, at: datetime) -> tuple[Unsure, ...]:
    """The copies of one attempt whose end nobody knows, for its owner."""
    if decision.submission is None:
        return ()
    rows = Delivery.objects.using(conf.database).filter(
        message__submission=decision.submission, state=Delivery.State.UNCERTAIN
    )
    copies = list(rows.select_related("message").order_by("pk")[:MOST])
    if not copies:
        return ()
    event = _event(decision.submission, at=at)
    known = same.loaded(decision.submission) if event is None and decision.submission.reference else None
    content = event[1] if event else known[1] if known else None
    guests = _guests(content, {copy.recipient_hash for copy in copies}) if content else {}
    return tuple(
        Unsure(
            copy=copy.pk,
            guest=guests.get(copy.recipient_hash, ""),
            at=copy.claimed_at or copy.created_at,
            again=event is not None and copy.recipient_hash in guests,
        )
        for copy in copies
    )


def by_owner(decision: Decision, copy_id: int, *, has_it: bool, by: str, at: datetime) -> Told:
    """The owner's word on one copy of that attempt; what was done. Of another attempt's copy it is "settled"."""
    rows = Delivery.objects.using(conf.database).filter(pk=copy_id, message__submission=decision.submission)
    copy = rows.select_related("message__submission").first() if decision.submission is not None else None
    return _answer(copy, has_it=has_it, by=by, reason="said by its sender", at=at) if copy else "settled"


def by_staff(copy_id: int, reviewer: Any, *, has_it: bool, reason: str, at: datetime) -> Told:
    """A reviewer's word, such as from the log of the mail server. Raises Conflict, NotAllowed or Invalid, and then
    nothing was done."""
    reviewers.allow(reviewer, reviewers.DECIDE)
    me = conf.host.account(reviewer)
    rows = Delivery.objects.using(conf.database).select_related("message__submission")
    copy = rows.filter(pk=copy_id).first()
    if copy is not None:
        decisions = Decision.objects.using(conf.database).filter(submission=copy.message.submission_id)
        if why_not := reviewers.barred_from(reviewer, decisions):
            raise NotAllowed(why_not)
    if not reason.strip():
        raise Invalid("Say how you know: it is read when this is questioned.")
    done = _answer(copy, has_it=has_it, by=me, reason=reason.strip(), at=at) if copy else "settled"
    if done == "settled":
        raise Conflict("This was answered meanwhile, or has been settled by itself.")
    return done


def _answer(copy: Delivery, *, has_it: bool, by: str, reason: str, at: datetime) -> Told:
    using, submission = conf.database, copy.message.submission
    event = None if has_it or copy.state != Delivery.State.UNCERTAIN else _event(submission, at=at)
    guest = _guests(event[1], {copy.recipient_hash}).get(copy.recipient_hash) if event else None
    with transaction.atomic(using=using):
        done: Told = "settled"
        if has_it:
            done = "arrived" if messages.arrived(copy.pk, at=at, using=using) else done
        elif event and guest and not _refused_since(submission) and _once_more(copy, guest, event[0], at):
            done = "again"
            wake.dispatch(submission.pk)
        elif messages.missed(copy.pk, using=using):
            done = "missed"
        if done == "settled":
            return done
        data = {"account": submission.account, "submission": str(submission.pk), "message_id": copy.mail_id}
        audit.record(by, f"copy.{done}", f"copy:{copy.pk}", reason, data, at=at)
    return done


def _once_more(copy: Delivery, guest: str, snapshot: bytes, at: datetime) -> bool:
    return messages.once_more(copy.pk, recipient=guest, snapshot=snapshot, at=at, using=conf.database)


def _event(submission: Submission, *, at: datetime) -> tuple[bytes, Content] | None:
    """The event, where it may go once more as it was: it is on its way or has left, the same to read and for the same
    guests, ahead, no newer version of it exists, and nobody has refused it since."""
    if submission.state not in (Submission.State.ACCEPTED, Submission.State.SENT):
        return None
    if submission.method != "REQUEST" or submission.sender != Submission.Sender.CALGUARD or not submission.reference:
        return None
    if messages.newer_exists(submission, conf.database) or _refused_since(submission):
        return None
    fresh = same.loaded(submission)
    if fresh is None or same.is_late(fresh[1], submission, at):
        return None
    unchanged = (submission.content_hash, submission.guests_hash) == (fresh[1].hash, fresh[1].guests_hash)
    return fresh if unchanged else None


def _refused_since(submission: Submission) -> bool:
    """Whether a person looks at it, or has looked and did not let it go."""
    rows = Case.objects.using(conf.database).filter(decisions__submission=submission)
    return any(
        case.state == Case.State.OPEN or not lets_go(case.outcome, case.label) for case in rows.distinct()[:MOST]
    )


def _guests(content: Content, wanted: set[str]) -> dict[str, str]:
    """Addresses of an event by their hashes, for those hashes that are asked for."""
    found: dict[str, str] = {}
    for guest in content.attendees:
        found |= dict.fromkeys(wanted.intersection(keyed.hashes("recipient", guest.email)), guest.written)
    return found
