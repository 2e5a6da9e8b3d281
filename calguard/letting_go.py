"""When a person has let go what a case held: by releasing it, or by restoring an account that did nothing wrong."""

from __future__ import annotations

from django.db.models import Q

FREES = frozenset({"innocent", "unclear"})  # labels with which to restore an account lets its content go as well


def lets_go(outcome: str | None, label: str | None) -> bool:
    """Whether content in a case with this outcome is not held against its account any more."""
    return outcome == "release" or (outcome == "restore" and label in FREES)


def let_go(case: str = "case") -> Q:
    """The same as a condition; `case` is how its rows lead to the case."""
    outcome, label = f"{case}__outcome", f"{case}__label__in"
    return Q((outcome, "release")) | Q((outcome, "restore"), (label, sorted(FREES)))
