"""A statement of reasons as its owner reads it: on a page, in a mail, and by the API with the same codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.urls import NoReverseMatch

from calguard import links, public, reasons
from calguard.conf import conf
from calguard.models import Appeal, Decision
from calguard.statements import periods, resending, terms
from calguard.statements.models import Statement
from outbound.models import Submission

PLACES_OF = 20  # attempts of a case that are looked at for where the reasons were seen


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """Everything Art. 17(3) DSA names; no points, rules or thresholds."""

    code: str
    measure: str
    headline: str
    scope: str
    also: str  # what the same decision did beside it
    starts_at: datetime
    ends_at: datetime | None
    duration: str  # where no date says it
    state: str  # "" while it stands
    facts: tuple[tuple[str, str], ...]  # public code and text
    titles: tuple[str, ...]
    words: str
    source: str
    source_text: str
    automation: str
    found_by_machine: bool
    decided_by_machine: bool
    ground: str
    ground_text: str
    ground_url: str
    appeal_url: str  # "" where there is nothing to appeal any more
    appeal_until: datetime | None
    redress: str
    appeal: Appeal | None
    url: str
    decision_url: str


def shown(row: Statement, *, at: datetime) -> Shown:
    """The statement in the reader's language."""
    appeal = Appeal.objects.using(conf.database).filter(statement=row).first()
    open_until = periods.open_until(row) if appeal is None and periods.may_appeal(row, at=at) else None
    seen, titles = _seen(row)
    return Shown(
        code=row.code,
        measure=row.measure,
        headline=str(terms.HEADLINES[row.measure]),
        scope=str(terms.SCOPES[row.measure]),
        also=str(terms.ALSO) if _refused_too(row) else "",
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        duration="" if row.ends_at else str(terms.FOR_GOOD),
        state=_state(row),
        facts=tuple(zip(row.reasons, reasons.texts(row.reasons, seen), strict=True)),
        titles=titles,
        words=row.words,
        source=row.source,
        source_text=str(terms.SOURCES[row.source]),
        automation=str(terms.AUTOMATION[row.found_by_machine, row.decided_by_machine]),
        found_by_machine=row.found_by_machine,
        decided_by_machine=row.decided_by_machine,
        ground=row.ground,
        ground_text=terms.ground_text(row.ground),
        ground_url=terms.ground_url(row.ground),
        appeal_url=url_of(row) + "#appeal" if open_until else "",
        appeal_until=open_until,
        redress=terms.redress(),
        appeal=appeal,
        url=url_of(row),
        decision_url=links.explain_path(row.decision.code) if row.decision is not None else "",
    )


def as_dict(row: Statement, *, at: datetime) -> dict[str, Any]:
    """The same for programs: stable codes beside the texts."""
    it = shown(row, at=at)
    return {
        "code": it.code,
        "measure": it.measure,
        "title": it.headline,
        "scope": " ".join(filter(None, (it.scope, it.also))),
        "starts_at": it.starts_at.isoformat(),
        "ends_at": it.ends_at.isoformat() if it.ends_at else None,
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "overturned_at": row.overturned_at.isoformat() if row.overturned_at else None,
        "facts": [{"code": code, "text": text} for code, text in it.facts],
        "words": it.words,
        "source": it.source,
        "found_by_machine": it.found_by_machine,
        "decided_by_machine": it.decided_by_machine,
        "ground": {"code": it.ground, "text": it.ground_text, "url": it.ground_url},
        "redress": {
            "appeal_url": it.appeal_url,
            "appeal_until": it.appeal_until.isoformat() if it.appeal_until else None,
            "text": it.redress,
        },
        "appeal": appeal_as_dict(it.appeal) if it.appeal else None,
    }


def appeal_as_dict(appeal: Appeal) -> dict[str, Any]:
    """An appeal for programs."""
    return {
        "state": appeal.state,
        "created_at": appeal.created_at.isoformat(),
        "due_at": appeal.due_at.isoformat() if appeal.due_at else None,
        "answer": appeal.answer,
        "decided_at": appeal.decided_at.isoformat() if appeal.decided_at else None,
    }


def url_of(row: Statement) -> str:
    """The statement's own page; "" where the host did not include calguard.urls."""
    try:
        return links.statement_path(row.code)
    except NoReverseMatch:
        return ""


def mail_context(pk: str, *, at: datetime) -> Mapping[str, Any]:
    """What a mail about a measure says; its link works without signing in, since who is suspended cannot."""
    row = Statement.objects.using(conf.database).select_related("decision").filter(pk=UUID(pk)).first()
    if row is None:
        return {}
    it = shown(row, at=at)
    try:
        address = links.objection(row.pk)
    except NoReverseMatch:
        address = ""
    return {
        "it": it,
        "code": row.code,
        "explain_url": address,
        "reason_texts": [text for _code, text in it.facts],
    }


def answer_context(pk: int, *, at: datetime) -> Mapping[str, Any]:
    """What the mail that answers an appeal says, and where it leads: for a suspended owner, without signing in."""
    rows = Appeal.objects.using(conf.database).select_related("decision", "statement", "decision__submission")
    appeal = rows.filter(pk=pk).first()
    if appeal is None:
        return {}
    try:
        address = links.objection(appeal.statement.pk) if appeal.statement is not None else ""
        address = address or (links.explain(appeal.decision.code) if appeal.decision is not None else "")
    except NoReverseMatch:
        address = ""
    about = appeal.statement if appeal.statement is not None else appeal.decision
    won = appeal.state == Appeal.State.OVERTURNED
    return {
        "won": won,
        "leaves": leaves(appeal),
        "offered": resending.offered(decisions_of(appeal), at=at) if won else (),
        "over": won and _is_over(appeal),
        "again": content_of(appeal),
        "words": appeal.answer,
        "redress": terms.redress(),
        "explain_url": address,
        "code": about.code if about is not None else "",
        "reason_texts": [],
    }


def leaves(appeal: Appeal) -> bool:
    """Whether invitations that the appeal was about have left, or leave by themselves now."""
    states = (Submission.State.ACCEPTED, Submission.State.SENT)
    return appeal.state == Appeal.State.OVERTURNED and any(
        row.submission is not None and row.submission.state in states for row in decisions_of(appeal)
    )


def _is_over(appeal: Appeal) -> bool:
    """Whether everything that it was about has begun meanwhile, so that nothing of it is sent."""
    rows = [row.submission for row in decisions_of(appeal) if row.submission is not None]
    return bool(rows) and all(row.state == Submission.State.EXPIRED for row in rows)


def content_of(appeal: Appeal) -> bool:
    """Whether it was about invitations at all, which can be sent again."""
    return bool(decisions_of(appeal))


def decisions_of(appeal: Appeal) -> list[Decision]:
    """The attempts that an appeal was about, as far as they are still known."""
    statement, decision = appeal.statement, appeal.decision
    if statement is not None and statement.measure not in (Statement.Measure.WITHHELD, Statement.Measure.REFUSED):
        return []
    account = statement.account if statement is not None else decision.account if decision is not None else ""
    mine = Q(pk=decision.pk) if decision is not None else Q(pk=None)
    if statement is not None and appeal.case_id is not None:
        mine |= Q(case=appeal.case_id, account=account)
    return list(Decision.objects.using(conf.database).filter(mine).select_related("submission", "case"))


def _refused_too(row: Statement) -> bool:
    """Whether the person who limited the account refused what it had waiting as well."""
    if row.decided_by_machine or row.measure not in (Statement.Measure.RESTRICTED, Statement.Measure.SUSPENDED):
        return False
    refused = (one.submission.state == Submission.State.REFUSED for one in attempts_of(row) if one.submission)
    return row.overturned_at is None and any(refused)


def _state(row: Statement) -> str:
    if row.overturned_at:
        return str(terms.OVERTURNED)
    if row.ended_at is None:
        return ""
    return reasons.outcome("release") if row.measure in periods.CONTENT else str(terms.ENDED)


def attempts_of(row: Statement) -> list[Decision]:
    """The attempts that a statement speaks of, the strongest first."""
    if row.decision is not None:
        return [row.decision]
    if row.case is None:
        return []
    # An appeal takes the attempts along into a case of its own, where newer ones may have come beside them.
    moved = Appeal.objects.using(conf.database).filter(statement__case=row.case_id).values("case")
    there = Q(case=row.case_id) | Q(case__in=moved, created_at__lte=row.starts_at)
    found = Decision.objects.using(conf.database).filter(there, account=row.account)
    return list(found.select_related("submission", "case").order_by("-verdict", "-score")[:PLACES_OF])


def _seen(row: Statement) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    """Where the facts were seen, and the titles of the events as far as they are still kept."""
    decisions = attempts_of(row)
    places = [place for decision in decisions for place in public.places(decision)]
    titles = dict.fromkeys(filter(None, (public.title(decision) for decision in decisions[:3])))
    return places, tuple(titles)
