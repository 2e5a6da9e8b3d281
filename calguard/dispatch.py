"""The last look before guests are notified (G3): what is sent, to whom, whether now, and when to look again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet

from calguard import (
    actors,
    alarm,
    allowances,
    audit,
    blocklists,
    closer,
    degraded,
    delays,
    enforcement,
    habits,
    handover,
    introductions,
    keyed,
    notices,
    people,
    recheck,
    same,
    signals,
    updates,
    wake,
)
from calguard.conf import conf
from calguard.content import reader
from calguard.content.types import Content
from calguard.engine.types import Verdict
from calguard.models import Decision
from calguard.outgoing import Ready
from calguard.sql import Prepared, Whole, given
from outbound import ledger as messages
from outbound.crowding import CROWDED
from outbound.following import FOLLOWS
from outbound.models import Delivery, Submission

# Words in a submission's note.
EXPANDED, SYSTEM_TEXT, RESTRICTED, HOST_SENDS = "expanded", "system_text", "account_restricted", "host_sends"
HOST_TIME = timedelta(days=7)  # in which a host that was told sends its own mail
PAUSE = timedelta(minutes=1)  # at least, between two batches of which the first could send nothing
FAILED_LOOK = timedelta(minutes=5)  # after an error of ours or of the host's adapter
RESTRICTED_LOOK = timedelta(minutes=15)  # how often a contained submission is looked at again
CHECKED = "being_checked"  # a sanction of its account is impending, which nobody can see yet
CHECKED_LOOK = timedelta(minutes=5)


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
    if left and not actors.visits(submission.channel):
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
    if (
        submission.method != "REQUEST"
        or actors.visits(submission.channel)
        or {EXPANDED, HOST_SENDS} & set(submission.note.split())
    ):
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
    if updates.host_told(submission):
        messages.postpone(submission.pk, at, note=_noted(submission, updates.UNCHANGED), using=conf.database)
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
    submission = SUBMISSION.first(using, submission=submission_id)
    if submission is None or submission.state != Submission.State.ACCEPTED:
        return None
    if not messages.is_free(submission.pk, using=using):
        return None
    system_text = SYSTEM_TEXT in submission.note.split()
    stopped = conf.mode == "enforce" and actors.stopped(submission.account, submission.actor, at=at)
    restricted = stopped or (conf.mode == "enforce" and enforcement.impending(submission.account))
    if restricted and submission.method != "CANCEL":
        word, again = (RESTRICTED, RESTRICTED_LOOK) if stopped else (CHECKED, CHECKED_LOOK)
        messages.postpone(submission.pk, at + again, note=_noted(submission, word), using=using)
        return None
    if {RESTRICTED, CHECKED} & set(submission.note.split()):
        swapped = {RESTRICTED: messages.WAITED, CHECKED: ""}
        kept = (swapped.get(word, word) for word in submission.note.split())
        submission.note = " ".join(dict.fromkeys(filter(None, kept)))
        messages.postpone(submission.pk, at, note=submission.note, using=using)
    snapshot = bytes(submission.snapshot or b"")
    calendar, content = _content_now(submission, snapshot)
    if submission.method != "CANCEL" and same.is_late(content, submission, at) and _waited(submission):
        with transaction.atomic(using=using):  # no end without those who must know of it
            if messages.expire(submission.pk, "event_began", at=at, using=using):
                notices.create_for_submission("expired", submission, {}, at=at)
        return None
    if same.is_changed(content, submission, snapshot) and not system_text:
        recheck.judge_again(submission, content, at=at)
        return None
    if delays.DELAYED in submission.note.split() and recheck.waits_on(submission, content, at=at):
        return None
    if _waits_for_others(submission, content, calendar, at):
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


def _waits_for_others(submission: Submission, content: Content, calendar: bytes, at: datetime) -> bool:
    """Whether it is kept for a while: further versions are told together (R62), and a cancellation follows what is on
    its way just now (R63)."""
    using, words = conf.database, submission.note.split()
    if submission.method == "CANCEL" and EXPANDED not in words:
        if updates.overtake(submission, content, at=at):
            return False
        messages.postpone(submission.pk, at + PAUSE, using=using)
        return True
    if EXPANDED in words:
        return False
    until = updates.waits_until(submission, content, calendar, at=at)
    if until is not None:
        messages.replace(submission.account, submission.uid, submission.pk, at=at, using=using)
        messages.postpone(submission.pk, until, note=_noted(submission, updates.COALESCED), using=using)
        return True
    if updates.COALESCED in words:
        submission.note = " ".join(word for word in words if word != updates.COALESCED)
        messages.postpone(submission.pk, at, note=submission.note, using=using)
    return False


def _looked_at(submission: Submission, content: Content, at: datetime) -> bool:
    """What a request has no time for. False: it has become another attempt."""
    return all(look.passes(submission, content, at=at) for look in (degraded, closer, blocklists))


def _without_alarms(submission: Submission) -> bool:
    """Reminders of a sender whom nobody knows yet are for nobody else (R43); as the judge was told it would be."""
    if conf.mode != "enforce":
        return False
    judged = TIERS.rows(conf.database, submission=submission.pk)
    return any((page or tier) != "established" for tier, page in judged)


def _content_now(submission: Submission, snapshot: bytes) -> tuple[bytes, Content]:
    """The event as the host has it now; our copy serves where the host cannot say, and for what is no REQUEST."""
    if submission.method == "REQUEST" and submission.reference and submission.sender == Submission.Sender.CALGUARD:
        fresh = same.loaded(submission)
        if fresh is not None:
            return fresh
    return snapshot, reader.read(snapshot)


def _waited(submission: Submission) -> bool:
    """Whether it was kept back at all; a note on yesterday's meeting that goes at once is nobody's abuse."""
    if messages.WAITED in submission.note.split():
        return True
    delayed = Delivery.objects.using(conf.database).filter(message__submission=submission, error__in=[CROWDED, FOLLOWS])
    return delayed.exists() or submission.decisions.filter(verdict__gte=Verdict.THROTTLE).exists()


def _expand(ready: Ready, at: datetime) -> None:
    """Write a delivery per guest, once; guests added meanwhile are another attempt."""
    submission = ready.submission
    if EXPANDED in submission.note.split() or submission.sender == Submission.Sender.HOST:
        return
    schedule = updates.schedule_of(ready.calendar) if submission.method == "REQUEST" else ""
    written = handover.write_down(submission, _recipients(ready), at, schedule=schedule)
    if not written and submission.method == "REQUEST" and _addressed(ready):
        submission.note = _noted(submission, updates.UNCHANGED)
    if ready.system_text:
        submission.note = _noted(submission, SYSTEM_TEXT)
    messages.postpone(submission.pk, at, note=_noted(submission, EXPANDED), using=conf.database)
    if actors.kind(submission.actor) == "staff":
        about = {"submission": str(submission.pk), "method": submission.method}
        who = actors.own_account(submission.actor)
        audit.record(who, "sent_for", submission.account, "acted for the account", about, at=at)


def _recipients(ready: Ready) -> Iterator[messages.Recipient]:
    guests = _addressed(ready)
    keys = keyed.pseudonyms("recipient", [guest.email for guest in guests])
    hashed = dict(zip((guest.email for guest in guests), keys, strict=True))
    guests = updates.untold(ready.submission, guests, keys)
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
    if ready.submission.method in allowances.ANSWERS:
        return [content.organizer] if content.organizer and content.organizer.email else []
    return list(content.attendees)


def _reserve(ready: Ready, at: datetime) -> bool:
    """Take the whole submission's room from the budget, or none of it (R54, R61)."""
    submission = ready.submission
    wanted = allowances.asked(submission, _addresses(ready), facts=ready.facts)
    short = allowances.reserve(wanted, _charged_as(submission), at=at) if wanted else None
    if wanted and short:
        allowances.over_budget(submission, short, wanted.units, at=at)
        return False
    introductions.pace(submission, facts=ready.facts, at=at)
    allowances.let_in(submission, facts=ready.facts, at=at)
    return True


def _charged_as(submission: Submission) -> str:
    """One charge per submission; where a host's mails come in one by one, one for each lot that had to wait."""
    if submission.sender == Submission.Sender.CALGUARD or not _has_rendered(submission):
        return f"submission:{submission.pk}"
    last = submission.messages.aggregate(last=Max("deliveries__pk"))["last"]
    return f"submission:{submission.pk}/{last}"


def _addresses(ready: Ready) -> list[str]:
    """Who is still to be reached, also by a reminder that sends mail; guests who have this very message already are
    not among them."""
    submission = ready.submission
    guests = [address for (address,) in WAITING.rows(conf.database, submission=submission.pk)]
    if submission.sender == Submission.Sender.HOST and not _has_rendered(submission):
        return [] if allowances.by_the_gate(submission) else [guest.written for guest in _addressed(ready)]
    if submission.sender == Submission.Sender.HOST:  # whose mails came one by one: some left, some had to wait
        copies = Delivery.objects.using(conf.database).filter(message__submission=submission, state="pending")
        untried = copies.filter(attempts=0).exclude(error__in=[CROWDED, FOLLOWS]).exclude(recipient="")
        guests = list(untried.values_list("recipient", flat=True))
    if not guests or not ready.alarms or ready.system_text:
        return guests
    known = {address.email for address in ready.content.addresses if address.role != "alarm"} | ready.facts.addresses
    reminded = [a.email for a in ready.content.addresses if a.role == "alarm" and a.email and a.email not in known]
    return guests + reminded


def _write_tiers() -> QuerySet[Decision, Any]:
    newest = Decision.objects.filter(submission_id=given("submission", UUID)).order_by("-created_at")
    return newest.values_list("tier", "facts__page_tier")[:1]


def _write_waiting() -> QuerySet[Delivery, Any]:
    copies = Delivery.objects.filter(message__submission_id=given("submission", UUID)).exclude(recipient="")
    return copies.order_by("message_id", "pk").values_list("recipient")


SUBMISSION = Whole(lambda: Submission.objects.filter(pk=given("submission", UUID)))
TIERS, WAITING = Prepared(_write_tiers), Prepared(_write_waiting)


def _has_rendered(submission: Submission) -> bool:
    return Delivery.objects.using(conf.database).filter(message__submission=submission).exists()
