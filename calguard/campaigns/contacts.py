"""Whether an attempt sends its readers to the number or page that stood in what the same account had refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, cast
from uuid import UUID

from calguard.campaigns.crowds import OWN
from calguard.campaigns.marks import VISITOR, Trace
from calguard.campaigns.models import Mark
from calguard.engine.reasons import Reason
from calguard.engine.types import Verdict
from calguard.letting_go import lets_go

WEEK = timedelta(days=7)
NEWEST = 100
CHEATS = frozenset(
    {
        Reason.CONTENT_LOOKS_LIKE_SCAM.value,
        Reason.NAMES_ANOTHER_COMPANY.value,
        Reason.LINK_NOT_ALLOWED.value,
        Reason.RESUBMITTED_REFUSED_CONTENT.value,
    }
)  # for which words were refused, and not how many guests there were or how fast


Contact = Literal["", "phone", "host"]


def refused_contact(trace: Trace, account: str, *, at: datetime, using: str, besides: Sequence[str] = ()) -> Contact:
    """The kind of what leads to the same place as words that were held or denied within a week and not released:
    "phone" or "host"; "" for none. What the account had sent in peace a week before that is its own number or page.

    Asked for accounts that had something refused: one query.
    """
    mine = [value for kind, value in trace.values if kind in OWN]
    if not mine or trace.party.startswith(VISITOR):
        return ""
    marks = Mark.objects.using(using).filter(account=account, kind__in=OWN, value__in=mine, at__lt=at)
    if besides:
        marks = marks.exclude(decision__pk__in=[UUID(str(key)) for key in besides])
    rows = marks.order_by("-at").values_list(
        "kind",
        "value",
        "at",
        "decision__verdict",
        "decision__reasons",
        "decision__case__outcome",
        "decision__case__label",
    )
    refused: dict[int, tuple[str, datetime]] = {}
    for kind, value, then, verdict, reasons, *decided in rows[:NEWEST]:  # newest first
        if verdict >= Verdict.HOLD:
            if then > at - WEEK and not lets_go(*decided) and not CHEATS.isdisjoint(reasons or ()):
                refused[value] = (kind, then)
        elif verdict <= Verdict.OBSERVE and value in refused and then < refused[value][1] - WEEK:
            del refused[value]
    return cast("Contact", next((kind for kind, _ in refused.values()), ""))
