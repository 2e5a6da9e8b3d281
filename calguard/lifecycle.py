"""Every way that cases, orders, incidents, appeals and approvals go from one state to the next, beside the copies and
submissions of the outbound ledger. Tests hold the code to it; the documentation draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Model

from calguard.incidents.models import Incident
from calguard.models import Appeal, Case, Enforcement
from calguard.sanctions.models import Approval
from outbound.lifecycle import COPY, SUBMISSION, Move, moves
from outbound.models import Delivery, Submission

__all__ = ["LIVES", "Life"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Life:
    """The states of one kind of row, and its moves."""

    model: type[Model]
    moves: Sequence[Move]


_C, _E, _I, _A, _P = Case.State, Enforcement.State, Incident.State, Appeal.State, Approval.State

LIVES: Mapping[str, Life] = {
    "submission": Life(model=Submission, moves=SUBMISSION),
    "copy": Life(model=Delivery, moves=COPY),
    "case": Life(
        model=Case,
        moves=moves(
            ("", _C.OPEN, "something waits for a person"),
            (_C.OPEN, _C.CLOSED, "a person decides, or it goes on as another case"),
        ),
    ),
    "order": Life(
        model=Enforcement,
        moves=moves(
            ("", _E.PENDING, "a decision or a person asks for an action"),
            (_E.PENDING, _E.DONE, "a worker has carried it out"),
            (_E.PENDING, _E.FAILED, "given up after many tries; staff are told"),
            (_E.PENDING, _E.LIFTED, "taken back before it was carried out"),
            (_E.DONE, _E.LIFTED, "undone, or its time is over"),
            (_E.FAILED, _E.LIFTED, "undone"),
        ),
    ),
    "incident": Life(
        model=Incident,
        moves=moves(
            ("", _I.OPEN, "signs of a takeover, and something abusive about to leave"),
            (_I.OPEN, _I.CLAIMED, "its owner says that it was them"),
            (_I.OPEN, _I.SECURED, "its owner ends all sessions by the mailed link"),
            (_I.OPEN, _I.LAPSED, "nobody answered in time"),
            (_I.OPEN, _I.CLOSED, "a person decides"),
            (_I.CLAIMED, _I.SECURED, "its owner ends all sessions after all"),
            (_I.CLAIMED, _I.CLOSED, "a person decides"),
            (_I.CLAIMED, _I.LAPSED, "nobody looked in time"),
            (_I.SECURED, _I.RECOVERED, "the password was changed, and it is clear by whom"),
            (_I.SECURED, _I.RETURNING, "the password was changed by whoever reads a mailbox that may be the thief's"),
            (_I.SECURED, _I.DOUBTED, "the same, where the policy has a person decide"),
            (_I.RETURNING, _I.RECOVERED, "nobody objected in time, or a device from before the theft says so"),
            (_I.RETURNING, _I.DOUBTED, "somebody objects, or something is sent as the thief sent it"),
            (_I.RETURNING, _I.CLOSED, "a person decides"),
            (_I.DOUBTED, _I.CLOSED, "a person decides"),
            (_I.SECURED, _I.CLOSED, "a person decides"),
            (_I.SECURED, _I.LAPSED, "the password was never changed"),
            (_I.LAPSED, _I.CLAIMED, "its owner says late that it was them"),
            (_I.LAPSED, _I.SECURED, "its owner ends all sessions late"),
            (_I.LAPSED, _I.CLOSED, "a person decides"),
        ),
    ),
    "appeal": Life(
        model=Appeal,
        moves=moves(
            ("", _A.OPEN, "the user objects"),
            (_A.OPEN, _A.UPHELD, "another person finds it right"),
            (_A.OPEN, _A.OVERTURNED, "another person takes it back"),
        ),
    ),
    "approval": Life(
        model=Approval,
        moves=moves(
            ("", _P.WAITING, "a reviewer decides what needs a second one"),
            (_P.WAITING, _P.APPROVED, "the second says yes"),
            (_P.WAITING, _P.REFUSED, "the second says no"),
            (_P.WAITING, _P.EXPIRED, "nobody answers in time"),
        ),
    ),
}
