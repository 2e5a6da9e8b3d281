"""Every way a submission and a copy go from one state to the next. Tests hold the code to it; the documentation draws
it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from outbound.models import Delivery, Submission

__all__ = ["COPY", "SUBMISSION", "Move", "moves"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """One way from a state to the next. `before` is "" where the row is made in `after`."""

    before: str
    after: str
    by: str  # what does it, in words for whoever reads the documentation


def moves(*rows: tuple[str, str, str]) -> tuple[Move, ...]:
    """Rows of before, after and by what."""
    return tuple(Move(before=before, after=after, by=by) for before, after, by in rows)


_S, _D = Submission.State, Delivery.State

SUBMISSION: Sequence[Move] = moves(
    ("", _S.PROPOSED, "the host asks, and has not saved yet"),
    ("", _S.ACCEPTED, "the host asks and saves in one step"),
    ("", _S.REFUSED, "denied"),
    ("", _S.WITHDRAWN, "the host's own transaction failed; the attempt stays on record"),
    (_S.REFUSED, _S.ACCEPTED, "a person takes the refusal back, and the event is still ahead and as it was"),
    (_S.REFUSED, _S.EXPIRED, "a person takes the refusal back, and the event has begun"),
    (_S.PROPOSED, _S.ACCEPTED, "the host confirms its save"),
    (_S.PROPOSED, _S.REFUSED, "a person refuses it"),
    (_S.PROPOSED, _S.WITHDRAWN, "the host takes it back, or a later version takes its place"),
    (_S.PROPOSED, _S.EXPIRED, "never confirmed"),
    (_S.ACCEPTED, _S.SENT, "every copy has a final state"),
    (_S.ACCEPTED, _S.REFUSED, "a person refuses it"),
    (_S.ACCEPTED, _S.WITHDRAWN, "the host takes it back, a later version takes its place, or it changed"),
    (_S.ACCEPTED, _S.EXPIRED, "the event began, or was over, before it was free to go"),
    (_S.SENT, _S.ACCEPTED, "a person says that one copy did not arrive; that one goes once more"),
)

COPY: Sequence[Move] = moves(
    ("", _D.PENDING, "written down for one guest"),
    ("", _D.FAILED, "no mail can go to such an address"),
    (_D.PENDING, _D.CLAIMED, "a worker takes it"),
    (_D.PENDING, _D.CANCELLED, "its submission ends"),
    (_D.PENDING, _D.UNCERTAIN, "its submission ends, and it may have left at an earlier try"),
    (_D.PENDING, _D.SENT, "the worker that was given up was only slow"),
    (_D.PENDING, _D.FAILED, "the worker that was given up was only slow, and it was refused"),
    (_D.CLAIMED, _D.SENDING, "handing over begins: from here on it may have left"),
    (_D.CLAIMED, _D.PENDING, "given back, or its worker died"),
    (_D.CLAIMED, _D.FAILED, "no mail can be made of it"),
    (_D.CLAIMED, _D.CANCELLED, "its submission ends"),
    (_D.CLAIMED, _D.UNCERTAIN, "its submission ends, and it may have left at an earlier try"),
    (_D.SENDING, _D.SENT, "the next hop took it"),
    (_D.SENDING, _D.FAILED, "refused for good"),
    (_D.SENDING, _D.PENDING, "refused for now; or the answer never came or its worker died, for the first time"),
    (_D.SENDING, _D.CLAIMED, "the calendar here did not take it: it goes by mail"),
    (_D.SENDING, _D.UNCERTAIN, "the answer never came, or its worker died, at the second try too"),
    (_D.SENDING, _D.CANCELLED, "refused for now, and its submission has ended"),
    (_D.UNCERTAIN, _D.SENT, "the worker was only slow, or a person says that it arrived"),
    (
        _D.UNCERTAIN,
        _D.FAILED,
        "it was refused after all, or a person says that it did not arrive, and it cannot go again",
    ),
    (_D.UNCERTAIN, _D.PENDING, "a person says that it did not arrive: it goes once more, to that guest alone"),
)
