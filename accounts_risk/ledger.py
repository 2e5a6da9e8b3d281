"""The accounts ledger as its callers see it: what is known of an account, and every way that changes."""

from accounts_risk.knowledge import is_known, known
from accounts_risk.profiles import (
    note_credential_change,
    note_login,
    note_seen,
    note_signup,
    put_on_probation,
    sighted,
)
from accounts_risk.relations import accepted, junked, related
from accounts_risk.restrictions import active, clear, lapsed, lift, lift_account, restrict, strike, unclear, unstrike
from accounts_risk.retention import forget, purge
from accounts_risk.types import Known, Restricted

__all__ = [
    "Known",
    "Restricted",
    "accepted",
    "active",
    "clear",
    "forget",
    "is_known",
    "junked",
    "known",
    "lapsed",
    "lift",
    "lift_account",
    "note_credential_change",
    "note_login",
    "note_seen",
    "note_signup",
    "purge",
    "put_on_probation",
    "related",
    "restrict",
    "sighted",
    "strike",
    "unclear",
    "unstrike",
]
