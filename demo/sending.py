"""Saving an event and telling its guests: one transaction, and never without having asked the guard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from calguard import feedback, guard
from demo import guestlist, ical
from demo.models import Event, Guest, InboxItem, Told, User
from demo.references import REPLY

Channel = Literal["web", "import", "api", "caldav", "booking", "share"]
CHUNK = 500
ANSWERS = {"accept": InboxItem.State.ACCEPTED, "decline": InboxItem.State.DECLINED}
# Where no page can show a challenge: the event is stored and waits, and its owner answers in a browser.
HANDED_OVER = frozenset({"api", "caldav"})


Again = bool | Literal["missing"]  # "missing": only for guests who have not surely got it


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Through what something is sent, and by whom where that is not the account itself."""

    request: HttpRequest
    channel: Channel = "web"
    actor: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)  # what guests read beside the event
    shows_challenge: bool = True  # False: the answer is shown on a page without the form

    @property
    def hands_over(self) -> bool:
        """Whether a challenge is answered elsewhere: what waits for it is stored, and goes without being sent again."""
        return not self.shows_challenge or self.channel in HANDED_OVER

    @property
    def visited(self) -> bool:
        """Whether somebody else acts on the account: its owner is told by the guard, not by a page."""
        return self.channel == "booking"


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """An event as it was before its owner touched it."""

    calendar: bytes
    visible: bytes
    schedule: tuple[object, ...]
    guests: tuple[Guest, ...]


def before(event: Event) -> Before:
    """Remember an event before a form writes into it."""
    guests = tuple(event.guests.all())
    return Before(
        calendar=ical.build(event, guests),
        visible=ical.visible(event),
        schedule=tuple(getattr(event, name) for name in ical.SCHEDULE),
        guests=guests,
    )


def save(
    event: Event,
    addresses: Sequence[str],
    source: Source,
    *,
    was: Before | None = None,
    agents: Mapping[str, str] | None = None,
) -> guard.Decision | None:
    """
    Save, and notify whom it concerns. None: nobody is told, so nobody was asked.

    With a challenge in the answer nothing was saved: the form comes back, but where no page can show one. With any
    other answer the event stands in its owner's calendar, sent or not (R52). `agents` names the guests whom somebody
    else tells; they are judged like all others.
    """
    kept = {guest.address: guest for guest in was.guests} if was else {}
    guests = [_guest(event, address, kept.get(address), agents) for address in addresses]
    now = timezone.now()
    if was is not None and tuple(getattr(event, name) for name in ical.SCHEDULE) != was.schedule:
        event.sequence += 1  # RFC 5546, 2.1.4
        for guest in guests:
            guest.answer, guest.comment = Guest.Answer.NONE, ""
    seen = was is None or ical.visible(event) != was.visible or not kept.keys() >= set(addresses)
    if seen:
        event.changed_at = now

    def stored() -> None:
        store(event, guests)

    if not (seen and event.notifies and guests):
        with transaction.atomic():
            stored()
        return None
    previous = was.calendar if was and was.guests else None
    return _ask(event, ical.build(event, guests), source, stored, previous=previous)


def send(event: Event, source: Source, *, again: Again) -> guard.Decision:
    """Send what was kept back by its owner (an import), or the same once more."""
    event.notifies = True

    def store() -> None:
        event.save(update_fields=["notifies"])

    return _ask(event, ical.build(event, event.guests.all()), source, store, resend=again)


def cancel(event: Event, source: Source, *, comment: str = "") -> guard.Decision | None:
    """
    Cancel, and tell those who were told of it before (RFC 5546, 3.2.5), with a word on why; None: nobody was.

    Whom an invitation has reached is settled by the guard when the message leaves: one may be on its way right now.
    """
    guests = list(event.guests.all())
    previous = ical.build(event, guests)
    concerned = guestlist.under_way(event)
    event.cancelled_at = event.changed_at = timezone.now()
    event.sequence += 1
    if not concerned:
        event.save()
        return None
    calendar = ical.build(event, guests, "CANCEL", comment=comment)
    return _ask(event, calendar, source, event.save, previous=previous)


def uninvite(event: Event, was: Before, source: Source) -> guard.Decision | None:
    """Tell guests who were taken off the list that it goes on without them (RFC 5546, 3.2.5); None: nobody was."""
    stay = set(event.guests.values_list("address", flat=True))
    gone = guestlist.reached(event, [guest for guest in was.guests if guest.address not in stay])
    if not gone:
        return None
    event.sequence += 1  # newer than what they have, and than what they get if they are invited again

    def store() -> None:
        event.save(update_fields=["sequence"])

    return _ask(event, ical.build(event, gone, "CANCEL"), source, store, previous=was.calendar)


def answer(item: InboxItem, choice: str, source: Source, *, comment: str = "") -> guard.Decision:
    """Accept or decline an invitation: the answer goes to the organiser, past the guard like everything else."""
    item.state, item.answered_at, item.comment = ANSWERS[choice], timezone.now(), comment

    def store() -> None:
        item.save(update_fields=["state", "answered_at", "comment"])

    source = replace(source, shows_challenge=False)
    decision = ask(item.user, ical.reply(item), source, store, reference=f"{REPLY}{item.pk}", title=item.title)
    organiser = User.objects.filter(email=item.organiser).first()
    if organiser is not None:
        feedback.answered(organiser.account, item.user.email, accepted=choice == "accept")
    return decision


def ask(
    owner: User,
    calendar: bytes,
    source: Source,
    store: Callable[[], None],
    *,
    reference: str,
    event: Event | None = None,
    title: str = "",
    previous: bytes | None = None,
    resend: Again = False,
    dispatch: Literal["host"] | None = None,
) -> guard.Decision:
    """The verdict, and the save together with its acceptance: the one place from which anybody is notified."""
    with guard.sending(
        owner,
        calendar,
        channel=source.channel,
        request=source.request,
        actor=source.actor,
        extra_texts=source.texts,
        reference=reference,
        previous=previous,
        resend=resend,
        dispatch=dispatch,
    ) as decision:
        waits = decision.challenge is not None
        if waits and not source.hands_over:
            return decision
        if decision.is_refused and source.visited:
            return decision  # a stranger's wish, for which the owner's calendar is no place
        store()
        if not source.visited:
            _note(owner, event, title, decision)
        if waits:
            guard.confirm(decision)
    return decision


def _ask(
    event: Event,
    calendar: bytes,
    source: Source,
    store: Callable[[], None],
    *,
    previous: bytes | None = None,
    resend: Again = False,
) -> guard.Decision:
    return ask(
        event.owner,
        calendar,
        source,
        store,
        reference=str(event.pk),
        event=event,
        title=event.title,
        previous=previous,
        resend=resend,
    )


def _note(owner: User, event: Event | None, title: str, decision: guard.Decision) -> None:
    if decision.may_send:
        return
    Told.objects.get_or_create(
        user=owner,
        code=decision.reference,
        defaults={
            "event": event,
            "title": title,
            "headline": str(decision.headline),
            "url": decision.explain_url,
            "at": timezone.now(),
        },
    )


def _guest(event: Event, address: str, known: Guest | None, agents: Mapping[str, str] | None) -> Guest:
    guest = Guest(event=event, address=address)
    if known is not None:
        guest.answer, guest.comment, guest.agent = known.answer, known.comment, known.agent
    if agents is not None:
        guest.agent = agents.get(address, Guest.Agent.SERVER)
    return guest


def store(event: Event, guests: Sequence[Guest]) -> None:
    """The event with exactly these guests."""
    event.save()
    wanted = {guest.address for guest in guests}
    gone = [pk for pk, address in event.guests.values_list("pk", "address") if address not in wanted]
    for first in range(0, len(gone), CHUNK):
        event.guests.filter(pk__in=gone[first : first + CHUNK]).delete()
    Guest.objects.bulk_create(
        guests,
        batch_size=CHUNK,
        update_conflicts=True,
        unique_fields=["event", "address"],
        update_fields=["answer", "comment", "agent"],
    )
