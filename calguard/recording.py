"""Writes a decision, its submission and what keeps it back, in one savepoint; and again if the host rolled back."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Any
from uuid import uuid4

from django.db import DatabaseError, connections, transaction
from django.urls import NoReverseMatch

from calguard import (
    alarm,
    at_once,
    beside,
    current,
    delays,
    enforcement,
    geo,
    links,
    reasons,
    sql,
    updates,
    waiting,
    wake,
)
from calguard.calls import Call, Outcome
from calguard.campaigns import marks
from calguard.challenge import Challenge
from calguard.conf import conf
from calguard.content.sketch import pack
from calguard.context import Gathered
from calguard.decision import Decision, Reason
from calguard.engine.types import Verdict
from calguard.facts import remembering
from calguard.models import Decision as DecisionRow
from calguard.plain import named
from calguard.sanctions import telling
from outbound import ledger as messages
from outbound.fitting import fit
from outbound.models import Submission

State = Submission.State

ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no letters or digits that people mix up


@dataclass(slots=True)
class Recorded:
    """What was written in this request, in case the host's transaction takes it back."""

    decision: Decision
    call: Call
    outcome: Outcome
    committed: bool = False

    def keep(self) -> None:
        self.committed = True


_last: ContextVar[Recorded | None] = ContextVar("calguard_last", default=None)


def written(decision: Decision) -> Recorded | None:
    """What was just written for this answer; None where nothing could be."""
    recorded = _last.get()
    return recorded if recorded is not None and recorded.decision.id == decision.id else None


def restore_lost(recorded: Recorded) -> None:
    """Record an attempt again at once, where its transaction is over; inside one, the middleware does it later."""
    if not connections[conf.database].in_atomic_block:
        restore(recorded)


def restore(recorded: Recorded) -> None:
    """Write again what the host's transaction took back, so that no refusal is undone by a rollback (R52)."""
    if recorded.committed:
        return
    try:
        rows = DecisionRow.objects.using(conf.database)
        if rows.filter(pk=recorded.decision.id).exists():
            return
        state = State.REFUSED if recorded.outcome.verdict is Verdict.DENY else State.WITHDRAWN
        with transaction.atomic(using=conf.database):
            again = _write(recorded.call, recorded.outcome, recorded.decision, state=state)
        remembering.noted(again)
    except DatabaseError as error:
        alarm.raised("recording.restore", error)


def record(call: Call, outcome: Outcome, offered: Challenge | None = None) -> Decision:
    """Write everything about one answer. One Decision and one Submission; holds and orders only where needed."""
    decision = answer(call, outcome, offered)
    row_of_it = _kept(call, outcome, decision)
    remembering.noted(row_of_it)
    recorded = Recorded(decision, call, outcome)
    transaction.on_commit(recorded.keep, using=conf.database)
    _last.set(recorded)
    current.note(recorded)
    return decision


def _kept(call: Call, outcome: Outcome, decision: Decision) -> DecisionRow:
    """All rows or none, whatever the host's transaction; most answers are one statement, or two inside one."""
    state, using = _state(call, outcome, decision), conf.database
    several = _marks(outcome) is not None
    if not outcome.actions and at_once.can(using, several=several):
        with at_once.framed(using) as frame:
            return _write(call, outcome, decision, state=state, within=frame)
    with transaction.atomic(using=using), short_timeouts():
        return _write(call, outcome, decision, state=state)


def _state(call: Call, outcome: Outcome, decision: Decision) -> str:
    """What is saved in the same transaction is accepted with it, unless its sender is to answer first."""
    if outcome.verdict is Verdict.DENY:
        return State.REFUSED
    return State.ACCEPTED if call.saved and decision.verdict is not Verdict.CHALLENGE else State.PROPOSED


def answer(call: Call, outcome: Outcome, offered: Challenge | None) -> Decision:
    checking = telling.applies(call, outcome)
    verdict = Verdict.ALLOW if checking else outcome.verdict
    code = short_code()
    shown = outcome.judgement.reasons if verdict > Verdict.OBSERVE or outcome.system_text_only else ()
    seen = ((signal.public, signal.field) for signal in outcome.judgement.signals)
    texts = reasons.texts(shown, seen, verdict=verdict)
    retry = max(1, int((outcome.retry_at - call.at).total_seconds())) if outcome.retry_at else None
    return Decision(
        id=uuid4(),
        reference=code,
        verdict=verdict,
        judged=outcome.judgement.verdict,
        reasons=tuple(Reason(code=name, text=said) for name, said in zip(shown, texts, strict=True)),
        retry_after=retry,
        challenge=offered,
        submission=uuid4(),
        explain_url=explain_url(code) if verdict >= Verdict.CHALLENGE or outcome.system_text_only else "",
        system_text_only=outcome.system_text_only,
        checking=checking,
    )


def _write(
    call: Call, outcome: Outcome, decision: Decision, *, state: str, within: sql.Around = sql.ALONE
) -> DecisionRow:
    tenant = outcome.gathered.facts.tenant if outcome.gathered else ""
    note = "system_text" if outcome.system_text_only else ""
    if outcome.verdict is Verdict.THROTTLE and delays.looked_at_again(outcome.judgement):
        note = delays.DELAYED
    note = " ".join(filter(None, (note, telling.word(call, outcome), updates.MISSING if call.missing else "")))
    around = beside.kept(outcome.gathered.around) if outcome.gathered else {}
    draft = _draft(call, decision, state, tenant=tenant, note=note, around=around)
    made: list[DecisionRow] = []

    def decided(submission: Submission) -> tuple[sql.Added[DecisionRow], DecisionRow]:
        made.append(row(call, outcome, decision, submission))
        return DECIDED, made[0]

    first = within.opening if _marks(outcome) else within
    submission = messages.submit(draft, at=call.at, using=conf.database, along=decided, within=first)
    (written,) = made
    mark(outcome, written, within=within.closing)
    if state == State.WITHDRAWN or not outcome.actions:
        return written  # of a save that was rolled back nothing is kept back either: it is on record
    enforcement.contain(
        written,
        submission,
        outcome.actions,
        content=call.content.raw,
        around=around,
        at=call.at,
        retry_at=outcome.retry_at,
        own=outcome.own,
    )
    return written


DECIDED = sql.Added(DecisionRow, never=("case_id",))


def mark(outcome: Outcome, decision: DecisionRow, *, within: sql.Around = sql.ALONE) -> None:
    """Keep what the attempt may have in common with others, in one INSERT; a worker counts a campaign's members."""
    trace = _marks(outcome)
    if trace is None:
        return
    marks.write(trace, decision.pk, decision.account, at=decision.created_at, using=conf.database, within=within)
    if trace.todo:
        wake.campaigns(decision.pk)


def _marks(outcome: Outcome) -> marks.Trace | None:
    trace = outcome.gathered.trace if outcome.gathered else None
    return trace if trace is not None and trace.values else None


def _draft(
    call: Call,
    decision: Decision,
    state: str,
    *,
    tenant: str = "",
    note: str = "",
    around: Mapping[str, str] | None = None,
) -> messages.Draft:
    content = call.content
    return messages.Draft(
        id=decision.submission or uuid4(),
        account=call.account,
        tenant=tenant,
        actor=call.actor,
        channel=call.channel,
        reference=call.reference,
        decision=str(decision.id),
        method=content.method,
        uid=content.uid,
        sequence=content.sequence,
        content_hash=content.hash,
        guests_hash=content.guests_hash,
        recipients=_recipients(call),
        snapshot=content.raw,
        beside=around if around is not None else beside.kept(call.extra_texts),
        sender=call.sender or conf.dispatch,
        resend=call.resend,
        state=state,
        note=note,
        starts_at=content.start,
        due_at=call.at if state == State.ACCEPTED else call.at + conf.proposal_life,
    )


def _recipients(call: Call) -> int:
    return call.guests if call.guests is not None else len(call.content.attendees)


def row(call: Call, outcome: Outcome, decision: Decision, submission: Submission | None) -> DecisionRow:
    judgement, content = outcome.judgement, call.content
    gathered = outcome.gathered
    return DecisionRow(
        id=decision.id,
        code=decision.reference,
        gate=call.gate,
        account=call.account,
        tenant=gathered.facts.tenant if gathered else "",
        actor=fit(call.actor, 200),
        channel=call.channel,
        reference=fit(call.reference, 200),
        verdict=judgement.verdict,
        enforced=conf.mode == "enforce" and (outcome.verdict == judgement.verdict or outcome.verdict > Verdict.OBSERVE),
        score=judgement.score,
        tier=judgement.tier,
        reasons=list(judgement.reasons),
        signals=[named(signal) for signal in judgement.signals],
        actions=list(judgement.actions),
        facts=_facts(call, outcome),
        degraded=judgement.degraded,
        policy_version=judgement.policy_version,
        content_hash=content.hash,
        guests_hash=content.guests_hash,
        similarity=gathered.similarity if gathered else "",
        sketch=pack(gathered.sketch) if gathered else b"",
        uid=fit(content.uid, 500),
        method=fit(content.method, 20),
        recipients=_recipients(call),
        said=gathered.said if gathered else "",
        **(_origin(gathered) if gathered else {}),
        retry_at=outcome.retry_at,
        created_at=call.at,
        submission=submission,
    )


def _origin(gathered: Gathered) -> dict[str, Any]:
    """From where, with what and to how many strangers. The address itself only where block lists are to be asked
    about it; what is known better than the country, only where it is a person's own place (R18)."""
    attempt, whence = gathered.attempt, gathered.whence
    latitude, longitude = geo.rough(whence.place.at if whence.via == "direct" else None) or (None, None)
    return {
        "strangers": 0 if attempt.behaviour.same_guests else attempt.audience.strangers,
        "device": whence.device,
        "prefix": whence.prefix,
        "asn": whence.place.asn,
        "country": whence.place.country,
        "client": fit(attempt.client.signature, 40),
        "via": whence.via,
        "ip": whence.ip or None if conf.dnsbl and attempt.account.tier != "established" else None,
        "latitude": latitude,
        "longitude": longitude,
    }


def _facts(call: Call, outcome: Outcome) -> dict[str, Any]:
    """What the judge knew, without content, addresses or a raw IP (R18)."""
    if outcome.gathered is None:
        return {}
    attempt = outcome.gathered.attempt
    account = named(attempt.account)
    for plain in ("name", "email", "addresses", "tenant_name"):
        account.pop(plain)
    account["verified_domains"] = sorted(attempt.account.verified_domains)
    network = named(attempt.network) | {"lists": sorted(attempt.network.lists)}
    network.pop("ip")
    return {
        "account": account,
        "client": named(attempt.client),
        "network": network,
        "behaviour": named(attempt.behaviour) | {"breaks": sorted(attempt.behaviour.breaks)},
        "audience": named(attempt.audience),
        "crowd": named(attempt.crowd),
        "missing": sorted(attempt.missing),
        **(
            {"page_tier": outcome.gathered.page_tier, "guests": waiting.guests_of(call, outcome.gathered.facts)}
            if outcome.gathered.page_tier
            else {}
        ),
        "text_model": attempt.text_model.version if attempt.text_model else "",
    }


def unjudged(call: Call) -> Decision:
    """MODE is off: the submission goes as it is, and nothing is judged or recorded of it."""
    decision = Decision(id=uuid4(), reference="", verdict=Verdict.ALLOW, judged=Verdict.ALLOW, submission=uuid4())
    draft = _draft(call, decision, State.PROPOSED)  # names the decision, of which there is no row
    with transaction.atomic(using=conf.database):
        messages.submit(draft, at=call.at, using=conf.database)
    return decision


def unrecorded(outcome: Outcome) -> Decision:
    """Nothing could be written, so nothing can leave; the host's save goes on and the user is told (R03)."""
    return Decision(
        id=uuid4(),
        reference="",
        verdict=Verdict.HOLD,
        judged=outcome.judgement.verdict,
        reasons=(Reason(code="check_unavailable", text=str(reasons.text("check_unavailable"))),),
        submission=None,
    )


def short_code() -> str:
    """A reference people can read out: eight of thirty signs, 39 bits."""
    signs = [secrets.choice(ALPHABET) for _ in range(8)]
    return f"{''.join(signs[:4])}-{''.join(signs[4:])}"


def mail_domain() -> str:
    """The domain of our Message-IDs: the one that invitation mail comes from."""
    return parseaddr(conf.from_email)[1].rpartition("@")[2] or "localhost"


def explain_url(code: str) -> str:
    try:
        return links.explain(code)
    except NoReverseMatch:
        return ""  # the host did not include calguard.urls


@contextmanager
def short_timeouts() -> Iterator[None]:
    """Local lock and statement timeouts on PostgreSQL, given back to the host's transaction afterwards.

    Inside a savepoint: where an error ends it, its rollback gives them back, as no statement could in a transaction
    that has failed. Hence no `finally`.
    """
    connection = connections[conf.database]
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('lock_timeout'), current_setting('statement_timeout'),"
            " set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true)",
            [f"{conf.lock_timeout_ms}ms", f"{conf.statement_timeout_ms}ms"],
        )
        lock, statement = cursor.fetchone()[:2]
    yield
    if len(connection.atomic_blocks) == 1:
        return  # the transaction is our own, and they end with it
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true)", [lock, statement]
        )
