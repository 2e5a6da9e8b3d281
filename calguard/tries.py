"""How often one thing is asked about before a person looks instead, and answers that were given apart from it (R55)."""

from __future__ import annotations

from datetime import datetime, timedelta

from calguard import challenge
from calguard.challenge import Binding
from calguard.conf import conf
from calguard.models import SpentToken

DAY = timedelta(days=1)  # then the places are free again
CLEARED = timedelta(days=1)  # in which what was answered for may be sent


def room(binding: Binding, *, own: bool, at: datetime) -> bool:
    """Take a place among the questions that may be put today about this attempt, and to its account; False where none
    is left. `own`: the account itself acts, so that what visitors of its booking page do is not counted against it.
    """
    limits = conf.policy.challenge
    if own and not _take("account", [binding.account], limits.account_attempts, at):
        return False
    return _take("attempt", [binding.account, binding.content_hash, binding.guests_hash], limits.attempts, at)


def _take(kind: str, parts: list[str], most: int, at: datetime) -> bool:
    """One of so many places, each a key that can be written once: exact, however many ask at the same time."""
    places = [challenge.digest("place", kind, f"{at:%Y-%m-%d}", *parts, str(number)) for number in range(most)]
    rows = SpentToken.objects.using(conf.database)
    taken = set(rows.filter(digest__in=places).values_list("digest", flat=True))
    return any(challenge.spend(place, at=at, life=2 * DAY) for place in places if place not in taken)


def clear(binding: Binding, *, at: datetime) -> None:
    """The question was answered on a page apart: the same attempt may be made once more without it."""
    rows = SpentToken.objects.using(conf.database)
    kept = {"spent_at": at, "expires_at": at + CLEARED}
    rows.update_or_create(digest=_clearance(binding), defaults=kept)


def cleared(binding: Binding, *, at: datetime) -> bool:
    """Use up such an answer; True for exactly one caller. If the host's save is rolled back, so is its use."""
    rows = SpentToken.objects.using(conf.database).filter(digest=_clearance(binding), expires_at__gt=at)
    return rows.delete()[0] == 1


def is_cleared(binding: Binding, *, at: datetime) -> bool:
    rows = SpentToken.objects.using(conf.database)
    return rows.filter(digest=_clearance(binding), expires_at__gt=at).exists()


def _clearance(binding: Binding) -> str:
    return challenge.digest("cleared", binding.account, binding.content_hash, binding.guests_hash)
