"""How often one thing is asked about before a person looks instead, and answers that were given apart from it (R55)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError

from calguard import challenge
from calguard.challenge import Binding
from calguard.conf import conf
from calguard.detectors.signup import made_together
from calguard.engine.types import Account
from calguard.facts.database import unspoilt
from calguard.models import SpentToken

log = logging.getLogger("calguard")

DAY = timedelta(days=1)  # then the places are free again
CLEARED = timedelta(days=1)  # in which what was answered for may be sent
REMEMBERED = timedelta(days=30)  # that an account has answered, so that it is not asked who it is again


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


def note_answer(account: str, *, at: datetime) -> None:
    """The account itself has answered a question rightly, whatever it was about."""
    rows = SpentToken.objects.using(conf.database)
    kept = {"spent_at": at, "expires_at": at + REMEMBERED}
    rows.update_or_create(digest=_answerer(account), defaults=kept)


def has_answered(account: Account, *, at: datetime) -> bool:
    """Whether it did so lately: a query for accounts that were made together with others, and False for the rest. Where
    it cannot be read, it is asked once more."""
    if not made_together(account):
        return False
    try:
        with unspoilt(conf.database):
            rows = SpentToken.objects.using(conf.database).filter(digest=_answerer(account.id), expires_at__gt=at)
            return rows.exists()
    except DatabaseError:
        log.exception("what %s answered could not be read", account.id)
        return False


def _answerer(account: str) -> str:
    return challenge.digest("answered", account)


def _clearance(binding: Binding) -> str:
    return challenge.digest("cleared", binding.account, binding.content_hash, binding.guests_hash)
