"""Refuse the send (CC 4.2 action 1): nothing leaves by any channel, and the sender is told why and how to object."""

from calguard import actors, cases, evidence
from calguard.campaigns import growth
from calguard.facts.types import VISITED
from calguard.models import Decision
from calguard.order import Order
from calguard.sanctions import ladder
from calguard.statements import ledger as statements
from calguard.statements.models import Statement

name = "deny"

CONTENT = (Statement.Measure.WITHHELD, Statement.Measure.REFUSED)


def contain(order: Order) -> None:
    """The submission is closed at once and keeps no copy, so what a person must see is kept beside the decision."""
    if order.decision is not None:
        evidence.keep(order.decision, order.content, order.around, at=order.at)


def carry_out(order: Order) -> None:
    """A machine's refusal opens a case; a person's confirms one, and counts as a strike where it was abuse."""
    if order.by_human:
        _confirm(order)
        if not order.parameters.get("again") and actors.kind(order.account) != "visitor":
            statements.issue_for_content(order)
        return
    if order.decision is None:
        return
    evidence.complete(order.decision, at=order.at)
    cases.open_for(order.decision, at=order.at, campaign=growth.joined(order.decision, at=order.at))
    if order.parameters.get("own", True):
        ladder.refused(order.decision, at=order.at)
    if order.decision.channel not in VISITED:  # the page told its visitor, and its owner has done nothing
        statements.issue_for_content(order)


def _confirm(order: Order) -> None:
    """Not for whoever was a victim too, as the label says."""
    if not order.parameters.get("strike", True):
        return
    newest = Decision.objects.using(order.using).filter(case=order.case, account=order.account).order_by("-created_at")
    tier = newest.values_list("tier", flat=True).first() if order.case else None
    label = str(order.parameters.get("label") or "spam")
    ladder.confirmed(
        order.account, order.owner, label, tier=tier or "trial", at=order.at, by_human=True, case=order.case
    )


def undo(order: Order) -> None:
    """No strike, and no step of the ladder that it led to."""
    ladder.take_back(order.owner, at=order.at)
    statements.end(order.owner, at=order.at, measures=CONTENT)
