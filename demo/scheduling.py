"""iCalendar as programs write it, by CalDAV or the API: whose event it is, what it becomes here, and who is told."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from calguard import guard
from calguard.integrations import caldav
from demo import guestlist, ical, sending
from demo.models import Event, Guest, InboxItem, User
from demo.reading import Read, UnreadableError, read

MOST_GUESTS = 1000
MOST_SEQUENCE = 1_000_000  # what a client may claim: there is room to count on
CHOICES = {"ACCEPTED": "accept", "DECLINED": "decline"}
OPEN = frozenset({"NEEDS-ACTION", "DELEGATED"})


class RefusedError(Exception):
    """The guard said no, and there is nothing of the account's own to keep: the event is somebody else's."""

    def __init__(self, decision: guard.Decision) -> None:
        super().__init__(decision.headline)
        self.decision = decision


class UnusableError(ValueError):
    """Nothing that Almanac can keep; `condition` is CalDAV's name for why (RFC 4791 5.3.2.1, RFC 6638 3.2.4)."""

    def __init__(self, condition: str, said: str) -> None:
        super().__init__(said)
        self.condition = condition


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What was stored, and what the guard said; no decision where nobody is told."""

    what: Event | InboxItem
    decision: guard.Decision | None
    created: bool = False


def put(
    user: User, body: bytes, source: sending.Source, *, name: str = "", current: Event | InboxItem | None = None
) -> Kept:
    """Store one calendar object as its owner's, its guest's or a private copy. Raises RefusedError, UnusableError."""
    given = _one(body)
    if given.method:
        raise UnusableError("valid-calendar-object-resource", "A stored event names no METHOD.")
    if isinstance(current, InboxItem):
        return _answer(current, given, source)
    role = caldav.role(body, user)
    if role == "foreign":
        _refuse(user, body, source)
    somebody_elses = bool(given.organiser) and given.organiser != user.email
    item = user.inbox.filter(organiser=given.organiser, uid=given.values["uid"]).first() if somebody_elses else None
    if item is not None:
        return _answer(item, given, source)
    return _store(user, given, source, name=name, event=current, private=somebody_elses)


def itip(user: User, body: bytes, source: sending.Source) -> Kept:
    """Act on one iTIP message that the account wants sent (RFC 5546). Raises RefusedError, UnusableError."""
    given = _one(body)
    method = given.method or "REQUEST"
    if method == "REPLY":
        item = user.inbox.filter(organiser=given.organiser, uid=given.values["uid"]).first()
        if item is None:
            _refuse(user, body, source)
            raise UnusableError("valid-scheduling-message", "You have no invitation to this event.")
        return _answer(item, given, source)
    if caldav.role(body, user) in {"guest", "foreign"} or method not in {"REQUEST", "CANCEL"}:
        _refuse(user, body, source)
        raise UnusableError("valid-scheduling-message", "This message cannot be sent from here.")
    event = user.events.filter(uid=given.values["uid"]).first()
    if method == "REQUEST":
        return _store(user, given, source, event=event)
    if event is None or event.cancelled_at is not None:
        raise UnusableError("valid-scheduling-message", "There is no such event in your calendar.")
    return Kept(what=event, decision=sending.cancel(event, source, comment=given.comment))


def _one(body: bytes) -> Read:
    try:
        found = read(body)
    except UnreadableError as error:
        raise UnusableError("valid-calendar-data", str(error)) from error
    if len(found) != 1 or found[0].recurrence_id:
        raise UnusableError("valid-calendar-object-resource", "Almanac keeps one event without exceptions per object.")
    if len(found[0].guests) > MOST_GUESTS:
        raise UnusableError("max-attendees-per-instance", f"At most {MOST_GUESTS} guests.")
    return found[0]


def _refuse(user: User, body: bytes, source: sending.Source) -> None:
    """Have the object judged as it came, and stop where it may not be sent (R08, R09); nothing of it leaves anyhow."""
    decision = guard.check(user, body, channel=source.channel, request=source.request, actor=source.actor)
    if decision.is_refused:
        raise RefusedError(decision)
    guard.withdraw(decision)


def _store(
    user: User,
    given: Read,
    source: sending.Source,
    *,
    name: str = "",
    event: Event | None = None,
    private: bool = False,
) -> Kept:
    """The account's own event; `private` is a copy of somebody else's, whose guests stay out and are told nothing."""
    now, created = timezone.now(), event is None
    if event is None:
        key = uuid4()
        event = Event(pk=key, owner=user, uid=f"{key}@{settings.MAIL_DOMAIN}", changed_at=now, notifies=not private)
        event.dav_name = name
    was = None if created else sending.before(event)
    values = dict(given.values)
    uid, sequence = values.pop("uid") or event.uid, min(values.pop("sequence"), MOST_SEQUENCE)
    if (not created and uid != event.uid) or user.events.filter(uid=uid).exclude(pk=event.pk).exists():
        raise UnusableError("no-uid-conflict", "Another object has this UID.")
    for field, value in {"until": None, "count": None, **values}.items():
        setattr(event, field, value)
    event.uid, event.sequence = uid, max(event.sequence, sequence)
    event.reminder, event.cancelled_at = given.reminder, None
    guests = () if private else tuple(address for address in given.guests if address != user.email)
    decision = sending.save(event, guests, source, was=was, agents=given.agents)
    if was is not None:
        sending.uninvite(event, was, source)
    return Kept(what=event, decision=decision, created=created)


def _answer(item: InboxItem, given: Read, source: sending.Source) -> Kept:
    """A guest's copy: their own answer is theirs to change, everything else the organiser's (RFC 6638 3.2.2.1)."""
    own = read(ical.invited(item))[0]
    asked = (*ical.SHOWN, "uid")
    if any(given.values.get(field) != own.values.get(field) for field in asked):
        raise UnusableError(
            "allowed-attendee-scheduling-object-change", "Only the organiser changes this event; you can answer it."
        )
    answer = given.answers.get(item.user.email, "NEEDS-ACTION")
    if answer == own.answers.get(item.user.email) or answer in OPEN:
        return Kept(what=item, decision=None)
    if answer not in CHOICES or item.state == InboxItem.State.CANCELLED:
        raise UnusableError("allowed-attendee-scheduling-object-change", "This can be accepted or declined.")
    return Kept(what=item, decision=sending.answer(item, CHOICES[answer], source, comment=given.comment))


def statuses(event: Event, guests: list[Guest]) -> dict[str, str]:
    """SCHEDULE-STATUS of each guest by address; none where nothing was ever to be sent (R07)."""
    rows = guestlist.rows(event, guests) if guests else []
    return {row.address: caldav.schedule_status(row.state) for row in rows if row.state}
