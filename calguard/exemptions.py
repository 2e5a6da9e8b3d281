"""What a reviewer sets aside for one account: named signals of its case, for a time, never a block-list hit (R96)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from calguard import actors
from calguard.conf import conf
from calguard.facts import remembering
from calguard.models import Case, Decision, Exemption

MAX_DAYS = 90
ALWAYS_COUNT = frozenset({"links.block_list"})  # beyond what the policy names


class Refused(ValueError):  # noqa: N818  an exemption refused, not an error in the program
    """The exemption cannot be given; the text says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exempt:
    """What a release shall set aside from now on."""

    scopes: tuple[str, ...]  # "<detector>.<code>"
    days: int


def offered(case: Case) -> tuple[str, ...]:
    """The signals of the case that can be set aside, by name; none of visitors', who each time may be somebody else."""
    if actors.is_page(case.account):
        return ()
    return tuple(sorted(seen(case) - _never()))


def seen(case: Case) -> frozenset[str]:
    """Every "<detector>.<code>" in the case."""
    signals = Decision.objects.using(conf.database).filter(case=case).values_list("signals", flat=True)
    return frozenset(f"{signal['detector']}.{signal['code']}" for found in signals for signal in found)


def grant(case: Case, exempt: Exempt, *, actor: str, reason: str, at: datetime) -> None:
    """Write the exemptions, owned by the case; Refused where one may not be given. Repeating it changes nothing."""
    _check(exempt, offered(case) and seen(case))
    rows = [
        Exemption(
            account=case.account,
            scope=scope,
            owner=f"case:{case.pk}",
            reason=reason,
            created_by=actor,
            created_at=at,
            expires_at=at + timedelta(days=exempt.days),
        )
        for scope in dict.fromkeys(exempt.scopes)
    ]
    Exemption.objects.using(conf.database).bulk_create(rows, ignore_conflicts=True)
    remembering.changed(case.account)


def standing(account: str, *, at: datetime) -> frozenset[str]:
    """What does not count for this account now. One query."""
    rows = Exemption.objects.using(conf.database).filter(account=account, expires_at__gt=at)
    return frozenset(rows.values_list("scope", flat=True)) - _never()


def _never() -> frozenset[str]:
    return ALWAYS_COUNT | conf.policy.exemptions.never


def _check(exempt: Exempt, found: Iterable[str]) -> None:
    if not exempt.scopes:
        raise Refused("Name at least one signal that shall not count.")
    if not 1 <= exempt.days <= MAX_DAYS:
        raise Refused(f"An exemption lasts 1 to {MAX_DAYS} days.")
    for scope in exempt.scopes:
        if scope in _never():
            raise Refused(f"{scope} always counts: the policy allows no exemption from it.")
        if scope not in found:
            raise Refused(f"{scope} is not among the signals of this case.")
