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
from calguard.incidents import ending
from calguard.models import Case, Decision, Note
from calguard.outcomes import OUTCOMES, STRIKES, Outcome
from calguard.problems import Conflict, Invalid, NotAllowed, Problem
from calguard.revealing import Revealed, reveal
from calguard.sanctions import approvals
from calguard.sanctions.models import Approval
from calguard.statements import appealing, restoring
from calguard.statements.telling import Telling

__all__ = (
    "LEASE",
    "Conflict",
    "Exempt",
    "Invalid",
    "NotAllowed",
    "Problem",
    "Result",
    "Revealed",
    "Telling",
    "answer",
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
    status: Literal["done", "proposed", "conflict", "not allowed", "error"]
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
    telling: Telling | None = None,
    at: datetime,
) -> Case:
    """Close a case and carry out the outcome, all or nothing. `version` is the one the reviewer looked at.

    Release frees what the case holds; deny, restrict and suspend refuse it; restore frees it where the label is
    innocent or unclear and refuses it otherwise. Appeals in the case are answered by it, in the words of `telling`,
    which also says how the owner is told of what is done to them. What needs a second person (`approvals.needed`) is
    only written down, and the case given back open. Raises Conflict, NotAllowed or Invalid, and then nothing was done.
    """
    label = label or ("innocent" if outcome == "release" else "")
    reason = reason.strip()
    chosen = _valid(outcome, reason, label, exempt)
    if telling is not None and telling.omit and (outcome == "release" or label not in STRIKES):
        raise Invalid("Only deceptive high-volume content may be left without a statement of reasons.")
    case = claims.find(case_id)
    reviewers.allow(reviewer, chosen.permission)
    appealing.check(case, outcome, may_suspend=reviewer.has_perm(reviewers.SUSPEND))
    if why_not := reviewers.barred(reviewer, case):
        raise NotAllowed(why_not)
    if case.campaign and not chosen.of_campaigns:
        raise Invalid("This is decided of one account at a time.")
    me = conf.host.account(reviewer)
    if approvals.needed(case, outcome):
        told = telling or Telling()
        approvals.propose(case, chosen, me, version=version, reason=reason, label=label, telling=told, at=at)
        return case
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
                telling=(telling or Telling()).kept(),
                version=F("version") + 1,
            )
        )
        if not closed:
            raise claims.conflict(case_id, me, at)
        case.refresh_from_db(using=conf.database)
        if exempt is not None:
            _exempt(case, exempt, me, reason, at)
        approvals.drop(case, me, at=at)
        _finish(case, chosen, me, at)
        data = {"label": label, "seen_version": version, "decisions": _decisions(case)}
        if exempt is not None:
            data |= {"exempt": list(exempt.scopes), "days": exempt.days}
        if telling is not None:
            data |= {"told": sorted(telling.kept())}
        audit.record(me, f"case.{outcome}", f"case:{case_id}", reason, data, at=at)
        remembering.decided(case)
    return case


def answer(approval_id: int, reviewer: Any, *, approve: bool, version: int, reason: str, at: datetime) -> Approval:
    """A second person's yes or no to what another reviewer decided; never both, and by nobody alone. `version` is that
    of the case this person looked at. Raises Conflict, NotAllowed or Invalid, and then nothing was done."""

    def finish(case: Case, chosen: Outcome, proposer: str) -> None:
        _finish(case, chosen, proposer, at)
        data = {"label": case.label, "approval": approval_id, "decisions": _decisions(case)}
        audit.record(proposer, f"case.{chosen.name}", f"case:{case.pk}", case.reason, data, at=at)
        remembering.decided(case)

    return approvals.answer(
        approval_id, reviewer, approve=approve, version=version, reason=reason, finish=finish, at=at
    )


def _finish(case: Case, chosen: Outcome, me: str, at: datetime) -> None:
    """What follows from a closed case."""
    ending.decided(case, at=at)
    chosen.carry_out(case, me, at)
    appealing.settle(case, me, at=at)
    restoring.tell(case, at=at)


def decide_many(
    case_ids: Iterable[int],
    reviewer: Any,
    *,
    versions: Mapping[int, int] | None = None,
    outcome: str,
    reason: str,
    label: str = "",
    exempt: Exempt | None = None,
    telling: Telling | None = None,
    at: datetime,
) -> list[Result]:
    """Each case by itself: one that fails takes no other with it. Without `versions` they are taken as they are now.
    `telling` goes to each of the owners; what one of them wrote is not answered without words."""
    results = []
    for case_id in dict.fromkeys(case_ids):
        try:
            case = claims.find(case_id)
            if not (telling and telling.words) and any(appealing.pending(case)):
                raise Invalid("Its owner has objected: that is answered in words, here or on the page of the case.")
            case = decide(
                case_id,
                reviewer,
                version=case.version if versions is None else versions.get(case_id, -1),
                outcome=outcome,
                reason=reason,
                label=label,
                exempt=exempt,
                telling=telling,
                at=at,
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
            if case.state == Case.State.OPEN:
                results.append(Result(case=case_id, status="proposed", text="It waits for a second person."))
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
