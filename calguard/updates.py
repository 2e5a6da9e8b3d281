"""What an update or a cancellation still has to tell whom, and when: nobody twice, nobody by the dozen (R62, R63)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from calguard import keyed
from calguard.conf import conf
from calguard.content.lines import logical_lines, parse
from calguard.content.reader import read
from calguard.content.types import Address, Content
from outbound import ledger as messages
from outbound.models import Submission

MISSING = "missing"  # word in the note of a submission that goes once more to those only who have not surely got it
COALESCED = "coalesced"  # words in a submission's note: it waits, so that one notification tells what several would
UNCHANGED = "unchanged"  # and: guests had all of it before
WINDOW = timedelta(hours=1)
SCHEDULING = frozenset({"DTSTART", "DTEND", "DURATION", "DUE", "RRULE", "RDATE", "EXDATE", "STATUS", "RECURRENCE-ID"})
EVENTS = frozenset({"VEVENT", "VTODO", "VJOURNAL"})


def schedule_of(calendar: bytes) -> str:
    """A hash of what a rescheduling changes (RFC 5546 2.1.4), in any order; a reminder's and a time zone's own times
    are none of it."""
    inside: list[str] = []
    found: list[str] = []
    for line in map(parse, logical_lines(calendar)[0]):
        value = line.value.strip()
        if line.name == "BEGIN":
            inside.append(value.upper())
        elif line.name == "END":
            del inside[-1:]
        elif line.name in SCHEDULING and inside and inside[-1] in EVENTS:
            zone = line.param("TZID")
            found.append("\x1f".join((line.name, zone, *sorted(value.upper().split(",")))))
    return hashlib.sha256("\x1e".join(sorted(found)).encode("utf-8", "replace")).hexdigest()


def waits_until(submission: Submission, content: Content, calendar: bytes, *, at: datetime) -> datetime | None:
    """Until when a further version of an event is kept, so that the last one tells all; None where it goes now.

    A new time is told at once, up to a number of its own. Guests added to a version that others have, and what the
    owner asks to be sent again, are no further versions.
    """
    if submission.method != "REQUEST" or submission.resend or submission.sender != Submission.Sender.CALGUARD:
        return None
    rules = conf.policy.updates
    before = messages.versions(submission.account, submission.uid, since=at - WINDOW, using=conf.database)
    if len(before) < rules.per_hour or before[-1].content_hash == content.hash:
        return None
    most = rules.per_hour
    if before[-1].schedule != schedule_of(calendar):
        most = rules.reschedulings_per_hour
    if len(before) < most:
        return None
    return before[-most].at + WINDOW


def untold(submission: Submission, guests: Sequence[Address], hashes: Sequence[str]) -> list[Address]:
    """The guests who do not have this very content as the last they were sent, in their order; all of them where the
    owner asks for it to be sent again to everybody. Who has it is not written to, and costs nothing."""
    if submission.method != "REQUEST" or (submission.resend and MISSING not in submission.note.split()):
        return list(guests)
    known = messages.up_to_date(
        submission.account, submission.uid, submission.content_hash, hashes, using=conf.database
    )
    return [guest for guest, hashed in zip(guests, hashes, strict=True) if hashed not in known]


def host_told(submission: Submission) -> bool:
    """Whether a host that sends its own mail was let to send this very content to these very guests last."""
    if submission.method != "REQUEST" or submission.resend:
        return False
    sent = Submission.objects.using(conf.database).filter(
        account=submission.account, uid=submission.uid, state=Submission.State.SENT, sender=Submission.Sender.HOST
    )
    last = sent.exclude(channel="mail").order_by("-created_at").values_list(*TOLD).first()
    return last == ("REQUEST", submission.content_hash, submission.guests_hash)


TOLD = ("method", "content_hash", "guests_hash")


def overtake(submission: Submission, content: Content, *, at: datetime) -> bool:
    """A cancellation ends what invitations to the event have not left yet; to all guests, or to those it names.

    False: a copy is being handed over just now, and who gets it must be told of the cancellation too.
    """
    using = conf.database
    gone = _hashes(content.attendees)
    for waiting in messages.open_before(submission, using=using):
        if _is_whole(content) or _hashes(read(bytes(waiting.snapshot or b"")).attendees) <= gone:
            messages.call_off(waiting.pk, at=at, using=using)
        else:
            messages.uninvite(waiting.pk, sorted(gone), using=using)
    return not messages.in_flight(submission.account, submission.uid, using=using)


def _is_whole(content: Content) -> bool:
    """Whether the event is off, and not one of its days or guests (RFC 5546 3.2.5)."""
    return bool(content.events) and all(e.status == "CANCELLED" and not e.recurrence_id for e in content.events)


def _hashes(guests: Iterable[Address]) -> set[str]:
    return set(keyed.pseudonyms("recipient", [guest.email for guest in guests]))
