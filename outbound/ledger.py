"""The outbound ledger as its callers see it: what was submitted, what keeps it back, what reached whom."""

from outbound.budgets import reserve, usage
from outbound.deliveries import (
    begin_sending,
    claim,
    give_back,
    mark_failed,
    mark_retry,
    mark_sent,
    mark_uncertain,
    next_try,
    recover,
)
from outbound.expansion import expand
from outbound.guests import by_message_id, guest_states, invited_before
from outbound.holds import hold, hold_account, lift, lift_due, lift_submission
from outbound.retention import forget, purge
from outbound.submissions import (
    confirm,
    due,
    expire,
    finish,
    is_free,
    postpone,
    postpone_all,
    proposed_too_long,
    refuse,
    replace,
    submit,
    withdraw,
)
from outbound.types import Demand, Draft, GuestState, Recipient, Recovered, Reserved, Short

__all__ = [
    "Demand",
    "Draft",
    "GuestState",
    "Recipient",
    "Recovered",
    "Reserved",
    "Short",
    "begin_sending",
    "by_message_id",
    "claim",
    "confirm",
    "due",
    "expand",
    "expire",
    "finish",
    "forget",
    "give_back",
    "guest_states",
    "hold",
    "hold_account",
    "invited_before",
    "is_free",
    "lift",
    "lift_due",
    "lift_submission",
    "mark_failed",
    "mark_retry",
    "mark_sent",
    "mark_uncertain",
    "next_try",
    "postpone",
    "postpone_all",
    "proposed_too_long",
    "purge",
    "recover",
    "refuse",
    "replace",
    "reserve",
    "submit",
    "usage",
    "withdraw",
]
