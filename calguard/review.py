"""What people decide about a case, each carried out at once, recorded, and never by two of them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.db.models import F, Q

from calguard import audit, claims, exemptions, reviewers
from calguard.case_search import search
from calguard.claims import LEASE, claim, holder, release_claim
from calguard.conf import conf
from calguard.exemptions import Exempt
from calguard.facts import remembering
from calguard.models import Case, Decision, Note
from calguard.outcomes import OUTCOMES, Outcome
from calguard.problems import Conflict, Invalid, NotAllowed, Problem
from calguard.revealing import Revealed, reveal

__all__ = (
    "LEASE",
    "Conflict",
    "Exempt",
    "Invalid",
    "NotAllowed",
    "Problem",
    "Result",
    "Revealed",
    "claim",
    "decide",
    "decide_many",
    "holder",
    "note",
    "release_claim",
    "reveal",
    "search",
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What became of one case of many."""

    case: int
    status: Literal["done", "conflict", "not allowed", "error"]
    text: str


def note(case_id: int, author: Any, text: str, *, at: datetime) -> Note:
    """Leave a note for the next reader."""
    reviewers.allow(author)
    if not text.strip():
        raise Invalid("The note is empty.")
    case, me = claims.find(case_id), conf.host.account(author)
    with transaction.atomic(using=conf.database):
        written = Note.objects.using(conf.database).create(case=case, author=me, text=text.strip(), created_at=at)
        audit.record(me, "case.noted", f"case:{case_id}", data={"note": written.pk}, at=at)
    return written


def decide(
    case_id: int,
    reviewer: Any,
    *,
    version: int,
    outcome: str,
    reason: str,
    label: str = "",
    exempt: Exempt | None = None,
    at: datetime,
) -> Case:
    """Close a case and carry out the outcome, all or nothing. `version` is the one the reviewer looked at.

    Release frees what the case holds; deny, restrict and suspend refuse it; restore frees it where the label is
    innocent or unclear and refuses it otherwise. Raises Conflict, NotAllowed or Invalid, and then nothing was done.
    """
    label = label or ("innocent" if outcome == "release" else "")
    reason = reason.strip()
    chosen = _valid(outcome, reason, label, exempt)
    case = claims.find(case_id)
    reviewers.allow(reviewer, chosen.permission)
    if why_not := reviewers.barred(reviewer, case):
        raise NotAllowed(why_not)
    me = conf.host.account(reviewer)
    with transaction.atomic(using=conf.database):
        seen = Q(version=version) if chosen.needs_all_seen else Q()
        closed = (
            claims.open_case(case_id)
            .filter(seen, claims.free_for(me, at))
            .update(
                state=Case.State.CLOSED,
                outcome=outcome,
                label=label,
                reason=reason,
                decided_by=me,
                closed_at=at,
                version=F("version") + 1,
            )
        )
        if not closed:
            raise claims.conflict(case_id, me, at)
        case.refresh_from_db(using=conf.database)
        if exempt is not None:
            _exempt(case, exempt, me, reason, at)
        chosen.carry_out(case, me, at)
        data = {"label": label, "seen_version": version, "decisions": _decisions(case)}
        if exempt is not None:
            data |= {"exempt": list(exempt.scopes), "days": exempt.days}
        audit.record(me, f"case.{outcome}", f"case:{case_id}", reason, data, at=at)
        remembering.decided(case)
    return case


def decide_many(
    case_ids: Iterable[int],
    reviewer: Any,
    *,
    versions: Mapping[int, int] | None = None,
    outcome: str,
    reason: str,
    label: str = "",
    exempt: Exempt | None = None,
    at: datetime,
) -> list[Result]:
    """Each case by itself: one that fails takes no other with it. Without `versions` they are taken as they are now."""
    results = []
    for case_id in dict.fromkeys(case_ids):
        try:
            version = claims.find(case_id).version if versions is None else versions.get(case_id, -1)
            decide(
                case_id, reviewer, version=version, outcome=outcome, reason=reason, label=label, exempt=exempt, at=at
            )
        except Conflict as problem:
            results.append(Result(case=case_id, status="conflict", text=str(problem)))
        except NotAllowed as problem:
            results.append(Result(case=case_id, status="not allowed", text=str(problem)))
        except Problem as problem:
            results.append(Result(case=case_id, status="error", text=str(problem)))
        except Exception:  # the others must still be decided, and the log has the trace
            log.exception("case %s could not be decided", case_id)
            results.append(Result(case=case_id, status="error", text="It could not be carried out: see the log."))
        else:
            results.append(Result(case=case_id, status="done", text=OUTCOMES[outcome].title))
    return results


def _valid(outcome: str, reason: str, label: str, exempt: Exempt | None) -> Outcome:
    chosen = OUTCOMES.get(outcome)
    if chosen is None:
        raise Invalid(f"There is no outcome {outcome!r}; choose one of {', '.join(OUTCOMES)}.")
    if not reason:
        raise Invalid("A reason is needed: it is read when the decision is questioned.")
    if label not in Case.Label.values:
        raise Invalid(f"A label is needed: {', '.join(Case.Label.values)}.")
    if label not in chosen.labels:
        raise Invalid(f"What is labelled {label!r} cannot be given {outcome!r}.")
    if exempt is not None and outcome != "release":
        raise Invalid("Only a release can grant an exemption.")
    return chosen


def _exempt(case: Case, exempt: Exempt, me: str, reason: str, at: datetime) -> None:
    try:
        exemptions.grant(case, exempt, actor=me, reason=reason, at=at)
    except exemptions.Refused as refused:
        raise Invalid(str(refused)) from None


def _decisions(case: Case) -> list[str]:
    rows = Decision.objects.using(conf.database).filter(case=case).order_by("created_at")
    return [str(key) for key in rows.values_list("pk", flat=True)[:500]]
