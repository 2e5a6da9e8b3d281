"""What the guard did to innocent accounts, read from its own records."""

from __future__ import annotations

from collections import Counter
from typing import Any

from accounts_risk.models import Restriction
from calguard.engine.types import Verdict
from calguard.models import Decision
from calguard.simulation.population import Population

COUNTED = {"challenged": "CHALLENGE", "throttled": "THROTTLE", "held": "HOLD", "denied": "DENY"}


def friction(population: Population) -> dict[str, Any]:
    """Accounts that were ever challenged, throttled, held, denied or suspended, and which signs did it.

    Of an account that was used by somebody else, only what its owner sent counts.
    """
    own = {person.account: person for person in population.people if person.innocent}
    accounts: dict[str, set[str]] = {name: set() for name in COUNTED.values()}
    why: Counter[str] = Counter()
    rows = Decision.objects.filter(verdict__gte=Verdict.CHALLENGE, enforced=True).order_by("created_at", "pk")
    for row in rows.only("account", "reference", "verdict", "signals", "recipients", "channel"):
        if row.account not in own or row.reference not in population.references:
            continue
        verdict = Verdict(row.verdict).name
        accounts[verdict].add(row.account)
        signs = " ".join(sorted(f"{sign['detector']}.{sign['code']}" for sign in row.signals if sign["points"]))
        why[f"{verdict}: {own[row.account].habit}, {row.channel}, {row.recipients} guests: {signs}"] += 1
    restricted = set(Restriction.objects.filter(account__in=list(own)).values_list("account", flat=True))
    return {
        "accounts": len(own),
        "invitations": population.attempts,
        "recipients": population.recipients,
        **{name: len(accounts[verdict]) for name, verdict in COUNTED.items()},
        "suspended": len(restricted | {account for account, person in own.items() if person.suspended}),
        "why": dict(sorted(why.items())),
    }
