"""The last look before guests are notified (G3): what is sent, to whom, whether now, and when to look again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max

from calguard import (
    alarm,
    attempts,
    blocklists,
    closer,
    delays,
    habits,
    handover,
    keyed,
    notices,
    people,
    recheck,
    signals,
    wake,
)
from calguard.conf import conf
from calguard.content import reader
from calguard.content.types import Content
from calguard.engine.types import Verdict
from calguard.outgoing import Ready
from outbound import ledger as messages
from outbound.fitting import fit
from outbound.models import Delivery, Submission

log = logging.getLogger("calguard")

# Words in a submission's note.
EXPANDED, SYSTEM_TEXT, RESTRICTED, HOST_SENDS = "expanded", "system_text", "account_restricted", "host_sends"
HOST_TIME = timedelta(days=7)  # in which a host that was told sends its own mail
PAUSE = timedelta(minutes=1)  # at least, between two batches of which the first could send nothing
FAILED_LOOK = timedelta(minutes=5)  # after an error of ours or of the host's adapter
RESTRICTED_LOOK = timedelta(minutes=15)  # how often a contained submission is looked at again


def send(submission_id: str | UUID, *, at: datetime) -> int:
    """Send one batch of a submission; wakes itself for the next. The number that left now.

    Reads the content anew and judges it again if it changed (R02), reads restrictions, reserves the budget for all
    guests at once, and claims each delivery before it leaves (R04). Running it twice at once sends nothing twice.
    """
    key = UUID(str(submission_id))
    try:
        return _send(key, at)
    except Exception:
        messages.postpone(key, at + FAILED_LOOK, using=conf.database)  # Celery logs it; the sweep does not hurry it
        raise


def _send(submission_id: UUID, at: datetime) -> int:
    ready = _prepare(submission_id, at)
    if ready is None:
        return 0
    _learn(ready)
    _expand(ready, at)
    if not _reserve(ready, at):
        return 0
    submission = ready.submission
    if submission.sender == Submission.Sender.HOST and not _has_rendered(submission):
        _leave_to_host(submission, at)
        return 0
    left = handover.batch(ready, at)
    if left:
        with alarm.shielded("dispatch.answers"):  # what is remembered of it keeps nothing back
            people.note_answers(submission.account, at=at, sent=left, using=conf.database)
    if messages.finish(submission.pk, at=at, using=conf.database):
        signals.submission_changed.send_robust(
            sender="calguard", reference=submission.reference, submission=submission.pk, state="sent"
        )
    elif left:
        wake.dispatch(submission.pk)
    else:
        _look_later(submission, at)
    return left


def _learn(ready: Ready) -> None:
    """What an account sends of its own accord becomes its habit, once for each submission."""
    submission = ready.submission
    if submission.method != "REQUEST" or {EXPANDED, HOST_SENDS} & set(submission.note.split()):
        return
    if submission.sender == Submission.Sender.HOST and submission.messages.filter(deliveries__state="sent").exists():
        return
    with alarm.shielded("dispatch.habits"):
        own = ready.facts.verified_domains
        habits.learn(submission.account, ready.content, at=submission.created_at, own=own)


def _leave_to_host(submission: Submission, at: datetime) -> None:
    """The host is told once that it may send; when it must have sent, the copy with its plain addresses goes."""
    if HOST_SENDS in submission.note.split():
        messages.finish(submission.pk, by_host=True, at=at, using=conf.database)
        return
    conf.host.released(submission.reference)
    messages.postpone(submission.pk, at + HOST_TIME, note=_noted(submission, HOST_SENDS), using=conf.database)


def _noted(submission: Submission, word: str) -> str:
    return " ".join(dict.fromkeys([*submission.note.split(), word]))


def _look_later(submission: Submission, at: datetime) -> None:
    """Nothing left now: the next look is when a copy may be tried again, or a worker that has one must be dead."""
    again = messages.next_try(submission.pk, using=conf.database)
    messages.postpone(submission.pk, max(at + PAUSE, again or at + FAILED_LOOK), using=conf.database)


def _prepare(submission_id: UUID, at: datetime) -> Ready | None:
    using = conf.database
    submission = Submission.objects.using(using).filter(pk=submission_id).first()
    if submission is None or submission.state != Submission.State.ACCEPTED:
        return None
    if not messages.is_free(submission.pk, using=using):
        return None
    system_text = SYSTEM_TEXT in submission.note.split()
    restricted = bool(people.active(submission.account, at=at, using=using)) and conf.mode == "enforce"
    if restricted and submission.method != "CANCEL":
        messages.postpone(submission.pk, at + RESTRICTED_LOOK, note=_noted(submission, RESTRICTED), using=using)
        return None
    if RESTRICTED in submission.note.split():
        submission.note = " ".join(word for word in submission.note.split() if word != RESTRICTED)
        messages.postpone(submission.pk, at, note=submission.note, using=using)
    snapshot = bytes(submission.snapshot or b"")
    calendar, content = _content_now(submission, snapshot)
    if _is_over(content, at) and submission.method != "CANCEL" and _waited(submission):
        if messages.expire(submission.pk, "event_began", at=at, using=using):
            notices.create_for_submission("expired", submission, {}, at=at)
        return None
    changed = content.hash != submission.content_hash or _names_others(content, submission, snapshot)
    if changed and not system_text:
        recheck.judge_again(submission, content, at=at)
        return None
    if delays.DELAYED in submission.note.split() and recheck.waits_on(submission, content, at=at):
        return None
    rendered = submission.sender == Submission.Sender.HOST and _has_rendered(submission)
    unseen = EXPANDED not in submission.note.split()  # what was expanded before was looked at before
    if unseen and not system_text and not rendered and not _looked_at(submission, content, at):
        return None
    facts = conf.host.facts(submission.account)
    if submission.method == "REQUEST":
        messages.replace(submission.account, submission.uid, submission.pk, at=at, using=using)
    return Ready(
        submission=submission,
        content=content,
        calendar=calendar,
        facts=facts,
        system_text=system_text or restricted,
        previously_invited_only=submission.method == "CANCEL",
        alarms=not _without_alarms(submission),
    )


def _looked_at(submission: Submission, content: Content, at: datetime) -> bool:
    """What a request has no time for. False: it has become another attempt."""
    return closer.passes(submission, content, at=at) and blocklists.passes(submission, content, at=at)


def _without_alarms(submission: Submission) -> bool:
    """Reminders of a sender whom nobody knows yet are for nobody else (R43); as the judge was told it would be."""
    if conf.mode != "enforce":
        return False
    tier = submission.decisions.order_by("-created_at").values_list("tier", flat=True).first()
    return tier is not None and tier != "established"


def _content_now(submission: Submission, snapshot: bytes) -> tuple[bytes, Content]:
    """The event as the host has it now; our copy serves where the host cannot say, and for what is no REQUEST."""
    if submission.method == "REQUEST" and submission.reference and submission.sender == Submission.Sender.CALGUARD:
        try:
            fresh = conf.host.load(submission.reference)
        except Exception:
            log.exception("host adapter failed in load(%s); the judged copy is sent", submission.reference)
            fresh = None
        if fresh is not None:
            content = attempts.as_message(fresh)
            if fit(content.uid, 500) == submission.uid:
                return fresh, content
    return snapshot, reader.read(snapshot)


def _names_others(content: Content, submission: Submission, snapshot: bytes) -> bool:
    """Whether there are guests now who were not judged, or who are called otherwise; guests may be gone."""
    if content.guests_hash == submission.guests_hash:
        return False
    judged = {guest.email: guest.name for guest in reader.read(snapshot).attendees}
    return any(judged.get(guest.email) != guest.name for guest in content.attendees)


def _is_over(content: Content, at: datetime) -> bool:
    """Whether every event in it has ended; what recurs or has no time is not over."""
    events = content.events
    if not events:
        return False
    return all(event.recurrence.occurrences == 1 and (event.end or event.start or at) < at for event in events)


def _waited(submission: Submission) -> bool:
    """Whether it was kept back at all; a note on yesterday's meeting that goes at once is nobody's abuse."""
    return submission.decisions.filter(verdict__gte=Verdict.THROTTLE).exists()


def _expand(ready: Ready, at: datetime) -> None:
    """Write a delivery per guest, once; guests added meanwhile are another attempt."""
    submission = ready.submission
    if EXPANDED in submission.note.split() or submission.sender == Submission.Sender.HOST:
        return
    handover.write_down(submission, _recipients(ready), at)
    if ready.system_text:
        submission.note = _noted(submission, SYSTEM_TEXT)
    messages.postpone(submission.pk, at, note=_noted(submission, EXPANDED), using=conf.database)


def _recipients(ready: Ready) -> Iterator[messages.Recipient]:
    guests = _addressed(ready)
    hashed = dict(zip((g.email for g in guests), keyed.pseudonyms("recipient", [g.email for g in guests]), strict=True))
    if ready.previously_invited_only:
        before = messages.invited_before(
            ready.submission.account, ready.submission.uid, list(hashed.values()), using=conf.database
        )
        guests = [guest for guest in guests if hashed[guest.email] in before]
    here = conf.host.on_system([guest.written.lower() for guest in guests]) if guests else frozenset()
    for guest in guests:
        yield messages.Recipient(
            address=guest.written,
            hash=hashed[guest.email],
            route="internal" if guest.written.lower() in here else "mail",
        )


def _addressed(ready: Ready) -> list[Any]:
    """REQUEST and CANCEL go to the guests, REPLY, COUNTER and REFRESH to the organiser (RFC 5546 1.4)."""
    content = ready.content if not ready.system_text else reader.read(bytes(ready.submission.snapshot or b""))
    if ready.submission.method in recheck.ANSWERS:
        return [content.organizer] if content.organizer and content.organizer.email else []
    return list(content.attendees)


def _reserve(ready: Ready, at: datetime) -> bool:
    """Take the whole submission's room from the budget, or none of it (R54, R61)."""
    submission = ready.submission
    demand = recheck.demand(submission, _addresses(ready), ready.facts)
    if demand is None:
        return True
    demands = [one for one in (demand, recheck.strangers_demand(submission)) if one is not None]
    answer = messages.reserve(demands, _charged_as(submission), at=at, using=conf.database)
    if isinstance(answer, messages.Short) and answer.retry_at is None and _released(submission):
        # It never fits, and a person has let it go: counted all the same.
        unlimited = [replace(one, limits=()) for one in demands]
        answer = messages.reserve(unlimited, _charged_as(submission), at=at, using=conf.database)
    if isinstance(answer, messages.Reserved):
        return True
    recheck.over_budget(submission, answer, demand.units, at=at)
    return False


def _released(submission: Submission) -> bool:
    return submission.decisions.filter(case__outcome="release").exists()


def _charged_as(submission: Submission) -> str:
    """One charge per submission; where a host's mails come in one by one, one for each lot that had to wait."""
    if submission.sender == Submission.Sender.CALGUARD:
        return f"submission:{submission.pk}"
    last = submission.messages.aggregate(last=Max("deliveries__pk"))["last"]
    return f"submission:{submission.pk}/{last}"


def _addresses(ready: Ready) -> list[str]:
    """Who is still to be reached, also by a reminder that sends mail; guests who have this very message already are
    not among them."""
    waiting = ready.submission.messages.exclude(deliveries__recipient="")
    guests = [address for address in waiting.values_list("deliveries__recipient", flat=True) if address]
    if not guests or not ready.alarms or ready.system_text:
        return guests
    known = {address.email for address in ready.content.addresses if address.role != "alarm"} | ready.facts.addresses
    reminded = [a.email for a in ready.content.addresses if a.role == "alarm" and a.email and a.email not in known]
    return guests + reminded


def _has_rendered(submission: Submission) -> bool:
    return Delivery.objects.using(conf.database).filter(message__submission=submission).exists()
