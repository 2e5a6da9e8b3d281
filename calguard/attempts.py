"""One attempt from the question to the recorded answer: challenge, facts, judgement, rows."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from accounts_risk.models import Restriction
from calguard import actors, beside, challenge, recording, signals, tries, waiting, wake, whence
from calguard.calls import Call, Outcome
from calguard.conf import conf
from calguard.content import reader
from calguard.content.types import Content
from calguard.context import Asked, Gathered, gather
from calguard.decision import Decision
from calguard.engine.judge import judge
from calguard.engine.reasons import Reason
from calguard.engine.types import Judgement, Verdict
from calguard.incidents import opening
from calguard.order import UNSEEN
from calguard.sanctions import limits
from outbound import imip
from outbound import ledger as messages
from outbound.fitting import fit
from outbound.models import Submission

log = logging.getLogger("calguard")

RUNG_ACTION = {
    Verdict.CHALLENGE: "challenge",
    Verdict.THROTTLE: "throttle",
    Verdict.HOLD: "hold",
    Verdict.DENY: "deny",
}


CONTENT_ACTIONS = frozenset(RUNG_ACTION.values())  # which keep one attempt back, and leave its account alone


def as_content(given: bytes | str | Content) -> Content:
    """iCalendar in any state, or a Content already read."""
    return given if isinstance(given, Content) else reader.read(given)


def as_message(given: bytes | str | Content) -> Content:
    """The same as an iTIP message: what names no METHOD and has guests invites them (RFC 5546 1.4)."""
    content = as_content(given)
    return content if content.method else replace(content, method="REQUEST")


def check(call: Call) -> Decision:
    """Judge, record, answer. The host's save is never broken by anything that fails in here (R03)."""
    try:
        call = _named(replace(call, account=call.account or conf.host.account(call.user)))
    except Exception:
        log.exception("host adapter failed in account(); nothing will be sent for this attempt")
        return recording.unrecorded(_undecided())
    account = call.account
    if conf.mode == "off":
        return _unjudged(call)
    try:
        answer = _challenge_answer(call)
        outcome = decide(call, cleared=_passed(call, answer))
        if outcome.verdict is Verdict.CHALLENGE and tries.cleared(_binding(call), at=call.at):
            outcome = decide(call, cleared=True)
        outcome = waiting.bounded(call, _unsendable(call, _unanswerable(call, outcome, answer)))
        offered = _offer(call, answer) if outcome.verdict is Verdict.CHALLENGE else None
        if offered is None and outcome.verdict is Verdict.CHALLENGE:
            outcome = _instead(outcome, Verdict.HOLD)  # nobody could answer what cannot be asked
    except Exception:
        log.exception("calguard could not judge an attempt of %s", account)
        outcome, offered = _undecided(), None
    if outcome.judgement.degraded:
        missing = outcome.gathered.attempt.missing if outcome.gathered else frozenset({"guard"})
        signals.degraded.send_robust(sender="calguard", missing=missing, account=account)
    try:
        decision = recording.record(call, outcome, offered)
    except Exception:
        log.exception("calguard could not record an attempt of %s; nothing will be sent for it", account)
        decision = recording.unrecorded(outcome)
    signals.decision_made.send_robust(sender="calguard", decision=decision, account=account)
    return decision


def _named(call: Call) -> Call:
    """Who acts on a booking page is never nobody; and no name is longer than what it is looked up by."""
    if call.channel not in whence.VISITED:
        return replace(call, actor=fit(call.actor, 200))
    guests = call.content.guest_emails
    return replace(call, actor=fit(actors.booked_by(call.actor, call.request, guests[0] if guests else ""), 200))


def _unjudged(call: Call) -> Decision:
    try:
        return recording.unjudged(call)
    except Exception:
        log.exception("calguard could not record a submission of %s; nothing will be sent for it", call.account)
        return recording.unrecorded(_undecided())


def decide(call: Call, *, cleared: bool) -> Outcome:
    """Gather and judge; pure of writes but for the account's first row."""
    gathered = _gather(call, cleared=cleared)
    judgement = judge(gathered.attempt, conf.policy)
    return _enforced(call, gathered, judgement)


def compare(call: Call, less: Content) -> tuple[Judgement, Judgement]:
    """The judgement of an attempt, and of the same one if it said no more than `less`: by the same facts of its sender
    and guests, gathered once."""
    gathered = _gather(call, cleared=False)
    alone = replace(gathered.attempt, content=beside.with_texts(less, beside.around(less, gathered.facts, {})))
    return judge(gathered.attempt, conf.policy), judge(alone, conf.policy)


def compare_listings(call: Call) -> tuple[Judgement, Judgement]:
    """The judgement of an attempt, and of the same one if no block list said anything of its network."""
    gathered = _gather(call, cleared=False)
    network = replace(gathered.attempt.network, listings=())
    return judge(gathered.attempt, conf.policy), judge(replace(gathered.attempt, network=network), conf.policy)


def _gather(call: Call, *, cleared: bool) -> Gathered:
    return gather(
        Asked(
            account=call.account,
            content=call.content,
            at=call.at,
            channel=call.channel,
            user=call.user,
            request=call.request,
            whence=call.whence,
            previous=call.previous,
            cleared=cleared,
            guests=call.guests,
            besides=call.besides,
            extra_texts=call.extra_texts,
            ours=(call.sender or conf.dispatch) == Submission.Sender.CALGUARD,
            actor=call.actor,
        )
    )


def _enforced(call: Call, gathered: Gathered, judgement: Judgement) -> Outcome:
    """What of the judgement is carried out: nothing in observe mode, nothing an operator has switched off."""
    known = gathered.known
    if (gathered.stopped or (known and known.restrictions)) and conf.mode == "enforce":
        return _while_restricted(call, gathered, judgement)
    verdict = judgement.verdict if conf.mode == "enforce" else min(judgement.verdict, Verdict.OBSERVE)
    off = conf.disabled_actions
    if RUNG_ACTION.get(verdict) in off:
        verdict = Verdict.OBSERVE  # a switched-off action does nothing, and no other takes its place
    wanted = _actions(call, judgement)
    actions = tuple(name for name in wanted if name not in off) if conf.mode == "enforce" else ()
    if call.content.method == "CANCEL" and verdict >= Verdict.CHALLENGE and not _wrong_role(judgement):
        # Guests who were invited must learn that it is off; only the words are withheld (R63).
        return Outcome(
            judgement=judgement, verdict=Verdict.OBSERVE, actions=(), gathered=gathered, system_text_only=True
        )
    retry = call.at + timedelta(minutes=THROTTLE_MINUTES) if verdict is Verdict.THROTTLE else None
    own = _own(call)
    outcome = Outcome(judgement=judgement, verdict=verdict, actions=actions, gathered=gathered, retry_at=retry, own=own)
    return limits.within(outcome)


def _own(call: Call) -> bool:
    """Whether it is a deed of the account itself, as far as anybody can tell."""
    return call.proven and call.channel not in whence.VISITED and actors.kind(call.actor) not in actors.APART


def _actions(call: Call, judgement: Judgement) -> list[str]:
    """What a visitor or staff do is no deed of the account, and of nobody who could be dealt with by a machine. A
    delegate is stopped from sending for others, and no more."""
    if _own(call):
        return list(judgement.actions)
    mild = [name for name in judgement.actions if name in CONTENT_ACTIONS]
    stops = actors.kind(call.actor) == "delegate" and call.proven and {"restrict", "suspend"} & set(judgement.actions)
    return [*mild, "restrict"] if stops else mild


THROTTLE_MINUTES = 30  # until a throttled attempt is looked at again; budgets decide then


def _wrong_role(judgement: Judgement) -> bool:
    """A cancellation of somebody else's event is no cancellation (R08, R09)."""
    return bool({"organizer_not_yours", "wrong_role"} & set(judgement.reasons))


def _while_restricted(call: Call, gathered: Gathered, judgement: Judgement) -> Outcome:
    if call.content.method == "CANCEL" and not _wrong_role(judgement):
        return Outcome(
            judgement=judgement, verdict=Verdict.OBSERVE, actions=(), gathered=gathered, system_text_only=True
        )
    standing = (*(gathered.known.restrictions if gathered.known else ()), *gathered.stopped)
    if all(row.kind == Restriction.Kind.CONTAINMENT for row in standing):
        return _while_contained(call, gathered, judgement)
    ends = [row.expires_at for row in standing]
    until = max((end for end in ends if end), default=None) if all(ends) else None
    judgement = replace(judgement, reasons=("account_restricted",))
    return Outcome(judgement=judgement, verdict=Verdict.DENY, actions=(), gathered=gathered, retry_at=until)


def _while_contained(call: Call, gathered: Gathered, judgement: Judgement) -> Outcome:
    """Perhaps the owner writes, perhaps a thief: it waits for the owner's answer, as all that the account has waiting
    does. What is refused for itself stays refused (R57)."""
    judgement = replace(judgement, reasons=(Reason.ACCOUNT_CONTAINED.value,))
    visited = call.channel in whence.VISITED  # whose visitors have room of their own: `waiting.bounded`
    if judgement.verdict is Verdict.DENY or not (visited or opening.room(call.account)):
        return Outcome(judgement=judgement, verdict=Verdict.DENY, actions=(), gathered=gathered)
    return Outcome(judgement=judgement, verdict=Verdict.HOLD, actions=("alert",), gathered=gathered)


def _undecided() -> Outcome:
    """The guard itself failed: what leaves for an account we know nothing about is held (R03)."""
    verdict = Verdict.HOLD if conf.mode == "enforce" and "hold" not in conf.disabled_actions else Verdict.OBSERVE
    judgement = Judgement(
        verdict=Verdict.HOLD,
        score=0.0,
        signals=(),
        actions=("hold",),
        reasons=("check_unavailable",),
        policy_version="",  # no policy was asked: it may be what failed
        tier="trial",
        degraded=True,
    )
    return Outcome(
        judgement=judgement, verdict=verdict, actions=("hold",) if verdict >= Verdict.HOLD else (), gathered=None
    )


def _unsendable(call: Call, outcome: Outcome) -> Outcome:
    """No mail of ours can be made for some methods: that is said at once, and not found out after "accepted"."""
    ours = (call.sender or conf.dispatch) == "calguard"
    if not ours or call.content.method in imip.METHODS or outcome.verdict is Verdict.DENY:
        return outcome
    judgement = replace(outcome.judgement, reasons=("method_not_supported",))
    return replace(outcome, judgement=judgement, verdict=Verdict.DENY, actions=())


def _unanswerable(call: Call, outcome: Outcome, answer: object) -> Outcome:
    """Where a challenge could not be checked, or its reader asked for a person instead."""
    if outcome.verdict is not Verdict.CHALLENGE:
        return outcome
    if challenge.review_wanted(call.request):
        return _instead(outcome, Verdict.HOLD)
    if isinstance(answer, challenge.Unavailable):
        mode = conf.policy.mode("challenge", outcome.judgement.tier)
        return _instead(outcome, {"open": Verdict.OBSERVE, "hold": Verdict.HOLD, "challenge": Verdict.CHALLENGE}[mode])
    if _asked_enough(call, answer):
        return _instead(outcome, Verdict.HOLD)
    return outcome


def _asked_enough(call: Call, answer: object) -> bool:
    """Whether the question was put as often as the policy says, so that a person looks and it is not put for ever."""
    if "hold" in conf.disabled_actions:
        return False
    if isinstance(answer, challenge.Failed) and answer.code in challenge.NOBODYS_FAULT:
        return False
    if call.channel in UNSEEN and not challenge.problem_of(answer, call.request):
        return False  # such clients store the same again by themselves
    return not tries.room(_binding(call), own=call.channel not in whence.VISITED, at=call.at)


def _binding(call: Call) -> challenge.Binding:
    return challenge.Binding(account=call.account, content_hash=call.content.hash, guests_hash=call.content.guests_hash)


def _passed(call: Call, answer: object) -> bool:
    """Whether the answer clears this attempt; that the account itself gave a right one is remembered."""
    right = isinstance(answer, challenge.Passed)
    if right and _own(call):
        tries.note_answer(call.account, at=call.at)
    return right


def _offer(call: Call, answer: object) -> challenge.Challenge | None:
    try:
        offered = challenge.offer(
            account=call.account, content_hash=call.content.hash, guests_hash=call.content.guests_hash
        )
        return replace(
            offered,
            problem=challenge.problem_of(answer, call.request),
            files=challenge.files_in(call.request),
        )
    except Exception:
        log.exception("the challenge cannot be shown; is calguard.urls included, and its provider configured?")
        return None


def _instead(outcome: Outcome, verdict: Verdict) -> Outcome:
    """The same judgement, with another rung of the ladder enforced."""
    if RUNG_ACTION.get(verdict) in conf.disabled_actions:
        verdict = Verdict.OBSERVE
    rest = tuple(name for name in outcome.actions if name != "challenge")
    return replace(outcome, verdict=verdict, actions=tuple(filter(None, (RUNG_ACTION.get(verdict), *rest))))


def _challenge_answer(call: Call) -> challenge.Passed | challenge.Failed | challenge.Unavailable | None:
    """What became of the challenge answer that came with this attempt; None where none did."""
    given: Any = call.token if call.token is not None else call.request
    if given is None:
        return None
    return challenge.verify(
        given,
        account=call.account,
        content_hash=call.content.hash,
        guests_hash=call.content.guests_hash,
        at=call.at,
    )


def meant(what: Decision | UUID | str) -> tuple[UUID, ...]:
    """The submissions a host names by a decision, an id or its own reference."""
    if isinstance(what, Decision):
        return (what.submission,) if what.submission else ()
    if isinstance(what, UUID):
        return (what,)
    open_ones = Submission.objects.using(conf.database).filter(
        reference=fit(what, 200), state__in=[Submission.State.PROPOSED, Submission.State.ACCEPTED]
    )
    return tuple(open_ones.values_list("pk", flat=True)) if what else ()


def accept(submission_id: UUID, *, at: datetime) -> None:
    """The submission may go once nothing holds it; woken whether or not this call changed it."""
    messages.confirm(submission_id, at=at, using=conf.database)
    wake.dispatch(submission_id)
