"""The accounts ledger as its callers see it: what is known of an account, and every way that changes."""

from accounts_risk.answers import answers_told, declined, note_answers
from accounts_risk.habits import Habits, note_habits
from accounts_risk.knowledge import known
from accounts_risk.overturning import overturn
from accounts_risk.past import Loaded, Past, load_past
from accounts_risk.profiles import (
    note_credential_change,
    note_login,
    note_seen,
    note_signup,
    put_on_probation,
    sighted,
)
from accounts_risk.relations import Welcome, accepted, added, bounced, independent, junked, related, welcomed
from accounts_risk.restrictions import (
    active,
    clear,
    imposed,
    lapsed,
    lift,
    lift_account,
    prolong,
    ran_out,
    restrict,
    restricted_since,
    strike,
    strikes,
    supersede,
    unclear,
    unstrike,
)
from accounts_risk.retention import forget, purge
from accounts_risk.types import Answers, Known, Restricted

__all__ = [
    "Answers",
    "Habits",
    "Known",
    "Loaded",
    "Past",
    "Restricted",
    "Welcome",
    "accepted",
    "active",
    "added",
    "answers_told",
    "bounced",
    "clear",
    "declined",
    "forget",
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
    "strike",
    "strikes",
    "supersede",
    "unclear",
    "unstrike",
    "welcomed",
]
