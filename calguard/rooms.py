"""What an account may still send, shown before it is short: in each window, all in all, and when room returns (R54)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calguard import alarm, costs, people
from calguard.conf import conf
from calguard.context import account_of
from calguard.costs import WINDOWS
from calguard.engine.types import Limits, Tier
from calguard.host import Facts
from outbound import ledger as messages
from outbound.types import Demand, Spent

__all__ = ["Budget", "Room", "budget_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """One window of a budget, in recipient-sends to people outside the account's organisation."""

    window: timedelta | None  # None: for as long as the account is new
    used: int
    limit: int
    visited: int = 0  # used of it by visitors of the account's booking page, where the account is not established
    returns_at: datetime | None = None  # when the first of what is used comes back; None: nothing is used, or it stays
    whole_at: datetime | None = None  # when all of it has

    @property
    def left(self) -> int:
        return max(0, self.limit - self.used - self.visited)

    def as_dict(self) -> dict[str, Any]:
        return {
            "used": self.used,
            "visited": self.visited,
            "left": self.left,
            "limit": self.limit,
            "returns_at": self.returns_at and self.returns_at.isoformat(),
            "whole_at": self.whole_at and self.whole_at.isoformat(),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """What one account may reach, in recipient-sends (R54); `guests_per_event` is a number of guests."""

    hour: Room
    day: Room
    week: Room
    guests_per_event: int
    lifetime: Room | None = None  # while the account is new; None: nothing bounds it all in all
    sent: int = 0  # recipient-sends ever charged
    guests: int | None = None  # of the event that was asked about, those outside the organisation
    fits_at: datetime | None = None  # when there is room for all of them; None: there is now, or never will be
    warn_at: float = 0.9

    @property
    def rooms(self) -> dict[str, Room]:
        """By name, from the shortest window; `lifetime` last, where there is one."""
        named = {"hour": self.hour, "day": self.day, "week": self.week}
        return named | ({"lifetime": self.lifetime} if self.lifetime else {})

    @property
    def left(self) -> int:
        return min(room.left for room in self.rooms.values())

    @property
    def low(self) -> tuple[str, ...]:
        """Names of the rooms that are nearly used up, or are."""
        return tuple(n for n, room in self.rooms.items() if room.limit - room.left >= self.warn_at * room.limit)

    @property
    def fits(self) -> bool:
        """Whether all guests that were asked about can be told now."""
        return self.guests is None or self.guests <= min(self.left, self.guests_per_event)

    @property
    def warning(self) -> str:
        """A sentence for the form, in the reader's language, where little is left; "" where there is enough."""
        if not self.low:
            return ""
        left = self.left
        if not left:
            return _("Your account has sent all it may for now. New invitations wait, and go by themselves.")
        return ngettext(
            "You can invite %(left)d more person outside your organisation for now.",
            "You can invite %(left)d more people outside your organisation for now.",
            left,
        ) % {"left": left}

    def as_dict(self) -> dict[str, Any]:
        """For an API; times are ISO 8601."""
        return {
            "left": self.left,
            "rooms": {name: room.as_dict() for name, room in self.rooms.items()},
            "guests_per_event": self.guests_per_event,
            "sent": self.sent,
            "warning": self.warning,
            "guests": self.guests,
            "fits": self.fits,
            "fits_at": self.fits_at and self.fits_at.isoformat(),
        }


def budget_of(account: str, user: Any, *, guests: Collection[str] | int | None = None, at: datetime) -> Budget:
    """In a fixed number of queries. `guests`: those of an event that is being written, by address or by number."""
    using = conf.database
    facts = Facts()
    with alarm.shielded("guard.budget"):  # a host that cannot say who it is: then as of somebody unknown
        facts = conf.host.facts(account, user)
    known = people.known(account, device="", prefix="", at=at, using=using)
    tier = conf.policy.tier(account_of(account, facts, known, at))
    limits = conf.policy.budget(tier)
    windows = [window for _name, window in WINDOWS]
    spent = messages.spending(f"account:{account}", windows, at=at, using=using)
    visited = {} if tier == "established" else messages.spending(f"bookings:{account}", windows, at=at, using=using)
    rooms = {
        name: _room(window, getattr(limits, name), spent[window], visited.get(window, Spent(units=0)))
        for name, window in WINDOWS
    }
    wanted = _outside(account, facts, guests)
    return Budget(
        guests_per_event=limits.guests_per_event,
        lifetime=_lifetime(account, tier, at),
        sent=spent[None].units,
        guests=wanted,
        fits_at=_fits_at(account, tier, limits, wanted, at) if wanted else None,
        warn_at=conf.policy.allowances.warn_at,
        **rooms,
    )


def _room(window: timedelta, limit: int, spent: Spent, visited: Spent) -> Room:
    times = [
        (one.first + window, one.last + window) for one in (spent, visited) if one.units and one.first and one.last
    ]
    return Room(
        window=window,
        used=spent.units,
        limit=limit,
        visited=visited.units,
        returns_at=min((first for first, _last in times), default=None),
        whole_at=max((last for _first, last in times), default=None),
    )


def _lifetime(account: str, tier: Tier, at: datetime) -> Room | None:
    limit = 0 if tier == "established" else conf.policy.allowances.lifetime.get(tier, 0)
    if not limit:
        return None
    spent = messages.spending(f"start:{account}", [timedelta(hours=1)], at=at, using=conf.database)
    return Room(window=None, used=spent[None].units, limit=limit)


def _outside(account: str, facts: Facts, guests: Collection[str] | int | None) -> int | None:
    if guests is None or isinstance(guests, int):
        return guests
    return len(costs.outside_of(account, guests, facts))


def _fits_at(account: str, tier: Tier, limits: Limits, wanted: int, at: datetime) -> datetime | None:
    """All of them taken for strangers: it never says too early."""
    scopes = ["account"] if tier == "established" else ["account", "reach"]
    demands = [Demand(scope=f"{kind}:{account}", units=wanted, limits=costs.limits_of(limits)) for kind in scopes]
    found = [messages.outlook(demand, at=at, using=conf.database) for demand in demands]
    times = [short.retry_at for short in found if short]
    return max((moment for moment in times if moment), default=None) if all(times) else None
