"""What the last look changes: content that is not what was judged, and budgets that have no room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

from django.db import transaction

from calguard import attempts, cases, delays, evidence, keyed, notices, signals, whence
from calguard.calls import Call
from calguard.conf import conf
from calguard.content.people import normalise
from calguard.content.types import Content
from calguard.engine.types import Account, Tier, Verdict
from calguard.host import Facts
from calguard.models import Decision as DecisionRow
from calguard.whence import Whence
from outbound import ledger as messages
from outbound.models import Hold, Submission
from outbound.types import Short

WINDOWS = (("hour", timedelta(hours=1)), ("day", timedelta(days=1)), ("week", timedelta(days=7)))
ANSWERS = frozenset({"REPLY", "COUNTER", "REFRESH"})
LONGEST_DELAY = timedelta(hours=4)  # between two looks at what a sign delays; the first come sooner
CHANGING = timedelta(minutes=1)  # how often an event that never stays the same is judged


def call_for(
    submission: Submission,
    content: Content,
    *,
    at: datetime,
    extra_texts: Mapping[str, str] | None = None,
    origin: Whence | None = None,
) -> Call:
    """The question of the last look. From where and with what it was sent is as it was at the first, where no other
    `origin` is given: there is no request any more, and whoever changes an event is still who he was."""
    first = DecisionRow.objects.using(conf.database).filter(pk=submission.decision).first() if origin is None else None
    return Call(
        user=conf.host.user(submission.account),
        account=submission.account,
        content=content,
        channel=submission.channel,  # type: ignore[arg-type]
        at=at,
        reference=submission.reference,
        actor=submission.actor,
        sender=submission.sender,
        gate="G3",
        whence=whence.of_decision(first) if first is not None else origin,
        extra_texts={**submission.beside, **(extra_texts or {})},
    )


def judge_again(
    submission: Submission,
    content: Content,
    *,
    at: datetime,
    extra_texts: Mapping[str, str] | None = None,
    note: str = "",
    origin: Whence | None = None,
) -> None:
    """The event is not what was judged (R02), or more is known of its sender: this submission ends, and what it became
    is an attempt of its own. `note` is a word for that one's.

    What is withheld now had been accepted, so its owner is told by mail.
    """
    if submission.decisions.filter(gate="G3", created_at__gt=at - CHANGING).exists():
        messages.postpone(submission.pk, at + CHANGING, note="changing", using=conf.database)
        return
    call = call_for(submission, content, at=at, extra_texts=extra_texts, origin=origin)
    with transaction.atomic(using=conf.database):
        if not messages.withdraw(submission.pk, "changed", at=at, using=conf.database):
            return  # another worker was first
        decision = attempts.check(call)
        if note and decision.submission is not None:
            Submission.objects.using(conf.database).filter(pk=decision.submission, note="").update(note=note)
        if decision.submission is None:
            transaction.set_rollback(True, using=conf.database)  # one that ends leaves another, or does not end
        elif decision.verdict is not Verdict.CHALLENGE:
            attempts.accept(decision.submission, at=at)
        if decision.submission is not None and decision.verdict > Verdict.OBSERVE:
            row = DecisionRow.objects.using(conf.database).get(pk=decision.id)
            notices.tell_owner_late(row, decision.verdict, at=at)
    if decision.submission is None:
        messages.postpone(submission.pk, at + CHANGING, note="changing", using=conf.database)


def waits_on(submission: Submission, content: Content, *, at: datetime) -> bool:
    """A delay that a sign gave is over: whether the submission waits on, as the sign still stands, or has become
    another attempt, as more than a delay is called for by now. Where it need not, this is not asked again."""
    call = replace(call_for(submission, content, at=at), besides=(submission.decision,))
    outcome = attempts.decide(call, cleared=False)
    if delays.by_a_sign(outcome.judgement) and outcome.verdict is Verdict.THROTTLE:
        least = timedelta(minutes=attempts.THROTTLE_MINUTES)
        due = at + min(max(least, (at - submission.created_at) / 2), LONGEST_DELAY)
        owner, reason = f"delay:{submission.pk}", outcome.judgement.reasons[0]
        messages.hold(submission.pk, Hold.Kind.THROTTLE, owner, reason, at=at, due_at=due, using=conf.database)
        return True
    if outcome.verdict not in (Verdict.ALLOW, Verdict.OBSERVE, Verdict.THROTTLE):
        judge_again(submission, content, at=at)
        return True
    submission.note = " ".join(word for word in submission.note.split() if word != delays.DELAYED)
    messages.postpone(submission.pk, at, note=submission.note, using=conf.database)
    return False


def demand(submission: Submission, addresses: list[str], facts: Facts | None = None) -> messages.Demand | None:
    """What the budget is asked for: every guest outside the sender's own verified domains; None where nothing counts.

    Whatever reaches people costs, under any METHOD. Cancelling costs only where nobody was invited; answers have a
    budget of their own, so that they neither wait for invitations nor are a way around them.
    """
    if conf.mode != "enforce" or "throttle" in conf.disabled_actions:
        return None
    if submission.method == "CANCEL":
        addresses = _never_invited(submission, addresses)
    facts = facts or conf.host.facts(submission.account)
    units = sum(address.lower().rpartition("@")[2] not in facts.verified_domains for address in addresses)
    if not units:
        return None
    judged = submission.decisions.order_by("-created_at").values_list("tier", flat=True).first()
    tier = cast("Tier", judged or "trial")
    limits = conf.policy.budget(tier)
    allowed = [(window, getattr(limits, name)) for name, window in WINDOWS]
    scope = "answers" if submission.method in ANSWERS else "account"
    return messages.Demand(scope=f"{scope}:{submission.account}", units=units, limits=allowed)


def strangers_demand(submission: Submission) -> messages.Demand | None:
    """What the budget of strangers is asked for (R21). It has limits for an attempt that was judged to go beyond them,
    and counts what may lead there; None for an established sender far from it, and where nobody was a stranger."""
    rows = submission.decisions.order_by("-created_at").values_list("strangers", "tier", "signals", "facts")
    strangers, tier, signals, facts = rows.first() or (0, "trial", [], {})
    if not strangers or submission.method in ANSWERS:
        return None
    collecting = any((signal["detector"], signal["code"]) == ("budget", "strangers") for signal in signals)
    limits = conf.policy.limits(_judged_account(submission.account, cast("Tier", tier), facts.get("account", {})))
    before = facts.get("behaviour", {}).get("strangers_week", 0)
    if tier == "established" and not collecting and before < limits.strangers_week / 2:
        return None
    allowed = [(timedelta(days=1), limits.strangers_day), (timedelta(days=7), limits.strangers_week)]
    return messages.Demand(
        scope=f"strangers:{submission.account}", units=strangers, limits=allowed if collecting else ()
    )


def _judged_account(account: str, tier: Tier, kept: Mapping[str, Any]) -> Account:
    """The account as it was judged, as far as what it may send depends on it."""
    return Account(
        id=account,
        tier=tier,
        earned_at_hours=kept.get("earned_at_hours"),
        paid=bool(kept.get("paid")),
        verified_domains=frozenset(kept.get("verified_domains") or ()),
        accepted_invitations=int(kept.get("accepted_invitations") or 0),
        doubted=bool(kept.get("doubted")),
    )


def _never_invited(submission: Submission, addresses: list[str]) -> list[str]:
    hashes = keyed.pseudonyms("recipient", [normalise(address) for address in addresses])
    before = messages.invited_before(submission.account, submission.uid, hashes, using=conf.database)
    return [address for address, hashed in zip(addresses, hashes, strict=True) if hashed not in before]


def over_budget(submission: Submission, short: Short, units: int, *, at: datetime) -> None:
    """There is no room for all guests: wait for it, or ask a person where there never will be (R54, R60)."""
    never = short.retry_at is None
    with transaction.atomic(using=conf.database):  # no hold without those who must know of it
        made = messages.hold(
            submission.pk,
            Hold.Kind.REVIEW if never else Hold.Kind.THROTTLE,
            f"budget:{submission.pk}",
            "budget_exhausted",
            at=at,
            due_at=short.retry_at,
            using=conf.database,
        )
        if not made:
            return
        decision = DecisionRow.objects.using(conf.database).filter(pk=submission.decision).first()
        if never and decision is not None:
            evidence.record_submission(decision, submission, at=at)
            cases.open_for(decision, at=at)
        notices.create_for_submission("over_budget", submission, {"never": never, "guests": units}, at=at)
    signals.submission_changed.send_robust(
        sender="calguard", reference=submission.reference, submission=submission.pk, state="waiting"
    )
