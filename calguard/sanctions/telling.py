"""What is kept back for a person can be told later than it is decided: until then it is said to be being checked."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db.models import Exists, OuterRef, QuerySet

from calguard import notices
from calguard.calls import Call, Outcome
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.models import Decision
from calguard.sanctions import delay
from calguard.sql import Whole
from outbound.models import Hold, Submission

CHECKED = "being_checked"  # in a submission's note: on its way as far as it can be seen, and not gone yet
UNTOLD = "untold="  # in a submission's note, and the moment after it
ALIKE = frozenset({Verdict.ALLOW, Verdict.OBSERVE, Verdict.HOLD})  # what nobody is to tell apart at once
OPEN = (Submission.State.PROPOSED, Submission.State.ACCEPTED)
MOST = 200


def applies(call: Call, outcome: Outcome) -> bool:
    """Whether the answer says "being checked", for what may go as for what is held: else silence would tell. Only of
    mail that we send ourselves: a host that sends its own must know at once."""
    ours = (call.sender or conf.dispatch) == Submission.Sender.CALGUARD and call.gate == "G2"
    rule = conf.policy.sanctions.delay
    on = rule.telling[1] > 0 and outcome.judgement.tier in rule.tiers and conf.mode == "enforce"
    return ours and on and outcome.verdict in ALIKE and not outcome.system_text_only


def word(call: Call, outcome: Outcome) -> str:
    """For the note of a submission: that it is being checked, and if it is held, until when nothing more is told."""
    if not applies(call, outcome):
        return ""
    if outcome.verdict is not Verdict.HOLD:
        return CHECKED
    moment = delay.telling(outcome.judgement.tier, call.at)
    return f"{UNTOLD}{int(moment.timestamp())}" if moment else ""


def until(submission: Submission | None) -> datetime | None:
    """Until when what holds the submission is not told; None where it is told, or nothing holds it."""
    for said in submission.note.split() if submission else ():
        if said.startswith(UNTOLD) and said.removeprefix(UNTOLD).isdecimal():
            return datetime.fromtimestamp(int(said.removeprefix(UNTOLD)), UTC)
    return None


def checking(submission: Submission | None) -> bool:
    """Whether all that is said of it is that it is being checked."""
    return submission is not None and (CHECKED in submission.note.split() or until(submission) is not None)


def tell(at: datetime) -> int:
    """Tell the owners of what is still held and whose time has come, page or no page. How many."""
    using = conf.database
    told = 0
    for submission in HELD_UNTOLD.all(using):
        moment = until(submission)
        if moment is not None and moment > at:
            continue
        note = " ".join(said for said in submission.note.split() if not said.startswith(UNTOLD))
        mine = Submission.objects.using(using).filter(pk=submission.pk, note=submission.note)
        decision = Decision.objects.using(using).filter(pk=submission.decision).first()
        if mine.update(note=note) and decision is not None:
            notices.tell_owner_late(decision, Verdict.HOLD, at=at)
            told += 1
    return told


def _write_held_untold() -> QuerySet[Submission]:
    held = Hold.objects.filter(submission=OuterRef("pk"), kind=Hold.Kind.REVIEW)
    rows = Submission.objects.filter(Exists(held), note__contains=UNTOLD, state__in=OPEN)
    return rows.order_by("created_at")[:MOST]


HELD_UNTOLD = Whole(_write_held_untold)
