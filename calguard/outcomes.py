"""What a reviewer can decide, with which label and permission, and what carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from calguard import enforcement, pages
from calguard.campaigns import orders
from calguard.letting_go import FREES
from calguard.models import Case
from calguard.statements import appealing, restoring

SUSPECT = frozenset({"spam", "phish", "hijacked", "runaway", "unclear"})
STRIKES = frozenset({"spam", "phish"})  # a hijacked or runaway account is no abuser


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One thing a reviewer can decide. `carry_out` takes the closed case, the reviewer and the time."""

    name: str
    title: str
    permission: str
    labels: frozenset[str]
    needs_all_seen: bool  # what frees or refuses content; to contain an account one need not see its newest event
    carry_out: Callable[[Case, str, datetime], None]
    of_campaigns: bool = True  # whether it can be done to all accounts of a campaign at once


def _of_all(name: str, alone: Callable[[Case, str, datetime], None]) -> Callable[[Case, str, datetime], None]:
    """The same verdict on every member, where the case is a campaign's."""

    def carry_out(case: Case, me: str, at: datetime) -> None:
        if orders.decided(case, name, me, at=at) is None:
            alone(case, me, at)

    return carry_out


def _release(case: Case, me: str, at: datetime) -> None:
    enforcement.release(case, reviewer=me, reason=case.reason, at=at)


def _deny(case: Case, me: str, at: datetime) -> None:
    """Refuse what the case holds. Only abuse is a strike: the owner of a hijacked account is its victim."""
    again = appealing.is_again(case)  # an appeal that is not granted is no second offence, and no second measure
    parameters = {"strike": case.label in STRIKES and not again, "label": case.label, "again": again}
    enforcement.order_by_human(case, "deny", reviewer=me, reason=case.reason, parameters=parameters, at=at)


def _restrict(case: Case, me: str, at: datetime) -> None:
    _contain(case, "restrict", me, at)


def _suspend(case: Case, me: str, at: datetime) -> None:
    _contain(case, "suspend", me, at)


def _suspend_for_good(case: Case, me: str, at: datetime) -> None:
    _contain(case, "suspend", me, at, for_good=True)


def _contain(case: Case, action: str, me: str, at: datetime, *, for_good: bool = False) -> None:
    parameters = {"label": case.label} | ({"for_good": True} if for_good else {})
    enforcement.order_by_human(case, action, reviewer=me, reason=case.reason, parameters=parameters, at=at)
    _deny(case, me, at)  # a closed case leaves nothing waiting, as nobody would look at it again


def _restore(case: Case, me: str, at: datetime) -> None:
    if case.label in FREES:
        restoring.bring_along(case, at=at)
        _release(case, me, at)
    else:
        _deny(case, me, at)
    for party in pages.parties(case):
        enforcement.restore(party, owner=f"case:{case.pk}", reviewer=me, reason=case.reason, at=at)


OUTCOMES: Mapping[str, Outcome] = {
    row.name: row
    for row in (
        Outcome(
            name="release",
            title="Release: send what is held",
            permission="calguard.decide_case",
            labels=frozenset({"innocent", "runaway", "unclear"}),
            needs_all_seen=True,
            carry_out=_of_all("release", _release),
        ),
        Outcome(
            name="deny",
            title="Deny: nothing of it is sent",
            permission="calguard.decide_case",
            labels=SUSPECT,
            needs_all_seen=True,
            carry_out=_of_all("deny", _deny),
        ),
        Outcome(
            name="restrict",
            title="Restrict: deny, and the account sends to nobody for a time",
            permission="calguard.decide_case",
            labels=SUSPECT,
            needs_all_seen=False,
            carry_out=_of_all("restrict", _restrict),
        ),
        Outcome(
            name="suspend",
            title="Suspend: deny, and the account is shut for a time",
            permission="calguard.suspend_case",
            labels=SUSPECT,
            needs_all_seen=False,
            carry_out=_of_all("suspend", _suspend),
        ),
        Outcome(
            name="suspend_for_good",
            title="Suspend for good: deny, and the account is shut until a person opens it",
            permission="calguard.suspend_case",
            labels=SUSPECT,
            needs_all_seen=False,
            carry_out=_suspend_for_good,
            of_campaigns=False,
        ),
        Outcome(
            name="restore",
            title="Restore: lift restrictions and suspension",
            permission="calguard.suspend_case",
            labels=SUSPECT | {"innocent"},
            needs_all_seen=True,
            carry_out=_of_all("restore", _restore),
        ),
    )
}
