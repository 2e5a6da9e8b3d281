"""The state of each guest's invitation, as the event's page shows it; the guard knows it, this matches it to guests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from calguard import guard
from demo.models import Event, Guest

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

# state: (label, tone)
LABELS = {
    "waiting": ("Queued", "wait"),
    "queued": ("Queued", "wait"),
    "checking": ("Being checked", "wait"),
    "review": ("Waiting for review", "hold"),
    "challenge": ("Waiting for you", "hold"),
    "delayed": ("Delayed", "hold"),
    "paused": ("Paused", "hold"),
    "sent": ("Sent", "good"),
    "delivered": ("Delivered", "good"),
    "failed": ("Not delivered", "bad"),
    "uncertain": ("Uncertain", "hold"),
    "refused": ("Not sent", "bad"),
    "expired": ("Not sent", "bad"),
    "withdrawn": ("Not sent", "bad"),
}
SURE = frozenset({"sent", "delivered"})
REACHED = SURE | {"uncertain"}
LEAVES = frozenset({"waiting", "checking", "queued", "delayed"})
CAN_BE_SENT = frozenset({"", "expired", "withdrawn"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One guest as shown."""

    address: str
    answer: str
    answered: bool
    comment: str
    state: str
    label: str
    tone: str
    text: str
    explain_url: str


def rows(event: Event, guests: Sequence[Guest]) -> list[Row]:
    """One row per guest, in their order. A state about all guests stands for those without a newer one of their own."""
    states = guard.guest_states(event.pk)
    of_all = _latest([state for state in states if not state.recipient_hash])
    own = _own(guests, states)
    return [_row(guest, _latest([state for state in (own.get(guest.address), of_all) if state])) for guest in guests]


def reached(event: Event, guests: Iterable[Guest], *, surely: bool = False) -> list[Guest]:
    """Those of them whose invitation left, or may have left."""
    found = list(guests)
    own = _own(found, [state for state in guard.guest_states(event.pk) if state.state in (SURE if surely else REACHED)])
    return [guest for guest in found if guest.address in own]


def under_way(event: Event) -> bool:
    """Whether any invitation left or may leave by itself, so that calling it off concerns somebody."""
    return any(state.state in REACHED | LEAVES for state in guard.guest_states(event.pk))


def _own(guests: Iterable[Guest], states: Iterable[guard.GuestState]) -> dict[str, guard.GuestState]:
    """Each guest's own state, one at most. Both lists are in the order of inviting, so the first left mostly fits."""
    left = [state for state in states if state.recipient_hash]
    found = {}
    for guest in guests:
        place = next((place for place, state in enumerate(left) if state.matches(guest.address)), None)
        if place is not None:
            found[guest.address] = left.pop(place)
    return found


def _latest(states: Sequence[guard.GuestState]) -> guard.GuestState | None:
    return max(states, key=lambda state: state.at or LONG_AGO, default=None)


def _row(guest: Guest, state: guard.GuestState | None) -> Row:
    name = state.state if state else ""
    label, tone = LABELS.get(name, ("Not invited", ""))
    return Row(
        address=guest.address,
        answer=guest.get_answer_display(),
        answered=guest.answer != Guest.Answer.NONE,
        comment=guest.comment,
        state=name,
        label=label,
        tone=tone,
        text=state.text if state else "no invitation was sent",
        explain_url=state.explain_url if state else "",
    )
