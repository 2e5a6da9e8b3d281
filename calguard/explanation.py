"""What one decision means for the person it was about, put together from its row for a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from calguard import answering, arrivals, links, public, reasons
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.models import Appeal, Decision
from calguard.sanctions import telling
from calguard.statements import appealing, periods, resending, showing, waiting
from outbound.models import Submission


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Everything the page shows; no points, rules or thresholds."""

    code: str
    verdict: str
    headline: str
    reasons: tuple[str, ...]
    next_step: str
    state: str  # what became of it since, "" where nothing did
    event_title: str
    event_url: str
    decided_at: datetime
    retry_at: datetime | None
    restricted: bool
    may_appeal: bool
    appeal: Appeal | None
    appeal_until: datetime
    due_at: datetime | None  # by when somebody is to have looked at what is held
    expires_at: datetime | None  # when what is held begins, and is not sent any more
    statement_url: str  # the whole statement of reasons, where there is one
    automated: bool  # no person has looked yet (GDPR 22)
    unsure: tuple[arrivals.Unsure, ...]  # copies of which nobody knows whether they arrived
    offer: str  # "now" where it can be sent after all, "changed", "begun" or "anew" where it cannot any more, else ""


def explain(decision: Decision) -> Explanation:
    verdict = carried_out(decision)
    statement = appealing.about(decision)
    held = waiting.of(decision)
    checking = verdict <= Verdict.OBSERVE and telling.checking(decision.submission)
    appeal = Appeal.objects.using(conf.database).filter(decision=decision).first()
    return Explanation(
        code=decision.code,
        verdict=verdict.name.lower(),
        headline=str(reasons.CHECKING[0]) if checking else reasons.headline(_by_now(decision, verdict)),
        reasons=_reasons(decision) if verdict > Verdict.OBSERVE else (),
        next_step=str(reasons.CHECKING[1]) if checking else reasons.next_step(verdict),
        state=_state(decision)
        or (held.text if held and held.state == "delayed" and verdict <= Verdict.OBSERVE else ""),
        event_title=public.title(decision),
        event_url=conf.host.event_url(decision.reference) if decision.reference else "",
        decided_at=decision.created_at,
        retry_at=decision.retry_at,
        restricted="account_restricted" in decision.reasons,
        may_appeal=may_appeal(decision),
        appeal=appeal,
        appeal_until=periods.open_until(decision),
        due_at=held.due_at if held and held.state != "delayed" else None,
        expires_at=held.expires_at if held else None,
        statement_url=links.statement_path(statement.code) if statement and not statement.omitted else "",
        automated=decision.case is None or not decision.case.decided_by,
        unsure=arrivals.unsure(decision, at=timezone.now()),
        offer=resending.offer(decision, at=timezone.now()),
    )


def _reasons(decision: Decision) -> tuple[str, ...]:
    return reasons.texts(decision.reasons, public.places(decision), verdict=carried_out(decision))


def may_appeal(decision: Decision) -> bool:
    """Whatever a person can still change: what was withheld until a look, or refused, in time and not before (R92)."""
    return carried_out(decision) >= Verdict.HOLD and appealing.may_appeal(decision, at=timezone.now())


def carried_out(decision: Decision) -> Verdict:
    """What was done, which is milder in observe mode, and a person's look where one was wanted instead of a check."""
    if not decision.enforced or telling.until(decision.submission) is not None:
        return Verdict.ALLOW
    verdict = Verdict(decision.verdict)
    return Verdict.HOLD if verdict is Verdict.CHALLENGE and answering.given_to_person(decision) else verdict


def _by_now(decision: Decision, verdict: Verdict) -> Verdict:
    """The verdict whose headline is true now: what was to wait has gone since, or is refused or over."""
    submission = decision.submission
    if submission is None or verdict in (Verdict.ALLOW, Verdict.OBSERVE):
        return verdict
    if submission.state == Submission.State.SENT:
        return Verdict.ALLOW
    if submission.state == Submission.State.ACCEPTED:
        return verdict if submission.holds.exists() else Verdict.ALLOW
    over = submission.state != Submission.State.PROPOSED and verdict is not Verdict.CHALLENGE
    return Verdict.DENY if over else verdict


def _state(decision: Decision) -> str:
    submission = decision.submission
    if decision.case is not None and decision.case.state == decision.case.State.CLOSED:
        said = reasons.outcome(decision.case.outcome)
        since = reasons.progress(submission.state) if submission is not None and said else ""
        return f"{said} {since}".strip()
    if submission is None:
        return ""
    if submission.state != Submission.State.ACCEPTED:
        return reasons.progress(submission.state)
    answered = carried_out(decision) is Verdict.CHALLENGE and not answering.waiting(submission)
    return reasons.next_step(Verdict.ALLOW) if answered else ""


def as_dict(decision: Decision) -> dict[str, Any]:
    """The same for programs: stable codes beside the texts (R53)."""
    it = explain(decision)
    texts = zip(decision.reasons if it.reasons else (), it.reasons, strict=True)
    return {
        "reference": it.code,
        "verdict": it.verdict.upper(),
        "title": it.headline,
        "reasons": [{"code": code, "text": text} for code, text in texts],
        "next_step": it.next_step,
        "state": it.state,
        "retry_at": it.retry_at.isoformat() if it.retry_at else None,
        "due_at": it.due_at.isoformat() if it.due_at else None,
        "expires_at": it.expires_at.isoformat() if it.expires_at else None,
        "automated": it.automated,
        "statement_url": it.statement_url,
        "appeal_url": links.explain_path(it.code) if it.may_appeal else "",
        "offer": it.offer,
        "unsure": [
            {"copy": one.copy, "guest": one.guest, "at": one.at.isoformat(), "again": one.again} for one in it.unsure
        ],
        "arrival_url": links.arrival_path(it.code) if it.unsure else "",
        "send_url": links.send_path(it.code) if it.offer == "now" else "",
        "appeal": showing.appeal_as_dict(it.appeal) if it.appeal else None,
    }
