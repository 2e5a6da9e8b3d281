"""The people ledger as CalGuard calls it: whoever keeps facts of an account is told of every change at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from accounts_risk import ledger
from accounts_risk.ledger import (
    Loaded,
    Past,
    active,
    answers_told,
    bounced,
    declined,
    heard,
    imposed,
    independent,
    known,
    lapsed,
    note_answers,
    note_habits,
    note_seen,
    purge,
    ran_out,
    related,
    restricted_since,
    speaks,
    spoken_for,
    strikes,
    welcomed,
)
from accounts_risk.models import Clearance, Restriction, Strike
from calguard.conf import conf
from calguard.facts import remembering

__all__ = [
    "accepted",
    "active",
    "added",
    "answers_told",
    "bounced",
    "clear",
    "declined",
    "forget",
    "heard",
    "imposed",
    "independent",
    "junked",
    "known",
    "lapsed",
    "lift",
    "lift_account",
    "load_past",
    "note_answers",
    "note_credential_change",
    "note_habits",
    "note_login",
    "note_seen",
    "note_signup",
    "overturn",
    "prolong",
    "purge",
    "put_on_probation",
    "ran_out",
    "related",
    "restrict",
    "restricted_since",
    "sighted",
    "speaks",
    "spoken_for",
    "strike",
    "strikes",
    "supersede",
    "unclear",
    "unstrike",
    "welcomed",
]

UNTOLD = frozenset({"bounced", "declined", "note_answers", "note_habits", "note_seen", "purge", "ran_out"})
"""Writes that are not told: they change slowly, with every sending or with time alone, and what is kept is read anew
once a day."""

P = ParamSpec("P")
T = TypeVar("T")


def _of_account(change: Callable[Concatenate[str, P], T]) -> Callable[Concatenate[str, P], T]:
    """A change of the account that is its first argument."""

    @wraps(change)
    def told(account: str, *args: P.args, **kwargs: P.kwargs) -> T:
        done = change(account, *args, **kwargs)
        remembering.changed(account)
        return done

    return told


def _of_owner(
    model: type[Restriction] | type[Clearance] | type[Strike], change: Callable[Concatenate[str, P], T]
) -> Callable[Concatenate[str, P], T]:
    """A change of every account of which the owner, the first argument, has rows."""

    @wraps(change)
    def told(owner: str, *args: P.args, **kwargs: P.kwargs) -> T:
        accounts = _accounts(model, owner) if conf.facts else ()
        done = change(owner, *args, **kwargs)
        remembering.changed(*accounts)
        return done

    return told


def _accounts(model: type[Restriction] | type[Clearance] | type[Strike], owner: str) -> Iterable[str]:
    rows = model._default_manager.using(conf.database).filter(owner=owner)
    return tuple(rows.values_list("account", flat=True).distinct())


def load_past(pasts: Sequence[Past], *, at: datetime, using: str) -> Loaded:
    """What the host knew of many accounts (`accounts_risk.past`)."""
    done = ledger.load_past(pasts, at=at, using=using)
    remembering.changed(*(past.account for past in pasts))
    return done


accepted = _of_account(ledger.accepted)
added = _of_account(ledger.added)
clear = _of_account(ledger.clear)
forget = _of_account(ledger.forget)
junked = _of_account(ledger.junked)
lift = _of_owner(Restriction, ledger.lift)
lift_account = _of_account(ledger.lift_account)
note_credential_change = _of_account(ledger.note_credential_change)
note_login = _of_account(ledger.note_login)
note_signup = _of_account(ledger.note_signup)
overturn = _of_account(ledger.overturn)
prolong = _of_owner(Restriction, ledger.prolong)
put_on_probation = _of_account(ledger.put_on_probation)
restrict = _of_account(ledger.restrict)
sighted = _of_account(ledger.sighted)
strike = _of_account(ledger.strike)
supersede = _of_account(ledger.supersede)
unclear = _of_owner(Clearance, ledger.unclear)
unstrike = _of_owner(Strike, ledger.unstrike)
