"""What one decision means for the person it was about, put together from its row for a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from calguard import challenge, reasons
from calguard.conf import conf
from calguard.content import reader
from calguard.engine.types import Verdict
from calguard.models import Appeal, Decision, Evidence
from outbound.models import Hold, Submission

SHOWN_TITLE = 200  # characters


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
    appealed_at: datetime | None
    automated: bool  # no person has looked yet (GDPR 22)


def explain(decision: Decision) -> Explanation:
    verdict = Verdict(decision.verdict) if decision.enforced else Verdict.ALLOW
    appeal = Appeal.objects.using(conf.database).filter(decision=decision).first()
    return Explanation(
        code=decision.code,
        verdict=verdict.name.lower(),
        headline=reasons.headline(verdict),
        reasons=_reasons(decision) if verdict > Verdict.OBSERVE else (),
        next_step=reasons.next_step(verdict),
        state=_state(decision),
        event_title=_title(decision),
        event_url=conf.host.event_url(decision.reference) if decision.reference else "",
        decided_at=decision.created_at,
        retry_at=decision.retry_at,
        restricted="account_restricted" in decision.reasons,
        may_appeal=may_appeal(decision) and appeal is None,
        appealed_at=appeal.created_at if appeal else None,
        automated=decision.case is None or not decision.case.decided_by,
    )


def _reasons(decision: Decision) -> tuple[str, ...]:
    """Only the public side of what was seen: kind and place, never which rule saw it."""
    seen = sorted(decision.signals, key=lambda signal: -float(signal.get("points", 0)))
    places = ((signal.get("public", ""), signal.get("field", "")) for signal in seen)
    return reasons.texts(decision.reasons, places, verdict=Verdict(decision.verdict))


def may_appeal(decision: Decision) -> bool:
    """Whatever a person can still change: what was withheld until a look, or refused (R92)."""
    return decision.enforced and decision.verdict >= Verdict.HOLD


def open_challenge(decision: Decision) -> challenge.Challenge | None:
    """The challenge that a submission still waits for, where no page could show it when it was made.

    Only for what its host has stored: guests are not invited to an event whose form was never sent again.
    """
    submission = decision.submission
    if submission is None or submission.state != Submission.State.ACCEPTED:
        return None
    if not submission.holds.filter(kind=Hold.Kind.CHALLENGE).exists():
        return None
    return challenge.offer(
        account=submission.account, content_hash=submission.content_hash, guests_hash=submission.guests_hash
    )


def _state(decision: Decision) -> str:
    if decision.case is not None and decision.case.state == decision.case.State.CLOSED:
        return reasons.outcome(decision.case.outcome)
    submission = decision.submission
    return reasons.progress(submission.state) if submission and submission.state != Submission.State.ACCEPTED else ""


def _title(decision: Decision) -> str:
    """The event's title as far as its content is still kept, so that people know what this is about."""
    kept = Evidence.objects.using(conf.database).filter(decision=decision).first()
    raw = kept.content if kept else (decision.submission.snapshot if decision.submission else None)
    return reader.read(bytes(raw)).summary[:SHOWN_TITLE] if raw else ""
