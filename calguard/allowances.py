"""Charges what an attempt costs, exactly, before the first guest is told; and what is done where room is short (R54,
R60, R61)."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from calguard import cases, costs, evidence, notices, signals
from calguard.conf import conf
from calguard.costs import ANSWERS, WINDOWS, Asked, Judged, asked
from calguard.engine.allowing import Room
from calguard.host import Facts
from calguard.models import Decision
from outbound import ledger as messages
from outbound.crowding import NEVER, guest_scope
from outbound.fitting import chunks
from outbound.models import Charge, Delivery, Hold, Submission
from outbound.types import Demand, Reserved, Short

__all__ = ["ANSWERS", "Asked", "asked", "crowded", "crowding", "give_back", "let_in", "over_budget", "reserve"]

OWN = frozenset({"account", "answers", "strangers", "start"})  # budgets that nobody else has a part in


def reserve(wanted: Asked, owner: str, *, at: datetime) -> Short | None:
    """Charge all of it under `owner`, once, or nothing; then what is short. What never fits and a person has let go is
    counted all the same."""
    answer = messages.reserve(wanted.demands, owner, at=at, using=conf.database)
    if isinstance(answer, Short) and answer.retry_at is None and wanted.judged.released:
        unlimited = [replace(one, limits=()) for one in wanted.demands]
        answer = messages.reserve(unlimited, owner, at=at, using=conf.database)
    if isinstance(answer, Short):
        return answer
    _tell_if_low(wanted, answer)
    return None


def let_in(submission: Submission, *, facts: Facts | None = None, at: datetime) -> int:
    """Delay the copies of those guests who get too many from senders they never had to do with, and charge the others;
    how many are delayed. Established senders, and whoever a guest accepted before, neither count nor wait; nor does a
    cancellation, which goes to whom the event was sent."""
    judged = _limited(submission)
    if judged is None or submission.method == "CANCEL":
        return 0
    waiting = Q(state=Delivery.State.PENDING) & (Q(retry_at=None) | Q(retry_at__lte=at))
    copies = Delivery.objects.using(conf.database).filter(waiting, message__submission=submission).exclude(recipient="")
    addressed = dict(copies.values_list("recipient", "recipient_hash"))
    if not addressed:
        return 0
    facts = facts or conf.host.facts(submission.account)
    unknown = _strange(submission, addressed, facts)
    hashes = [addressed[address] for address in unknown]
    delayed = messages.let_in(submission.pk, hashes, _guest_limits(judged), at=at, using=conf.database)
    if costs.visited(submission):
        hashes = [addressed[address] for address in _others(submission, addressed, facts)]
        limits, scope = _guest_limits(judged, conf.policy.allowances.booked), _page_scope(submission)
        delayed += messages.let_in(submission.pk, hashes, limits, scope=scope, at=at, using=conf.database)
    return delayed


def crowded(submission: Submission, addresses: Iterable[str], *, facts: Facts | None = None, at: datetime) -> bool:
    """The same for mail that the host built and that would leave now: whether any of its guests gets too many."""
    return bool(crowding(submission, addresses, facts=facts, at=at))


def crowding(
    submission: Submission, addresses: Iterable[str], *, facts: Facts | None = None, at: datetime
) -> dict[str, datetime]:
    """Which of these guests get too many, and when there is room for this; the others are charged, once."""
    judged = _limited(submission)
    if judged is None:
        return {}
    addresses = list(addresses)
    if submission.method == "CANCEL":
        addresses = costs.never_invited(submission, addresses)
    facts = facts or conf.host.facts(submission.account)
    unknown = _strange(submission, addresses, facts)
    limits, owner = _guest_limits(judged), f"submission:{submission.pk}"
    whose = dict(zip(map(guest_scope, costs.hashed(unknown)), unknown, strict=True))
    demands = [Demand(scope=scope, units=1, limits=limits) for scope in whose]
    if costs.visited(submission):
        limits, scope = _guest_limits(judged, conf.policy.allowances.booked), _page_scope(submission)
        others = _others(submission, addresses, facts)
        named = dict(zip(map(scope, costs.hashed(others)), others, strict=True))
        demands += [Demand(scope=one, units=1, limits=limits) for one in named]
        whose |= named
    full: dict[str, datetime] = {}
    for part in chunks(demands):
        for name, until in messages.reserve_each(part, owner, at=at, using=conf.database).items():
            full[whose[name]] = max(until or at + NEVER, full.get(whose[name], at))
    return full


def _strange(submission: Submission, addresses: Collection[str], facts: Facts) -> list[str]:
    """Guests who never had to do with the account."""
    return costs.unrelated(submission, _others(submission, addresses, facts))


def _others(submission: Submission, addresses: Collection[str], facts: Facts) -> list[str]:
    """Guests outside, without the account itself: its page tells it of bookings."""
    own = {facts.email.lower(), *facts.addresses}
    others = [address for address in addresses if address.lower() not in own]
    return costs.outside_of(submission.account, others, facts)


def _page_scope(submission: Submission) -> Callable[[str], str]:
    """The budget of what one guest gets through one booking page. It counts also whom the owner knows, as anybody can
    type their address."""
    return lambda guest: f"booked:{guest}:{submission.account}"


def _limited(submission: Submission) -> Judged | None:
    """Of whom a guest gets only so many; None where nobody counts."""
    if not costs.enforced() or submission.method in ANSWERS:
        return None
    judged = costs.judged_as(submission)
    return judged if costs.visited(submission) or not judged.trusted else None


def by_the_gate(submission: Submission) -> bool:
    """Whether the host's own mails were charged one by one when they left, as it did not wait to be told that it may
    send. What it tells people otherwise, such as inside its own system, is charged when it is told (R05, R60)."""
    return _charges(submission).filter(owner__startswith=f"submission:{submission.pk}/").exists()


def when_released(submission: Submission) -> bool:
    """Whether all its guests were charged when the host was told that it may send: then its mails cost no more."""
    return _charges(submission).filter(owner=f"submission:{submission.pk}").exists()


def _charges(submission: Submission) -> QuerySet[Charge]:
    scopes = [f"{kind}:{submission.account}" for kind in ("account", "answers", "bookings")]
    return Charge.objects.using(conf.database).filter(scope__in=scopes)


def give_back(submission: Submission, delivery: Delivery, *, at: datetime) -> int:
    """One copy will never leave because we could not hand it over, and surely did not: what it cost is given back.

    Not what a sender may cause: nothing is given back for what is withdrawn, replaced, refused, expired, rejected by
    the guest's server or built by the host, and nothing for a copy that may have left.
    """
    if submission.sender != Submission.Sender.CALGUARD or delivery.doubtful_at is not None or not delivery.recipient:
        return 0
    cost = asked(submission, [delivery.recipient])
    if cost is None:
        return 0
    demands = [one for one in cost.demands if not one.scope.startswith("strangers:")]  # counted by event, not by copy
    scopes = [guest_scope(delivery.recipient_hash), _page_scope(submission)(delivery.recipient_hash)]
    guest = [Demand(scope=scope, units=1, limits=()) for scope in scopes]
    owner, key = f"submission:{submission.pk}", str(delivery.pk)
    return messages.release([*demands, *guest], owner, key, at=at, using=conf.database)


def over_budget(submission: Submission, short: Short, units: int, *, at: datetime) -> None:
    """There is no room for all guests: wait for it, or ask a person where there never will be (R54, R60)."""
    never = short.retry_at is None
    shared = short.scope.partition(":")[0] not in OWN
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
        decision = Decision.objects.using(conf.database).filter(pk=submission.decision).first()
        if never and decision is not None:
            evidence.record_submission(decision, submission, at=at)
            cases.open_for(decision, at=at)
        about = {"never": never, "guests": units, "shared": shared}
        notices.create_for_submission("over_budget", submission, about, at=at)
    signals.submission_changed.send_robust(
        sender="calguard", reference=submission.reference, submission=submission.pk, state="waiting"
    )


def _guest_limits(judged: Judged, room: Room | None = None) -> list[tuple[timedelta, int]]:
    limits = () if judged.released else costs.limits_of(room or conf.policy.allowances.recipient)
    return [(window, limit) for window, limit in limits if window is not None]


def _tell_if_low(wanted: Asked, answer: Reserved) -> None:
    """Once for each window that this reservation brings near its end; never for another's budget."""
    own = wanted.demands[0]
    before = answer.before.get(own.scope, {})
    for name, window in WINDOWS:
        limit = dict(own.limits).get(window)
        if limit is None or window not in before or not own.scope.startswith("account:"):
            continue
        used, low = before[window] + own.units, math.ceil(limit * conf.policy.allowances.warn_at)
        if before[window] < low <= used:
            signals.budget_low.send_robust(
                sender="calguard", account=wanted.submission.account, window=name, used=used, limit=limit
            )
