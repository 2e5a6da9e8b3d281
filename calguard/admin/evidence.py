"""All a reviewer needs to see of a case, gathered for one page, except what depends on who looks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from calguard import people, reasons
from calguard.admin import showing
from calguard.admin.judged import Shown, shown
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.models import AuditEntry, Case, Decision, Exemption, Indicator, Note
from calguard.review import Revealed
from calguard.statements import appealing
from outbound.models import Delivery

EVENTS = 10  # shown in full; a flood of the same needs no more
LEFT = 40
SHARED = 12
LEFT_SINCE = timedelta(days=30)
HISTORY = timedelta(days=90)
LEAVING = (Delivery.State.SENT, Delivery.State.UNCERTAIN, Delivery.State.SENDING, Delivery.State.FAILED)

Address = Callable[..., str]  # the address of an admin page by its name


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """One guest's copy that left, or was refused by the mail server."""

    delivery: Delivery
    guest: Any
    kept: bool  # the plain address is still there
    server_said: Any = ""  # its own words, in whatever language


@dataclass(frozen=True, kw_only=True, slots=True)
class Elsewhere:
    """A phone number, host or text that was also withheld for others."""

    what: str
    value: Any
    decisions: list[tuple[Decision, str]]  # with the address of their case, "" where they have none
    accounts: int


def gather(case: Case, revealed: Revealed | None, *, at: datetime, page: Address) -> dict[str, Any]:
    """The template's context, except what depends on who looks."""
    decisions = list(
        Decision.objects.using(conf.database)
        .filter(case=case)
        .select_related("evidence", "submission", "appeal")
        .order_by("-verdict", "-score", "-created_at")[:EVENTS]
    )
    names = _names(case)
    return {
        "events": [shown(decision) for decision in decisions],
        "events_total": Decision.objects.using(conf.database).filter(case=case).count(),
        "told": _told(decisions),
        "appeals": [
            (appeal, showing.text(appeal.text), showing.text(appeal.answer), appealing.code_of(appeal))
            for appeal in appealing.all_of(case)
        ],
        "copies": _copies(case, revealed, at),
        "left": _counts(case, at),
        "revealed_guests": [showing.text(guest) for guest in revealed.guests] if revealed else None,
        "elsewhere": _elsewhere(case, decisions, page),
        "notes": [
            (note, showing.name(names.get(note.author, note.author)), showing.text(note.text))
            for note in Note.objects.using(conf.database).filter(case=case).order_by("created_at")
        ],
        "record": [
            (entry, showing.name(names.get(entry.actor, entry.actor)), showing.text(entry.reason))
            for entry in _entries(case).order_by("-pk")[:50]
        ],
        **_account(case, at),
    }


def _names(case: Case) -> dict[str, str]:
    written = Note.objects.using(conf.database).filter(case=case).values_list("author", flat=True)
    acted = _entries(case).values_list("actor", flat=True)
    return dict(conf.host.names({*written, *acted} - {"system", ""}))


def _entries(case: Case) -> Any:
    return AuditEntry.objects.using(conf.database).filter(target=f"case:{case.pk}")


def _told(decisions: Iterable[Decision]) -> list[dict[str, Any]]:
    """What the sender was shown, in the reader's language."""
    return [
        {
            "decision": decision,
            "headline": reasons.headline(Verdict(decision.verdict) if decision.enforced else Verdict.ALLOW),
            "reasons": [reasons.text(code) for code in decision.reasons] if decision.enforced else [],
            "next": reasons.next_step(Verdict(decision.verdict)) if decision.enforced else "",
        }
        for decision in decisions
    ]


def _account(case: Case, at: datetime) -> dict[str, Any]:
    """Who it is, as far as the host and the ledger know, and what became of them so far."""
    facts = conf.host.facts(case.account)
    mine = Decision.objects.using(conf.database).filter(account=case.account)
    counted = dict(
        mine.filter(created_at__gt=at - HISTORY).order_by().values_list("verdict").annotate(count=Count("pk"))
    )
    return {
        "facts": facts,
        "facts_name": showing.text(facts.name, longest=200),
        "facts_email": showing.text(facts.email, longest=200),
        "age": showing.span(at - facts.created_at) if facts.created_at else "unknown",
        "known": people.known(case.account, device="", prefix="", at=at, using=conf.database),
        "verdicts": [(Verdict(verdict).name, counted[verdict]) for verdict in sorted(counted, reverse=True)],
        "past_decisions": mine.exclude(case=case).select_related("case").order_by("-created_at")[:10],
        "past_cases": Case.objects.using(conf.database)
        .filter(account=case.account)
        .exclude(pk=case.pk)
        .order_by("-opened_at")[:10],
        "exemptions": Exemption.objects.using(conf.database).filter(account=case.account, expires_at__gt=at),
    }


def _copies(case: Case, revealed: Revealed | None, at: datetime) -> list[Copy]:
    rows = (
        Delivery.objects.using(conf.database)
        .filter(message__account=case.account, state__in=LEAVING, created_at__gt=at - LEFT_SINCE)
        .select_related("message")
        .order_by("-pk")[:LEFT]
    )
    plain = revealed.deliveries if revealed else {}
    return [
        Copy(
            delivery=row,
            guest=showing.text(plain.get(row.pk) or showing.mask(row.recipient), longest=320)
            if row.recipient
            else f"guest {row.recipient_hash[:8]}",
            kept=bool(row.recipient),
            server_said=showing.text(row.error, longest=200) if row.error else "",
        )
        for row in rows
    ]


def _counts(case: Case, at: datetime) -> list[tuple[str, int]]:
    rows = Delivery.objects.using(conf.database).filter(message__account=case.account, created_at__gt=at - LEFT_SINCE)
    counted = dict(rows.order_by().values_list("state").annotate(count=Count("pk")))
    return [(label, counted[state]) for state, label in Delivery.State.choices if state in counted]


def _elsewhere(case: Case, decisions: list[Decision], page: Address) -> list[Elsewhere]:
    """The same phone number, host or nearly the same text in what others wrote; what is nobody else's is left out."""
    rows = Indicator.objects.using(conf.database)
    mine = set(rows.filter(decision__case=case).values_list("kind", "value").distinct()[:400])
    shared = (
        rows.filter(value__in={value for _, value in mine})
        .exclude(decision__case=case)
        .values_list("kind", "value")
        .annotate(count=Count("pk"))
        .order_by("-count", "value")
    )
    others = Decision.objects.using(conf.database).exclude(case=case).order_by("-created_at")
    found = [
        _seen(Indicator.Kind(kind).label, showing.text(value), others.filter(indicators__in=_same(kind, value)), page)
        for kind, value in [(kind, value) for kind, value, _ in shared[:50] if (kind, value) in mine][:SHARED]
    ]
    marks = {decision.similarity for decision in decisions if decision.similarity}
    found.extend(
        _seen("nearly the same text", mark[:12], others.filter(similarity=mark), page) for mark in sorted(marks)[:5]
    )
    return [entry for entry in found if entry.decisions]


def _same(kind: str, value: str) -> Any:
    return Indicator.objects.using(conf.database).filter(kind=kind, value=value)


def _seen(what: str, value: Any, same: Any, page: Address) -> Elsewhere:
    rows = list(same[:5])
    return Elsewhere(
        what=what,
        value=value,
        decisions=[(row, page("calguard_case_change", row.case_id) if row.case_id else "") for row in rows],
        accounts=same.order_by().values("account").distinct().count() if rows else 0,
    )


__all__ = ["Copy", "Elsewhere", "Shown", "gather"]
