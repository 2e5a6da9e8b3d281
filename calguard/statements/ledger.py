"""Writes a statement of reasons for every measure against an account, once, and what became of the measure (R91)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from calguard import notices, recording
from calguard.conf import conf
from calguard.engine.reasons import Reason
from calguard.engine.types import Verdict
from calguard.models import Case, Decision, Enforcement, Notice
from calguard.order import Order
from calguard.sql import Changed, given
from calguard.statements import terms
from calguard.statements.models import Statement
from calguard.statements.telling import Telling

Measure = Statement.Measure

MAILS = {
    Measure.WITHHELD: "refused",
    Measure.REFUSED: "refused",
    Measure.RESTRICTED: "restricted",
    Measure.SUSPENDED: "suspended",
}
"""The mail of each measure. What is contained has one of its own, to another address: the mailbox may be a thief's."""

CONTENT = frozenset({Measure.WITHHELD, Measure.REFUSED})
SANCTIONS = ("restrict", "suspend")
MOST_REASONS = 8


def issue(order: Order, measure: Statement.Measure, *, ends_at: datetime | None = None) -> Statement:
    """The statement for what this order does to its account, told by mail where its owner saw no page.

    One for each measure, owner and account: repeated, it changes nothing. `order.case` says how a person wants it told.
    """
    telling = Telling.read(order.case.telling) if order.case is not None else Telling()
    reasons = _reasons(order)
    label = order.case.label if order.case is not None and order.by_human else ""
    found: dict[str, Any] = {
        "code": recording.short_code(),
        "decision": order.decision,
        "case": order.case,
        "reasons": reasons,
        "ground": terms.BULK if telling.omit else terms.ground_of(reasons, label),
        "words": telling.words if order.by_human else "",
        "source": Statement.Source.NOTICE if telling.reported else Statement.Source.OWN,
        "found_by_machine": order.decision is not None or bool(reasons),
        "decided_by_machine": not order.by_human,
        "starts_at": order.at,
        "ends_at": ends_at,
        "created_at": order.at,
        "omitted": telling.omit,
    }
    rows = Statement.objects.using(order.using)
    row, made = rows.get_or_create(measure=measure, owner=order.owner, account=order.account, defaults=found)
    if made and not row.omitted and _by_mail(order, measure):
        context = {"statement": str(row.pk), "code": order.decision.code if order.decision else ""}
        notices.place(MAILS[measure], f"statement:{row.pk}", account=row.account, context=context, at=order.at)
    return row


def issue_for_content(order: Order) -> Statement:
    """The statement for invitations that are not sent: refused by the machine, or withheld until a person said no."""
    held = order.by_human and _decisions(order).filter(verdict__lt=Verdict.DENY).exists()
    return issue(order, Measure.WITHHELD if held else Measure.REFUSED)


def end(owner: str, *, at: datetime, measures: Iterable[str] = (), account: str = "") -> int:
    """What these measures did is over: they ran out or were lifted. A mail not yet sent is dropped. How many were."""
    rows = Statement.objects.using(conf.database).filter(owner=owner, ended_at=None)
    if measures:
        rows = rows.filter(measure__in=list(measures))
    if account:
        rows = rows.filter(account=account)
    keys = list(rows.values_list("pk", flat=True))
    if not keys:
        return 0
    incidents = [f"statement:{key}" for key in keys]
    Notice.objects.using(conf.database).filter(incident__in=incidents, state=Notice.State.PENDING).delete()
    return Statement.objects.using(conf.database).filter(pk__in=keys, ended_at=None).update(ended_at=at)


def lapse(at: datetime) -> int:
    """Note the end of what has run out by itself. How many."""
    return OVER.run(conf.database, at=at)


def _write_over() -> tuple[QuerySet[Statement], Mapping[str, Any]]:
    at = given("at", datetime)
    return Statement.objects.filter(ended_at=None, ends_at__lte=at), {"ended_at": at}


OVER = Changed(_write_over)


def of_account(account: str) -> Any:
    """What the account was told, the newest first; never what was left untold."""
    rows = Statement.objects.using(conf.database).filter(account=account, omitted=False)
    return rows.select_related("decision", "case", "appeal").order_by("-created_at")


def of_case(case: Case, account: str) -> Statement | None:
    """What a person's decision on this case said of the account's content."""
    rows = Statement.objects.using(conf.database).filter(case=case, account=account)
    return rows.filter(measure__in=(Measure.WITHHELD, Measure.REFUSED)).order_by("-created_at").first()


def _by_mail(order: Order, measure: Statement.Measure) -> bool:
    if measure not in MAILS or (measure in CONTENT and _told_with_account(order)):
        return False
    return order.by_human or measure in (Measure.RESTRICTED, Measure.SUSPENDED) or order.needs_mail


def _told_with_account(order: Order) -> bool:
    """Whether the same person's decision also limits the account: one mail then says both, that of the stricter."""
    orders = Enforcement.objects.using(order.using).filter(owner=order.owner, account=order.account, by_human=True)
    return order.by_human and orders.filter(action__in=SANCTIONS).exclude(state=Enforcement.State.LIFTED).exists()


def _decisions(order: Order) -> Any:
    """The attempts that an order is about."""
    mine = Q(pk=order.decision.pk) if order.decision is not None else Q(pk=None)
    if order.case is not None:
        mine |= Q(case=order.case) & (Q(account=order.account) | Q(actor=order.account))
    return Decision.objects.using(order.using).filter(mine)


def _reasons(order: Order) -> Sequence[str]:
    """Public codes, of the strongest attempts first."""
    rows = _decisions(order).order_by("-verdict", "-score", "-created_at").values_list("reasons", flat=True)[:100]
    first = [order.reason] if not order.by_human and order.reason in set(Reason) else []
    codes = dict.fromkeys([*first, *(code for reasons in rows for code in reasons)])
    if not codes and order.owner.startswith("campaign:"):  # by itself it was accepted; with the others it was not
        codes = {Reason.PART_OF_CAMPAIGN: None}
    return list(codes)[:MOST_REASONS]
