"""How much of what visitors of booking pages write may wait, and which of it keeps its time: nobody takes the places of
others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from calguard import keyed
from calguard.calls import Call, Outcome
from calguard.conf import conf
from calguard.content.people import normalise
from calguard.engine.reasons import Reason
from calguard.engine.types import Verdict
from calguard.facts.types import VISITED
from calguard.models import Decision
from outbound.fitting import chunks, fit
from outbound.models import Hold, Submission

LATELY = timedelta(days=60)  # bookings reach no further, and what waits ends with its event
OPEN = (Submission.State.PROPOSED, Submission.State.ACCEPTED)
KEPT_BACK = frozenset({Verdict.THROTTLE, Verdict.HOLD})
BUDGET = "budget:"  # begins the owner of a hold for lack of room, on what was accepted before
MOST_GUESTS = 10  # of one booking, whose keyed addresses are kept


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One booking that waits."""

    submission: Any
    account: str
    actor: str
    prefix: str
    guests: frozenset[str]


def bounded(call: Call, outcome: Outcome) -> Outcome:
    """The same answer; but where a booking would wait and too many do already, it is refused, and its visitor told so.

    What is counted is what waits of the same visitor, of their network, and for the same guest on the same page, long
    before what waits on the page all in all. What may go at once is never counted, and never refused by this.
    """
    asked = call.channel in VISITED and outcome.verdict in KEPT_BACK and call.gate == "G2"
    if not asked or outcome.gathered is None or _room(call, outcome.gathered.whence.prefix):
        return outcome
    judgement = replace(outcome.judgement, reasons=(Reason.BOOKINGS_WAITING.value,))
    return replace(outcome, judgement=judgement, verdict=Verdict.DENY, actions=(), retry_at=None)


def guests_of(call: Call, facts: Any) -> list[str]:
    """Keyed hashes of who a booking would reach, without the owner of the page."""
    own = {facts.email.lower(), *facts.addresses}
    others = [guest for guest in call.content.guest_emails if guest.lower() not in own][:MOST_GUESTS]
    return keyed.pseudonyms("recipient", [normalise(guest) for guest in others])


def keeping(references: Iterable[object], *, at: datetime) -> frozenset[str]:
    """Which of these bookings keep their time against others: what has left or is on its way, what was accepted and
    lacks room, and what nobody asked about. What waits for a look keeps it for some hours, and of one account only the
    first few. Two queries for each 500."""
    rules = conf.policy.bookings
    wanted = [str(reference) for reference in references]
    since, kept, waited = at - timedelta(hours=rules.keep_hours), set(wanted), dict[str, int]()
    for part in chunks(wanted):
        named = {fit(reference, 200): reference for reference in part}
        newest: dict[str, Submission] = {}
        rows = Submission.objects.using(conf.database).filter(reference__in=list(named), channel__in=VISITED)
        for row in rows.only("reference", "account", "state", "created_at").order_by("created_at"):
            newest[row.reference] = row
        held = _held().filter(submission__in=[row.pk for row in newest.values()])
        waits = set(held.exclude(owner__startswith=BUDGET).values_list("submission", flat=True))
        for row in sorted(newest.values(), key=lambda one: one.created_at):
            over = row.state not in (*OPEN, Submission.State.SENT)
            if row.pk in waits and row.state in OPEN:
                waited[row.account] = waited.get(row.account, 0) + (row.created_at > since)
                over = row.created_at <= since or waited[row.account] > rules.kept
            if over:
                kept.discard(named[row.reference])
    return frozenset(kept)


def _room(call: Call, prefix: str) -> bool:
    rules, facts = conf.policy.bookings, conf.host.facts(call.account, call.user)
    mine = set(guests_of(call, facts))
    page = _rows(Q(account=call.account), rules.of_page, at=call.at)
    if len(page) >= rules.of_page or sum(bool(mine & row.guests) for row in page) >= rules.for_guest:
        return False
    if len(_rows(Q(actor=call.actor), rules.of_visitor, at=call.at)) >= rules.of_visitor:
        return False
    return not prefix or len(_rows(Q(prefix=prefix), rules.of_network, at=call.at)) < rules.of_network


def _rows(of: Q, most: int, *, at: datetime) -> list[Row]:
    """What waits, each once however often it was judged, and no more than `most`."""
    decisions = Decision.objects.using(conf.database).filter(
        of,
        Exists(_held().filter(submission=OuterRef("submission"))),
        channel__in=VISITED,
        submission__state__in=OPEN,
        created_at__gt=at - LATELY,
    )
    columns = ("submission_id", "account", "actor", "prefix", "facts__guests")
    found: dict[Any, Row] = {}
    for key, account, actor, prefix, guests in decisions.order_by("-created_at").values_list(*columns)[: 2 * most]:
        named = frozenset(guests or ())
        found.setdefault(key, Row(submission=key, account=account, actor=actor, prefix=prefix, guests=named))
    return list(found.values())[:most]


def _held() -> Any:
    """Holds that keep something waiting; what waits for the answer to a challenge is not kept by its host."""
    return Hold.objects.using(conf.database).exclude(kind=Hold.Kind.CHALLENGE)
