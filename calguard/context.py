"""The only place where the facts of one attempt are gathered: from the host, the request and the ledgers."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest

from accounts_risk.ledger import Known, Restricted
from calguard import actors, beside, habits, hostlists, keyed, people, text_models, tries, welcome, whence
from calguard.campaigns import asking
from calguard.campaigns.contacts import refused_contact
from calguard.campaigns.marks import Trace, traced, visited
from calguard.conf import conf
from calguard.content.fingerprint import similarity_key
from calguard.content.people import normalise
from calguard.content.sketch import NOTHING, Sketch, sketch
from calguard.content.types import Address, Content
from calguard.engine import theft, types
from calguard.facts import remembering, visits
from calguard.facts.database import unspoilt
from calguard.facts.types import Answer, Question, Trail
from calguard.host import Facts, Host
from calguard.whence import Whence

log = logging.getLogger("calguard")

ORGANISATIONS = 10  # whose people accepted by mail, from which they speak for the sender: domains cost money (R84)
WATCHED = timedelta(days=30)  # an account that never sent in so long was asleep
TOUCHED = timedelta(days=3)  # in which a changed password is a sign
SENT_NEEDED = 50  # copies, below which a rate of bounces says nothing
ANSWERS_NEEDED = 10
TYPED = ("booking.answer", "booking.name", "booking.note")  # begin the names of texts that a visitor wrote
SAMPLE = 500  # guests looked up; 50,000 cost a request no more than 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One attempt as the front door received it."""

    account: str
    content: Content
    at: datetime
    channel: types.Channel
    user: Any | None = None
    request: HttpRequest | None = None
    whence: Whence | None = None  # from where it was made, where that is known and no request is there any more
    previous: Content | None = None
    cleared: bool = False  # a challenge was passed for this very content
    guests: int | None = None  # where more are known than the content names (one mail per guest)
    besides: tuple[str, ...] = ()  # decisions that count as this one
    extra_texts: Mapping[str, str] = field(default_factory=dict)
    ours: bool = False  # the copies for the guests are made by us
    actor: str = ""  # who acts, where it is not the account


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    attempt: types.Attempt
    facts: Facts
    known: Known | None
    similarity: str
    sketch: Sketch = NOTHING
    trace: Trace | None = None  # what the attempt may have in common with others; None where nobody asks
    said: str = ""  # what is kept of the texts for some minutes; "" where the sender is trusted
    around: Mapping[str, str] = field(default_factory=dict)  # what guests read beside the event
    whence: Whence = field(default_factory=Whence)
    page_tier: types.Tier | None = None  # of the owner, where a visitor of their page is judged
    stopped: tuple[Restricted, ...] = ()  # what stands against whoever acts, beside the account's own


def gather(asked: Asked) -> Gathered:
    """Every fact the judge may use, in a fixed number of queries. What cannot be had is named in `missing`."""
    missing: set[str] = set()
    host = conf.host
    facts = _host_facts(host, asked, missing)
    said = _said(asked)
    similarity, text = similarity_key(said), sketch(said)
    sample = _sample(asked.content)
    origin = asked.whence or whence.of_request(asked.request, asked.channel, asked.at)
    around = beside.around(asked.content, facts, asked.extra_texts)
    lists, unread = hostlists.current()
    missing |= unread
    answer, owner, stopped = _ledger_facts(asked, origin, similarity, tuple(sample), missing)
    attempt = types.Attempt(
        content=beside.with_texts(asked.content, around),
        account=_account(asked, facts, answer),
        now=asked.at,
        channel=asked.channel,
        client=_client(asked, origin, answer),
        network=whence.network(
            origin,
            answer.trail if answer else Trail(),
            answer.known.known_prefix if answer and not _others_hands(asked) else None,
            asked.at,
        ),
        behaviour=_behaviour(asked, facts, answer) if answer else types.Behaviour(),
        audience=_audience(host, asked, facts, answer, sample, missing),
        exempt=answer.exempt if answer else frozenset(),
        lists=lists,
        text_model=text_models.current(),
        missing=frozenset(missing),
        previous=asked.previous,
    )
    tier = conf.policy.tier(attempt.account)
    trusted = tier == "established"
    page_tier = _page_tier(asked, facts, owner) if owner is not None else None
    attempt = replace(
        attempt,
        account=_in_tier(attempt.account, tier),
        alarms_leave=(page_tier or tier) == "established" or not asked.ours,
        recent=answer.recent if answer and not trusted else (),
    )
    answered, doubted = tries.has_answered(attempt.account, at=asked.at), theft.suspected(attempt)
    attempt = replace(attempt, account=replace(attempt.account, answered=answered, doubted=doubted))
    attempt, trace = _compared(asked, attempt, origin, text, answer, _strangers(facts, answer, sample), missing)
    return Gathered(
        attempt=attempt,
        facts=facts,
        known=answer.known if answer else None,
        similarity=similarity,
        sketch=text,
        trace=trace,
        said="" if trusted else beside.words(attempt.content),
        around=around,
        whence=origin,
        page_tier=page_tier,
        stopped=stopped,
    )


def _others_hands(asked: Asked) -> bool:
    """Whether somebody else than the owner acts: their device and network tell nothing of the account."""
    return asked.channel in whence.VISITED or actors.kind(asked.actor) in actors.APART


def _account(asked: Asked, facts: Facts, answer: Answer | None) -> types.Account:
    """Who is judged: the account, or the visitor of its booking page, who is nobody's customer and owns no domain, yet
    writes in the name of the page."""
    known = answer.known if answer else None
    account = account_of(asked.account, facts, known, asked.at)
    if asked.channel not in whence.VISITED:
        return account
    age = _hours(known.first_seen_at if known else None, asked.at)
    never = conf.policy.trust.established_from_days * 24 - 1.0  # as time alone makes nobody of trust
    return replace(
        account,
        id=asked.actor,
        age_hours=None if age is None else min(age, never),
        paid=False,
        email_verified=None,
        credential_change_hours=None,
        accepted_invitations=0,
    )


def _page_tier(asked: Asked, facts: Facts, owner: Known) -> types.Tier:
    return conf.policy.tier(account_of(asked.account, facts, owner, asked.at))


def _said(asked: Asked) -> Content:
    """What is compared with other attempts; of a booking the visitor's words too, as the owner's never change."""
    if asked.channel not in whence.VISITED:
        return asked.content
    return beside.with_texts(asked.content, beside.around(asked.content, Facts(), asked.extra_texts))


def _visitors_words(asked: Asked) -> Content:
    """What the visitor of a booking page wrote, without the page's own words."""
    nothing = replace(asked.content, texts=(), links=(), phones=(), money=())
    return beside.with_texts(
        nothing, {name: said for name, said in asked.extra_texts.items() if said and name.startswith(TYPED)}
    )


def _strangers(facts: Facts, answer: Answer | None, sample: dict[str, Address]) -> list[str]:
    """Keyed hashes of the guests outside who have no relation to the account."""
    related = answer.related if answer else frozenset()
    return [key for key, guest in sample.items() if guest.domain not in facts.verified_domains and key not in related]


def _compared(
    asked: Asked,
    attempt: types.Attempt,
    origin: Whence,
    text: Sketch,
    answer: Answer | None,
    strangers: list[str],
    missing: set[str],
) -> tuple[types.Attempt, Trace | None]:
    """With what was refused before, and with what others send: one query for an account that is not established, two
    for one that had something refused."""
    using = conf.database
    if asked.channel in whence.VISITED:
        words = _visitors_words(asked)
        trace = visited(attempt, words, sketch(words), strangers, prefix=origin.prefix) if words.texts else None
    else:
        earned = conf.policy.earned(attempt.account)
        trace = traced(
            attempt, asked.content, text, strangers, device=origin.device, prefix=origin.prefix, earned=earned
        )
    if trace is None and not attempt.behaviour.refused_week:
        return attempt, None
    try:
        with unspoilt(using):
            if attempt.behaviour.refused_week:
                like = asking.refused_variant(attempt.account.id, text, at=asked.at, using=using, besides=asked.besides)
                attempt = replace(attempt, behaviour=replace(attempt.behaviour, refused_variant=like))
                if trace is not None:
                    kind = refused_contact(trace, attempt.account.id, at=asked.at, using=using, besides=asked.besides)
                    attempt = replace(attempt, behaviour=replace(attempt.behaviour, refused_contact=kind))
            if answer is not None and asked.channel not in whence.VISITED:
                silent = welcome.unanswered(attempt, answer.known.answers, at=asked.at, using=using)
                attempt = replace(attempt, behaviour=replace(attempt.behaviour, unanswered=silent))
            if trace is not None:
                crowd, trace = asking.crowd_of(trace, attempt.account.id, at=asked.at, using=using)
                attempt = replace(attempt, crowd=crowd)
    except DatabaseError:
        log.exception("what others send could not be read for %s", attempt.account.id)
        missing.add("campaigns")
        return replace(attempt, missing=frozenset(missing)), None
    return attempt, trace


def _host_facts(host: Host, asked: Asked, missing: set[str]) -> Facts:
    try:
        return host.facts(asked.account, asked.user)
    except Exception:
        log.exception("host adapter failed in facts(%s)", asked.account)
        missing.add("host.facts")
        return Facts()


def _ledger_facts(
    asked: Asked, origin: Whence, similarity: str, guests: tuple[str, ...], missing: set[str]
) -> tuple[Answer | None, Known | None, tuple[Restricted, ...]]:
    """The answer; what is known of the owner where a visitor of their page is judged; and what stands against whoever
    acts, which is nobody's content and so no part of the judgement."""
    question = Question(
        account=asked.account,
        device=origin.device,
        prefix=origin.prefix,
        asn=origin.place.asn,
        country=origin.place.country,
        similarity=similarity,
        content_hash=asked.content.hash,
        guests_hash=asked.content.guests_hash,
        guests=guests,
        at=asked.at,
        besides=asked.besides,
        registered=origin.client.registered,
        form=origin.client.form,
        visitor=asked.actor if asked.channel in whence.VISITED else "",
    )
    using = conf.database
    try:
        answer = remembering.facts().answer(question)
        if not asked.actor:
            return answer, None, ()
        with unspoilt(using):
            if question.visitor:
                return (
                    visits.answer(question, answer, using=using),
                    answer.known,
                    visits.stopped(question, answer, using),
                )
            return answer, None, people.active(asked.actor, at=asked.at, using=using)
    except DatabaseError:
        log.exception("the ledgers could not be read for %s", asked.account)
        missing.add("ledger")
        return None, None, ()


def account_of(account: str, facts: Facts, known: Known | None, at: datetime) -> types.Account:
    """What is known of an account, from the host and the ledger."""
    created = facts.created_at or (known.created_at or known.first_seen_at if known else None)
    changed = facts.credential_changed_at or (known.credential_changed_at if known else None)
    return types.Account(
        id=account,
        tenant=facts.tenant,
        name=facts.name,
        tenant_name=facts.tenant_name,
        email=facts.email,
        age_hours=_hours(created, at),
        paid=facts.paid,
        email_verified=facts.email_verified,
        addresses=frozenset(normalise(address) for address in facts.addresses),
        verified_domains=facts.verified_domains,
        credential_change_hours=_hours(changed, at),
        **_on_record(known, at),
    )


def _on_record(known: Known | None, at: datetime) -> dict[str, Any]:
    """What the ledger says of the account's guests, its record and the accounts made together with it."""
    if known is None:
        return {}
    organisations = known.accepted_domains if known.accepted_domains >= ORGANISATIONS else 0
    return {
        "accepted_invitations": known.accepted_total + organisations,
        "strikes": known.strikes,
        "clean_hours": _hours(known.restricted_until, at),
        "signups_same_prefix_hour": known.signups_same_prefix_hour,
        "signups_same_device": known.signups_same_device,
        "signups_same_asn_hour": known.signups_same_asn_hour,
        "signups_same_domain_day": known.signups_same_domain_day,
        "restricted": bool(known.restrictions),
        "probation": bool(known.probation_until and known.probation_until > at),
    }


def _in_tier(account: types.Account, tier: types.Tier) -> types.Account:
    account = replace(account, tier=tier)
    return replace(account, earned_at_hours=conf.policy.earned_hours(account))


def _behaviour(asked: Asked, facts: Facts, answer: Answer) -> types.Behaviour:
    """What the account did, and how that compares with what it used to do."""
    known, behaviour, at = answer.known, answer.behaviour, asked.at
    silent = behaviour.dormant_days
    if silent is None and not behaviour.click_gaps and known.first_seen_at and known.first_seen_at < at - WATCHED:
        silent = (at - known.first_seen_at).total_seconds() / 86400  # it has been here for so long, and never sent
    changed = facts.credential_changed_at or known.credential_changed_at
    touched = changed is not None and at - changed < TOUCHED
    breaks: frozenset[habits.Break] = frozenset()
    if known.known_device is False or known.known_prefix is False or touched:  # they are signs only beside these
        breaks = habits.breaks(known.habits, habits.traits(asked.content, at, facts.verified_domains))
    answers = known.answers
    answered = answers.accepted + answers.declined
    return replace(
        behaviour,
        dormant_days=silent,
        breaks=breaks,
        bounce_rate=answers.bounced / answers.sent if answers.sent >= SENT_NEEDED else None,
        acceptance_rate=answers.accepted / answered if answered >= ANSWERS_NEEDED else None,
    )


def _client(asked: Asked, origin: Whence, answer: Answer | None) -> types.Client:
    known = answer.known.known_device if answer and not _others_hands(asked) else None
    return replace(origin.client, known_device=known, automation_cleared=asked.cleared)


def _sample(content: Content) -> dict[str, Address]:
    """At most 500 guests by keyed hash: an order no sender can choose. Keyed hash to guest."""
    if not content.attendees:
        return {}
    hashed = keyed.pseudonyms("recipient", [guest.email for guest in content.attendees])
    return dict(heapq.nsmallest(SAMPLE, zip(hashed, content.attendees, strict=True), key=lambda pair: pair[0]))


def _audience(
    host: Host, asked: Asked, facts: Facts, answer: Answer | None, sample: dict[str, Address], missing: set[str]
) -> types.Audience:
    guests = asked.content.attendees
    outside = [guest for guest in guests if guest.domain not in facts.verified_domains]
    sampled = [guest.written.lower() for guest in sample.values() if guest.domain not in facts.verified_domains]
    joined, on_system = _asked_of_host(host, asked.account, sampled, missing)
    related = {sample[key].written.lower() for key in answer.related if key in sample} if answer else set()
    share = len(outside) / len(sampled) if sampled else 1.0  # of more than 500 guests the others are as these are
    total = max(len(guests), asked.content.guest_total, asked.guests or 0)
    return types.Audience(
        total=total,
        external=max(0, total - (len(guests) - len(outside)) - len(joined)),
        related=round(len(related - joined) * share),
        on_system=len(on_system),
        domains=len({guest.domain for guest in outside}),
        new_guests=_new_guests(asked),
    )


def _asked_of_host(
    host: Host, account: str, addresses: Collection[str], missing: set[str]
) -> tuple[frozenset[str], frozenset[str]]:
    if not addresses:
        return frozenset(), frozenset()
    try:
        return host.joined(account, addresses), host.on_system(addresses)
    except Exception:
        log.exception("host adapter failed in joined() or on_system()")
        missing.add("host.guests")
        return frozenset(), frozenset()


def _new_guests(asked: Asked) -> int | None:
    if asked.previous is None:
        return None
    before = {guest.email for guest in asked.previous.attendees}
    return sum(guest.email not in before for guest in asked.content.attendees)


def _hours(then: datetime | None, now: datetime) -> float | None:
    return None if then is None else max(0.0, (now - then).total_seconds() / 3600)
