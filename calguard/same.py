"""Whether an event is still what was judged: the same to read, for nobody else, and ahead."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from calguard.conf import conf
from calguard.content import reader
from calguard.content.types import Content
from outbound.fitting import fit
from outbound.models import Submission

log = logging.getLogger("calguard")


def loaded(submission: Submission) -> tuple[bytes, Content] | None:
    """The event as its host has it now; None where the host cannot say, or has another one under this name."""
    try:
        fresh = conf.host.load(submission.reference)
    except Exception:
        log.exception("host adapter failed in load(%s)", submission.reference)
        return None
    if fresh is None:
        return None
    content = reader.read(fresh)
    content = content if content.method else replace(content, method="REQUEST")
    return (fresh, content) if fit(content.uid, 500) == submission.uid else None


def is_changed(content: Content, submission: Submission, judged: bytes) -> bool:
    """Whether guests would read something else than was judged, or others would read it."""
    return content.hash != submission.content_hash or names_others(content, submission, judged)


def names_others(content: Content, submission: Submission, judged: bytes) -> bool:
    """Whether there are guests now who were not judged, or who are called otherwise; guests may be gone."""
    if content.guests_hash == submission.guests_hash:
        return False
    known = {guest.email: guest.name for guest in reader.read(judged).attendees}
    return any(known.get(guest.email) != guest.name for guest in content.attendees)


def is_late(content: Content, submission: Submission, at: datetime) -> bool:
    """Whether every event in it began meanwhile, or is over where it had begun before; what recurs or has no time is
    not late."""
    events = content.events
    if not events:
        return False

    def last(start: datetime | None, end: datetime | None) -> datetime:
        ahead = start is not None and start > submission.created_at
        return (start if ahead else end or start) or at

    return all(event.recurrence.occurrences == 1 and last(event.start, event.end) < at for event in events)
